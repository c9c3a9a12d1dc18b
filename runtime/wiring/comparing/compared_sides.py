"""The two sides of a comparison: a table of PostgreSQL, a file of a day, or the files of a configuration."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from domain.errors import BadInput, NotFound
from runtime.wiring.comparing.confined_files import rows_in_child
from runtime.wiring.comparing.database_doors import DatabaseDoors
from runtime.wiring.comparing.database_words import in_words
from runtime.wiring.comparing.side_columns import columns_there

if TYPE_CHECKING:
    import pandas as pd

CONFIGURED = "configured"
"""In place of a file: those that the feed's configuration describes."""
_MOST_ROWS = 5_000_000
_DAY = "dogwatch_day"
_INTEGERS = frozenset({20, 21, 23})
"""Type codes of bigint, smallint and integer."""
_DAYS = frozenset({1082, 1114, 1184})
"""Type codes of date, and of timestamp with and without a zone."""
_TEXTS = frozenset({25, 1042, 1043})
_DAY_TEXT = r"^\s*\d{4}-?\d\d-?\d\d"
"""What a text that is a day to any server begins with: 01/10/2026 would be one of another month to some."""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
"""What checksums take for the name of a column."""


@dataclass(frozen=True)
class Wanted:
    """What is compared.

    Attributes:
        key: Columns that identify a row; a single integer key lets databases be compared by checksums.
        columns: What to compare beside the key.
        date_column: Column by which a day is cut out; empty: the whole tables.
        time_column: Column that tells how far the target is loaded: source rows after its newest are late.
        partition_column: Column by which the target is loaded in parts, such as the branch: one of which
            nothing arrived is missing as a whole.
    """

    day: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    tolerance: Mapping[str, float]
    date_column: str = ""
    time_column: str = ""
    partition_column: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Return every column that is read."""
        extra = (name for name in (self.date_column, self.time_column, self.partition_column) if name)
        return tuple(dict.fromkeys((*self.key, *self.columns, *extra)))


class TableSide:
    """One side that is a table of PostgreSQL; `where` is how people call it.

    Raises:
        BadInput: It lacks a column, or the one that tells the day holds none.
    """

    def __init__(self, connection: Any, name: str, wanted: Wanted, where: str) -> None:
        from psycopg import sql

        self._connection, self._name, self._wanted = connection, name, wanted
        asked = sql.SQL("SELECT * FROM {} LIMIT 0").format(self._table)
        types = {one.name: one.type_code for one in connection.execute(asked).description}
        self._columns = columns_there(wanted.names, list(types), where)
        self._types = {name: types[own] for name, own in self._columns.items()}
        day = wanted.date_column
        if day and not self._has_days(day):
            raise BadInput(
                f"date column {day} of type {self._types[day]}",
                say=f"{where} has no days in its column {day[:60]}.",
                next_step="date_column must name a date, a timestamp, or text such as 2026-10-01.",
            )

    def _has_days(self, name: str) -> bool:
        from psycopg import sql

        if self._types[name] not in _TEXTS:
            return self._types[name] in _DAYS
        asked = sql.SQL("SELECT 1 FROM {} WHERE {} !~ {} LIMIT 1").format(
            self._table, sql.Identifier(self._columns[name]), sql.Literal(_DAY_TEXT)
        )
        return self._connection.execute(asked).fetchone() is None

    def has_integer_key(self) -> bool:
        """Return whether checksums over ranges of the key can do it: one integer key, no watermark."""
        if len(self._wanted.key) != 1 or self._wanted.time_column:
            return False
        if not all(map(_PLAIN.fullmatch, self._wanted.names)):
            return False
        return self._types[self._wanted.key[0]] in _INTEGERS

    def far(self) -> Any:
        """Return the side as checksums take it: a day is cut out into a temporary table of the connection.

        A table whose columns are written in other capitals is seen through a view.
        """
        from psycopg import sql

        from telemetry.far_tables import FarTable

        if not self._wanted.date_column and all(name == own for name, own in self._columns.items()):
            return FarTable(self._connection, self._name)
        kind = sql.SQL("TABLE" if self._wanted.date_column else "VIEW")
        self._connection.execute(
            sql.SQL("CREATE TEMPORARY {} {} AS {}").format(kind, sql.Identifier(_DAY), self._rows())
        )
        return FarTable(self._connection, _DAY)

    def frame(self) -> "pd.DataFrame":
        """Return the rows."""
        from psycopg import sql

        from telemetry.far_tables import frame_of

        asked = sql.SQL("{} LIMIT {}").format(self._rows(), sql.Literal(_MOST_ROWS + 1))
        rows = self._connection.execute(asked).fetchall()
        if len(rows) > _MOST_ROWS:
            raise BadInput(
                "too many rows for frames",
                say=f"There are more than {_MOST_ROWS:,} rows and no integer key.",
                next_step="Name a date_column, so that one day is compared, or an integer key.",
            )
        return frame_of(rows, self._wanted.names)

    def _rows(self) -> Any:
        from psycopg import sql

        wanted = self._wanted
        columns = sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(sql.Identifier(self._columns[name]), sql.Identifier(name))
            for name in wanted.names
        )
        asked = sql.SQL("SELECT {} FROM {}").format(columns, self._table)
        if not wanted.date_column:
            return asked
        return sql.SQL("{} WHERE {}::date = {}").format(
            asked, sql.Identifier(self._columns[wanted.date_column]), sql.Literal(wanted.day)
        )

    @property
    def _table(self) -> Any:
        from psycopg import sql

        return sql.SQL(".").join(sql.Identifier(part) for part in self._name.split("."))


class FileSide:
    """One side that is a file; `{date}` in its path is the day."""

    def __init__(self, path: str, wanted: Wanted) -> None:
        self._path = Path(path.replace("{date}", wanted.day))
        self._wanted = wanted

    def frame(self) -> "pd.DataFrame":
        """Return the rows of the day."""
        if not self._path.is_file():
            raise NotFound(
                f"no file {self._path.name}", say=f"There is no file {self._path.name} for that day."
            )
        rows = rows_in_child(self._path, self._path.name)
        wanted = self._wanted
        needed = dict.fromkeys((*wanted.key, *wanted.columns))
        there = [str(name) for name in rows.columns]
        found = columns_there(needed, there, self._path.name)
        for name in wanted.names:
            # What a file can do without is taken where one column is meant.
            with suppress(BadInput):
                found |= columns_there([name], there, self._path.name)
        rows = rows.rename(columns={own: name for name, own in found.items()})
        if wanted.date_column and wanted.date_column in rows:
            rows = rows[rows[wanted.date_column].astype(str).str[:10] == wanted.day]
        return rows[[name for name in wanted.names if name in rows]].reset_index(drop=True)


class Side(Protocol):
    """One side of a comparison."""

    def frame(self) -> "pd.DataFrame":
        """Return the rows of the day."""
        ...


ConfiguredRows = Callable[[Wanted], "pd.DataFrame"]
"""Reads the rows that a feed's files brought, as its configuration describes them."""


class ConfiguredSide:
    """One side that is the feed's own files."""

    def __init__(self, read: ConfiguredRows, wanted: Wanted) -> None:
        self._read, self._wanted = read, wanted

    def frame(self) -> "pd.DataFrame":
        """Return the rows of the day."""
        return self._read(self._wanted)


@contextmanager
def side_of(
    tables: Mapping[str, str],
    which: str,
    wanted: Wanted,
    doors: DatabaseDoors,
    configured: ConfiguredRows | None,
) -> Iterator[Side]:
    """Yield the source or the target; databases are open for as long.

    Raises:
        OutsideTrouble: Its database does not answer.
        BadInput: It refuses, or lacks what is asked for; which of the two is said.
    """
    import psycopg

    path = tables.get(f"{which}_file", "")
    if path == CONFIGURED and configured is not None:
        yield ConfiguredSide(configured, wanted)
        return
    if path:
        yield FileSide(path, wanted)
        return
    table = tables[f"{which}_table"]
    try:
        with ExitStack() as opened:
            address, credential = tables[f"{which}_url"], tables.get(f"{which}_credential", "")
            connection = opened.enter_context(doors.open(address, credential))
            side = TableSide(connection, table, wanted, f"The {which} {table[:120]}")
            kept = opened.pop_all()
    except psycopg.Error as error:
        raise in_words(error, f"The {which} database") from error
    with kept:
        yield side
