"""Who signs orders, and who can tell whether a signature is ours: two ports that orders themselves need."""

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
