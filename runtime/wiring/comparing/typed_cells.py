"""Give the cells of a column the types that they have in a database."""

from typing import TYPE_CHECKING, Any

from config_gen.types.digits import plain_digits
from config_gen.types.numbers import sign_first
from config_gen.types.units import without_affix
from domain.configuration.feed_columns import Column, FieldType

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL})
_MINUS = "\N{MINUS SIGN}"
_BLANKS = " \u00a0\u202f"
"""Who parts thousands by a blank may write any of these."""


def typed(cells: "pd.Series[Any]", column: Column) -> "pd.Series[Any]":
    """Return cells as a database gives the column: numbers as numbers, days as their ISO text."""
    import pandas as pd

    if column.type is not FieldType.TEXT and not all(
        cell.isascii() for cell in cells if isinstance(cell, str)
    ):
        cells = cells.map(lambda cell: plain_digits(cell) if isinstance(cell, str) else cell)
    if column.type in _NUMBERS:
        text = cells.astype("string").str.replace(_MINUS, "-", regex=False)
        if affix := column.affix:
            text = text.map(lambda cell: without_affix(cell.strip(), affix), na_action="ignore")
        if column.negative:
            text = text.map(lambda cell: sign_first(cell.strip(), column.negative), na_action="ignore")
        group = column.group_char or ""
        for mark in _BLANKS if group and group in _BLANKS else group:
            text = text.str.replace(mark, "", regex=False)
        if column.decimal_char:
            text = text.str.replace(column.decimal_char, ".", regex=False)
        return pd.to_numeric(text, errors="coerce")
    if column.type is FieldType.DATE and column.format and "%" in column.format:
        days = pd.to_datetime(cells, format=column.format, errors="coerce")
        return days.dt.strftime("%Y-%m-%d").where(days.notna(), cells)
    return cells
