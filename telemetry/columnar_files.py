"""Which files hold what: their names tell it, so that no catalogue can disagree with the disk.

A file is named `<first second>-<last second>-<first segment>-<last segment>.parquet`. A file whose segments
lie within another's is a leftover of a merge that was interrupted, and is not read.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from telemetry.records import Kind

SUFFIX = ".parquet"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of one kind; times in Unix seconds, both ends included."""

    path: Path
    first: int
    last: int
    low: int
    high: int
    size: int

    def meets(self, begin: float, end: float) -> bool:
        """Return whether it may hold something between two moments."""
        return self.first <= end and self.last >= begin


def file_name(first_us: int, last_us: int, low: int, high: int) -> str:
    """Return the name of a file with records of this span from these segments."""
    return f"{first_us // 1_000_000:011d}-{last_us // 1_000_000:011d}-{low:012d}-{high:012d}{SUFFIX}"


def stored_files(root: Path, kind: Kind) -> list[StoredFile]:
    """Return the files of a kind that are to be read, oldest segment first."""
    found = []
    try:
        entries = list(os.scandir(root / kind.value))
    except FileNotFoundError:
        return []
    for entry in entries:
        parts = entry.name.removesuffix(SUFFIX).split("-")
        if not entry.name.endswith(SUFFIX) or len(parts) != 4 or not all(part.isdigit() for part in parts):
            continue
        try:
            size = entry.stat().st_size
        except FileNotFoundError:
            continue
        first, last, low, high = (int(part) for part in parts)
        found.append(StoredFile(Path(entry.path), first, last, low, high, size))
    return _without_leftovers(found)


def _without_leftovers(files: Iterable[StoredFile]) -> list[StoredFile]:
    kept: list[StoredFile] = []
    for file in sorted(files, key=lambda one: (one.low, -one.high)):
        if kept and kept[-1].low <= file.low and file.high <= kept[-1].high and kept[-1].high > kept[-1].low:
            continue
        kept.append(file)
    return kept


def leftovers(root: Path, kind: Kind) -> list[Path]:
    """Return files that a finished merge made superfluous."""
    read = {file.path for file in stored_files(root, kind)}
    return [path for path in (root / kind.value).glob(f"*{SUFFIX}") if path not in read]
