"""Stores of the web's sign-in."""

from datetime import datetime
from typing import Protocol

from domain.identity.web_access import ApiKey, MarkKind, Password, SignIn, SignInMark
from domain.ids import PersonId


class WebAccessStore(Protocol):
    """Passwords and sign-ins."""

    def password_of(self, person: PersonId) -> Password | None:
        """Return the person's password record, or None when they have none."""
        ...

    def save_password(self, password: Password) -> None:
        """Add or replace it."""
        ...

    def sign_in(self, sid: str) -> SignIn | None:
        """Return a sign-in, or None."""
        ...

    def save_sign_in(self, sign_in: SignIn) -> None:
        """Add or replace it."""
        ...

    def forget_sign_ins(self, before: datetime) -> int:
        """Remove the sign-ins that began before a moment; return how many."""
        ...

    def end_sign_ins_of(self, person: PersonId, now: datetime) -> int:
        """End every sign-in of a person that has not ended; return how many."""
        ...

    def end_every_sign_in(self) -> None:
        """Sign everybody out."""
        ...


class ApiKeyStore(Protocol):
    """Keys of programs."""

    def find(self, key_id: str) -> ApiKey | None:
        """Return the key, or None."""
        ...

    def save(self, key: ApiKey) -> None:
        """Add or replace it."""
        ...

    def every(self) -> list[ApiKey]:
        """Return all keys, newest first."""
        ...


class SignInMarkStore(Protocol):
    """What the sign-in remembers for a while."""

    def find(self, kind: MarkKind, key: str, now: datetime) -> SignInMark | None:
        """Return a mark that has not run out, or None."""
        ...

    def live(self, kind: MarkKind, now: datetime) -> list[SignInMark]:
        """Return every mark of a kind that has not run out."""
        ...

    def take(self, mark: SignInMark) -> bool:
        """Add a mark and return True; return False when it is there, even if two try at once."""
        ...

    def save(self, mark: SignInMark) -> None:
        """Add or replace it."""
        ...

    def drop(self, kind: MarkKind, key: str) -> None:
        """Forget one mark."""
        ...

    def tidy(self, now: datetime) -> None:
        """Forget every mark that has run out."""
        ...
