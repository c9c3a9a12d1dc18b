"""Rows on their way from a file's cells to the tables: cast, changed step by step, as they would land."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from config_gen.casting import Unreadable, Value, is_null, read_value
from domain.configuration.feed_columns import Column, FieldType, Treatment
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_source import Format
from domain.configuration.profiles import bounded

Cells = Mapping[str, str | None]


@dataclass(frozen=True)
class LandedRow:
    """One row after casting and all steps: values by column, and what was wrong with it."""

    values: dict[str, Value | None]
    problems: tuple[str, ...] = ()


@dataclass
class CastRow:
    """A row between the steps; `problems` names the columns that could not be read."""

    values: dict[str, Value | None]
    problems: dict[str, str] = field(default_factory=dict)


def cells_by_column(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[dict[str, str | None]]:
    """Return rows in file order, such as `SampleProfile.preview`, as cells by the file's own names."""
    names = [column.source for column in columns]
    return [dict(zip(names, row, strict=False)) for row in rows]


def cast(columns: Sequence[Column], feed_format: Format, row: Cells) -> CastRow:
    """Return the row with every cell read as its column says; what cannot be read is null and named."""
    cast_row = CastRow(values={})
    for column in columns:
        text = _find_cell(column, row)
        cast_row.values[column.name] = None
        if text is None or is_null(column, text, feed_format):
            text = column.default
        if text is None:
            if not column.nullable:
                cast_row.problems[column.name] = f"{column.name} has no value"
            continue
        try:
            cast_row.values[column.name] = read_value(column, text)
        except Unreadable as reason:
            said = repr(bounded(text, 40)) if column.treatment is Treatment.NONE else "a protected value"
            cast_row.problems[column.name] = f"{column.name}: {said} {reason}"
    return cast_row


def shown(value: Value | None) -> str:
    """Return a landed value as text for people and for rules that compare texts; null is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def unread_columns(config: FeedConfig, rows: Sequence[Cells]) -> list[str]:
    """Return the columns of the configuration that no row has a cell for."""
    if not rows:
        return []
    return [column.name for column in config.columns if all(_find_cell(column, row) is None for row in rows)]


def is_ordered(kind: FieldType) -> bool:
    """Return whether values of the type have a smaller and a greater."""
    return kind not in {FieldType.TEXT, FieldType.JSON, FieldType.BOOLEAN}


def _find_cell(column: Column, row: Cells) -> str | None:
    for name in (column.source, column.name, *column.former_names):
        if name in row:
            return row[name]
    return None
