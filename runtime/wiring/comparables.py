"""Which feeds can be compared with their source: those of the setting."""

from collections.abc import Sequence

from domain.ids import FeedName
from domain.reconciling import Comparable
from runtime.settings import Settings

_DAYS_BACK = "days_back"


class KnownTables:
    """Implements `Comparables`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def every(self) -> Sequence[Comparable]:
        """Return the feeds whose tables are named; those that lack something say what."""
        return [self.of(feed) for feed in sorted(self._settings.watch.reconciliations)]

    def of(self, feed: str) -> Comparable:
        """Return one feed; what it lacks is said in words, also for a feed that nobody named."""
        tables = self._settings.watch.reconciliations.get(feed)
        if tables is None:
            return Comparable(FeedName(feed), lacks=f"I don't know which tables to compare for {feed}.")
        days = tables.get(_DAYS_BACK, "1")
        if not days.isdecimal():
            return Comparable(
                FeedName(feed), lacks=f"days_back of {feed} in watch.reconciliations is no number."
            )
        return Comparable(FeedName(feed), tables, days_back=int(days))
