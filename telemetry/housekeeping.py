"""Keep the store small and quick: merge many small files into one, delete what is too old or too much.

Merging is what costs: each record is sorted and written again. So files are merged by the two dozen and only
with their like; what is large already is left alone.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from telemetry.call_counts import count_calls, counted_until
from telemetry.columnar_files import SPILL, StoredFile, file_name, leftovers, sql_list, sql_text, stored_files
from telemetry.records import Kind
from telemetry.write_ahead import oldest_waiting

_MANY = 24
_LIKE = 4
_DRAFT_SECONDS = 600.0
_SMALL_BYTES = 48 << 20
_MERGED_BYTES = 128 << 20
_NO_SERVICE = frozenset({Kind.ARRIVALS, Kind.REJECTED, Kind.CALLS})
_MERGE = (
    "COPY (SELECT * FROM read_parquet({files}, union_by_name = true) ORDER BY {order})"
    " TO '{draft}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 100000)"
)


def tidy(root: Path) -> None:
    """Do one round: count calls, then at most one merge a kind."""
    count_calls(root)
    for kind in Kind:
        merge_once(root, kind)


def prune(root: Path, *, keep_bytes: int, keep_seconds: float, now: float | None = None) -> None:
    """Delete what a merge left over, what is too old, and the oldest of what is too much.

    Args:
        root: Folder of the store.
        keep_bytes: Most that may lie in the folder; what waits to be decoded counts, up to a quarter of it.
        keep_seconds: Age of a file's newest record at which it goes.
        now: Unix seconds; as the machine has them when left out.
    """
    now = time.time() if now is None else now
    for kind in Kind:
        for path in leftovers(root, kind):
            path.unlink(missing_ok=True)
    for folder in root.glob("*/"):
        for path in _forgotten(folder, now, keep_seconds):
            path.unlink(missing_ok=True)
    for path in superfluous(root, keep_bytes=keep_bytes, keep_seconds=keep_seconds, now=now):
        path.unlink(missing_ok=True)


def _forgotten(folder: Path, now: float, keep_seconds: float) -> Iterator[Path]:
    """Yield half files that a crash left, and segments that were put aside long ago."""
    for path in folder.glob("*.wal" if folder.name == "aside" else "*.draft"):
        age = now - keep_seconds if folder.name == "aside" else now - _DRAFT_SECONDS
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < age:
                yield path


def superfluous(root: Path, *, keep_bytes: int, keep_seconds: float, now: float) -> Iterator[Path]:
    """Yield the files to delete: too old, then the oldest of what is too much."""
    files = sorted((file for kind in Kind for file in stored_files(root, kind)), key=lambda file: file.last)
    # A backlog takes its space from what is kept, but never drives all of it out.
    total = sum(file.size for file in files) + min(_beside(root), keep_bytes // 4)
    for file in files:
        if file.last < now - keep_seconds or total > keep_bytes:
            total -= file.size
            yield file.path


def _beside(root: Path) -> int:
    """Return what takes space and is no stored file: the log, what was put aside, what is being written."""
    total = 0
    for pattern in ("wal/*", "aside/*", "*/*.draft"):
        for path in root.glob(pattern):
            with contextlib.suppress(FileNotFoundError):
                total += path.stat().st_size
    return total


def merge_once(root: Path, kind: Kind) -> Path | None:
    """Merge the oldest run of small neighbours of a kind into one file; None when there is none."""
    before = oldest_waiting(root)
    if kind is Kind.SPANS:
        # They stay apart until their calls are counted: a merged file no longer tells which are new.
        before = min(before, counted_until(root) + 1)
    group = _neighbours(stored_files(root, kind), before)
    if not group:
        return None
    first, last = min(file.first for file in group), max(file.last for file in group)
    name = file_name(first * 1_000_000, last * 1_000_000, group[0].low, group[-1].high)
    path = root / kind.value / name
    draft = path.with_suffix(".draft")
    order = "t_us" if kind in _NO_SERVICE else "service, t_us"
    with duckdb.connect(":memory:") as database:
        database.execute("SET threads = 1")
        database.execute("SET memory_limit = '1GiB'")
        database.execute(f"SET temp_directory = '{sql_text(root / SPILL)}'")
        database.execute(_MERGE.format(files=sql_list(group), order=order, draft=sql_text(draft)))
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.rename(path)
    for file in group:
        file.path.unlink(missing_ok=True)
    return path


def _neighbours(files: list[StoredFile], before: int) -> list[StoredFile]:
    """Return the first run of many small files, alike in size, that may become one.

    Files of segments that still wait in the log stay: decoding such a segment again would write its file
    beside the merged one.
    """
    run: list[StoredFile] = []
    for file in files:
        if file.high >= before:
            break
        if file.size > _SMALL_BYTES or sum(one.size for one in run) + file.size > _MERGED_BYTES:
            if len(_alike(run)) >= _MANY:
                return _alike(run)
            run = []
        if file.size <= _SMALL_BYTES:
            run.append(file)
    return _alike(run) if len(_alike(run)) >= _MANY else []


def _alike(run: list[StoredFile]) -> list[StoredFile]:
    """Return a run without the files at its head that an earlier merge made large beside the others."""
    rest = sum(file.size for file in run)
    for place, file in enumerate(run):
        rest -= file.size
        if file.size * _LIKE <= rest:
            return run[place:]
    return []
