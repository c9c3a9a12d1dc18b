"""Find the records that close a delimited file, and read it without them."""

import csv
import io
from pathlib import Path

from domain.configuration.feed_config import FeedConfig

_TAIL = 1 << 16
_WIDE = ("utf-16", "utf_16", "utf-32", "utf_32")
"""Where a line feed is no single byte; such files are read to their end."""


def closing_records(path: Path, config: FeedConfig) -> list[list[str]]:
    """Return the last records as cells, as many as the format names and as are no rows.

    A file that was cut off has none: its last record is a row like the others.
    """
    from telemetry.declared import is_trailer

    dialect = config.format.delimited
    encoding = (config.format.encoding or "utf-8").lower()
    if dialect is None or not dialect.trailer_rows or encoding.startswith(_WIDE):
        return []
    lines = _tail(path, dialect.trailer_rows)
    text = [line.decode(encoding, "replace").strip("\r\n") for line in lines]
    quote = dialect.quote or '"'
    delimiter = dialect.delimiter if len(dialect.delimiter) == 1 else ""
    records = (
        list(csv.reader(text, delimiter=delimiter, quotechar=quote))
        if delimiter
        else [line.split(dialect.delimiter) for line in text]
    )
    return [record for record in records if is_trailer(record, len(config.columns))]


def without_last(path: Path, records: int) -> io.BytesIO:
    """Return the bytes of a file before its last records."""
    content = path.read_bytes().rstrip()
    for _ in range(records):
        content = content[: max(content.rfind(b"\n"), 0)].rstrip()
    return io.BytesIO(content + b"\n")


def _tail(path: Path, records: int) -> list[bytes]:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _TAIL, 0))
        return [line for line in file.read().splitlines() if line.strip()][-records:]
