"""What was said of feeds and what became of it; the promotion log and the newest scorecards."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    text,
    update,
)

from domain.feed_health import LogEntry, ScorecardView
from domain.ids import FeedName
from domain.predictions import Judged
from domain.runs import TROUBLE, Outcome
from domain.verdicts import Word, as_said
from domain.watching import Estimate
from storage.bulk_statements import put_all
from storage.statements import insert_once, put, table_of
from storage.tables.watch import PredictionRow, RunRow, ScorecardRow, WatchLogRow
from storage.words_store import SqlWords

_PREDICTIONS = table_of(PredictionRow)
_RUNS = table_of(RunRow)
_LOG = table_of(WatchLogRow)
_CARDS = table_of(ScorecardRow)

_HORIZON = timedelta(minutes=60)
_LONGEST_WORD = timedelta(days=1)
# Reports come late; an hour is judged when nearly all of them should be here.
_SETTLED = timedelta(minutes=75)
_MICROSECONDS = 60 * 60 * 1_000_000
_EARLY_START_MICROSECONDS = 5 * 60 * 1_000_000


class SqlForecastLog:
    """Implements `ForecastLog` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, estimates: Sequence[Estimate], alerted: frozenset[FeedName]) -> None:
        """Keep estimates for the scorecard."""
        rows = [
            {
                "feed": one.name,
                "made_at": one.prediction.made_at,
                "probability": one.prediction.probability,
                "threshold": one.watched.threshold,
                "is_alerted": one.name in alerted,
                "is_shadow": not one.watched.speaks,
                "model": one.prediction.model,
                "is_judged": False,
                "due_at": one.prediction.due_at,
                "deadline": one.prediction.deadline,
                "trouble_at": None,
            }
            for one in estimates
        ]
        put_all(self._connection, _PREDICTIONS, rows, changing=())

    def judge(self, now: datetime) -> int:
        """Set the outcome of estimates whose hour is over; return how many.

        Trouble came when a run failed within the hour, or when the deadline of the run that was spoken of
        passed in it before that run, or a later one, had ended.
        """
        over = (_PREDICTIONS.c.is_judged.is_(False), _PREDICTIONS.c.made_at < now - _SETTLED)
        late = update(_PREDICTIONS).where(*over, _missed_its_deadline())
        self._connection.execute(late.values(trouble_at=_PREDICTIONS.c.deadline))
        failed, came = _first_failure(), _PREDICTIONS.c.trouble_at
        first = case((came.is_(None) | (failed < came), failed), else_=came)
        done = self._connection.execute(
            update(_PREDICTIONS).where(*over).values(trouble_at=first, is_judged=True)
        )
        return done.rowcount

    def judged(self, since: datetime) -> Mapping[str, list[Judged]]:
        """Return judged estimates by feed, as people's words have them."""
        rows = self._connection.execute(
            select(
                _PREDICTIONS.c.feed,
                _PREDICTIONS.c.made_at,
                _PREDICTIONS.c.probability,
                _PREDICTIONS.c.is_alerted,
                _PREDICTIONS.c.trouble_at,
            )
            .where(_PREDICTIONS.c.is_judged.is_(True), _PREDICTIONS.c.made_at >= since)
            .order_by(_PREDICTIONS.c.made_at)
        )
        found: dict[str, list[Judged]] = {}
        for feed, made_at, probability, alerted, trouble_at in rows:
            judged = Judged(FeedName(feed), made_at, probability, alerted, trouble_at, _HORIZON)
            found.setdefault(feed, []).append(judged)
        words: dict[str, list[Word]] = {}
        for word in SqlWords(self._connection).since(since - _LONGEST_WORD):
            words.setdefault(word.feed, []).append(word)
        said = {feed: as_said(some, words.get(feed, ())) for feed, some in found.items()}
        return {feed: some for feed, some in said.items() if some}

    def write(self, entry: LogEntry) -> None:
        """Add a line to the promotion log; the same line again changes nothing."""
        key = f"{entry.at.isoformat()}\x1f{entry.kind}\x1f{entry.subject}\x1f{entry.sentence}"
        insert_once(
            self._connection,
            _LOG,
            {
                "id": hashlib.sha256(key.encode()).hexdigest()[:24],
                "at": entry.at,
                "kind": entry.kind,
                "subject": entry.subject,
                "sentence": entry.sentence[:1_000],
            },
        )

    def keep_scorecard(self, basis: str, card: ScorecardView, now: datetime) -> None:
        """Keep the newest scorecard."""
        put(self._connection, _CARDS, {"basis": basis, "at": now, "document": card.model_dump_json()})


def _first_failure() -> ScalarSelect[datetime]:
    """Return when a run first failed in the hour of an estimate."""
    return (
        select(func.min(_RUNS.c.finished_at))
        .where(
            _RUNS.c.feed == _PREDICTIONS.c.feed,
            _RUNS.c.outcome.in_([outcome.value for outcome in TROUBLE]),
            _RUNS.c.seen_at > _PREDICTIONS.c.made_at,
            _RUNS.c.finished_at > _PREDICTIONS.c.made_at,
            _RUNS.c.finished_at <= _PREDICTIONS.c.made_at + text(str(_MICROSECONDS)),
        )
        .scalar_subquery()
    )


def _missed_its_deadline() -> ColumnElement[bool]:
    """Return whether the deadline lay in the hour of an estimate and no run had ended by then."""
    told, runs = _PREDICTIONS.c, _RUNS.c
    begun = func.coalesce(runs.started_at, runs.scheduled_at, runs.finished_at)
    ended = exists().where(
        runs.feed == told.feed,
        runs.outcome != Outcome.RUNNING.value,
        runs.finished_at <= told.deadline,
        # Without a due time it was a run under way at the time of the estimate.
        or_(
            begun >= told.due_at - text(str(_EARLY_START_MICROSECONDS)),
            and_(told.due_at.is_(None), runs.finished_at > told.made_at),
        ),
    )
    within = told.deadline <= told.made_at + text(str(_MICROSECONDS))
    return and_(told.deadline > told.made_at, within, ~ended)
