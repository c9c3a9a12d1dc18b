"""Port: what makes the stored card of a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.identity.chat import Called


@dataclass(frozen=True)
class Offer:
    """A button below a sentence: what it asks for, and about what."""

    verb: str
    label: str
    subject: str
    about: tuple[tuple[str, str], ...] = ()
    """Further names and values that the button carries."""


class SentenceCard(Protocol):
    """Title and text in, the card as JSON out; whoever is called is told by their chat as well."""

    def __call__(
        self, title: str, text: str, called: Sequence[Called] = (), offers: Sequence[Offer] = ()
    ) -> str:
        """Return the card."""
        ...
