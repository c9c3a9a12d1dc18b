"""Which troubles feeds had, read off their runs and the deadlines that were missed, and what was promised.

A deadline counts as missed only while no run is known that ended in time: reports come late, and one that
seemed lost may come after all.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    ScalarSelect,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    type_coerce,
    union_all,
)

from domain.ids import FeedName
from domain.running.runs import TROUBLE, Outcome
from domain.watch.predictions import QUARTER_SECONDS, JudgedQuarter
from domain.watch.scorecards import STEPS, EstimateTally, FeedTrouble
from domain.watch.watching import Estimate
from storage.bulk_statements import put_all
from storage.forgetting import forget
from storage.statements import table_of
from storage.tables.watch import IN_TROUBLE, MissedDeadlineRow, PredictionRow, RunRow, WatchedFeedRow

_PREDICTIONS = table_of(PredictionRow)
_RUNS = table_of(RunRow)
_MISSED = table_of(MissedDeadlineRow)
_FEEDS = table_of(WatchedFeedRow)

_MICROSECONDS = 60 * 60 * 1_000_000
_QUARTER = QUARTER_SECONDS * 1_000_000
_EARLY_START_MICROSECONDS = 5 * 60 * 1_000_000
_LOOKED_BACK_MICROSECONDS = 2 * 86_400 * 1_000_000
"""Behind a due time. A run for it was reported later than that, however wrong the clock of its sender."""


def note_late(connection: Connection, estimates: Iterable[Estimate]) -> None:
    """Keep the deadlines that feeds have missed by the moment of their estimates; again changes nothing."""
    rows = [
        {
            "feed": one.name,
            "deadline": one.overdue_at,
            "due_at": one.prediction.due_at,
            "made_at": one.running_since or one.prediction.made_at,
        }
        for one in estimates
        if one.is_late
    ]
    put_all(connection, _MISSED, rows, changing=())


def keep_missed(connection: Connection, over: ColumnElement[bool]) -> None:
    """Keep the deadlines, foretold by estimates that are `over`, by which no run had ended."""
    told = _PREDICTIONS.c
    within = and_(told.deadline > told.made_at, told.deadline <= told.made_at + text(str(_MICROSECONDS)))
    rows = connection.execute(
        select(told.feed, told.deadline, told.due_at, told.made_at).where(over, within, _is_missed(told))
    )
    put_all(connection, _MISSED, [dict(row) for row in rows.mappings()], changing=())


def first_trouble() -> ColumnElement[datetime]:
    """Return when a feed first failed, or first missed a deadline, in the hour of an estimate."""
    told = _PREDICTIONS.c
    end = told.made_at + text(str(_MICROSECONDS))
    failed: ScalarSelect[datetime] = (
        select(func.min(_RUNS.c.finished_at))
        .where(
            _RUNS.c.feed == told.feed,
            _RUNS.c.outcome.in_([outcome.value for outcome in TROUBLE]),
            _RUNS.c.seen_at > told.made_at,
            _RUNS.c.finished_at > told.made_at,
            _RUNS.c.finished_at <= end,
        )
        .scalar_subquery()
    )
    missed = _MISSED.c
    late: ScalarSelect[datetime] = (
        select(func.min(missed.deadline))
        .where(
            missed.feed == told.feed,
            missed.deadline > told.made_at,
            missed.deadline <= end,
            _is_missed(missed),
        )
        .scalar_subquery()
    )
    return case((or_(late.is_(None), failed < late), failed), else_=late)


def troubles_since(connection: Connection, since: datetime) -> list[FeedTrouble]:
    """Return the troubles that began after a moment: what follows before a run ends well is the same one."""
    runs, missed = _RUNS.c, _MISSED.c
    failed = select(runs.feed, runs.finished_at.label("began_at"), false().label("is_late")).where(
        IN_TROUBLE,
        runs.finished_at >= since,
    )
    late = select(missed.feed, missed.deadline.label("began_at"), true().label("is_late")).where(
        missed.deadline >= since, _is_missed(missed)
    )
    came = union_all(failed, late).subquery()
    rows = connection.execute(
        select(
            came.c.feed, came.c.began_at, came.c.is_late, _over_at(came.c), _was_in_shadow(came.c)
        ).order_by(came.c.feed, came.c.began_at)
    )
    found: list[FeedTrouble] = []
    before, over = "", None
    for feed, began_at, is_late, over_at, in_shadow in rows:
        if feed != before or (over is not None and began_at >= over):
            found.append(FeedTrouble(FeedName(feed), began_at, bool(is_late), bool(in_shadow)))
        before, over = feed, over_at
    return found


def tallies_since(
    connection: Connection, since: datetime, *, without: Sequence[str] = ()
) -> list[EstimateTally]:
    """Return judged estimates after a moment, counted by feed and by what they promised."""
    told = _PREDICTIONS.c
    came = case((told.trouble_at.is_not(None), 1), else_=0)
    step = cast(told.probability * STEPS, Integer)
    off = told.probability - came
    rows = connection.execute(
        select(told.feed, func.count(), func.sum(came), func.sum(told.probability), func.sum(off * off))
        .where(told.is_judged.is_(True), told.made_at >= since, told.feed.not_in(without))
        .group_by(told.feed, step)
    )
    return [
        EstimateTally(FeedName(feed), int(asked), int(true_ones), float(promised), float(squares))
        for feed, asked, true_ones, promised, squares in rows
    ]


def quarters_since(
    connection: Connection, since: datetime, *, without: Sequence[str] = ()
) -> list[JudgedQuarter]:
    """Return estimates made and judged after a moment, summed up by quarters of days."""
    told = _PREDICTIONS.c
    came = case((told.trouble_at.is_not(None), 1.0), else_=0.0)
    lean = 1.0 - 2.0 * told.probability
    sure = told.probability * (1.0 - told.probability)
    quarter = type_coerce(told.made_at, BigInteger).op("/")(literal_column(str(_QUARTER)))
    sums = (told.probability, came, (came - told.probability) * lean, lean * lean * sure)
    rows = connection.execute(
        select(quarter.label("quarter"), func.count(), *(func.sum(one) for one in sums))
        .where(told.is_judged.is_(True), told.made_at > since, told.feed.not_in(without))
        .group_by("quarter")
        .order_by("quarter")
    )
    return [JudgedQuarter(int(begin), int(asked), *map(float, rest)) for begin, asked, *rest in rows]


def first_judged(connection: Connection, since: datetime) -> datetime | None:
    """Return the moment of the first judged estimate after a moment."""
    told = _PREDICTIONS.c
    found: datetime | None = connection.execute(
        select(told.made_at)
        .where(told.is_judged.is_(True), told.made_at >= since)
        .order_by(told.made_at)
        .limit(1)
    ).scalar()
    return found


def forget_missed(connection: Connection, before: datetime, most: int) -> int:
    """Remove at most so many deadlines from before a moment; return how many."""
    return forget(connection, _MISSED, _MISSED.c.deadline < before, most)


def _is_missed(told: Any) -> ColumnElement[bool]:  # Any: the columns of an estimate or of a missed deadline
    """Return whether no run that a deadline is about, or a later one, is known to have ended by it."""
    runs = _RUNS.alias().c
    begun = func.coalesce(runs.started_at, runs.scheduled_at, runs.finished_at)
    since = func.coalesce(told.due_at, told.made_at) - text(str(_LOOKED_BACK_MICROSECONDS))
    return ~exists().where(
        runs.feed == told.feed,
        # By this the index leads to the newest runs; else every run that is kept of the feed would be read.
        runs.seen_at > since,
        runs.outcome != Outcome.RUNNING.value,
        runs.finished_at <= told.deadline,
        # Without a due time it was a run under way at the time of the estimate.
        or_(
            begun >= told.due_at - text(str(_EARLY_START_MICROSECONDS)),
            and_(told.due_at.is_(None), runs.finished_at > told.made_at),
        ),
    )


def _over_at(came: Any) -> ScalarSelect[datetime]:  # Any: the columns of a union
    """Return when a run first ended well after a trouble."""
    runs = _RUNS.alias().c
    return (
        select(runs.finished_at)
        .where(
            runs.feed == came.feed,
            runs.outcome == Outcome.OK.value,
            runs.seen_at > came.began_at,
            runs.finished_at > came.began_at,
        )
        .order_by(runs.seen_at)
        .limit(1)
        .scalar_subquery()
    )


def _was_in_shadow(came: Any) -> ColumnElement[bool]:  # Any: the columns of a union
    """Return whether a feed's newest estimate before a trouble was in shadow; without one, whether it is."""
    told, feeds = _PREDICTIONS.c, _FEEDS.c
    before: ScalarSelect[bool] = (
        select(told.is_shadow)
        .where(told.feed == came.feed, told.made_at < came.began_at)
        .order_by(told.made_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    now = select(~feeds.speaks).where(feeds.name == came.feed).scalar_subquery()
    return func.coalesce(before, now, true())
