"""The two sides of a comparison: a table of PostgreSQL, a file of a day, or the files of a configuration."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from domain.errors import BadInput, NotFound
from runtime.wiring.comparing.confined_files import rows_in_child
from runtime.wiring.comparing.database_doors import DatabaseDoors

if TYPE_CHECKING:
    import pandas as pd

CONFIGURED = "configured"
"""In place of a file: those that the feed's configuration describes."""
_MOST_ROWS = 5_000_000
_DAY = "dogwatch_day"
_INTEGERS = frozenset({20, 21, 23})
"""Type codes of bigint, smallint and integer."""


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
    """One side that is a table of PostgreSQL."""

    def __init__(self, connection: Any, name: str, wanted: Wanted) -> None:
        self._connection, self._name, self._wanted = connection, name, wanted

    def has_integer_key(self) -> bool:
        """Return whether checksums over ranges of the key can do it: one integer key, no watermark."""
        from psycopg import sql

        if len(self._wanted.key) != 1 or self._wanted.time_column:
            return False
        asked = sql.SQL("SELECT {} FROM {} LIMIT 0").format(sql.Identifier(self._wanted.key[0]), self._table)
        return self._connection.execute(asked).description[0].type_code in _INTEGERS

    def far(self) -> Any:
        """Return the side as checksums take it: a day is cut out into a temporary table of the connection."""
        from psycopg import sql

        from telemetry.far_tables import FarTable

        if not self._wanted.date_column:
            return FarTable(self._connection, self._name)
        self._connection.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} AS {}").format(sql.Identifier(_DAY), self._rows())
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
        columns = sql.SQL(", ").join(sql.Identifier(name) for name in wanted.names)
        asked = sql.SQL("SELECT {} FROM {}").format(columns, self._table)
        if not wanted.date_column:
            return asked
        return sql.SQL("{} WHERE {}::date = {}").format(
            asked, sql.Identifier(wanted.date_column), sql.Literal(wanted.day)
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
        missing = [name for name in (*wanted.key, *wanted.columns) if name not in rows]
        if missing:
            raise BadInput(
                f"columns {missing} missing", say=f"{self._path.name} has no {', '.join(missing)}."
            )
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
    """Yield the source or the target; databases are open for as long."""
    path = tables.get(f"{which}_file", "")
    if path == CONFIGURED and configured is not None:
        yield ConfiguredSide(configured, wanted)
        return
    if path:
        yield FileSide(path, wanted)
        return
    with doors.open(tables[f"{which}_url"], tables.get(f"{which}_credential", "")) as connection:
        yield TableSide(connection, tables[f"{which}_table"], wanted)
