"""Read formats that carry types of their own, Parquet and Avro, and put typed cells into a profile."""

import datetime as dt
import decimal
import io
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from config_gen.samples.limits import Limits
from config_gen.samples.parsed import Parsed, unique_names
from config_gen.samples.source import Source
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import ColumnType, bounded
from domain.counting import counted
from domain.errors import BadInput

_KINDS: tuple[tuple[type, ColumnType], ...] = (
    (bool, ColumnType.BOOLEAN),
    (int, ColumnType.INTEGER),
    (float, ColumnType.DECIMAL),
    (decimal.Decimal, ColumnType.DECIMAL),
    (dt.datetime, ColumnType.DATETIME),
    (dt.date, ColumnType.DATE),
    (dt.time, ColumnType.TIME),
    (str, ColumnType.STRING),
    (bytes, ColumnType.STRING),
    (dict, ColumnType.OBJECT),
    (list, ColumnType.ARRAY),
    (tuple, ColumnType.ARRAY),
    (dt.timedelta, ColumnType.TIME),
)
_DAY = dt.timedelta(days=1)
_LONGEST_CELL = 10_000
_LARGEST_ROW_GROUP = 512 * 2**20


def read_parquet(source: Source, limits: Limits) -> Parsed:
    """Return the first records of a Parquet file with the types that its schema declares.

    Raises:
        BadInput: The footer or the pages are damaged, or use a codec that is not known.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = source.path()
    stream = str(path) if path is not None else io.BytesIO(source.read(0, source.size))
    try:
        file = pq.ParquetFile(stream)
        parsed = Parsed(
            FormatKind.PARQUET,
            f"Parquet with {counted(file.metadata.num_rows, 'record')} in"
            f" {counted(file.metadata.num_row_groups, 'row group')}",
        )
        if len(file.schema_arrow.names) > limits.columns:
            raise too_wide(source.name, len(file.schema_arrow.names), limits)
        parsed.estimated = file.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(source.name, "a Parquet file", error) from error
    names = [str(name) for name in file.schema_arrow.names]
    rows: list[list[Any]] = []
    groups = range(file.metadata.num_row_groups)
    heavy = any(file.metadata.row_group(group).total_byte_size > _LARGEST_ROW_GROUP for group in groups[:1])
    if heavy:
        parsed.warnings.append("The first row group unpacks to more than 512 MiB; I read the schema only.")
    try:
        for batch in file.iter_batches(batch_size=4096, row_groups=[] if heavy else None):
            columns = [column.to_pylist() for column in batch.columns]
            rows += [list(row) for row in zip(*columns, strict=True)]
            if len(rows) >= min(limits.records, 50_000):
                break
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        parsed.warnings.append(
            f"The schema is readable, the pages are not: {bounded(str(error).splitlines()[0], 120)}."
        )
    fill_typed(parsed, unique_names(names, len(names)), rows)
    for position, field in enumerate(file.schema_arrow):
        kind = _arrow_type(str(field.type))
        if kind is not None:
            parsed.declared[position] = kind
    parsed.estimated = max(parsed.estimated, parsed.records)
    parsed.sampled = parsed.estimated > parsed.records
    return parsed


def _arrow_type(words: str) -> ColumnType | None:
    for start, kind in (
        ("int", ColumnType.INTEGER),
        ("uint", ColumnType.INTEGER),
        ("float", ColumnType.DECIMAL),
        ("double", ColumnType.DECIMAL),
        ("halffloat", ColumnType.DECIMAL),
        ("decimal", ColumnType.DECIMAL),
        ("bool", ColumnType.BOOLEAN),
        ("timestamp", ColumnType.DATETIME),
        ("date", ColumnType.DATE),
        ("time", ColumnType.TIME),
        ("struct", ColumnType.OBJECT),
        ("map", ColumnType.OBJECT),
        ("list", ColumnType.ARRAY),
        ("large_list", ColumnType.ARRAY),
        ("fixed_size_list", ColumnType.ARRAY),
        ("string", ColumnType.STRING),
        ("large_string", ColumnType.STRING),
        ("binary", ColumnType.STRING),
        ("large_binary", ColumnType.STRING),
    ):
        if words.startswith(start):
            return kind
    return None


def read_avro(source: Source, limits: Limits) -> Parsed:
    """Return the first records of an Avro container file.

    Raises:
        BadInput: The header or a block is damaged, or a codec is not known.
    """
    import fastavro
    from fastavro.schema import SchemaParseException

    rows: list[Any] = []
    parsed = Parsed(FormatKind.AVRO, "an Avro container file")
    try:
        reader = fastavro.reader(io.BytesIO(source.read(0, min(source.size, limits.unpacked_bytes))))
        schema = reader.writer_schema
        for record in reader:
            rows.append(record)
            if len(rows) >= min(limits.records, 50_000):
                break
    except (ValueError, EOFError, OSError, KeyError, IndexError, TypeError, SchemaParseException) as error:
        if not rows and "codec" not in str(error).lower():
            raise damaged(source.name, "an Avro file", error) from error
        schema = None
        parsed.warnings.append(f"The records could not all be read: {bounded(str(error), 120)}.")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    names = (
        [str(field["name"]) for field in fields]
        if fields
        else sorted({str(key) for row in rows if isinstance(row, dict) for key in row})
    )
    if len(names) > limits.columns:
        raise too_wide(source.name, len(names), limits)
    names = names or (["value"] if rows else [])
    fill_typed(
        parsed,
        unique_names(names, len(names)),
        [[row.get(name) if isinstance(row, dict) else row for name in names] for row in rows],
    )
    parsed.estimated = parsed.records
    return parsed


def fill_typed(parsed: Parsed, names: list[str], rows: Sequence[Sequence[Any]]) -> None:
    """Put typed records into the columns as text, and note a column's type where its cells agree."""
    parsed.names = [bounded(name) for name in names]
    parsed.columns = []
    for position in range(len(names)):
        column = _of_one_clock([row[position] if position < len(row) else None for row in rows])
        parsed.columns.append([cell_text(cell) for cell in column])
        cells = column[:5000]
        kinds = Counter(kind for cell in cells if (kind := _kind(cell)) is not None)
        if not kinds:
            continue
        only = set(kinds)
        whole = only <= {ColumnType.DECIMAL} and all(
            isinstance(c, (float, int)) and float(c).is_integer()
            for c in cells
            if isinstance(c, (float, int))
        )
        if whole and parsed.format is FormatKind.EXCEL:
            parsed.declared[position] = ColumnType.INTEGER
        elif any(isinstance(cell, dt.timedelta) and cell >= _DAY for cell in cells):
            parsed.declared[position] = ColumnType.STRING  # a length beyond a day is no time of one
        elif len(only) == 1:
            parsed.declared[position] = only.pop()
    parsed.records = len(rows)
    parsed.estimated = max(parsed.estimated, len(rows))


def _of_one_clock(cells: list[Any]) -> list[Any]:
    """Return the cells with days among moments as their midnight: so workbooks give a moment at nought."""
    if not any(isinstance(cell, dt.datetime) for cell in cells):
        return cells
    return [dt.datetime.combine(cell, dt.time()) if _is_bare_day(cell) else cell for cell in cells]


def _is_bare_day(cell: Any) -> bool:
    return isinstance(cell, dt.date) and not isinstance(cell, dt.datetime)


def _kind(cell: Any) -> ColumnType | None:
    if cell is None or cell == "":
        return None
    return next((kind for python, kind in _KINDS if isinstance(cell, python)), ColumnType.STRING)


def cell_text(cell: Any) -> str:
    """Return a typed value as a profile keeps it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, (dict, list, tuple)):
        return json.dumps(cell, default=str, ensure_ascii=False)[:_LONGEST_CELL]
    if isinstance(cell, bytes):
        return cell[:_LONGEST_CELL].decode("utf-8", "backslashreplace")
    return str(cell)[:_LONGEST_CELL]


def damaged(name: str, what: str, error: Exception) -> BadInput:
    """Return the refusal of a file that its own library cannot read."""
    said = (str(error).splitlines() or [type(error).__name__])[0]
    return BadInput(
        f"{name}: {error}",
        say=f"**{name}** is {what}, but a damaged one: {bounded(said, 120)}.",
        next_step="It was probably cut during transfer; write it again and drop it again.",
    )


def too_wide(name: str, width: int, limits: Limits) -> BadInput:
    """Return the refusal of a file with more columns than are read."""
    return BadInput(
        f"{name}: {width} columns",
        say=f"**{name}** has {width:,} columns; I read up to {limits.columns:,}.",
        next_step="Send the table turned by 90°, or split it by topic.",
    )
