"""Keep the store small and quick: merge many small files into one, delete what is too old or too much."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from telemetry.columnar_files import StoredFile, file_name, leftovers, stored_files
from telemetry.records import Kind

_MANY = 12
_SMALL_BYTES = 48 << 20
_MERGED_BYTES = 128 << 20
_MERGE = (
    "COPY (SELECT * FROM read_parquet({files}, union_by_name = true) ORDER BY {order})"
    " TO '{draft}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 100000)"
)


def tidy(root: Path, *, keep_bytes: int, keep_seconds: float) -> None:
    """Do one round: leftovers and retention, then at most one merge a kind; see `prune`."""
    prune(root, keep_bytes=keep_bytes, keep_seconds=keep_seconds)
    for kind in Kind:
        merge_once(root, kind)


def prune(root: Path, *, keep_bytes: int, keep_seconds: float) -> None:
    """Delete what a merge left over, what is too old, and the oldest of what is too much.

    Args:
        root: Folder of the store.
        keep_bytes: Most that all stored files may take.
        keep_seconds: Age of a file's newest record at which it goes.
    """
    for kind in Kind:
        for path in leftovers(root, kind):
            path.unlink(missing_ok=True)
    for path in superfluous(root, keep_bytes=keep_bytes, keep_seconds=keep_seconds, now=time.time()):
        path.unlink(missing_ok=True)


def superfluous(root: Path, *, keep_bytes: int, keep_seconds: float, now: float) -> Iterator[Path]:
    """Yield the files to delete: too old, then the oldest of what is too much."""
    files = sorted((file for kind in Kind for file in stored_files(root, kind)), key=lambda file: file.last)
    total = sum(file.size for file in files)
    for file in files:
        if file.last < now - keep_seconds or total > keep_bytes:
            total -= file.size
            yield file.path


def merge_once(root: Path, kind: Kind) -> Path | None:
    """Merge the oldest run of small neighbours of a kind into one file; None when there is none."""
    group = _neighbours(stored_files(root, kind), _oldest_waiting(root))
    if not group:
        return None
    first, last = min(file.first for file in group), max(file.last for file in group)
    name = file_name(first * 1_000_000, last * 1_000_000, group[0].low, group[-1].high)
    path = root / kind.value / name
    draft = path.with_suffix(".draft")
    order = "t_us" if kind in (Kind.ARRIVALS, Kind.REJECTED) else "service, t_us"
    listed = "[" + ", ".join(f"'{_quoted(file.path)}'" for file in group) + "]"
    with duckdb.connect(":memory:") as database:
        database.execute("SET threads = 1")
        database.execute("SET memory_limit = '1GiB'")
        database.execute(_MERGE.format(files=listed, order=order, draft=_quoted(draft)))
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.rename(path)
    for file in group:
        file.path.unlink(missing_ok=True)
    return path


def _neighbours(files: list[StoredFile], oldest_waiting: int) -> list[StoredFile]:
    """Return the first run of many small files that may become one.

    Files of segments that still wait in the log stay: decoding such a segment again would write its file
    beside the merged one.
    """
    run: list[StoredFile] = []
    for file in files:
        if file.high >= oldest_waiting:
            break
        if file.size > _SMALL_BYTES or sum(one.size for one in run) + file.size > _MERGED_BYTES:
            if len(run) >= _MANY:
                return run
            run = []
        if file.size <= _SMALL_BYTES:
            run.append(file)
    return run if len(run) >= _MANY else []


def _oldest_waiting(root: Path) -> int:
    waiting = [int(path.stem) for path in (root / "wal").glob("*.*") if path.stem.isdigit()]
    return min(waiting, default=1 << 62)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
