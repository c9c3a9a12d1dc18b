"""How often feeds were in trouble in a span of time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class FeedTroubles:
    """How often a feed's runs ended in trouble in a span of time, by outcome, and when last."""

    feed: str
    counts: dict[str, int]
    last_at: datetime

    @property
    def count(self) -> int:
        """Return how many there were."""
        return sum(self.counts.values())
