"""Port: what a pipeline asks before it publishes rows: whether this delivery, or this day, may be loaded."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """What became of a delivery.

    Attributes:
        id: Name of the delivery, or of the comparison of a day.
        state: `scoring` or `comparing`, then `released`, `held`, `refused` or `failed`.
        score: 0 to 100; None while it has none.
        findings: What pulled the score down, worst first.
        say: Why it failed, whom it waits for, or how it was decided, in words; may be empty.
    """

    id: str
    state: str
    score: float | None = None
    findings: tuple[str, ...] = ()
    say: str = ""


class DeliveryGate(Protocol):
    """Takes deliveries from programs; both methods block for a moment."""

    def submit(self, feed: str, file_name: str, content: bytes, source: str) -> str:
        """Keep a delivery and have it scored; the same content again is the same delivery. Return its id.

        Raises:
            BadInput: The name of the feed is none.
        """
        ...

    def answer(self, feed: str, delivery: str) -> GateAnswer:
        """Return what became of a delivery; raises `NotFound`."""
        ...


class PublicationGate(Protocol):
    """Says whether a day may be published; both methods block for a moment."""

    def compare(self, feed: str, business_date: str, source: str) -> str:
        """Have a day compared with its source, at most once a minute; return the name of the comparison.

        Raises:
            BadInput: The name of the feed is none, or the day.
        """
        ...

    def answer_of_day(self, feed: str, business_date: str, comparison: str) -> GateAnswer:
        """Return what a comparison found and what became of the day; raises `NotFound`."""
        ...
