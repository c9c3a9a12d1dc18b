"""Open files of history, packed with gzip or not, and never unpack more of one than is allowed."""

import gzip
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from domain.errors import BadInput

MOST_UNPACKED_BYTES = 2 << 30
"""A few megabytes may claim to hold terabytes; years of thousands of feeds are less than this."""
_PACKED = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".json"})


def kind_of(path: Path) -> str:
    """Return the suffix that tells what a file holds: of `runs.csv.gz` it is `.csv`."""
    suffix = path.suffix.casefold()
    inner = Path(path.stem).suffix.casefold() if suffix == ".gz" else ""
    return inner if inner in _PACKED else suffix


def bytes_of(path: Path, most: int = MOST_UNPACKED_BYTES) -> "io.BufferedReader | _Unpacking":
    """Open what a file holds; reading raises `BadInput` where gzip did not pack it, or it holds too much."""
    return _Unpacking(path, most) if path.suffix.casefold() == ".gz" else path.open("rb")


def text_of(path: Path, encoding: str, newline: str | None = None) -> TextIO:
    """Open what a file holds as text; letters that its encoding has not are replaced."""
    return io.TextIOWrapper(bytes_of(path), encoding=encoding, errors="replace", newline=newline)


class _Unpacking(gzip.GzipFile):
    """A packed file that is read as far as is allowed."""

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(path, "rb")
        self._most = most

    def read(self, size: int | None = -1) -> bytes:
        """Return so many bytes; all of them only as far as is allowed."""
        left = self._most + 1 - self.tell()
        return self._checked(super().read, left if size is None or size < 0 else size)

    def read1(self, size: int = -1) -> bytes:
        """Return what is at hand, so many bytes at most."""
        return self._checked(super().read1, size)

    def _checked(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            found = read(size)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise BadInput(
                f"gzip: {error}",
                say="This file is not what gzip packs, or it is cut off.",
                next_step="Pack it again, or give me the file itself. What was read of it counts once.",
            ) from error
        if self.tell() > self._most:
            raise BadInput(
                f"gzip: more than {self._most} bytes",
                say=f"This file unpacks to more than {self._most >> 30} GiB, so I stopped.",
                next_step="Give me its history in parts. What was read of it counts once.",
            )
        return found
