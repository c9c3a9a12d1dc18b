"""Sealed columns: what a stolen copy of the database must not tell.

AES-256-GCM with table, column and row as associated data, so that a value moved to another place does not
open. Keys have ids and live outside of the database; a new one takes over while processes run, since each
reads its keys again when it meets an id that it does not know, and once a minute before it seals.
"""

import base64
import binascii
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import BadInput
from domain.proof.keys import SealingKeys

_MARK = "sealed:1:"
_NONCE = 12
_BELIEVED_SECONDS = 60.0


@dataclass(frozen=True)
class Place:
    """Where a value stands; it opens nowhere else."""

    table: str
    column: str
    row: str

    @property
    def associated(self) -> bytes:
        """Return what the seal is bound to."""
        return "\0".join(("dogwatch/column/1", self.table, self.column, self.row)).encode()


class Sealer:
    """Seals and opens values of columns.

    Args:
        read_keys: Reads the keys as they are now.
        stopwatch: Seconds that only grow.
    """

    def __init__(
        self, read_keys: Callable[[], SealingKeys], stopwatch: Callable[[], float] = time.monotonic
    ) -> None:
        self._read_keys = read_keys
        self._stopwatch = stopwatch
        self._keys = SealingKeys("", {})
        self._read_at = -math.inf

    def seal(self, place: Place, text: str) -> str:
        """Return a text as it may stand in the database; nothing stays nothing."""
        if not text:
            return text
        if self._stopwatch() - self._read_at >= _BELIEVED_SECONDS:
            self._read()
        # Once: another thread may read the keys anew meanwhile, and the name must be that of the key used.
        keys, nonce = self._keys, secrets.token_bytes(_NONCE)
        sealed = AESGCM(keys.keys[keys.current]).encrypt(nonce, text.encode(), place.associated)
        return f"{_MARK}{keys.current}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, place: Place, text: str) -> str:
        """Return the text that was sealed at this place; one from before there were seals as it is.

        Raises:
            BadInput: Its key is not among ours, or the value was changed or belongs to another place.
        """
        if not text.startswith(_MARK):
            return text
        name, _, body = text.removeprefix(_MARK).partition(":")
        if name not in self._keys.keys:
            self._read()
        if name not in self._keys.keys:
            raise _does_not_open(
                place, f"no key {name[:40]}", "needs a key that the keys folder does not hold"
            )
        try:
            raw = base64.urlsafe_b64decode(body)
            opened = AESGCM(self._keys.keys[name]).decrypt(raw[:_NONCE], raw[_NONCE:], place.associated)
        except (InvalidTag, binascii.Error, ValueError) as error:
            why = "does not open: it was changed, or was sealed for another place or with another key"
            raise _does_not_open(place, type(error).__name__, why) from error
        return opened.decode()

    def is_current(self, text: str) -> bool:
        """Return whether a stored text needs no new seal: it is empty, or sealed with the newest key."""
        return not text or text.startswith(f"{_MARK}{self._keys.current}:")

    def refresh(self) -> None:
        """Read the keys anew."""
        self._read()

    def _read(self) -> None:
        self._keys = self._read_keys()
        self._read_at = self._stopwatch()


def _does_not_open(place: Place, detail: str, why: str) -> BadInput:
    return BadInput(
        f"{place.table}.{place.column} of {place.row}: {detail}",
        say=f"A sealed value of the database ({place.table}, {place.column}, {place.row}) {why}.",
        next_step="Put the keys folder in place that belongs to this database.",
    )
