"""Stores of the web's sign-in."""

from typing import Protocol

from domain.ids import PersonId
from domain.web_access import ApiKey, Password, SignIn


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
