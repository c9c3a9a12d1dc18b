"""What a reader hands to the profiler: the cells by column, and how they were found."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.profiles import ColumnType, Dialect, FixedField, Header, Question, SampleFormat


@dataclass
class Parsed:
    """The cells of a sample as text, one list for each column, all of the same length.

    `declared` holds a column's type where the format itself states it (Parquet, Avro, JSON, Excel).
    `text` keeps the decoded head for questions about the dialect.
    """

    format: SampleFormat
    evidence: str
    subformat: str | None = None
    encoding: str | None = None
    encoding_evidence: str = ""
    dialect: Dialect | None = None
    header: Header | None = None
    fixed: tuple[FixedField, ...] = ()
    names: list[str] = field(default_factory=list)
    columns: Sequence[Sequence[str]] = field(default_factory=list)
    declared: dict[int, ColumnType] = field(default_factory=dict)
    formats: dict[int, str] = field(default_factory=dict)
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


def by_column(rows: list[list[str]], width: int) -> list[list[str]]:
    """Turn records into columns; short records are filled with empty text, long ones cut."""
    if set(map(len, rows)) - {width}:
        rows = [row if len(row) == width else (row + [""] * width)[:width] for row in rows]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
