"""Read months of history from CSV, Parquet, JSON lines or Airflow and dbt exports.

Files are read in pieces, so that memory stays flat; a torn last line is one rejected record, not the end.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import BadInput
from domain.running.run_merging import merged
from domain.running.runs import RejectedRecord, Rejection, Run
from telemetry.airflow_database import rows_of_dump, rows_of_sqlite
from telemetry.flat_rows import delimited_rows, encoding_of, first_row
from telemetry.headings import check_headings, headings, lacks_run, unread, with_run
from telemetry.normalise import check
from telemetry.packed_files import kind_of, text_of
from telemetry.receivers.dbt import from_dbt
from telemetry.receivers.fields import JsonObject, RunFields
from telemetry.receivers.formats import from_airflow, from_open_lineage
from telemetry.receivers.plain import from_plain
from telemetry.written_times import names_no_zone

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

PIECE_ROWS = 50_000
_LARGEST_JSON_BYTES = 200_000_000
_SQLITE = (".db", ".sqlite", ".sqlite3")
"""Airflow writes moments there in UTC and without a zone, whatever clock its people have."""


@dataclass(frozen=True)
class HistoryPiece:
    """A part of a file: runs met for the first time, runs met before in it, what was refused, lineage."""

    fresh: tuple[Run, ...]
    again: tuple[Run, ...]
    rejected: tuple[RejectedRecord, ...]
    datasets: frozenset[tuple[str, str, bool]]
    """(feed, data set, whether it writes it)."""
    unread: tuple[str, ...] = ()
    """Columns that nothing was read from; told with the first piece."""
    is_zoneless: bool = False
    """Whether a time in it names no zone."""


def history_pieces(
    path: Path, now: datetime, piece_rows: int = PIECE_ROWS, zone: tzinfo = UTC
) -> Iterator[HistoryPiece]:
    """Yield a file of history piece by piece, so that memory stays flat; the suffix tells its kind.

    Args:
        path: The file.
        now: When it is read; what lies in the future is refused.
        piece_rows: Rows of one piece, where the format has rows.
        zone: By whose clock times are that name no zone.
    """
    met: set[int] = set()
    columns = _unread(path)
    is_in_utc = path.suffix.casefold() in _SQLITE
    zone = UTC if is_in_utc else zone
    for piece in pieces(path, piece_rows):
        good, rejected = check(piece, now, zone)
        known: dict[tuple[str, str], Run] = {}
        for _, run in good:
            after = merged(known.get(run.key), run)
            if isinstance(after, Rejection):
                excerpt = f"{run.feed} {run.run}"[:160]
                rejected.append(RejectedRecord(after, "of two records of one run", excerpt))
            else:
                known[after.key] = after
        again = {key for key in known if hash(key) in met}
        met.update(hash(key) for key in known)
        yield HistoryPiece(
            tuple(run for key, run in known.items() if key not in again),
            tuple(known[key] for key in again),
            tuple(rejected),
            frozenset(
                (run.feed, name, writes)
                for fields, run in good
                for names, writes in ((fields.reads, False), (fields.writes, True))
                for name in names
            ),
            unread=columns,
            is_zoneless=not is_in_utc
            and any(names_no_zone(fields.started or fields.finished) for fields, _ in good[:1]),
        )
        columns = ()


def pieces(path: Path, piece_rows: int = PIECE_ROWS) -> Iterator[list[RunFields]]:
    """Return the reports in a file, piece by piece; raises `BadInput` for a suffix that is not known."""
    readers: dict[str, Callable[[Path, int], Iterator[list[RunFields]]]] = {
        ".csv": _csv,
        ".tsv": _csv,
        ".parquet": _parquet,
        ".jsonl": _lines,
        ".ndjson": _lines,
        ".json": lambda path, _: _document(path),
        ".sql": lambda path, rows: _table(rows_of_dump(path), rows),
        **dict.fromkeys(_SQLITE, lambda path, rows: _table(rows_of_sqlite(path), rows)),
    }
    reader = readers.get(kind_of(path))
    if reader is None:
        raise BadInput(
            f"suffix {path.suffix!r}",
            say="I can't tell what kind of history that is.",
            next_step="Give me CSV or JSON lines (packed with gzip or not), Parquet, dbt's or Airflow's JSON,"
            " or Airflow's database.",
        )
    return reader(path, piece_rows)


def _unread(path: Path) -> tuple[str, ...]:
    kind = kind_of(path)
    if kind in {".csv", ".tsv"}:
        return unread(first_row(path))
    return unread(headings(_opened(path).schema_arrow.names)) if kind == ".parquet" else ()


def _csv(path: Path, piece_rows: int) -> Iterator[list[RunFields]]:
    return _table(delimited_rows(path), piece_rows)


def _table(rows: Iterator[JsonObject], piece_rows: int) -> Iterator[list[RunFields]]:
    piece: list[RunFields] = []
    for row in rows:
        piece += receive(row)
        if len(piece) >= piece_rows:
            yield piece
            piece = []
    yield piece


def _parquet(path: Path, piece_rows: int) -> Iterator[list[RunFields]]:
    file = _opened(path)
    names = headings(file.schema_arrow.names)
    check_headings(names)
    for batch in file.iter_batches(piece_rows):
        rows = batch.rename_columns(names).to_pylist()
        told = map(with_run, rows) if lacks_run(names) else rows
        yield [fields for row in told for fields in receive(row)]


def _opened(path: Path) -> "ParquetFile":
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(path)
    except MemoryError:
        raise  # one of Arrow's errors, and says nothing of the file
    except pyarrow.ArrowException as error:
        raise BadInput(
            f"not Parquet: {error}",
            say="This is no Parquet file that I can open: it may be cut off, or another format by that name.",
            next_step="Export it again, or give me CSV.",
        ) from error


def _lines(path: Path, piece_rows: int) -> Iterator[list[RunFields]]:
    piece: list[RunFields] = []
    with text_of(path, encoding_of(path)) as stream:
        for line in stream:
            if line.strip():
                piece += read_record(line)
            if len(piece) >= piece_rows:
                yield piece
                piece = []
    yield piece


def _document(path: Path) -> Iterator[list[RunFields]]:
    with text_of(path, encoding_of(path)) as stream:
        text = stream.read(_LARGEST_JSON_BYTES + 1) if path.stat().st_size <= _LARGEST_JSON_BYTES else None
    if text is None or len(text) > _LARGEST_JSON_BYTES:
        raise BadInput(
            "JSON document too large",
            say="That document is larger than 200 MB.",
            next_step="Export it as JSON lines or Parquet.",
        )
    yield read_record(text)


def read_record(text: str) -> list[RunFields]:
    """Return the reports in one JSON text of any of the known formats; what can't be read is one that says
    so."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [_unreadable(text)]
    records = value if isinstance(value, list) else [value]
    return [
        fields
        for record in records
        for fields in (receive(record) if isinstance(record, dict) else [_unreadable(str(record)[:60])])
    ]


def _unreadable(told: str) -> RunFields:
    return RunFields(feed="", run="", state="", error=told[:60], is_unreadable=True)


def receive(record: JsonObject) -> list[RunFields]:
    """Return the reports of one decoded record, by what it looks like."""
    if ("eventType" in record and "job" in record) or ("eventTime" in record and "schemaURL" in record):
        return list(from_open_lineage(record))
    if "dag_id" in record or "dag_runs" in record:
        return list(from_airflow(record))
    if "results" in record and "metadata" in record:
        return list(from_dbt(record))
    return list(from_plain(record))
