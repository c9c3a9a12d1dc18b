"""Tables as aligned text, for places that draw no tables."""

import unicodedata
from collections.abc import Sequence

from bot.cards.exact import flat
from bot.cards.model import Table

_WIDEST = 84
"""Columns of a monospaced line that a laptop's chat window shows without wrapping."""
_FEW = 4
"""Columns whose names a reader keeps in mind, so that they stand once, above the rows."""


def table_lines(table: Table) -> list[str]:
    """Return one line a row: aligned when it fits a chat window, else listed below its columns' names.

    Where the columns are many, each value of that list has its name beside it.
    """
    names = [flat(name) for name in table.columns]
    rows = [[flat(cell) for cell in row] for row in table.rows]
    count = max([len(names), *(len(row) for row in rows)], default=0)
    names, rows = _padded(names, count), [_padded(row, count) for row in rows]
    widths = [max(columns_of(row[at]) for row in [names, *rows]) for at in range(count)]
    if sum(widths) + 2 * max(count - 1, 0) > _WIDEST:
        if count > _FEW or not all(names):
            return [_as_pairs(names, row) for row in rows]
        return [" · ".join(names), *("• " + " · ".join(cell or "-" for cell in row) for row in rows)]
    rule = ["─" * width for width in widths]
    return [_aligned(row, widths) for row in [names, rule, *rows]]


def columns_of(text: str) -> int:
    """Return how many columns of a monospaced line a text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def _padded(row: Sequence[str], count: int) -> list[str]:
    return [*row, *[""] * (count - len(row))]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell + " " * (width - columns_of(cell)) for cell, width in zip(row, widths, strict=True)]
    return "  ".join(cells).rstrip()


def _as_pairs(names: Sequence[str], row: Sequence[str]) -> str:
    pairs = [f"{name}: {cell}" if name else cell for name, cell in zip(names, row, strict=True) if cell]
    return "• " + " · ".join(pairs)
