"""Compare source and target of a feed for a day: two PostgreSQL tables, files, or one of each."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.errors import BadInput, DogwatchError, NotFound, OutsideTrouble
from domain.quality import Mismatch, MismatchClass, Reconciliation
from runtime.wiring.delivered_rows import read_rows

if TYPE_CHECKING:
    import pandas as pd

_MOST_ROWS = 5_000_000
_CONNECT_SECONDS = 10
_STATEMENT_MS = 600_000
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


def compare(tables: Mapping[str, str], day: str) -> Reconciliation:
    """Return what differs for a day; `tables` are the settings of the feed."""
    import psycopg

    wanted = _wanted(tables, day)
    try:
        with _side(tables, "source", wanted) as source, _side(tables, "target", wanted) as target:
            if isinstance(source, _Table) and isinstance(target, _Table) and _by_checksums(source, target):
                return _told(_far(source, target, wanted), wanted)
            return _told(_near(source.frame(), target.frame(), wanted), wanted)
    except psycopg.Error as error:
        raise _in_words(error) from error


class _Table:
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


class _File:
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
        rows = read_rows(self._path, self._path.name)
        wanted = self._wanted
        missing = [name for name in (*wanted.key, *wanted.columns) if name not in rows]
        if missing:
            raise BadInput(
                f"columns {missing} missing", say=f"{self._path.name} has no {', '.join(missing)}."
            )
        if wanted.date_column and wanted.date_column in rows:
            rows = rows[rows[wanted.date_column].astype(str).str[:10] == wanted.day]
        return rows[[name for name in wanted.names if name in rows]].reset_index(drop=True)


@contextmanager
def _side(tables: Mapping[str, str], which: str, wanted: Wanted) -> Iterator[_Table | _File]:
    path = tables.get(f"{which}_file", "")
    if path:
        yield _File(path, wanted)
        return
    import psycopg

    options = f"-c statement_timeout={_STATEMENT_MS}"
    url = tables[f"{which}_url"].replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url, connect_timeout=_CONNECT_SECONDS, options=options) as connection:
        yield _Table(connection, tables[f"{which}_table"], wanted)


def _wanted(tables: Mapping[str, str], day: str) -> Wanted:
    needed = ["key", "columns"]
    for which in ("source", "target"):
        needed += [] if tables.get(f"{which}_file") else [f"{which}_url", f"{which}_table"]
    missing = [name for name in needed if not tables.get(name)]
    if missing:
        raise BadInput(
            f"reconciliation lacks {missing}",
            say=f"The setting watch.reconciliations lacks {', '.join(missing)}.",
        )
    return Wanted(
        day=day,
        key=_names(tables["key"]),
        columns=_names(tables["columns"]),
        tolerance=_tolerance(tables.get("tolerance", "")),
        date_column=tables.get("date_column", ""),
        time_column=tables.get("time_column", ""),
        partition_column=tables.get("partition_column", ""),
    )


def _tolerance(text: str) -> dict[str, float]:
    """Return the allowed difference by column, from `price=0.01, amount=1`."""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = part.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError as error:
            raise BadInput(
                f"tolerance {part!r}",
                say=f"The tolerance “{part[:60]}” of watch.reconciliations is no column and number.",
                next_step="Write it as price=0.01, with a comma between columns.",
            ) from error
    return found


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _by_checksums(source: _Table, target: _Table) -> bool:
    return source.has_integer_key() and target.has_integer_key()


def _far(source: _Table, target: _Table, wanted: Wanted) -> Reconciliation:
    from telemetry.far_tables import reconcile_tables

    return reconcile_tables(
        source.far(),
        target.far(),
        key=wanted.key[0],
        columns=wanted.columns,
        tolerance=wanted.tolerance,
        partition=wanted.partition_column,
    )


def _near(source: "pd.DataFrame", target: "pd.DataFrame", wanted: Wanted) -> Reconciliation:
    import pandas as pd

    from telemetry.narrowing import reconcile_frames

    time, loaded_until = wanted.time_column, None
    cut = (wanted.partition_column,) if wanted.partition_column else ()
    asked = dict.fromkeys((*wanted.key, *wanted.columns, *cut))
    compared = [name for name in asked if name in source and name in target]
    kept = source[compared]
    if time and time in source and time in target and len(target):
        try:
            loaded_until = pd.to_datetime(target[time], format="mixed", utc=True).max()
            kept = kept.assign(**{time: pd.to_datetime(source[time], format="mixed", utc=True)})
        except ValueError as error:
            raise BadInput(
                f"time column {time}: {type(error).__name__}",
                say=f"The time_column {time} holds values that are no times.",
                next_step="Name another one in watch.reconciliations, or none.",
            ) from error
    return reconcile_frames(
        kept,
        target[[name for name in kept.columns if name in compared]],
        key=list(wanted.key),
        tolerance=wanted.tolerance,
        partition=wanted.partition_column,
        loaded_until=loaded_until,
        time_column=time,
    )


def _told(found: Reconciliation, wanted: Wanted) -> Reconciliation:
    """Return a comparison; a day of which nothing arrived is one missing partition, not so many lost rows."""
    if found.target_rows or not found.source_rows or not wanted.date_column:
        return found
    nothing = Mismatch(
        MismatchClass.MISSING_PARTITION,
        found.source_rows,
        wanted.date_column,
        f"nothing arrived for {wanted.day}",
    )
    return replace(found, mismatches=(nothing,))


def _in_words(error: Exception) -> DogwatchError:
    """Return what people read when a database refuses or is away."""
    import psycopg

    if isinstance(error, psycopg.OperationalError) and not isinstance(error, psycopg.errors.QueryCanceled):
        return OutsideTrouble(
            f"reconciliation: {type(error).__name__}", say="One of the two databases did not answer."
        )
    if isinstance(error, psycopg.errors.QueryCanceled):
        return BadInput("reconciliation took too long", say="One of the two databases took over ten minutes.")
    return BadInput(
        f"reconciliation: {type(error).__name__}",
        say="One of the two databases refused the question.",
        next_step="Check table, column names and rights in watch.reconciliations.",
    )
