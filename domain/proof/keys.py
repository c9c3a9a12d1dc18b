"""Who signs orders, who can tell whether a signature is ours, and what seals columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Signer(Protocol):
    """Holds a private key; only the front process has one."""

    @property
    def key_id(self) -> str:
        """Return the name under which key rings know the public half."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the signature of the message."""
        ...


class KeyRing(Protocol):
    """Holds public keys by id; a key that was taken out verifies nothing any more."""

    def is_signed(self, key_id: str, message: bytes, signature: bytes) -> bool:
        """Tell whether the key of that id, if we trust it, signed exactly this message."""
        ...


@dataclass(frozen=True)
class SealingKeys:
    """Keys of 32 bytes that seal columns, by id, and the id of the one that seals from now on."""

    current: str
    keys: Mapping[str, bytes]
