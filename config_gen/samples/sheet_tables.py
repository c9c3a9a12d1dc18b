"""Find the table on a sheet that people wrote for people: titles above, totals below, other tables beside.

Two tables are told by what one has no need of: names of its own after an empty row, or another length beside
an empty column. One table with a gap in it stays one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from config_gen.samples.edges import closing_lines
from config_gen.samples.header import detect_header

_LEAST_ROWS, _LEAST_COLUMNS = 3, 2
_HEADER_LOOK = 60
_WIDTH_LOOK = 5_000
_ENDS_APART = 2
_LONGEST_NOTES = 6
_LEAST_FILLED = 3

Cells = Sequence[Any]  # Any: a workbook's cells have many types


@dataclass(frozen=True)
class SheetTable:
    """The rows of the fullest table, the lines before it among them; where the other tables begin, from 1."""

    rows: list[Cells]
    others: tuple[tuple[int, str], ...] = ()
    notes: str = ""


@dataclass
class _Block:
    """Rows that belong together; `first` counts the sheet's rows from 0, `left` and `right` its columns."""

    first: int
    rows: list[Cells]
    left: int
    right: int
    gap: int = 0
    """How many rows stand above the last empty one inside; 0 where there is none."""

    @property
    def size(self) -> int:
        return len(self.rows) * (self.right - self.left)

    def is_table(self) -> bool:
        return len(self.rows) >= _LEAST_ROWS and self.right - self.left >= _LEAST_COLUMNS


def fullest_table(values: Sequence[Cells]) -> SheetTable:
    """Return the fullest table of a sheet, without empty rows; the whole sheet where there is but one."""
    blocks = _blocks(values)
    said = _without_notes(blocks)
    tables = [part for block in blocks for part in _beside(block)]
    best = max(tables, key=lambda block: block.size, default=None)
    others = tuple(
        (block.first + 1, _name_of(block)) for block in tables if block is not best and block.is_table()
    )
    if best is None or not others:
        rows = [row for block in blocks for row in block.rows]
        return SheetTable(rows, notes=said)
    return SheetTable([row[best.left : best.right] for row in best.rows], others, said)


def _without_notes(blocks: list[_Block]) -> str:
    """Take away the rows below an empty one at the end that fill little: who signed, where it comes from."""
    last = blocks[-1] if blocks else None
    if last is None or not last.gap or len(last.rows) - last.gap > _LONGEST_NOTES:
        return ""
    usual = sorted(map(_filled, last.rows[: last.gap]))[last.gap // 2]
    notes = last.rows[last.gap :]
    if last.gap < _LEAST_ROWS or usual < _LEAST_FILLED:
        return ""
    if not all(_filled(row) <= usual / 2 or (_is_labelled(row) and _filled(row) < usual) for row in notes):
        return ""
    del last.rows[last.gap :]
    return closing_lines([[_text(row, n) for n in range(len(row))] for row in notes])


def _is_labelled(row: Cells) -> bool:
    """Tell whether a row begins with a label, as in `Approved: J. Smith`, and counts nothing."""
    label = next((cell for n, cell in enumerate(row) if not _is_empty(row, n)), "")
    return str(label).rstrip().endswith(":") and not any(isinstance(cell, int | float) for cell in row)


def _filled(row: Cells) -> int:
    return sum(not _is_empty(row, n) for n in range(len(row)))


def _blocks(values: Sequence[Cells]) -> list[_Block]:
    """Return the tables one below the other; a title or a note belongs to the table that it stands at."""
    blocks: list[_Block] = []
    place = 0
    for blank, group in groupby(values, key=_is_blank):
        rows = list(group)
        if not blank:
            run = _Block(place, rows, *_extent(rows))
            last = blocks[-1] if blocks else None
            if last is not None and not _begins_anew(run, last):
                last.gap = len(last.rows)
                last.rows += rows
                last.left, last.right = min(last.left, run.left), max(last.right, run.right)
            else:
                blocks.append(run)
        place += len(rows)
    return blocks


def _begins_anew(run: _Block, last: _Block) -> bool:
    """Tell whether rows after an empty one are another table, with names and columns of its own."""
    if not run.is_table() or not last.is_table():
        return False
    names = _names(run)
    return bool(names) and names != _names(last) and (run.left, run.right) != (last.left, last.right)


def _beside(block: _Block) -> list[_Block]:
    """Return the tables of a block that stand side by side, or the block itself."""
    used = [any(not _is_empty(row, n) for row in block.rows) for n in range(block.right)]
    parts: list[_Block] = []
    for is_used, group in groupby(range(block.left, block.right), key=used.__getitem__):
        columns = list(group)
        if is_used:
            left, right = columns[0], columns[-1] + 1
            filled = [n for n, row in enumerate(block.rows) if any(not _is_empty(row, c) for c in columns)]
            rows = block.rows[filled[0] : filled[-1] + 1]
            parts.append(_Block(block.first + filled[0], rows, left, right))
    lengths = [len(part.rows) for part in parts]
    are_apart = len(parts) > 1 and max(lengths) - min(lengths) >= _ENDS_APART
    return parts if are_apart and all(map(_is_whole, parts)) else [block]


def _is_whole(part: _Block) -> bool:
    """Tell whether a part is a table of its own: remarks that people wrote beside some rows are none."""
    has_gaps = any(all(_is_empty(row, n) for n in range(part.left, part.right)) for row in part.rows)
    return part.is_table() and not has_gaps and bool(_names(part))


def _names(block: _Block) -> list[str]:
    """Return the names of a block's columns, where it has any."""
    cells = [[_text(row, n) for n in range(block.left, block.right)] for row in block.rows[:_HEADER_LOOK]]
    header = detect_header(cells)
    return cells[header.row] if header.present else []


def _name_of(block: _Block) -> str:
    return ", ".join(name for name in _names(block)[:3] if name)


def _extent(rows: Sequence[Cells]) -> tuple[int, int]:
    filled = [n for row in rows[:_WIDTH_LOOK] for n in range(len(row)) if not _is_empty(row, n)]
    return min(filled), max(filled) + 1


def _is_blank(row: Cells) -> bool:
    return all(cell in ("", None) for cell in row)


def _is_empty(row: Cells, place: int) -> bool:
    return place >= len(row) or row[place] in ("", None)


def _text(row: Cells, place: int) -> str:
    return "" if _is_empty(row, place) else str(row[place])
