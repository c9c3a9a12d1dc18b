"""Port: what makes the stored card of a sentence."""

from collections.abc import Sequence
from typing import Protocol

from domain.chat import Called


class SentenceCard(Protocol):
    """Title and text in, the card as JSON out; whoever is called is told by their chat as well."""

    def __call__(self, title: str, text: str, called: Sequence[Called] = ()) -> str:
        """Return the card."""
        ...
