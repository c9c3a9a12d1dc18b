"""What came of an errand, before it is kept and told."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.errands import Errand, ErrandState


@dataclass(frozen=True)
class Answer:
    """How an errand ended; whoever asked is told only where there is a title or a card.

    Attributes:
        text: What is told below the title, and kept as the errand's sentence.
        card: The stored card, where it is more than a title and a text.
        approval: The request that now waits, empty without one.
        same_as: The errand that is held back already with the same bytes, empty without one.
    """

    title: str = ""
    text: str = ""
    card: str = ""
    approval: str = ""
    same_as: str = ""
    state: ErrandState = ErrandState.DONE


Doing = Callable[[Errand], Answer]
"""Does errands of one kind. A foreseen refusal is raised; whoever runs errands tells it."""
