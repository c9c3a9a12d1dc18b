"""Rows of run history as people export them: any usual delimiter, encoding and spelling of the headings."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from domain.errors import BadInput
from telemetry.receivers.formats import OTHER_SHAPES, PLAIN_NAMES

_DELIMITERS = ",;\t|"
_LOOKED_AT_BYTES = 65_536
_SHOWN = 12


def delimited_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a delimited file under plain headings; raises `BadInput` when they can't be runs."""
    with path.open("rb") as raw:
        encoding = _encoding(raw.read(_LOOKED_AT_BYTES))
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        first = stream.readline()
        stream.seek(0)
        reader = csv.DictReader(stream, delimiter=max(_DELIMITERS, key=first.count))
        reader.fieldnames = headings(reader.fieldnames or ())
        check_headings(reader.fieldnames)
        try:
            for row in reader:
                yield {name: value for name, value in row.items() if name and value is not None}
        except csv.Error as error:
            raise BadInput(
                f"line {reader.line_num}: {error}",
                say=f"I could read this history up to line {reader.line_num:,}: {error}.",
                next_step="It may be a quote that is never closed. Mend that line and import the file again;"
                " what is known already counts once.",
            ) from error


def headings(names: Sequence[str]) -> list[str]:
    """Return headings as we spell them: `Run ID` is `run_id`."""
    return [str(name).strip().casefold().replace(" ", "_").replace("-", "_") for name in names]


def check_headings(names: Sequence[str]) -> None:
    """Raise `BadInput` when no column can say which feed, which run, or how it went."""
    if OTHER_SHAPES & set(names):
        return
    lacking = [what for what in ("feed", "run", "state") if not set(PLAIN_NAMES[what]) & set(names)]
    if lacking:
        there = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
        raise BadInput(
            f"no column for {lacking}",
            say=f"I find no column for the {' and the '.join(lacking)}. The columns are: {there or 'none'}.",
            next_step="Call them feed, run, state, scheduled_at, started_at, finished_at; import it again.",
        )


def _encoding(beginning: bytes) -> str:
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        beginning.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(beginning) - 3:  # not merely a character that the beginning cuts in two
            return "cp1252"
    return "utf-8-sig"
