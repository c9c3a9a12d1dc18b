"""A tar archive, encrypted with age to our own key and signed beside it.

`FILE` is what the program `age` reads too: `age --decrypt --identity keys/backup.age FILE | tar --extract`.
`FILE.sig` is one JSON object: facts about the backup, the SHA-256 of `FILE`, an Ed25519 signature of both.
An archive that takes the place of an earlier one has its signature in `FILE.sig.next` until both stand there:
a kill or a full disk at any moment leaves the earlier one or the new one whole.
"""

import hashlib
import json
import os
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pyrage

from domain.errors import BadInput, OutsideTrouble
from domain.proof.canonical import canonical_bytes
from runtime.keys import KeyFolder

_PURPOSE = b"dogwatch/backup/1\0"
_SIGNER = "backup"
_BESIDE, _NEXT = ".sig", ".sig.next"


def backup_keys(keys: KeyFolder) -> None:
    """Make the keys that seal and sign backups, unless they are there."""
    keys.signer(_SIGNER)
    keys.text("backup.age", lambda: str(pyrage.x25519.Identity.generate()))


def write_sealed(
    path: Path, keys: KeyFolder, facts: dict[str, str], fill: Callable[[tarfile.TarFile], None]
) -> int:
    """Write the archive and its signature, both under their names only when whole; return the size in bytes.

    Args:
        path: The archive; its signature gets the same name with `.sig`.
        keys: Holds the key to encrypt to and the key to sign with.
        facts: What the signature vouches for beside the content.
        fill: Puts the members into the archive.
    """
    half, upcoming = path.with_name(f"{path.name}.half"), path.with_name(f"{path.name}{_NEXT}")
    try:
        half.touch(mode=0o600)
        _encrypt(half, _identity(keys), fill)
        _write_through(upcoming, _signed(half, keys, facts))
        half.replace(path)
        upcoming.replace(path.with_name(f"{path.name}{_BESIDE}"))
    except OSError as error:
        raise OutsideTrouble(
            f"backup: {error}",
            say=f"The backup could not be written: {error.strerror or type(error).__name__}.",
            next_step="See that the folder exists and that the disk has room, then try again.",
        ) from error
    finally:
        half.unlink(missing_ok=True)
    return path.stat().st_size


def read_facts(path: Path, keys: KeyFolder) -> dict[str, str]:
    """Return what the signature vouches for, after checking it against the file.

    Raises:
        BadInput: The file or its signature is missing, damaged, or not signed by a key of ours.
    """
    try:
        found = hash_of(path)
        said = _signature_of(path, found)
        facts = {str(name): str(value) for name, value in said["facts"].items()}
        signature = bytes.fromhex(said["signature"])
    except OSError as error:
        raise BadInput(
            f"backup: {error}",
            say=f"{Path(error.filename or path).name} can't be read: {error.strerror}.",
            next_step="A backup is two files, NAME and NAME.sig, side by side; name the first one.",
        ) from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise _not_ours(f"{type(error).__name__} in the signature file") from error
    if found != facts.get("sha256"):
        raise _not_ours("the content is not what was signed: it is damaged, cut off, or another file")
    if not keys.ring(_SIGNER).is_signed(str(said.get("key_id")), _message(facts), signature):
        raise _not_ours("it is not signed by a key in the keys folder")
    return facts


def _signature_of(path: Path, found: str) -> Any:  # Any: it is looked at by whoever reads it
    """Return what the signature file says; the next one where making the archive was cut short at its end."""
    beside, upcoming = (path.with_name(f"{path.name}{ending}") for ending in (_BESIDE, _NEXT))
    if upcoming.exists():
        try:
            said = json.loads(upcoming.read_text(encoding="utf-8"))
            if said["facts"]["sha256"] == found:
                return said
        except (OSError, ValueError, KeyError, TypeError):
            pass  # cut short itself: then the archive is still the earlier one
    return json.loads(beside.read_text(encoding="utf-8"))


class _Hashed:
    """A file that is hashed while it is read: what was checked before may be another one by then."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        piece = self._file.read(size)
        self._digest.update(piece)
        return piece

    def hexdigest(self) -> str:
        """Return the hash of the whole file."""
        while self.read(1 << 20):
            pass
        return self._digest.hexdigest()


def unseal(path: Path, keys: KeyFolder, into: Path, *, sha256: str) -> None:
    """Decrypt the archive into a folder; nothing lands outside it.

    Args:
        path: The archive.
        keys: Holds the key it was encrypted to.
        into: The folder.
        sha256: What `read_facts` said of it.

    Raises:
        BadInput: The keys folder does not hold that key, or the archive is another one by now.
    """
    reading, writing = os.pipe()
    failed: list[Exception] = []

    def decrypt() -> None:
        with os.fdopen(writing, "wb") as sink, path.open("rb") as source:
            hashed = _Hashed(source)
            try:
                pyrage.decrypt_io(hashed, sink, [_identity(keys)])
                if hashed.hexdigest() != sha256:
                    raise OSError("the file was replaced while it was read")
            except (pyrage.DecryptError, OSError) as error:
                failed.append(error)

    worker = threading.Thread(target=decrypt)
    worker.start()
    try:
        with os.fdopen(reading, "rb") as source, tarfile.open(fileobj=source, mode="r|") as archive:
            archive.extractall(into, filter="data")
    except tarfile.TarError as error:
        worker.join()
        # A broken pipe only says that nobody reads on: what was wrong is in the archive.
        why = next((one for one in failed if not isinstance(one, BrokenPipeError)), error)
        raise _not_ours(str(why)) from error
    worker.join()
    if failed:
        raise _not_ours(str(failed[0])) from failed[0]


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_of_text(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _encrypt(to: Path, identity: Any, fill: Callable[[tarfile.TarFile], None]) -> None:
    """Stream the archive through age, so that neither memory nor disk ever holds it in clear."""
    reading, writing = os.pipe()
    failed: list[Exception] = []

    def encrypt() -> None:
        with os.fdopen(reading, "rb") as source, to.open("wb") as sink:
            try:
                pyrage.encrypt_io(source, sink, [identity.to_public()])
                sink.flush()
                os.fsync(sink.fileno())
            except (pyrage.EncryptError, OSError) as error:
                failed.append(error)

    worker = threading.Thread(target=encrypt)
    worker.start()
    try:
        _fill(os.fdopen(writing, "wb"), fill)
    except BrokenPipeError:
        worker.join()
        if not failed:
            raise
    worker.join()
    if failed:
        raise OSError(*failed[0].args) from failed[0]


def _fill(sink: IO[bytes], fill: Callable[[tarfile.TarFile], None]) -> None:
    # Links are followed: one that leads out of its folder would be refused when the archive is opened again.
    with (
        sink,
        tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT, dereference=True) as archive,
    ):
        fill(archive)


def _signed(path: Path, keys: KeyFolder, facts: dict[str, str]) -> str:
    signer = keys.signer(_SIGNER)
    told = facts | {"sha256": hash_of(path), "bytes": str(path.stat().st_size)}
    signature = signer.sign(_message(told)).hex()
    return json.dumps({"facts": told, "key_id": signer.key_id, "signature": signature}, indent=1) + "\n"


def _write_through(path: Path, text: str) -> None:
    """Write a small file so that it is on the disk when this returns."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _message(facts: dict[str, str]) -> bytes:
    return _PURPOSE + canonical_bytes(facts)


def _identity(keys: KeyFolder) -> Any:
    backup_keys(keys)
    return pyrage.x25519.Identity.from_str(keys.text("backup.age", str))


def _not_ours(why: str) -> BadInput:
    return BadInput(
        f"backup refused: {why}",
        say=f"I won't restore this backup: {why}.",
        next_step="Nothing was changed. Name the keys folder of the house that made it with --keys, or take "
        "another backup.",
    )
