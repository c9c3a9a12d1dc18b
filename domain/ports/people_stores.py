"""The stores of people, their accounts, and the codes that link them."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from domain.identity.chat import Account
from domain.identity.people import ChatIdentity, LinkCode, Person
from domain.ids import PersonId


class PeopleStore(Protocol):
    """People and their accounts."""

    def find_person(self, account: Account) -> Person | None:
        """Return who owns the account, or None for a visitor."""
        ...

    def get(self, person: PersonId) -> Person:
        """Return the person; raises `NotFound`."""
        ...

    def those(self, people: Collection[PersonId]) -> dict[PersonId, Person]:
        """Return the people of these ids whom we know, in one question."""
        ...

    def everybody(self) -> list[Person]:
        """Return all people, by name."""
        ...

    def save(self, person: Person) -> None:
        """Add or replace a person."""
        ...

    def link(self, identity: ChatIdentity) -> None:
        """Join an account to a person; raises `NotAllowed` when another person owns it."""
        ...

    def unlink(self, account: Account) -> bool:
        """Take an account off whoever owns it; False when nobody does."""
        ...

    def accounts_of(self, person: PersonId) -> list[Account]:
        """Return the person's accounts."""
        ...


class LinkCodeStore(Protocol):
    """One-time codes for linking accounts."""

    def save(self, code: LinkCode) -> None:
        """Add or replace a code."""
        ...

    def open_codes(self, now: datetime) -> list[LinkCode]:
        """Return the codes that can still be used, locked for this transaction."""
        ...
