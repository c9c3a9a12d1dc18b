"""Take cells out of a workbook that stand alone, far from any table, before its rows are read.

A blank that somebody typed into the last cell of a sheet makes a table of 17 billion cells for whoever reads
all between the first and the last: the memory ends before the table begins.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from itertools import islice

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
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError,
)  # fmt: skip


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
    except _UNREADABLE:
        return workbook, ()  # whoever reads the workbook says in its own words what is wrong with it


def _sheet_without(archive: zipfile.ZipFile, name: str) -> tuple[bytes, list[str]] | None:
    with archive.open(name) as stream:
        text = stream.read(_LARGEST)
    if _size_told(text) <= _MANY:
        return None
    rows, columns = set[bytes](), set[bytes]()  # a long sheet has millions of cells: nothing is kept of each
    for cell in _CELL.finditer(text):
        columns.add(cell[1])
        rows.add(cell[2])
    last_row = _reach(map(int, rows), _ROWS_APART)
    last_column = _reach(map(_column_number, columns), _COLUMNS_APART)
    if last_row == max(map(int, rows), default=0) and last_column == max(
        map(_column_number, columns), default=0
    ):
        return None
    every = _CELL.finditer(text)
    beyond = (one for one in every if int(one[2]) > last_row or _column_number(one[1]) > last_column)
    far = list(islice(beyond, _FEW + 1))
    if len(far) > _FEW:
        return None
    pieces, place = [], 0
    for cell in far:
        pieces.append(text[place : cell.start()])
        place = _end_of(text, cell.start())
    return b"".join((*pieces, text[place:])), [(cell[1] + cell[2]).decode() for cell in far]


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
