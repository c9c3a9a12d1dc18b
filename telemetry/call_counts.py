"""Who calls whom, counted once while spans come in: a question about hours must not join millions of spans.

A call is a span whose parent belongs to another service. Parents end after their children and come later, so
each round joins the new spans with those of a while before. What is counted is told by the names of the
written files: segments up to the highest of them are done.
"""

import time
from pathlib import Path

import duckdb

from telemetry.columnar_files import (
    SPILL,
    StoredFile,
    file_name,
    sql_list,
    sql_text,
    stored_files,
    write_table,
)
from telemetry.records import Kind
from telemetry.write_ahead import oldest_waiting

BACK_SECONDS = 15 * 60
"""How far back a parent or child is looked for, while that is no more than `_BACK_BYTES`."""
_BACK_BYTES = 24 << 20
_NEW_BYTES = 96 << 20
_STALE_SECONDS = 20.0
_IDS = "SELECT trace, span, parent, service, t_us FROM read_parquet({files})"
_NONE = "SELECT '' AS trace, '' AS span, '' AS parent, '' AS service, 0::BIGINT AS t_us WHERE false"
_PAIR = (
    "SELECT p.service AS caller, c.service AS callee, c.t_us AS t_us FROM {child} c JOIN {parent} p"
    " ON c.trace = p.trace AND c.parent = p.span WHERE c.parent <> ''"
)
_COUNT = (
    "WITH new AS MATERIALIZED ({new}), old AS MATERIALIZED ({old}), pairs AS ({pairs})"
    " SELECT max(t_us) AS t_us, caller, callee, count(*) AS calls FROM pairs"
    " WHERE caller <> callee AND caller <> '' AND callee <> ''"
    " GROUP BY caller, callee, t_us // 10000000 ORDER BY 1"
)
_PAIRS = " UNION ALL ".join(
    _PAIR.format(child=child, parent=parent)
    for child, parent in (("new", "new"), ("new", "old"), ("old", "new"))
)


def count_calls(root: Path) -> int:
    """Count the calls of spans that no round has counted yet; return how many segments' files that were."""
    waiting, files = oldest_waiting(root), stored_files(root, Kind.SPANS)
    counted = counted_until(root)
    new: list[StoredFile] = []
    for file in files:
        if file.low > counted and file.high < waiting and sum(one.size for one in new) < _NEW_BYTES:
            new.append(file)
    if not new:
        return 0
    old = spans_before(files, new)
    with duckdb.connect(":memory:") as database:
        database.execute("SET threads = 1")
        database.execute("SET memory_limit = '1GiB'")
        database.execute(f"SET temp_directory = '{sql_text(root / SPILL)}'")
        told = {"new": _IDS.format(files=sql_list(new)), "old": _NONE}
        if old:
            told["old"] = _IDS.format(files=sql_list(old))
        counts = database.sql(_COUNT.format(**told, pairs=_PAIRS)).to_arrow_table()
    times = counts.column("t_us").to_pylist() or [new[0].first * 1_000_000]
    # Without a call too: the name says that these segments are done.
    name = file_name(min(times), max(times), new[0].low, new[-1].high)
    write_table(counts, root / Kind.CALLS.value / name)
    return len(new)


def counted_until(root: Path) -> int:
    """Return the last segment whose calls are counted, 0 when none is."""
    return max((file.high for file in stored_files(root, Kind.CALLS)), default=0)


def spans_before(files: list[StoredFile], new: list[StoredFile]) -> list[StoredFile]:
    """Return the files in which parents and children of new spans are looked for."""
    since = max(file.last for file in new) - BACK_SECONDS
    old: list[StoredFile] = []
    for file in sorted((file for file in files if file.high < new[0].low), key=lambda file: -file.high):
        if file.last < since or (old and sum(one.size for one in old) + file.size > _BACK_BYTES):
            break
        old.append(file)
    return old


def are_counted(root: Path) -> bool:
    """Return whether somebody counts calls here; false when spans wait for it much longer than usual."""
    counted = counted_until(root)
    if not counted:
        return False
    left = [file for file in stored_files(root, Kind.SPANS) if file.low > counted]
    oldest = min((_written(file.path) for file in left), default=time.time())
    return oldest > time.time() - _STALE_SECONDS


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
