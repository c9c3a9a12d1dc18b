"""What is known of the rows of all feeds in memory, brought up to date by what was written lately."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from domain.clock.pauses import is_time
from domain.ids import FeedName
from domain.ports.transactions import UnitOfWork
from domain.watch.data_facts import MOST_SCORES, NO_ROWS, DataFacts, FeedRows

_BACK = timedelta(days=30)
# Transactions that began earlier may commit later, and clocks of two machines are never quite the same.
_OVERLAP = timedelta(seconds=60)
# Whatever was removed or came by another way is seen by then.
_WHOLE_EVERY = timedelta(hours=1)


class DataWindow:
    """Facts of the rows of feeds; those of a feed are made anew when something of it was written."""

    def __init__(self) -> None:
        self._rows: dict[FeedName, FeedRows] = {}
        self._held: Mapping[FeedName, tuple[str, ...]] = {}
        self._facts: dict[FeedName, DataFacts] = {}
        self._read_at: datetime | None = None
        self._whole_at: datetime | None = None

    def facts(self, uow: UnitOfWork, now: datetime) -> Mapping[FeedName, DataFacts]:
        """Return what is known by now of feeds with held days, or rows of the last thirty days."""
        since = now - _BACK
        rows, whole_at = self._rows, self._whole_at
        # A clock that was set back tells nothing of when the last look was.
        if self._read_at is None or now < self._read_at or is_time(whole_at, now, _WHOLE_EVERY):
            rows, whole_at = {}, now
            changed = uow.quality.rows_changed_since(since)
        else:
            changed = uow.quality.rows_changed_since(self._read_at - _OVERLAP)
        read = uow.quality.rows_of(sorted(changed), since, most=MOST_SCORES)
        kept = {feed: known.since(since) for feed, known in rows.items() if feed not in changed}
        after = {feed: known for feed, known in (kept | read).items() if known != NO_ROWS}
        held = uow.publications.held_days()
        self._facts = self._made(after, held)
        self._rows, self._held, self._read_at, self._whole_at = after, held, now, whole_at
        return self._facts

    def _made(
        self, rows: Mapping[FeedName, FeedRows], held: Mapping[FeedName, tuple[str, ...]]
    ) -> dict[FeedName, DataFacts]:
        """Return the facts of all feeds; what is the same as at the last look is not made anew."""
        found = {}
        for feed in rows.keys() | held.keys():
            now_rows, now_held = rows.get(feed, NO_ROWS), held.get(feed, ())
            known = self._facts.get(feed)
            is_same = self._rows.get(feed, NO_ROWS) is now_rows and self._held.get(feed, ()) == now_held
            found[feed] = known if known is not None and is_same else now_rows.facts(now_held)
        return found
