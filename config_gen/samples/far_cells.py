"""Take cells out of a workbook that stand alone, far from any table, before its rows are read.

A blank that somebody typed into the last cell of a sheet makes a table of 17 billion cells for whoever reads
all between the first and the last: the memory ends before the table begins.
"""

import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

_MANY = 20_000_000
"""Cells between the first and the last of a sheet, from which on it is looked at before it is read."""
_LARGEST = 256 * 1024 * 1024
_HEAD = 4_096
_ROWS_APART, _COLUMNS_APART = 1_000, 200
_FEW = 20
_SHEET = re.compile(r"xl/worksheets/[^/]{1,200}\.xml", re.IGNORECASE)
_DIMENSION = re.compile(rb'<dimension ref="[A-Z]{1,3}\d{1,7}:([A-Z]{1,3})(\d{1,7})"')
_ROW = re.compile(rb'<row [^>]{0,200}?\br="(\d{1,7})"')
_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')


@dataclass(frozen=True)
class _Cell:
    row: int
    column: int
    start: int
    name: str


def without_far_cells(workbook: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the workbook without cells that stand alone far away, and their names, such as `XFD1048576`.

    What is no zip, is very large, or holds too many of them, comes back as it is.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST:
                return workbook, ()
            mended = {
                name: found
                for name in archive.namelist()
                if _SHEET.fullmatch(name) and (found := _sheet_without(archive, name)) is not None
            }
            if not mended:
                return workbook, ()
            return _packed(archive, {name: text for name, (text, _) in mended.items()}), tuple(
                cell for _, cells in mended.values() for cell in cells
            )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError):
        return workbook, ()  # whoever reads the workbook says in its own words what is wrong with it


def _sheet_without(archive: zipfile.ZipFile, name: str) -> tuple[bytes, list[str]] | None:
    with archive.open(name) as stream:
        text = stream.read(_LARGEST)
    if _size_told(text) <= _MANY:
        return None
    cells = [
        _Cell(int(found[2]), _column_number(found[1]), found.start(), (found[1] + found[2]).decode())
        for found in _CELL.finditer(text)
    ]
    rows = _reach((cell.row for cell in cells), _ROWS_APART)
    columns = _reach((cell.column for cell in cells), _COLUMNS_APART)
    far = [cell for cell in cells if cell.row > rows or cell.column > columns]
    if not 0 < len(far) <= _FEW:
        return None
    pieces, place = [], 0
    for cell in far:
        pieces.append(text[place : cell.start])
        place = _end_of(text, cell.start)
    return b"".join((*pieces, text[place:])), [cell.name for cell in far]


def _size_told(text: bytes) -> int:
    """Return how many cells lie between the first and the last, by what the sheet says and its last row."""
    told = _DIMENSION.search(text[:_HEAD])
    size = _column_number(told[1]) * int(told[2]) if told else 0
    last = _ROW.match(text[text.rfind(b"<row ") :][:_HEAD])
    return max(size, int(last[1]) * 26 if last else 0)


def _reach(places: Iterable[int], most_apart: int) -> int:
    """Return the last place before the first wide gap."""
    reach = 0
    for place in sorted(set(places)):
        if reach and place - reach > most_apart:
            break
        reach = place
    return reach


def _end_of(text: bytes, start: int) -> int:
    """Return where the element of a cell ends."""
    tag = text.index(b">", start) + 1
    return tag if text[tag - 2 : tag] == b"/>" else text.index(b"</c>", tag) + len(b"</c>")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _packed(archive: zipfile.ZipFile, sheets: dict[str, bytes]) -> bytes:
    """Return the archive with other texts in the place of some sheets."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as copy:
        for entry in archive.infolist():
            copy.writestr(entry.filename, sheets.get(entry.filename) or archive.read(entry))
    return packed.getvalue()
