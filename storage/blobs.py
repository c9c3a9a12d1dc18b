"""Files by the SHA-256 of their content, in a directory; what is read is checked against its name."""

import contextlib
import hashlib
import os
import re
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import NotFound
from domain.ids import BlobId

_ID = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


class DirectoryBlobs:
    """Implements `BlobStore`; writing is atomic, so a crash leaves whole files or none."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes) -> BlobId:
        """Keep bytes."""
        path = self.new_file()
        path.write_bytes(content)
        return self.put_file(path)

    def put_file(self, path: Path) -> BlobId:
        """Keep a file, by moving it."""
        blob = BlobId(_hash_of(path))
        home = self._home(blob)
        if _is_whole(home, path, blob):
            # Younger from now on: what is about to be tidied away must see that it is wanted again.
            os.utime(home)
            path.unlink()
            return blob
        home.parent.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        try:
            path.replace(home)
        except OSError:  # another file system: copy beside the home first, so that the last step is atomic
            beside = home.with_suffix(f".{secrets.token_hex(4)}")
            shutil.copyfile(path, beside)
            beside.replace(home)
            path.unlink()
        home.chmod(0o400)
        _mark_of(home).unlink(missing_ok=True)
        return blob

    def get(self, blob: BlobId) -> bytes:
        """Return the bytes, checked against the id; raises `NotFound`."""
        content = self.path(blob).read_bytes()
        if hashlib.sha256(content).hexdigest() != blob:
            raise NotFound(
                f"blob {blob} is damaged",
                say="The stored file is damaged, so I won't use it.",
                next_step="Drop it again: the whole one then takes its place.",
            )
        return content

    def path(self, blob: BlobId) -> Path:
        """Return where the bytes lie for reading; raises `NotFound`."""
        home = self._home(blob)
        if home.exists():
            return home
        with contextlib.suppress(FileNotFoundError):
            at = datetime.fromtimestamp(_mark_of(home).stat().st_mtime, UTC)
            raise NotFound(
                f"blob {blob} was tidied away",
                say=f"That file was tidied away on {at:%d %B %Y}.",
                next_step="Drop it again if it is needed.",
            )
        raise NotFound(f"blob {blob}", say="The stored file is gone.", next_step="Drop it again.")

    def holds(self, blob: BlobId) -> bool:
        """Return whether the bytes are there."""
        return self._home(blob).exists()

    def remove(self, blob: BlobId, *, dropped_before: datetime) -> int | None:
        """Tidy bytes away unless they were kept again since; return how many, None when they stay."""
        home = self._home(blob)
        try:
            known = home.stat()
        except FileNotFoundError:
            return None
        if known.st_mtime >= dropped_before.timestamp():
            return None
        _mark_of(home).touch(mode=0o600)
        home.unlink(missing_ok=True)
        return known.st_size

    def forget_unfinished(self, before: datetime) -> None:
        """Remove uploads that never came to their end."""
        for path in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()

    def new_file(self) -> Path:
        """Return a fresh path to write an upload to, beside the store so that moving is free."""
        return self._incoming / secrets.token_hex(16)

    def _home(self, blob: BlobId) -> Path:
        if not _ID.fullmatch(blob):
            raise NotFound("blob id is no hash", say="I don't know that file.")
        return self._root / blob[:2] / blob


def _is_whole(home: Path, fresh: Path, blob: BlobId) -> bool:
    """Return whether the bytes lie there undamaged; else those that came take their place."""
    try:
        return home.stat().st_size == fresh.stat().st_size and _hash_of(home) == blob
    except FileNotFoundError:
        return False


def _mark_of(home: Path) -> Path:
    """Return what lies in the place of a file that was tidied away."""
    return home.with_suffix(".tidied")


def _hash_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
