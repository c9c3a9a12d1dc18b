"""Fetch a credential by name, for one step. A secret has one holder and a short life."""

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from domain.errors import OutsideTrouble

_MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Credential:
    """A user with a secret; the secret never shows in a representation."""

    user: str
    secret: str = field(repr=False)


class Credentials(Protocol):
    """Where credentials come from."""

    def fetch(self, name: str) -> Credential:
        """Return the credential of that name, fresh; raises OutsideTrouble when there is none."""
        ...


class CredentialFiles:
    """One JSON file per credential, `{"user", "secret"}`, which nobody but the runner may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, name: str) -> Credential:
        """Return the credential, refusing files that others may read.

        Raises:
            OutsideTrouble: The file is missing, readable by others, or not of that shape.
        """
        if not name or "/" in name or name.startswith("."):
            raise _trouble(name, "the target names no credential")
        try:
            handle = os.open(self._folder / name, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            raise _trouble(name, "it can't be opened") from error
        with os.fdopen(handle, encoding="utf-8") as file:
            if os.fstat(handle).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise _trouble(name, "others may read its file")
            content = file.read(_MOST_BYTES)
        try:
            value = json.loads(content)
            return Credential(user=str(value["user"]), secret=str(value["secret"]))
        except (ValueError, KeyError, TypeError) as error:
            raise _trouble(name, "its file has another shape") from error


def _trouble(name: str, why: str) -> OutsideTrouble:
    return OutsideTrouble(
        f"credential {name}: {why}",
        say=f"I couldn't get the credential {name or '(none)'}: {why}. The step did not start.",
        next_step="An operator can fix the runner's credentials; nothing was changed.",
    )
