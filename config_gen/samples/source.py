"""Read pieces of a sample that lies on disk or in memory, without ever loading a large one whole."""

import hashlib
from pathlib import Path

from domain.errors import BadInput

_CHUNK = 1 << 20


class Source:
    """One sample file: its size, its SHA-256, and any range of its bytes."""

    def __init__(self, sample: Path | bytes, name: str) -> None:
        self.name = name
        self._path = sample if isinstance(sample, Path) else None
        self._bytes = sample if isinstance(sample, bytes) else b""
        self.size = sample.stat().st_size if isinstance(sample, Path) else len(sample)
        if self.size == 0:
            raise BadInput(
                f"{name}: empty",
                say=f"**{name}** is empty: it has 0 bytes.",
                next_step="Drop a file that holds at least a header and one record.",
            )

    def read(self, start: int, length: int) -> bytes:
        """Return up to `length` bytes from `start`."""
        if self._path is None:
            return self._bytes[start : start + length]
        with self._path.open("rb") as stream:
            stream.seek(start)
            return stream.read(length)

    def sha256(self) -> str:
        """Return the hex digest of the whole file, read in pieces."""
        digest = hashlib.sha256()
        if self._path is None:
            digest.update(self._bytes)
            return digest.hexdigest()
        with self._path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    def path(self) -> Path | None:
        """Return where the file lies, or None when it is only in memory."""
        return self._path
