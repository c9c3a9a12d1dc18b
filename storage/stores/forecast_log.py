"""What was said of feeds and what became of it; the promotion log and the newest scorecards."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from domain.ids import FeedName
from domain.watch.feed_health import LogEntry, ScorecardView
from domain.watch.predictions import Judged, JudgedQuarter, quarters_of
from domain.watch.scorecards import ForecastRecord, tallied, troubles_as_said
from domain.watch.verdicts import Word, as_said
from domain.watch.watching import Estimate
from storage.bulk_statements import put_all
from storage.forgetting import forget
from storage.statements import insert_once, put, table_of
from storage.stores.trouble_record import (
    first_judged,
    first_trouble,
    keep_missed,
    note_late,
    quarters_since,
    tallies_since,
    troubles_since,
)
from storage.stores.words_store import SqlWords
from storage.tables.watch import PredictionRow, ScorecardRow, WatchLogRow

_PREDICTIONS = table_of(PredictionRow)
_LOG = table_of(WatchLogRow)
_CARDS = table_of(ScorecardRow)

SERVING = "serving"
"""Beside the scorecards: which model answers, and since when."""
_STAYING = ("model", "training", "trust")
_HORIZON = timedelta(minutes=60)
_LONGEST_WORD = timedelta(days=1)
# Reports come late; an hour is judged when nearly all of them should be here.
_SETTLED = timedelta(minutes=75)


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

    def noted_at(self, since: datetime, *, least: int) -> datetime | None:
        """Return the newest moment after another of which at least so many estimates are kept."""
        told = _PREDICTIONS.c
        found: datetime | None = self._connection.execute(
            select(told.made_at)
            # Estimates of the last hour are not judged yet; the index begins with that.
            .where(told.is_judged.is_(False), told.made_at > since)
            .group_by(told.made_at)
            .having(func.count() >= least)
            .order_by(told.made_at.desc())
            .limit(1)
        ).scalar()
        return found

    def judge(self, now: datetime) -> int:
        """Set the outcome of estimates whose hour is over; return how many.

        Trouble came when a run failed within the hour, or when a deadline passed in it before the run that
        it was for, or a later one, had ended.
        """
        over = and_(_PREDICTIONS.c.is_judged.is_(False), _PREDICTIONS.c.made_at < now - _SETTLED)
        keep_missed(self._connection, over)
        done = self._connection.execute(
            update(_PREDICTIONS).where(over).values(trouble_at=first_trouble(), is_judged=True)
        )
        return done.rowcount

    def forget_before(self, moment: datetime, *, most: int) -> int:
        """Remove at most so many estimates from before a moment; return how many."""
        told = _PREDICTIONS.c
        # Whether it was judged stands first in the index.
        old = told.is_judged.in_([True, False]) & (told.made_at < moment)
        return forget(self._connection, _PREDICTIONS, old, most)

    def judged(self, since: datetime) -> Mapping[str, list[Judged]]:
        """Return judged estimates by feed, as people's words have them."""
        return self._judged(since, _PREDICTIONS.c.made_at >= since)

    def judged_quarters(self, since: datetime) -> list[JudgedQuarter]:
        """Return estimates made after a moment and judged, as words have them, by quarters of days."""
        words = self._words(since)
        found = quarters_since(self._connection, since, without=sorted(words))
        spoken = _PREDICTIONS.c.feed.in_(sorted(words)) & (_PREDICTIONS.c.made_at > since)
        said = self._judged(since, spoken).values() if words else ()
        told = (
            (one.probability, float(one.came_true), one.made_at.timestamp()) for some in said for one in some
        )
        return [*found, *quarters_of(told)]

    def _judged(self, since: datetime, which: ColumnElement[bool]) -> dict[str, list[Judged]]:
        rows = self._connection.execute(
            select(
                _PREDICTIONS.c.feed,
                _PREDICTIONS.c.made_at,
                _PREDICTIONS.c.probability,
                _PREDICTIONS.c.is_alerted,
                _PREDICTIONS.c.trouble_at,
            )
            .where(_PREDICTIONS.c.is_judged.is_(True), which)
            .order_by(_PREDICTIONS.c.made_at)
        )
        found: dict[str, list[Judged]] = {}
        for feed, made_at, probability, alerted, trouble_at in rows:
            judged = Judged(FeedName(feed), made_at, probability, alerted, trouble_at, _HORIZON)
            found.setdefault(feed, []).append(judged)
        words = self._words(since)
        said = {feed: as_said(some, words.get(feed, ())) for feed, some in found.items()}
        return {feed: some for feed, some in said.items() if some}

    def note_late(self, estimates: Sequence[Estimate]) -> None:
        """Keep the deadlines that feeds have missed."""
        note_late(self._connection, estimates)

    def record_since(self, since: datetime) -> ForecastRecord:
        """Return what was promised and what came since the first judged estimate after a moment."""
        begin = first_judged(self._connection, since)
        if begin is None:
            return ForecastRecord(since, (), ())
        words = self._words(begin)
        troubles = troubles_as_said(troubles_since(self._connection, begin), words)
        # Few feeds have words: the estimates of the others need not be looked at one by one.
        spoken = _PREDICTIONS.c.feed.in_(sorted(words))
        tallies = tallies_since(self._connection, begin, without=sorted(words))
        for some in (
            self._judged(begin, and_(spoken, _PREDICTIONS.c.made_at >= begin)).values() if words else ()
        ):
            tallies += tallied(some)
        return ForecastRecord(begin, troubles, tallies)

    def _words(self, since: datetime) -> dict[str, list[Word]]:
        words: dict[str, list[Word]] = {}
        for word in SqlWords(self._connection).since(since - _LONGEST_WORD):
            words.setdefault(word.feed, []).append(word)
        return words

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

    def forget_lines(self, before: datetime, *, most: int) -> int:
        """Remove at most so many lines of the promotion log, but for those of models; return how many.

        A model serves for as long as none is better, and its line says since when. What operators were told
        last of trainings and of the trust in a model is read off the log, however long ago that was.
        """
        return forget(self._connection, _LOG, (_LOG.c.at < before) & _LOG.c.kind.not_in(_STAYING), most)

    def has_line(self, kind: str, since: datetime, subject: str = "") -> bool:
        """Return whether the promotion log has a line of a kind, and about a subject, after a moment."""
        found = select(_LOG.c.id).where(_LOG.c.kind == kind, _LOG.c.at > since).limit(1)
        if subject:
            found = found.where(_LOG.c.subject == subject)
        return self._connection.execute(found).first() is not None

    def last_line(self, kind: str) -> LogEntry | None:
        """Return the newest line of a kind in the promotion log, or None."""
        newest = select(_LOG).where(_LOG.c.kind == kind).order_by(_LOG.c.at.desc()).limit(1)
        row = self._connection.execute(newest).mappings().first()
        if row is None:
            return None
        return LogEntry(at=row["at"], kind=row["kind"], subject=row["subject"], sentence=row["sentence"])

    def note_serving(self, model: str, now: datetime) -> str:
        """Keep which model answers; return which one did before, empty when that is not known."""
        asked = select(_CARDS.c.document).where(_CARDS.c.basis == SERVING)
        known = self._connection.execute(asked).scalar()
        before = "" if known is None else ScorecardView.model_validate_json(known).model
        if before != model:
            self.keep_scorecard(SERVING, ScorecardView(model=model, measured_at=now), now)
        return before

    def keep_scorecard(self, basis: str, card: ScorecardView, now: datetime) -> None:
        """Keep the newest scorecard."""
        put(self._connection, _CARDS, {"basis": basis, "at": now, "document": card.model_dump_json()})
