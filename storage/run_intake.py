"""Where reports of runs become the truth about runs: one transaction a delivery, and a nudge to the watch."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from domain.acts.hearing import as_heard, heard_since
from domain.clock.pauses import is_time
from domain.errors import NotNow
from domain.ports.clock import Clock
from domain.ports.run_intake import Receipt, RunEvent
from domain.running.runs import RejectedRecord
from domain.running.senders import sender_of
from domain.stories import StoryCall, StoryKind
from domain.watch.watching import Heard
from storage.unit_of_work import SqlTransactions

_MOST_WAITING = 16
_ONE_NUDGE_IN = timedelta(seconds=1)
_MOST_NOTED = 100_000
_NOTED_EVERY = timedelta(seconds=20)
"""When a sender last spoke of a feed is kept no finer than this: a burst writes it once."""


class SqlRunIntake:
    """Implements `RunIntake`.

    Args:
        transactions: Where the truth is.
        clock: The time.
        wake: Tells the courier of this process that there is a call to deliver.
    """

    def __init__(
        self, transactions: SqlTransactions, clock: Clock, wake: Callable[[], None] = lambda: None
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._wake = wake
        self._room = threading.BoundedSemaphore(_MOST_WAITING)
        self._noted: dict[tuple[str, str], datetime] = {}

    def take(
        self, events: Sequence[RunEvent], rejected: Sequence[RejectedRecord] = (), *, source: str = ""
    ) -> Receipt:
        """Merge reports into what is known of their runs and keep what was refused."""
        if not self._room.acquire(blocking=False):
            raise NotNow(
                "intake is full",
                say="More reports arrive than I can keep up with.",
                next_step="Send this delivery again in a few seconds.",
            )
        try:
            with self._transactions.writing() as uow:
                # Not before: whoever waits for its turn to write would be stamped with a moment long gone.
                now = self._clock.now()
                receipt = uow.runs.merge(as_heard(events, now), now)
                uow.watched.hear(heard_since(events, now))
                heard = self._heard(events, now)
                uow.senders.note(heard)
                refused = [*rejected, *receipt.rejected]
                if refused:
                    uow.runs.note_refused(source or (events[0].source if events else ""), refused, now)
                if receipt.taken:
                    uow.stories.add(watch_call(now))
                uow.runs.restamp(now, self._clock.now())
            if len(self._noted) > _MOST_NOTED:
                self._noted.clear()
            self._noted |= {(one.feed, one.sender): one.at for one in heard}
        finally:
            self._room.release()
        if receipt.taken:
            self._wake()
        return Receipt(receipt.taken, receipt.known, tuple(refused))

    def _heard(self, events: Sequence[RunEvent], now: datetime) -> list[Heard]:
        """Return who told of which feed, where that was not kept a moment ago."""
        told = {(event.run.feed, sender_of(event.source, event.dialect, event.namespace)) for event in events}
        return [
            Heard(feed, sender, now)
            for feed, sender in told
            if is_time(self._noted.get((feed, sender)), now, _NOTED_EVERY)
        ]


def watch_call(now: datetime) -> StoryCall:
    """Return the call that lets the watch look soon; all calls of one second are one."""
    second = int(now.timestamp() / _ONE_NUDGE_IN.total_seconds())
    return StoryCall(key=f"watch/main#{second}", kind=StoryKind.WATCH, subject_id="main", at=now)
