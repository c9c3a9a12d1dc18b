"""What was said of feeds and what became of it; the promotion log and the newest scorecards."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text, update

from domain.feed_health import LogEntry, ScorecardView
from domain.ids import FeedName
from domain.predictions import Judged
from domain.runs import TROUBLE
from domain.watching import Estimate
from storage.bulk_statements import put_all
from storage.statements import insert_once, put, table_of
from storage.tables.watch import PredictionRow, RunRow, ScorecardRow, WatchLogRow

_PREDICTIONS = table_of(PredictionRow)
_RUNS = table_of(RunRow)
_LOG = table_of(WatchLogRow)
_CARDS = table_of(ScorecardRow)

_HORIZON = timedelta(minutes=60)
# Reports come late; an hour is judged when nearly all of them should be here.
_SETTLED = timedelta(minutes=75)
_MICROSECONDS = 60 * 60 * 1_000_000


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
                "trouble_at": None,
            }
            for one in estimates
        ]
        put_all(self._connection, _PREDICTIONS, rows, changing=())

    def judge(self, now: datetime) -> int:
        """Set the outcome of estimates whose hour is over; return how many."""
        trouble = (
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
        done = self._connection.execute(
            update(_PREDICTIONS)
            .where(_PREDICTIONS.c.is_judged.is_(False), _PREDICTIONS.c.made_at < now - _SETTLED)
            .values(trouble_at=trouble, is_judged=True)
        )
        return done.rowcount

    def judged(self, since: datetime) -> Mapping[str, list[Judged]]:
        """Return judged estimates by feed."""
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
        return found

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
