"""Readings of resources in SQL: kept in bulk, read back as plain columns."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Connection, Select, select, type_coerce

from domain.running.readings import Reading, Sign
from storage.engine import Database
from storage.forgetting import forget
from storage.statements import table_of
from storage.stores.raw_runs import micros
from storage.tables.watch import ReadingRow

ReadingTuple = tuple[str, str, float, float]
"""resource, sign, seen (epoch seconds), value."""

_READINGS = table_of(ReadingRow)
_PIECE = 50_000
_INSERT = "INSERT INTO readings (resource, sign, seen_at, value, taken_at) VALUES ({}) ON CONFLICT DO NOTHING"


class SqlReadings:
    """Implements `ReadingStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, readings: Sequence[Reading], now: datetime) -> int:
        """Keep readings; return how many were news. The same moment again changes nothing."""
        if not readings:
            return 0
        mark = "?" if self._connection.dialect.name == "sqlite" else "%s"
        rows = [
            (one.resource, one.sign.value, micros(one.seen_at), one.value, micros(now)) for one in readings
        ]
        statement = _INSERT.format(", ".join([mark] * 5))
        return max(self._connection.exec_driver_sql(statement, rows).rowcount, 0)

    def forget_before(self, moment: datetime, *, most: int) -> int:
        """Remove at most so many readings from before a moment; return how many."""
        return forget(self._connection, _READINGS, _READINGS.c.seen_at < moment, most)


def readings_seen_since(
    database: Database, since: datetime, changes_since: datetime
) -> Iterator[Sequence[ReadingTuple]]:
    """Yield pieces of the readings of after a moment; changes of feeds reach back further."""
    is_change = _READINGS.c.sign == Sign.CHANGE.value
    wanted = (_READINGS.c.seen_at > since) | (is_change & (_READINGS.c.seen_at > changes_since))
    yield from _pieces(database, _columns().where(wanted))


def readings_taken_since(database: Database, moment: datetime) -> Iterator[Sequence[ReadingTuple]]:
    """Yield pieces of the readings that we learned of at or after a moment."""
    yield from _pieces(database, _columns().where(_READINGS.c.taken_at >= moment))


def _pieces(database: Database, statement: Select[tuple[object, ...]]) -> Iterator[Sequence[ReadingTuple]]:
    with database.reading() as connection:
        found = connection.execution_options(stream_results=True).execute(statement)
        while piece := found.fetchmany(_PIECE):
            yield [tuple(row) for row in piece]  # type: ignore[misc]  # the columns of `_columns`


def _columns() -> Select[tuple[object, ...]]:
    seen = type_coerce(_READINGS.c.seen_at, BigInteger) / 1e6
    return select(_READINGS.c.resource, _READINGS.c.sign, seen, _READINGS.c.value)
