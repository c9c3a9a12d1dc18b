"""Read the rows that a feed's own files brought for a day, as its configuration says they are written."""

from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.errors import BadInput, NotFound
from domain.feed_columns import Column, FieldType
from domain.feed_config import FeedConfig
from domain.feed_source import FormatKind, SourceKind
from runtime.wiring.compared_sides import Wanted
from runtime.wiring.delivered_rows import LARGEST_BYTES
from runtime.wiring.stores import Stores

if TYPE_CHECKING:
    import pandas as pd

_DAYS = ("%Y-%m-%d", "%Y%m%d", "%Y_%m_%d", "%d%m%Y", "%d-%m-%Y", "%m%d%Y", "%y%m%d")
_MOST_DELIVERIES = 20
_LOOKED_INTO = 3
_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL})


class ConfiguredFiles:
    """Finds the files of a day in the configured folder, or among the deliveries that were kept."""

    def __init__(self, config: FeedConfig, stores: Stores) -> None:
        self._config = config
        self._stores = stores

    def rows(self, wanted: Wanted) -> "pd.DataFrame":
        """Return the rows of a day under their names in the tables; raises `NotFound` without a file."""
        import pandas as pd

        found = list(self._of_folder(wanted.day)) or list(self._of_deliveries(wanted))
        if not found:
            raise NotFound(
                f"no file of {self._config.feed} for {wanted.day}",
                say=f"I have no file of {self._config.feed} for {wanted.day}.",
                next_step="It must lie in the folder of the configuration, its name telling the day, or have"
                " been delivered to me.",
            )
        rows = pd.concat(found, ignore_index=True)
        return self._of_day(rows, wanted)

    def _of_folder(self, day: str) -> Iterator["pd.DataFrame"]:
        source = self._config.source
        folder = Path(source.location)
        if source.kind is not SourceKind.DIRECTORY or not source.location or not folder.is_dir():
            return
        pattern = source.file_pattern or "*"
        for path in sorted(folder.iterdir()):
            if path.is_file() and fnmatch(path.name, pattern) and _tells(path.name, day):
                yield self._read(path)

    def _of_deliveries(self, wanted: Wanted) -> Iterator["pd.DataFrame"]:
        """Yield the newest delivery of the day: by its name, or by the days of its rows."""
        with self._stores.transactions.reading() as uow:
            kept = [uow.errands.get(one) for one in uow.quality.released(self._config.feed, _MOST_DELIVERIES)]
        held = [one for one in kept[::-1] if one.blob is not None]
        named = [one for one in held if _tells(one.file_name, wanted.day)]
        for errand in named[:1] or (held[:_LOOKED_INTO] if wanted.date_column else ()):
            if errand.blob is None:
                continue
            try:
                rows = self._read(self._stores.blobs.path(errand.blob))
            except NotFound:
                continue
            if named or len(self._of_day(rows, wanted)):
                yield rows
                return

    def _of_day(self, rows: "pd.DataFrame", wanted: Wanted) -> "pd.DataFrame":
        if wanted.date_column in rows:
            rows = rows[rows[wanted.date_column].astype(str).str[:10] == wanted.day]
        return rows[[name for name in wanted.names if name in rows]].reset_index(drop=True)

    def _read(self, path: Path) -> "pd.DataFrame":
        import pandas as pd

        if path.stat().st_size > LARGEST_BYTES:
            raise BadInput("file too large", say=f"A file of {self._config.feed} is larger than 500 MB.")
        try:
            rows = self._cells(path)
        except (ValueError, pd.errors.ParserError) as error:
            raise BadInput(
                f"file of {self._config.feed}: {type(error).__name__}",
                say=f"A file of {self._config.feed} is not written as its configuration says.",
            ) from error
        found = {
            column.name: _typed(rows[column.source], column)
            for column in self._config.columns
            if column.source in rows
        }
        return pd.DataFrame(found)

    def _cells(self, path: Path) -> "pd.DataFrame":
        import pandas as pd

        told = self._config.format
        if told.kind is FormatKind.PARQUET:
            return pd.read_parquet(path)
        if told.kind is FormatKind.NDJSON:
            return pd.read_json(path, lines=True, dtype=False, convert_dates=False)
        dialect = told.delimited
        if dialect is None:
            raise BadInput("no dialect", say=f"The configuration of {self._config.feed} names no delimiter.")
        named = None if dialect.header else [column.source for column in self._config.columns]
        rows = pd.read_csv(
            path,
            sep=dialect.delimiter,
            quotechar=dialect.quote or '"',
            escapechar=dialect.escape,
            doublequote=dialect.double_quote,
            skiprows=dialect.preamble_rows,
            header=0 if dialect.header else None,
            names=named,
            encoding=told.encoding or "utf-8",
            encoding_errors="replace",
            dtype=str,
            keep_default_na=False,
            na_values=["", *told.null_values],
        )
        return rows.iloc[: len(rows) - dialect.trailer_rows] if dialect.trailer_rows else rows


def _typed(cells: "pd.Series[Any]", column: Column) -> "pd.Series[Any]":
    """Return cells as a database gives the column: numbers as numbers, days as their ISO text."""
    import pandas as pd

    if column.type in _NUMBERS:
        text = cells.astype("string")
        if column.group_char:
            text = text.str.replace(column.group_char, "", regex=False)
        if column.decimal_char:
            text = text.str.replace(column.decimal_char, ".", regex=False)
        return pd.to_numeric(text, errors="coerce")
    if column.type is FieldType.DATE and column.format and "%" in column.format:
        days = pd.to_datetime(cells, format=column.format, errors="coerce")
        return days.dt.strftime("%Y-%m-%d").where(days.notna(), cells)
    return cells


def _tells(name: str, day: str) -> bool:
    """Return whether a file's name holds a day, in one of the usual forms."""
    moment = date.fromisoformat(day)
    return any(moment.strftime(form) in name for form in _DAYS)
