"""Which files hold what: their names tell it, so that no catalogue can disagree with the disk.

A file is named `<first second>-<last second>-<first segment>-<last segment>.parquet`. A file whose segments
lie within another's is a leftover of a merge that was interrupted, and is not read.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from telemetry.records import Kind

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIX = ".parquet"
SPILL = "spill"
"""Folder of what a question or a merge can't hold in memory; not where the process was started."""
_ROWS_IN_A_GROUP = 50_000


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
    return _without_leftovers(_listed(root, kind))


def leftovers(root: Path, kind: Kind) -> list[Path]:
    """Return files that a finished merge made superfluous."""
    # Of one listing: a file that was written between two of them would pass for superfluous and be deleted.
    files = _listed(root, kind)
    read = {file.path for file in _without_leftovers(files)}
    return [file.path for file in files if file.path not in read]


def _listed(root: Path, kind: Kind) -> list[StoredFile]:
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
    return found


def _without_leftovers(files: Iterable[StoredFile]) -> list[StoredFile]:
    kept: list[StoredFile] = []
    for file in sorted(files, key=lambda one: (one.low, -one.high)):
        if kept and kept[-1].low <= file.low and file.high <= kept[-1].high and kept[-1].high > kept[-1].low:
            continue
        kept.append(file)
    return kept


def sql_list(files: Iterable[StoredFile]) -> str:
    """Return files as a list in SQL."""
    return "[" + ", ".join(f"'{sql_text(file.path)}'" for file in files) + "]"


def sql_text(path: Path) -> str:
    """Return a path as it stands between quotes in SQL."""
    return str(path).replace("'", "''")


def write_table(table: "pa.Table", path: Path) -> None:
    """Write a file whole or not at all, and durably."""
    import pyarrow.parquet as pq  # readers of the store do without it

    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    plain = [
        name for name in ("t_us", "value", "trace", "span", "parent", "message") if name in table.column_names
    ]
    with draft.open("wb") as sink:
        pq.write_table(
            table,
            sink,
            compression="zstd",
            compression_level=1,
            row_group_size=_ROWS_IN_A_GROUP,
            use_dictionary=[name for name in table.column_names if name not in plain],
        )
        sink.flush()
        os.fdatasync(sink.fileno())
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
