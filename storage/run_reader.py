"""Read many runs as plain columns, for what computes: no objects, times as seconds since 1970."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Select, case, func, select, type_coerce

from domain.ids import FeedName
from domain.running.runs import TROUBLE, Outcome
from storage.engine import Database
from storage.statements import table_of
from storage.tables.watch import RunRow

Told = tuple[int, int, int, str, str, float | None]
RunTuple = tuple[str, str, float, float | None, float | None, float | None, float, int, float, *Told]
"""feed, run, when its newest report came, started, finished, rows, rejected, retries, queue (-1 unknown),
warnings, bad, open, class of error ("" for none), log lines that warned, when its start was first told (None
where nobody knows)."""

SummedRuns = tuple[str, str, int, int, float]
"""feed, log lines that warned, how many runs said so, how many of them ended in trouble, when the first was
known."""

_RUNS = table_of(RunRow)
_PIECE = 50_000


def newest_runs(
    database: Database, per_feed: int, since: datetime, feeds: Sequence[FeedName] | None = None
) -> Iterator[Sequence[RunTuple]]:
    """Yield pieces of the newest runs of every feed, or of some, at most so many of each, after a moment."""
    rank = func.row_number().over(partition_by=_RUNS.c.feed, order_by=_RUNS.c.seen_at.desc())
    wanted = select(_RUNS.c.feed, _RUNS.c.run, rank.label("rank")).where(_RUNS.c.seen_at > since)
    if feeds is not None:
        wanted = wanted.where(_RUNS.c.feed.in_(feeds))
    inner = wanted.subquery()
    kept = (
        _columns()
        .join_from(_RUNS, inner, (_RUNS.c.feed == inner.c.feed) & (_RUNS.c.run == inner.c.run))
        .where(inner.c.rank <= per_feed)
    )
    yield from _pieces(database, kept)


def runs_seen_since(database: Database, since: datetime) -> Iterator[Sequence[RunTuple]]:
    """Yield pieces of all runs seen after a moment, in no particular order."""
    yield from _pieces(database, _columns().where(_RUNS.c.seen_at > since))


def runs_taken_since(database: Database, moment: datetime) -> Iterator[Sequence[RunTuple]]:
    """Yield pieces of the runs that we learned of at or after a moment."""
    yield from _pieces(database, _columns().where(_RUNS.c.taken_at >= moment))


def ended_runs_summed(
    database: Database, since: datetime, feeds: Sequence[FeedName] | None = None
) -> list[SummedRuns]:
    """Return the ended runs of every feed, or of some, seen after a moment, added up by what they logged."""
    is_bad = case((_RUNS.c.outcome.in_([outcome.value for outcome in TROUBLE]), 1), else_=0)
    wanted = select(
        _RUNS.c.feed, _RUNS.c.warnings, func.count(), func.sum(is_bad), func.min(_seen()) / 1e6
    ).where(_RUNS.c.seen_at > since, _RUNS.c.outcome != Outcome.RUNNING.value)
    if feeds is not None:
        wanted = wanted.where(_RUNS.c.feed.in_(feeds))
    with database.reading() as connection:
        found = connection.execute(wanted.group_by(_RUNS.c.feed, _RUNS.c.warnings))
        return [(feed, lines, runs, int(bad), float(first)) for feed, lines, runs, bad, first in found]


def _pieces(database: Database, statement: Select[tuple[object, ...]]) -> Iterator[Sequence[RunTuple]]:
    with database.reading() as connection:
        found = connection.execution_options(stream_results=True).execute(statement)
        while piece := found.fetchmany(_PIECE):
            yield [tuple(row) for row in piece]  # type: ignore[misc]  # the columns of `_columns`


def _columns() -> Select[tuple[object, ...]]:
    rows = func.coalesce(_RUNS.c.rows_written, _RUNS.c.rows_read)
    lines = case((_RUNS.c.warnings == "", 0), else_=1)
    return select(
        _RUNS.c.feed,
        _RUNS.c.run,
        _seen() / 1e6,
        type_coerce(_RUNS.c.started_at, BigInteger) / 1e6,
        type_coerce(_RUNS.c.finished_at, BigInteger) / 1e6,
        rows,
        func.coalesce(_RUNS.c.rows_rejected, 0),
        _RUNS.c.retries,
        func.coalesce(_RUNS.c.queue_seconds, -1.0),
        lines,
        case((_RUNS.c.outcome.in_([outcome.value for outcome in TROUBLE]), 1), else_=0),
        case((_RUNS.c.outcome == Outcome.RUNNING.value, 1), else_=0),
        _RUNS.c.error_class,
        _RUNS.c.warnings,
        type_coerce(_RUNS.c.start_told_at, BigInteger) / 1e6,
    )


def _seen() -> ColumnElement[int]:
    """Return when a run was known; of history nobody knows when it would have been told: when it ended."""
    return type_coerce(func.coalesce(_RUNS.c.end_told_at, _RUNS.c.seen_at), BigInteger)
