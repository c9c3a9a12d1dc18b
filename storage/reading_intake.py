"""Where readings of resources are kept: one transaction a delivery, and a nudge to the watch."""

from collections.abc import Callable, Sequence

from domain.ports.clock import Clock
from domain.ports.run_intake import Receipt
from domain.running.readings import Reading
from domain.running.runs import RejectedRecord
from storage.run_intake import watch_call
from storage.unit_of_work import SqlTransactions


class SqlReadingIntake:
    """Implements `ReadingIntake`.

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

    def take(
        self, readings: Sequence[Reading], rejected: Sequence[RejectedRecord] = (), *, source: str = ""
    ) -> Receipt:
        """Keep readings and what was refused."""
        with self._transactions.writing() as uow:
            now = self._clock.now()
            taken = uow.readings.add(readings, now)
            if rejected:
                uow.runs.note_refused(source, rejected, now)
            if taken:
                uow.stories.add(watch_call(now))
        if taken:
            self._wake()
        return Receipt(taken, len(readings) - taken, tuple(rejected))
