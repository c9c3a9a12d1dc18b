"""Port: the craft behind errands: read history, score deliveries, compare tables."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from domain.ids import FeedName
from domain.watch.feed_health import QualityPoint, ReconciliationPoint


@dataclass(frozen=True, slots=True)
class ImportedHistory:
    """What an import brought.

    Attributes:
        taken: Runs that could be taken; `new` of them were not known before, or known less well.
        feeds: How many feeds they are of.
        sentence: All of it in words.
        past: How many of the new ones are of days ago: history to learn from.
        unheard: Of how many of the feeds no live run was ever heard.
    """

    taken: int
    new: int
    feeds: int
    sentence: str
    past: int = 0
    unheard: int = 0


class ErrandWork(Protocol):
    """Does the work. Every method blocks for as long as it takes and may be repeated."""

    def import_runs(
        self, path: Path, name: str, now: datetime, *, live_from: str = "", zone: str = ""
    ) -> ImportedHistory:
        """Take in a file of run history, by the suffix of its name; raises `BadInput`.

        Runs of the last day are news where it is `live_from` somebody: whom people read as their sender.
        Times that name no zone are by the clock of `zone`, UTC unless told.
        """
        ...

    def score(self, feed: FeedName, path: Path, name: str, now: datetime) -> QualityPoint:
        """Score the rows of a file by the feed's rules and its earlier deliveries; raises `BadInput`."""
        ...

    def reconcile(self, feed: FeedName, business_date: str, now: datetime) -> ReconciliationPoint:
        """Compare a feed's source with its target for a day; raises `NotFound` without its tables."""
        ...
