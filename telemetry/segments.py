"""Turn a sealed segment of the log into columnar files, once, whatever happens in between.

Files are named by their segment: decoding it again after a crash writes the same files again. The log's
segment goes only when its files are on disk.
"""

import logging
from collections import Counter, defaultdict
from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from domain.ports.telemetry_intake import Dialect
from telemetry.columnar_files import file_name, write_table
from telemetry.decoding import decode
from telemetry.receivers.attribute_cache import AttributeCache
from telemetry.receivers.turned_away import dialect_of
from telemetry.records import Decoded, Kind, Refusal
from telemetry.write_ahead import Frame, encoded, numbers_in, read_segment

log = logging.getLogger("dogwatch.decoder")

_LATE_US = 60 * 1_000_000
_TEXT = pa.string()
_SCHEMAS: dict[Kind, dict[str, Any]] = {
    Kind.SPANS: {"span_kind": pa.uint8(), "duration_us": pa.int64(), "failed": pa.bool_()},
    Kind.LOGS: {},
    Kind.METRICS: {"value": pa.float64(), "counter": pa.bool_()},
    Kind.EVENTS: {},
    Kind.REJECTED: {},
}


def store_segment(
    segment: Path, root: Path, cache: AttributeCache, broken: frozenset[int] = frozenset()
) -> int:
    """Write the files of a segment, remove the segment, and return how many records it held.

    Frames whose numbers are in `broken` are put aside for people, and counted as refused.
    """
    number = int(segment.stem)
    by_source: dict[tuple[str, str], Decoded] = {}
    arrivals: list[dict[str, object]] = []
    aside: list[Frame] = []
    for place, frame in enumerate(read_segment(segment)):
        if place in broken:
            aside.append(frame)
        arrivals.append(_take(frame, by_source, cache, is_broken=place in broken))
    count = _write_all(by_source, arrivals, root, number)
    if aside:
        (root / "aside").mkdir(exist_ok=True)
        (root / "aside" / segment.name).write_bytes(b"".join(map(encoded, aside)))
    segment.unlink()
    return count


def broken_frames(segment: Path, marks: Path, cache: AttributeCache) -> frozenset[int]:
    """Return the numbers of a segment's frames that can't be stored, by trying each alone.

    `marks` is a file for what is known and what is being tried: a frame that ends this process stands there
    when the next process looks.
    """
    broken = numbers_in(marks)
    for place, frame in enumerate(read_segment(segment)):
        if place in broken:
            continue
        marks.write_text("\n".join(map(str, [*broken, place])), "ascii")
        try:
            alone: dict[tuple[str, str], Decoded] = {}
            _take(frame, alone, cache, is_broken=False)
            _tables(alone)
        except Exception:  # the border of this process: one delivery must not cost those beside it
            log.exception("a delivery of %s can't be stored and is put aside", frame.source)
            broken.add(place)
    marks.write_text("\n".join(map(str, broken)), "ascii")
    return frozenset(broken)


def _take(
    frame: Frame, by_source: dict[tuple[str, str], Decoded], cache: AttributeCache, *, is_broken: bool
) -> dict[str, object]:
    """Decode one frame and return what is to be remembered of its arrival."""
    # Our own note of a refusal counts with what was refused.
    is_note = frame.dialect is Dialect.REFUSED
    dialect = dialect_of(frame.body) if is_note else frame.dialect.value
    out = by_source.setdefault((frame.source, dialect), Decoded())
    lists = (out.spans.t_us, out.logs.t_us, out.metrics.t_us, out.events.t_us)
    before = [len(times) for times in lists]
    refused, unknown = out.refused, dict(out.unknown_fields)
    out.now_us, out.growth = frame.arrived_us, 0
    if is_broken:
        out.refuse(Refusal.BREAKS, "the delivery was put aside for an operator", frame.body[:400])
    else:
        decode(frame.dialect, frame.body, out, cache)
    new = [t for times, begin in zip(lists, before, strict=True) for t in times[begin:]]
    fresh = Counter(out.unknown_fields)
    fresh.subtract(unknown)
    return {
        "t_us": frame.arrived_us,
        "source": frame.source,
        "dialect": dialect,
        "bytes": len(frame.body),
        "records": len(new),
        "refused": out.refused - refused,
        "late": sum(frame.arrived_us - t > _LATE_US for t in new),
        "newest_us": max(new, default=frame.arrived_us),
        "unknown": orjson.dumps({k: n for k, n in fresh.most_common(20) if n > 0}).decode(),
    }


def _write_all(
    by_source: dict[tuple[str, str], Decoded], arrivals: list[dict[str, object]], root: Path, number: int
) -> int:
    count = 0
    for kind, tables in _tables(by_source).items():
        table = pa.concat_tables(tables)
        count += 0 if kind is Kind.REJECTED else len(table)
        _write(table, kind, root, number)
    if arrivals:
        _write(pa.Table.from_pylist(arrivals), Kind.ARRIVALS, root, number)
    return count


def _tables(by_source: dict[tuple[str, str], Decoded]) -> dict[Kind, list[pa.Table]]:
    parts: dict[Kind, list[pa.Table]] = defaultdict(list)
    for (source, dialect), out in by_source.items():
        for kind, rows in _columns(out).items():
            if rows.t_us:
                parts[kind].append(_table(kind, rows, source, dialect))
    return parts


def _columns(out: Decoded) -> dict[Kind, Any]:  # Any: one of five column classes with a `t_us` each
    return {
        Kind.SPANS: out.spans,
        Kind.LOGS: out.logs,
        Kind.METRICS: out.metrics,
        Kind.EVENTS: out.events,
        Kind.REJECTED: out.rejected,
    }


def _table(kind: Kind, rows: Any, source: str, dialect: str) -> pa.Table:  # Any: as in `_columns`
    special = _SCHEMAS[kind]
    columns = {}
    for column in fields(rows):
        told = pa.int64() if column.name == "t_us" else special.get(column.name, _TEXT)
        columns[column.name] = pa.array(getattr(rows, column.name), told)
    size = len(rows.t_us)
    columns["source"] = pa.repeat(pa.scalar(source, _TEXT), size)
    if kind is Kind.REJECTED:
        columns["dialect"] = pa.repeat(pa.scalar(dialect, _TEXT), size)
    return pa.table(columns)


def _write(table: pa.Table, kind: Kind, root: Path, number: int) -> None:
    times = table.column("t_us")
    span = pa.compute.min_max(times).as_py()
    if "service" in table.column_names:
        # One service's records lie together, so that a question about it reads a few pages only.
        table = table.take(pa.compute.sort_indices(table.select(["service"]), [("service", "ascending")]))
    write_table(table, root / kind.value / file_name(span["min"], span["max"], number, number))
