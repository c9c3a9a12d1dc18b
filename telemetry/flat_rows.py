"""Rows of run history as people export them: any usual delimiter, encoding and spelling of the headings."""

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from domain.errors import BadInput
from telemetry.headings import check_headings, headings, lacks_run, with_run
from telemetry.written_times import has_slashes, order_of, unslashed

_DELIMITERS = ",;\t|"
_LOOKED_AT_BYTES = 65_536


def delimited_rows(path: Path) -> Iterator[dict[str, object]]:
    """Yield the rows of a delimited file under plain headings; raises `BadInput` when they can't be runs."""
    with path.open("rb") as raw:
        encoding = _encoding(raw.read(_LOOKED_AT_BYTES))
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        first, second = stream.readline(), stream.readline()
        order = order_of(chain([second], stream)) if has_slashes(second) else None
        stream.seek(0)
        reader = csv.DictReader(stream, delimiter=_delimiter(first))
        reader.fieldnames = headings(reader.fieldnames or ())
        check_headings(reader.fieldnames)
        is_without_runs = lacks_run(reader.fieldnames)
        try:
            for row in reader:
                told: dict[str, object] = {
                    name: unslashed(value, order) if order and "/" in value else value
                    for name, value in row.items()
                    if name and value is not None
                }
                yield with_run(told) if is_without_runs else told
        except csv.Error as error:
            raise BadInput(
                f"line {reader.line_num}: {error}",
                say=f"I could read this history up to line {reader.line_num:,}: {error}.",
                next_step="It may be a quote that is never closed. Mend that line and import the file again;"
                " what is known already counts once.",
            ) from error


def first_row(path: Path) -> list[str]:
    """Return the headings of a delimited file as we spell them."""
    with path.open("rb") as raw:
        encoding = _encoding(raw.read(_LOOKED_AT_BYTES))
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        first = stream.readline()
        return headings(next(csv.reader([first], delimiter=_delimiter(first)), ()))


def _delimiter(first: str) -> str:
    return max(_DELIMITERS, key=first.count)


def _encoding(beginning: bytes) -> str:
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        beginning.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(beginning) - 3:  # not merely a character that the beginning cuts in two
            return "cp1252"
    return "utf-8-sig"
