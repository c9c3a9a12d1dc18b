"""Tables of reStructuredText: drawn with lines, by columns of spaces, as nested lists, or as CSV."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

_SIMPLE = re.compile(r"=+(?:[ ]+=+)+\s*")
_INNER = re.compile(r"[-=]+(?:[ ]+[-=]+)*\s*")
_GRID = re.compile(r"\+(?:[-=]+\+)+\s*")
_LONGEST_GRID = 4_000
_MOST_COLUMNS = 60

Say = Callable[[Sequence[str]], str]
"""Makes the lines of a cell one."""


def begins_table(line: str) -> bool:
    """Say whether a line is the upper edge of a table."""
    return bool(_SIMPLE.fullmatch(line) or _GRID.fullmatch(line))


def drawn_rows(lines: Sequence[str], say: Say) -> tuple[list[list[str]], int]:
    """Return the rows of the table that the first line begins, and how many lines it takes."""
    return _grid(lines, say) if lines[0].startswith("+") else _simple(lines, say)


def _simple(lines: Sequence[str], say: Say) -> tuple[list[list[str]], int]:
    # It ends with the edge behind which an empty line stands.
    ends = (
        n
        for n, line in enumerate(lines[1:_LONGEST_GRID], start=1)
        if _SIMPLE.fullmatch(line) and (n + 1 >= len(lines) or not lines[n + 1].strip())
    )
    last = next(ends, len(lines) - 1)
    marks = [found.start() for found in re.finditer(r"=+", lines[0])]
    rows: list[list[list[str]]] = []
    for line in lines[1:last]:
        if not line.strip() or _INNER.fullmatch(line):
            continue
        cells = _cut_at(line, marks)
        # A first column without text goes on with the row above.
        if rows and not cells[0].strip():
            for kept, more in zip(rows[-1], cells, strict=True):
                kept.append(more)
        else:
            rows.append([[cell] for cell in cells])
    return [[say(cell) for cell in row] for row in rows], last + 1


def _cut_at(line: str, marks: Sequence[int]) -> list[str]:
    ends = [*marks[1:], len(line) + 1]
    return [line[begin:end].strip() for begin, end in zip(marks, ends, strict=True)]


def _grid(lines: Sequence[str], say: Say) -> tuple[list[list[str]], int]:
    taken = 0
    while taken < min(len(lines), _LONGEST_GRID) and lines[taken].lstrip()[:1] in ("+", "|"):
        taken += 1
    columns = sorted(
        {n for line in lines[:taken] if _GRID.fullmatch(line) for n, c in enumerate(line) if c == "+"}
    )
    columns = columns[: _MOST_COLUMNS + 1]
    spans = list(pairwise(columns))
    rows: list[list[str]] = []
    cells: list[list[str]] = [[] for _ in spans]
    for line in lines[1:taken]:
        cells = _into(cells, line, spans)
        if _GRID.fullmatch(line):
            rows.append([say(cell) for cell in cells])
            cells = [[] for _ in spans]
        elif line.startswith(("+", "|")) and "+-" in line:
            # Some columns end here, others go on: what ended becomes a row, what goes on stands in both.
            ended = [_is_edge(line, span) for span in spans]
            rows.append([say(cell) for cell in cells])
            cells = [[] if over else cell for cell, over in zip(cells, ended, strict=True)]
    return rows, taken


def _into(cells: list[list[str]], line: str, spans: Sequence[tuple[int, int]]) -> list[list[str]]:
    """Return the cells with what a line holds of each; a cell over several columns is text of its first."""
    begun = 0
    for number, (_, right) in enumerate(spans):
        closes = line[right : right + 1] in ("|", "+", "")
        if not closes and number < len(spans) - 1:
            continue
        if not _is_edge(line, (spans[begun][0], right)):
            cells[begun].append(line[spans[begun][0] + 1 : right].rstrip())
        begun = number + 1
    return cells


def _is_edge(line: str, span: tuple[int, int]) -> bool:
    inside = line[span[0] + 1 : span[1]]
    return bool(inside) and set(inside) <= {"-", "=", "+"}


def csv_rows(lines: Sequence[str], options: Mapping[str, str], say: Say) -> list[list[str]]:
    """Return the rows of a table written as CSV, its head first."""
    mark = {"tab": "\t", "space": " "}.get(options.get("delim", ","), options.get("delim", ",")[:1] or ",")
    head = [options["header"]] if options.get("header") else []
    rows = csv.reader(
        [*head, *(line for line in lines if line.strip())], delimiter=mark, skipinitialspace=True
    )
    return [[say([cell]) for cell in row[:_MOST_COLUMNS]] for row in rows]


def listed_rows(lines: Sequence[str], say: Say) -> list[list[str]]:
    """Return the rows of a list of lists: `* - first cell`, `  - next cell`."""
    rows: list[list[list[str]]] = []
    for line in lines:
        told = re.match(r"[*+-] ([*+-])(?: |$)(.*)", line)
        inner = re.match(r"  ([*+-])(?: |$)(.*)", line)
        if told:
            rows.append([[told[2]]])
        elif inner and rows:
            rows[-1].append([inner[2]])
        elif rows:
            rows[-1][-1].append(line[4:] if not line[:4].strip() else line.strip())
    return [[say(cell) for cell in row[:_MOST_COLUMNS]] for row in rows]
