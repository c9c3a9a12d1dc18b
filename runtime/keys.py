"""Our keys: made at the first start, kept in files that only we can read, each for one purpose.

In the served form the folder is a mounted secret; the database never holds a key.
"""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.errors import BadInput
from domain.proof.keys import SealingKeys
from remediation.order_keys import Ed25519Ring, Ed25519Signer

_SECRET_BYTES = 32
_FIRST = "k1"
"""Id of a secret that has taken nobody's place."""


class KeyFolder:
    """Keys in a folder of mode 700, each file of mode 600."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o777 != 0o700:  # on a disk that is only to be read keys are read on
            folder.chmod(0o700)

    @property
    def folder(self) -> Path:
        """Return where they lie."""
        return self._folder

    def signer(self, purpose: str) -> Ed25519Signer:
        """Return the signing key of a purpose, such as `audit`, made when there is none."""
        path = self._folder / f"{purpose}.ed25519"
        if not path.exists():
            with self._locked(purpose):
                if not path.exists():
                    self._make_signer(purpose, path, _write_once)
        found = _read(path)
        return Ed25519Signer(found["id"], bytes.fromhex(found["private"]))

    def renew_signer(self, purpose: str) -> str:
        """Let a new key sign from now on, and return its id; what the former one signed stays believed."""
        with self._locked(purpose):
            return self._make_signer(purpose, self._folder / f"{purpose}.ed25519", _replace)

    def _make_signer(self, purpose: str, path: Path, write: Callable[[Path, str], None]) -> str:
        private = Ed25519PrivateKey.generate()
        raw = private.private_bytes(
            serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        )
        key_id = f"{purpose}-{secrets.token_hex(4)}"
        # Trusted first: a key that signs and is not trusted, because we died in between, is found out by
        # nobody until the trail is verified. One that is trusted and never signs does no harm.
        self._trust(purpose, key_id, private.public_key().public_bytes_raw())
        write(path, json.dumps({"id": key_id, "private": raw.hex()}))
        return key_id

    @contextlib.contextmanager
    def _locked(self, purpose: str) -> Iterator[None]:
        """Let one process at a time make keys of a purpose: of two at once, one would be lost."""
        with (self._folder / f".{purpose}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def ring(self, purpose: str) -> Ed25519Ring:
        """Return the public keys that are trusted for a purpose."""
        self.signer(purpose)
        return Ed25519Ring(
            {name: bytes.fromhex(raw) for name, raw in _read(self._ring_path(purpose)).items()}
        )

    def has_secret(self, purpose: str) -> bool:
        """Tell whether there is a secret of that purpose already."""
        return (self._folder / f"{purpose}.secret").exists()

    def secret(self, purpose: str) -> bytes:
        """Return a random secret of 32 bytes of a purpose, made when there is none."""
        current, ring = self.secret_ring(purpose)
        return ring[current]

    def secret_ring(self, purpose: str) -> tuple[str, dict[str, bytes]]:
        """Return the id of the secret of a purpose that serves now, and by id all that are still believed."""
        path = self._folder / f"{purpose}.secret"
        if not path.exists():
            _write_once(path, json.dumps({"secret": secrets.token_hex(_SECRET_BYTES)}))
        found = _read(path)
        current = found.pop("id", _FIRST)
        try:
            return current, {current: bytes.fromhex(found.pop("secret"))} | {
                name: bytes.fromhex(raw) for name, raw in found.items()
            }
        except (KeyError, ValueError) as error:
            raise _damaged(path, "no secret in it, or one that is no hex") from error

    def renew_secret(self, purpose: str, *, former: int) -> str:
        """Let a new secret serve from now on, and return its id.

        Args:
            purpose: Whose secret it is.
            former: How many of those before it stay believed, the newest ones.
        """
        path = self._folder / f"{purpose}.secret"
        with self._locked(purpose):
            _, ring = self.secret_ring(purpose)  # the newest first
            new = f"k{secrets.token_hex(4)}"
            kept = {name: raw.hex() for name, raw in list(ring.items())[:former]}
            _replace(path, json.dumps({"id": new, "secret": secrets.token_hex(_SECRET_BYTES), **kept}))
        return new

    def sealing(self, purpose: str) -> SealingKeys:
        """Return the keys that seal columns for a purpose, made when there are none."""
        path = self._folder / f"{purpose}.sealing.json"
        if not path.exists():
            _write_once(path, json.dumps(_with_new_key({}), indent=1))
        found = _read(path)
        current = found.pop("current", "")
        if current not in found:
            raise _damaged(path, "no current key")
        try:
            return SealingKeys(current, {name: bytes.fromhex(raw) for name, raw in found.items()})
        except ValueError as error:
            raise _damaged(path, "a key is no hex") from error

    def add_sealing(self, purpose: str) -> str:
        """Let a new key seal from now on, and return its id; what older keys sealed still opens."""
        self.sealing(purpose)
        path = self._folder / f"{purpose}.sealing.json"
        with self._locked(purpose):
            changed = _with_new_key(_read(path))
            _replace(path, json.dumps(changed, indent=1))
        return changed["current"]

    def text(self, name: str, make: Callable[[], str]) -> str:
        """Return the text of a key file in another program's format, made when there is none."""
        path = self._folder / name
        if not path.exists():
            _write_once(path, make())
        return path.read_text(encoding="utf-8").strip()

    def _ring_path(self, purpose: str) -> Path:
        return self._folder / f"{purpose}.trusted.json"

    def _trust(self, purpose: str, key_id: str, public: bytes) -> None:
        path = self._ring_path(purpose)
        known = _read(path) if path.exists() else {}
        known[key_id] = public.hex()
        _replace(path, json.dumps(known, indent=1, sort_keys=True))


def _with_new_key(known: dict[str, str]) -> dict[str, str]:
    name = f"k{secrets.token_hex(4)}"
    return {**known, "current": name, name: secrets.token_hex(32)}


def _write_once(path: Path, text: str) -> None:
    """Write a file that did not exist; another process that was faster wins."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _replace(temporary, text)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, type(error).__name__) from error
    return {str(name): str(value) for name, value in found.items()}


def _damaged(path: Path, detail: str) -> BadInput:
    return BadInput(
        f"key file {path.name}: {detail}",
        say=f"The key file {path.name} can't be read, so I won't start.",
        next_step="Restore the keys folder from its copy; without it old signatures and seals can't be read.",
    )
