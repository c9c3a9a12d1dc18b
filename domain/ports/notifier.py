"""Port: what carries a message out of the house, to a person or to a system."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.identity.people import Way
from domain.telling.notices import Fate


@dataclass(frozen=True)
class Letter:
    """One message as it leaves; every text of it is clean already.

    Attributes:
        key: The same on every try of the same message, so that the other side can tell.
        to: Address of the roster; empty where the way leads to a system.
        title: One short line.
        lines: What is to be said, each on a line of its own.
        link: The page that shows it, behind the sign-in.
        about: Equal for everything about the same trouble.
        is_repeat: It may have arrived before: the last try had no clear end.
    """

    key: str
    to: str
    title: str
    lines: tuple[str, ...]
    link: str
    about: str
    is_urgent: bool
    at: datetime
    is_repeat: bool = False


@dataclass(frozen=True)
class Receipt:
    """That the other side took a message; `is_followed` when it can say later what became of it."""

    id: str = ""
    is_followed: bool = False


class Notifier(Protocol):
    """One way out, as an operator set it up."""

    @property
    def way(self) -> Way:
        """Return which way it is."""
        ...

    async def send(self, letter: Letter) -> Receipt:
        """Hand a message over.

        Raises:
            OutsideTrouble: It was not taken, or nobody knows; `is_final` when this address will never work.
        """
        ...

    async def follow(self, receipt: str, *, is_over: bool) -> Fate:
        """Return what became of a message; where that is possible, take it back once it is over.

        Raises:
            OutsideTrouble: The other side could not be asked.
        """
        ...

    async def probe(self) -> str:
        """Return in words that it can be reached with what is set, without telling anybody anything.

        Raises:
            OutsideTrouble: It can't.
        """
        ...
