"""AsciiDoc tables: cells that run over lines, span columns or rows, or come as CSV."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence

_SPEC = re.compile(r"(?:(\d{1,3})?(?:\.(\d{1,3}))?([+*]))?[<^>]?(?:\.[<^>])?([adehlmsv]?)")
_COLUMN = re.compile(r"\s*(?:(\d{1,2})\*)?")
_MOST_SPANNED = 50
_MOST_CELLS = 20_000

Cell = tuple[int, int, str]
"""How many columns and rows it spans, and its text."""


def table_rows(
    lines: Sequence[str], about: Mapping[str, str], separator: str, say: Callable[[str], str]
) -> list[list[str]]:
    """Return the rows of a table, every cell on one line.

    Args:
        lines: What stands between the marks of the table.
        about: The attributes of the block: `cols`, `format`, `separator`.
        separator: The character of its marks, `|`, `,` or `:`.
        say: Makes a cell's lines one.
    """
    told = about.get("format", "")
    if separator in ",:" or told in ("csv", "dsv", "tsv"):
        mark = {"csv": ",", "dsv": ":", "tsv": "\t"}.get(told, separator)
        rows = csv.reader(
            [line for line in lines if line.strip()], delimiter=about.get("separator", "")[:1] or mark
        )
        return [[say(cell.strip()) for cell in row] for row in rows]
    mark = about.get("separator", "|")[:1] or "|"
    cells, in_first = _cells(lines, mark)
    return _laid_out(cells, _columns(about.get("cols", "")) or in_first, say)


def _columns(spec: str) -> int:
    """Return how many columns a table says that it has, 0 where it does not."""
    if not spec.strip():
        return 0
    found = [_COLUMN.match(part) for part in re.split(r"[,;]", spec.strip().strip('"').rstrip(",;"))]
    return min(sum(int(one[1]) if one and one[1] else 1 for one in found), _MOST_SPANNED)


def _cells(lines: Sequence[str], mark: str) -> tuple[list[Cell], int]:
    """Return the cells in order, and how many stand on the first line that holds any."""
    cells: list[Cell] = []
    in_first = 0
    waiting = (1, 1, 1)
    for line in lines:
        pieces = re.split(rf"(?<!\\){re.escape(mark)}", line)
        before, *rest = pieces[: _MOST_CELLS + 1]
        if not rest:
            if cells:
                across, down, text = cells[-1]
                cells[-1] = (across, down, f"{text}\n{before}")
            continue
        text, waiting = _before_mark(f" {before}")
        if cells and text.strip():
            across, down, said = cells[-1]
            cells[-1] = (across, down, f"{said}\n{text}")
        for number, piece in enumerate(rest):
            text, following = _before_mark(piece) if number < len(rest) - 1 else (piece, (1, 1, 1))
            across, down, times = waiting
            cells += [(across, down, text.replace(f"\\{mark}", mark))] * times
            waiting = following
        in_first = in_first or sum(across for across, _, _ in cells)
        if len(cells) > _MOST_CELLS:
            break
    return cells, max(in_first, 1)


def _before_mark(text: str) -> tuple[str, tuple[int, int, int]]:
    """Return the text of a cell without what it says of the next one: columns, rows, times."""
    head, apart, tail = text.rpartition(" ")
    spec = _SPEC.fullmatch(tail)
    if not apart or not tail or spec is None:
        return text, (1, 1, 1)
    first, second, sign = spec[1], spec[2], spec[3]
    if sign == "*":
        return head, (1, 1, min(int(first or 1), _MOST_SPANNED))
    across, down = min(int(first or 1), _MOST_SPANNED), min(int(second or 1), _MOST_SPANNED)
    return head, (across or 1, down or 1, 1)


def _laid_out(cells: Sequence[Cell], columns: int, say: Callable[[str], str]) -> list[list[str]]:
    """Return cells in rows; what spans several rows stands in each, so that every row can be read alone."""
    rows: list[list[str]] = []
    row: dict[int, str] = {}
    below: dict[int, tuple[int, str]] = {}
    at = 0

    def end_row() -> None:
        nonlocal row, at
        rows.append([row.get(n, "") for n in range(columns)])
        row, at = {n: text for n, (_, text) in below.items()}, 0
        for n, (left, text) in list(below.items()):
            below[n] = (left - 1, text)
            if left <= 1:
                del below[n]

    for across, down, text in cells:
        while at in row or at >= columns:
            at += 1
            if at >= columns:
                end_row()
        said = say(text)
        for n in range(at, min(at + across, columns)):
            row[n] = said if n == at else ""
            if down > 1:
                below[n] = (down - 1, row[n])
        at += across
    if row:
        end_row()
    return rows
