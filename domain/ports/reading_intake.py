"""Ports: what sources, databases and pools say between runs, on its way to the watch.

What an implementation promises: when `take` returns, every reading it counts as taken is durable; the same
reading again changes nothing and is only counted; what is refused is kept with its reason.
"""

from collections.abc import Sequence
from typing import Protocol

from domain.ports.run_intake import Receipt
from domain.running.readings import Reading
from domain.running.runs import RejectedRecord


class ReadingIntake(Protocol):
    """Takes readings."""

    def take(
        self, readings: Sequence[Reading], rejected: Sequence[RejectedRecord] = (), *, source: str = ""
    ) -> Receipt:
        """Keep readings and what was refused; blocking, one transaction, some thousands a call."""
        ...


class ReadingReports(Protocol):
    """Reads readings as they come over the wire, and hands them to a `ReadingIntake`."""

    def receive(self, body: bytes, source: str, *, encoding: str = "") -> Receipt:
        """Return what a body brought; raises `BadInput` when it can't be read at all."""
        ...

    def changes(self, body: bytes, source: str, *, encoding: str = "") -> Receipt:
        """Take what a body of events tells of deployments and changes of feeds; the rest is left alone."""
        ...
