"""Port: what a pipeline asks before it publishes rows: whether this delivery may be loaded."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """What became of a delivery.

    Attributes:
        id: Name of the delivery.
        state: `scoring`, `released`, `held`, `refused` or `failed`.
        score: 0 to 100; None while it has none.
        findings: What pulled the score down, worst first.
        say: Why it failed, in words; empty otherwise.
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
