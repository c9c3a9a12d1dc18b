"""A directory of people that vouches for them, such as LDAP."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class DirectoryPerson:
    """Somebody who gave the directory the right password."""

    subject: str
    """Their id there; it stays when they are renamed or moved."""
    email: str
    may_come_in: bool
    """Whether they are in one of the groups that may, directly or through other groups."""


class Directory(Protocol):
    """Vouches for people; every question blocks, and ends in bounded time."""

    @property
    def issuer(self) -> str:
        """Return the name under which accounts of this directory are linked to people."""
        ...

    def prove(
        self, name: str, password: str, may_try: Callable[[str], bool] = lambda subject: True
    ) -> DirectoryPerson | None:
        """Return who gave the right password, or None.

        Args:
            name: As typed.
            password: As typed.
            may_try: Told the id of who was found before the password is tried: one person may be found by
                several names.

        Raises:
            OutsideTrouble: The directory can't be asked.
            NotAllowed: The password is right but has to be changed first.
        """
        ...

    def still_known(self, subjects: Sequence[str]) -> frozenset[str]:
        """Return who of those that came in would still be let in, as far as shows without a password.

        Raises:
            OutsideTrouble: The directory can't be asked.
        """
        ...
