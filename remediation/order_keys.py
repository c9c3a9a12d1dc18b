"""Ed25519: the signer that a process holds, and the ring of public keys that whoever checks trusts."""

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Ed25519Signer:
    """Implements `Signer` with one private key."""

    def __init__(self, key_id: str, private_bytes: bytes) -> None:
        self._key_id = key_id
        self._key = Ed25519PrivateKey.from_private_bytes(private_bytes)

    @property
    def key_id(self) -> str:
        """Return the name under which key rings know the public half."""
        return self._key_id

    @property
    def public_bytes(self) -> bytes:
        """Return the 32 bytes that go into key rings."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the signature of the message."""
        return self._key.sign(message)


class Ed25519Ring:
    """Implements `KeyRing`: raw public keys by id.

    To rotate, add the new one; taking the old one out drops its open orders.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = {key_id: Ed25519PublicKey.from_public_bytes(raw) for key_id, raw in keys.items()}

    def public_keys(self) -> dict[str, str]:
        """Return the trusted keys by id, as hex."""
        return {key_id: key.public_bytes_raw().hex() for key_id, key in self._keys.items()}

    def is_signed(self, key_id: str, message: bytes, signature: bytes) -> bool:
        """Tell whether the key of that id, if we trust it, signed exactly this message."""
        key = self._keys.get(key_id)
        if key is None:
            return False
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True
