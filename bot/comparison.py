"""A comparison as it was understood: of what, which way, and of which two spans."""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.clock.day_words import Window


class Measure(StrEnum):
    """What is counted or measured."""

    FAILED = "failed"
    LATE = "late"
    TROUBLE = "troubled"
    """Failed, late or incomplete."""
    ALERTS = "alerts"
    MINUTES = "minutes"
    ROWS = "rows"


@dataclass(frozen=True)
class Compared:
    """What of two spans is compared.

    Attributes:
        way: 1 where it is asked whether it is more now, -1 for less, 0 where either will do.
        now: The later span.
        before: The span it is compared with; None: what is usual.
    """

    of: Measure
    way: int
    now: Window | None
    before: Window | None

    @property
    def by_then(self) -> Window | None:
        """Return the part of the span before that has a counterpart: of last week, until the same hour."""
        if self.now is None or self.before is None:
            return self.before
        until = self.before.since + (self.now.until - self.now.since)
        return replace(self.before, until=until) if until < self.before.until else self.before
