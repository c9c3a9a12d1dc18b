"""Port: the craft behind errands: read history, score deliveries, compare tables."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from domain.feed_health import QualityPoint, ReconciliationPoint
from domain.ids import FeedName


@dataclass(frozen=True, slots=True)
class ImportedHistory:
    """What an import brought: `new` of `taken` runs were not known before; `sentence` says it all."""

    taken: int
    new: int
    feeds: int
    sentence: str


class ErrandWork(Protocol):
    """Does the work. Every method blocks for as long as it takes and may be repeated."""

    def import_runs(self, path: Path, name: str, now: datetime) -> ImportedHistory:
        """Take in a file of run history, by the suffix of its name; raises `BadInput`."""
        ...

    def score(self, feed: FeedName, path: Path, name: str, now: datetime) -> QualityPoint:
        """Score the rows of a file by the feed's rules and its earlier deliveries; raises `BadInput`."""
        ...

    def reconcile(self, feed: FeedName, business_date: str, now: datetime) -> ReconciliationPoint:
        """Compare a feed's source with its target for a day; raises `NotFound` without its tables."""
        ...
