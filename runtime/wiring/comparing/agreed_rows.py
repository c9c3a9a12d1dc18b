"""Read the rows of a delivery as its feed's configuration says they are written.

What a spreadsheet, a mainframe or another country writes looks broken to a reader that does not know it: of
`1.234,50 €` it sees no number, of cp1252 no name of a column, of a workbook no row at all.
"""

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_source import FormatKind
from domain.errors import BadInput
from runtime.wiring.comparing.delimited_cells import delimited_cells
from runtime.wiring.comparing.delivered_rows import LARGEST_BYTES, memory_was_short
from runtime.wiring.comparing.typed_cells import typed

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL})
_HEAD_BYTES = 512
_NAMELESS = re.compile(r"column_\d+")
_MOST_ROWS = 2_000_000
_FAMILIES = {
    FormatKind.EXCEL: "a workbook",
    FormatKind.PARQUET: "Parquet",
    FormatKind.AVRO: "Avro",
    FormatKind.JSON: "JSON",
    FormatKind.NDJSON: "JSON",
    FormatKind.XML: "XML",
    FormatKind.ISO20022: "XML",
}
"""What no load reads as anything else; texts are told apart by their columns."""
LARGEST_ANEW = 64 << 20
"""Bytes of a plain text that is read once more as a sample is, which takes several times as much memory."""


def agreed_cells(
    path: Path, name: str, config: FeedConfig, *, largest_anew: int = LARGEST_ANEW
) -> "pd.DataFrame":
    """Return the cells of the records under the names of the file, as they stand there.

    Records above and below the table are left out. Plain text of more than `largest_anew` bytes is read once
    only. Raises `BadInput` for what can't be read.
    """
    import pandas as pd

    if path.stat().st_size > LARGEST_BYTES:
        raise BadInput("delivery too large", say="That delivery is larger than 500 MB.")
    try:
        return _cells(path, name, config, largest_anew)
    except (ValueError, pd.errors.ParserError) as error:
        memory_was_short(error)
        raise BadInput(
            f"delivery: {type(error).__name__}",
            say="I can't read the rows of that file as the configuration of its feed says:"
            f" its format is {config.format.kind.value}.",
        ) from error


def as_agreed(cells: "pd.DataFrame", config: FeedConfig) -> "pd.DataFrame":
    """Return cells with what means no value left out, and numbers read as their columns write them."""
    import pandas as pd

    known = {column.source: column for column in config.columns}
    read = {name: _read(cells[name], known.get(str(name)), config) for name in cells}
    return pd.DataFrame(read, index=cells.index)


def _cells(path: Path, name: str, config: FeedConfig, largest_anew: int) -> "pd.DataFrame":
    import pandas as pd

    from config_gen.samples.containers import container_of

    kind = config.format.kind
    if kind is FormatKind.PARQUET:
        return pd.read_parquet(path)
    with path.open("rb") as file:
        is_packed = container_of(file.read(_HEAD_BYTES)) is not None
    if kind is not FormatKind.DELIMITED or is_packed:
        return _read_anew(path, name, config)
    cells = delimited_cells(path, config, lenient=True)
    sources = {column.source for column in config.columns}
    if not _are_parts(set(map(str, cells)), sources, config) or path.stat().st_size > largest_anew:
        return cells
    with suppress(BadInput):
        again = _read_anew(path, name, config)
        return again if len(sources & set(again)) > len(sources & set(cells)) else cells
    return cells


def _are_parts(names: set[str], sources: set[str], config: FeedConfig) -> bool:
    """Tell whether names are those of the lower of two rows, of which the agreed ones are made.

    What is parted otherwise, or has no names, is not as agreed: the load would not read it either.
    """
    dialect, lost = config.format.delimited, sources - names
    if dialect is None or not dialect.header or not dialect.preamble_rows or not lost:
        return False
    fresh = names - sources
    nameless = {name for name in fresh if _NAMELESS.fullmatch(name)}
    ends = tuple(fresh - nameless)
    return sum(not one.endswith(ends) for one in lost) <= len(nameless)


def _read_anew(path: Path, name: str, config: FeedConfig) -> "pd.DataFrame":
    """Return the cells of a file in a form that no configuration tells in full, as samples are read."""
    import pandas as pd

    from config_gen.samples.limits import DEFAULT_LIMITS
    from config_gen.samples.opened import open_sample
    from config_gen.samples.source import Source

    limits = replace(DEFAULT_LIMITS, whole_bytes=LARGEST_BYTES, records=_MOST_ROWS)
    sources = [column.source for column in config.columns]
    parsed = open_sample(Source(path, name), limits, config.format.sheet or "").parsed
    if parsed.format is FormatKind.JSON and not set(sources) & set(parsed.names):
        # Agreed on when records under keys were read as parts of one.
        as_one = open_sample(Source(path, name), replace(limits, json_keyed=False)).parsed
        parsed = as_one if set(sources) & set(as_one.names) else parsed
    if _FAMILIES.get(parsed.format) != _FAMILIES.get(config.format.kind):
        raise BadInput(
            f"delivery is {_called(parsed.format)}",
            say=f"That file is {_called(parsed.format)}, and its feed's configuration agrees on"
            f" {_called(config.format.kind)}.",
            next_step="Send it in the agreed form, or change the configuration.",
        )
    if parsed.sampled:  # what was not read would be counted as rows that did not come
        raise BadInput(
            "delivery read in part",
            say=f"I can read only a part of that file: it breaks off, or unpacks to more than"
            f" {limits.unpacked_bytes >> 20} MiB.",
            next_step="Send it again whole, unpacked or in parts.",
        )
    # Without names in the file the agreed ones stand for its columns, in their order.
    nameless = parsed.header is not None and not parsed.header.present
    names = sources if nameless and len(sources) == len(parsed.names) else parsed.names
    return pd.DataFrame(
        {name: list(cells) for name, cells in zip(names, parsed.columns, strict=True)}, dtype=str
    )


def _called(kind: FormatKind) -> str:
    return _FAMILIES.get(kind) or f"{kind.value.replace('_', ' ')} text"


def _read(cells: "pd.Series[Any]", column: Column | None, config: FeedConfig) -> "pd.Series[Any]":
    import pandas as pd

    if not (pd.api.types.is_string_dtype(cells.dtype) or cells.dtype == object):
        return cells
    nothing = {"", *config.format.null_values, *(column.null_values if column is not None else ())}
    text = cells.astype("string").str.strip()
    bare = text.mask(text.isin(nothing))
    if column is None or column.type not in _NUMBERS:
        return bare.astype(object).where(bare.notna(), None)
    return typed(bare, column)
