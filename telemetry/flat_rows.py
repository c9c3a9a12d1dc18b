"""Rows of run history as people export them: any usual delimiter, encoding and spelling of the headings."""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TextIO

from domain.errors import BadInput
from telemetry.headings import check_headings, headings, lacks_run, with_run
from telemetry.packed_files import bytes_of, text_of
from telemetry.written_times import has_slashes, is_blank, order_of, unslashed

_DELIMITERS = ",;\t|"
_NAMED = frozenset(f"sep={one}".strip() for one in _DELIMITERS)
_LOOKED_AT_BYTES = 65_536
_MOST_TITLE_LINES = 20


def delimited_rows(path: Path) -> Iterator[dict[str, object]]:
    """Yield the rows of a delimited file under plain headings; raises `BadInput` when they can't be runs."""
    with text_of(path, encoding_of(path), newline="") as stream:
        begin, above = _begin(stream)
        first, second = stream.readline(), stream.readline()
        order = order_of(chain([second], stream)) if has_slashes(second) else None
        stream.seek(begin)
        record = _Record(stream)
        reader = csv.DictReader(record, delimiter=_delimiter(first))
        reader.fieldnames = headings(reader.fieldnames or ())
        check_headings(reader.fieldnames)
        record.check(above + 1)
        is_without_runs = lacks_run(reader.fieldnames)
        try:
            for row in reader:
                record.check(above + reader.line_num)
                told: dict[str, object] = {
                    name: unslashed(value, order) if order and "/" in value else value
                    for name, value in row.items()
                    if name and value is not None and not is_blank(value)
                }
                yield with_run(told) if is_without_runs else told
        except csv.Error as error:
            line = above + reader.line_num
            raise BadInput(
                f"line {line}: {error}",
                say=f"I could read this history up to line {line:,}: {error}.",
                next_step="It may be a quote that is never closed. Mend that line and import the file again;"
                " what is known already counts once.",
            ) from error


class _Record:
    """The lines of a file, and how many quotes the record has that is being read.

    A quote that is never closed takes all lines after it into its cell, and the reader says nothing.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._quotes = self._length = 0

    def __iter__(self) -> Iterator[str]:
        """Yield the lines."""
        for line in self._lines:
            if self._quotes or line.strip():  # empty lines between records belong to none
                self._quotes += line.count('"')
                self._length += 1
            yield line

    def check(self, last: int) -> None:
        """Raise `csv.Error` when the record that ended with this line lacks a quote; begin the next one."""
        if self._length > 1 and self._quotes % 2:
            raise csv.Error(f"a quote in line {last - self._length + 1:,} is never closed")
        self._quotes = self._length = 0


def first_row(path: Path) -> list[str]:
    """Return the headings of a delimited file as we spell them."""
    with text_of(path, encoding_of(path), newline="") as stream:
        _begin(stream)
        first = stream.readline()
        return headings(next(csv.reader([first], delimiter=_delimiter(first)), ()))


def _begin(stream: TextIO) -> tuple[int, int]:
    """Go to where the table begins; return that place and how many lines stand above it.

    Excel names the delimiter there (`sep=;`), and reports have a title, a date, an empty line. The headings
    are the first line that is some; where none is, the first line is refused as such.
    """
    named = stream.readline().strip().casefold() in _NAMED
    if not named:
        stream.seek(0)
    first = begin = stream.tell()
    for above in range(_MOST_TITLE_LINES):
        if _is_headings(stream.readline()):
            stream.seek(begin)
            return begin, above + named
        begin = stream.tell()
    stream.seek(first)
    return first, int(named)


def _is_headings(line: str) -> bool:
    try:
        check_headings(headings(next(csv.reader([line], delimiter=_delimiter(line)), ())))
    except (BadInput, csv.Error):
        return False
    return True


def _delimiter(first: str) -> str:
    return max(_DELIMITERS, key=first.count)


def encoding_of(path: Path) -> str:
    """Return how the text of a file is written: a mark at its beginning says so, else what it looks like."""
    with bytes_of(path) as raw:
        beginning = raw.read(_LOOKED_AT_BYTES)
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        beginning.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(beginning) - 3:  # not merely a character that the beginning cuts in two
            return "cp1252"
    return "utf-8-sig"
