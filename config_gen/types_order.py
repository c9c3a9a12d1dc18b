"""Which types hold every value of another: who survives when a column's type changes."""

from domain.configuration.feed_columns import Column, FieldType

_WIDER: dict[FieldType, frozenset[FieldType]] = {
    FieldType.INTEGER: frozenset({FieldType.DECIMAL, FieldType.TEXT}),
    FieldType.YEAR: frozenset({FieldType.INTEGER, FieldType.DECIMAL, FieldType.TEXT}),
    FieldType.BOOLEAN: frozenset({FieldType.TEXT}),
    FieldType.DATE: frozenset({FieldType.DATETIME, FieldType.TEXT}),
    FieldType.DATETIME: frozenset({FieldType.TEXT}),
    FieldType.TIME: frozenset({FieldType.TEXT}),
    FieldType.YEARMONTH: frozenset({FieldType.TEXT}),
    FieldType.DECIMAL: frozenset({FieldType.TEXT}),
    FieldType.JSON: frozenset({FieldType.TEXT}),
    FieldType.TEXT: frozenset(),
}


def survives_old(old: Column, new: Column) -> bool:
    """Return whether a reader who expects the old column understands every value of the new one.

    More decimals are safe: a reader that keeps fewer rounds, and loses no row.
    """
    if old.type is new.type:
        return _whole_digits(new) <= _whole_digits(old)
    return old.type in _WIDER[new.type] and old.type is not FieldType.TEXT


def survives_new(old: Column, new: Column) -> bool:
    """Return whether the new column takes every value that the old one took, as in files of the archive."""
    if old.type is new.type:
        return _whole_digits(new) >= _whole_digits(old) and (new.scale or 0) >= (old.scale or 0)
    return new.type in _WIDER[old.type]


def _whole_digits(column: Column) -> int:
    return 99 if column.precision is None else column.precision - (column.scale or 0)
