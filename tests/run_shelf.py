"""A double of the store of runs, for what stands before it."""

from collections.abc import Sequence

from domain.ports.run_intake import Receipt, RunEvent
from domain.running.runs import RejectedRecord


class RunShelf:
    """Keeps run events in memory, as they come."""

    def __init__(self) -> None:
        self.events: list[RunEvent] = []

    def take(
        self, events: Sequence[RunEvent], rejected: Sequence[RejectedRecord] = (), *, source: str = ""
    ) -> Receipt:
        """Take them all."""
        self.events += events
        return Receipt(len(events), 0, tuple(rejected))
