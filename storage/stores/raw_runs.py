"""Write runs the fast way: rows as the database keeps them, one statement for thousands."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from storage.statements import table_of
from storage.tables.watch import RunRow

RawRun = tuple[str | int | float | None, ...]
"""The columns of a run in the table's order, times as microseconds since 1970."""

_RUNS = table_of(RunRow)
_NAMES = tuple(column.name for column in _RUNS.columns)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def add_rows(connection: Connection, rows: Sequence[RawRun]) -> int:
    """Insert runs; those whose key is known stay as they are. Return how many were new."""
    if not rows:
        return 0
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(_NAMES))
    head = f"INSERT INTO runs ({', '.join(_NAMES)})"
    statement = f"{head} VALUES ({marks}) ON CONFLICT DO NOTHING"
    return max(connection.exec_driver_sql(statement, list(rows)).rowcount, 0)


def micros(moment: datetime | None) -> int | None:
    """Return a moment as it is kept."""
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND
