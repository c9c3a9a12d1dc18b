"""Ports: notices, and what is known about the addresses that they go to."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from domain.identity.contacts import Contact
from domain.identity.people import Way
from domain.ids import PersonId
from domain.telling.notices import Notice


class NoticeStore(Protocol):
    """Notices, in the transaction of what makes them necessary."""

    def add(self, notice: Notice) -> bool:
        """Keep a notice; False when its key exists."""
        ...

    def save(self, notice: Notice) -> None:
        """Replace a notice."""
        ...

    def due(self, now: datetime, limit: int) -> list[Notice]:
        """Return what is to be looked at, urgent ones first, then by age; locked for this transaction."""
        ...

    def about(self, subject: str) -> Sequence[Notice]:
        """Return the notices whose fate the cards about a subject show, oldest first."""
        ...

    def sent_to(self, person: PersonId, way: Way, since: datetime) -> list[datetime]:
        """Return when messages to a person went out on a way, each moment once."""
        ...

    def forget_before(self, moment: datetime, about: Collection[str], most: int) -> int:
        """Remove at most so many that were made before a moment and ended, but for those about subjects."""
        ...


class ContactStore(Protocol):
    """Which addresses their owners confirmed."""

    def find(self, person: PersonId, way: Way) -> Contact | None:
        """Return what is known of a person's address on a way, or None."""
        ...

    def save(self, contact: Contact) -> None:
        """Add or replace what is known."""
        ...
