"""What a reader hands to the profiler: the cells by column, and how they were found."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import ColumnType, Dialect, FixedField, Header, Question, bounded
from domain.counting import counted, in_series

_NAMED = 5


@dataclass
class Parsed:
    """The cells of a sample as text, one list for each column, all of the same length.

    `declared` holds a column's type where the format itself states it (Parquet, Avro, JSON, Excel).
    `trailer_rows` closed the table and are left out. `sheet` is the one of `sheets` that was read.
    """

    format: FormatKind
    evidence: str
    subformat: str | None = None
    encoding: str | None = None
    encoding_evidence: str = ""
    encodings_alike: tuple[str, ...] = ()
    dialect: Dialect | None = None
    header: Header | None = None
    fixed: tuple[FixedField, ...] = ()
    names: list[str] = field(default_factory=list)
    columns: Sequence[Sequence[str]] = field(default_factory=list)
    declared: dict[int, ColumnType] = field(default_factory=dict)
    formats: dict[int, str] = field(default_factory=dict)
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    record_path: str = ""
    trailer_rows: int = 0
    records: int = 0
    estimated: int = 0
    sampled: bool = False
    warnings: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


def unique_names(raw: list[str], width: int) -> list[str]:
    """Return `width` distinct names: the header's where it has one, else `column_N`."""
    names: list[str] = []
    seen: set[str] = set()
    for position in range(width):
        name = raw[position].strip() if position < len(raw) else ""
        name = name[:200] or f"column_{position + 1}"
        candidate, n = name, 2
        while candidate in seen:
            candidate, n = f"{name}_{n}", n + 1
        seen.add(candidate)
        names.append(candidate)
    return names


def name_columns(parsed: Parsed, raw: list[str], width: int, first: int = 0, last: int | None = None) -> None:
    """Name the columns, those from `first` to `last`, and say which had no name or one that stood before."""
    parsed.names = unique_names(raw, width)[first:last]
    if not any(cell.strip() for cell in raw):
        return
    given = [(raw[n].strip() if n < len(raw) else "")[:200] for n in range(width)][first:last]
    nameless = [name for name, said in zip(parsed.names, given, strict=True) if not said]
    again = [(said, name) for name, said in zip(parsed.names, given, strict=True) if said and said != name]
    if nameless:
        many = len(nameless) > 1
        called = in_series([bounded(name, 40) for name in nameless], most=_NAMED)
        parsed.warnings.append(
            f"{counted(len(nameless), 'column')} {'have' if many else 'has'} no name in the header: {called}."
        )
    if again:
        called = in_series(
            [f"{bounded(old, 40)} is called {bounded(new, 40)}" for old, new in again], most=_NAMED
        )
        parsed.warnings.append(f"The header names a column twice; the later {called}.")


def by_column(rows: list[list[str]], width: int) -> list[list[str]]:
    """Turn records into columns; short records are filled with empty text, long ones cut."""
    if set(map(len, rows)) - {width}:
        rows = [row if len(row) == width else (row + [""] * width)[:width] for row in rows]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
