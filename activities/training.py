"""Learn from what happened: calendars, a new model when it is better, thresholds, promotions, scorecards."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.beating import beating
from activities.calendars import learn_calendars
from activities.training_news import TrainingNews
from domain.ids import FeedName, TeamId
from domain.ports.clock import Clock
from domain.ports.forecaster import Trainer, TrainingReport
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.stories import StoryCall, StoryKind
from domain.watch.card_counting import ledger_of
from domain.watch.feed_health import LogEntry, ScorecardView
from domain.watch.promotions import promotions, silenced
from domain.watch.scorecards import Ledger, score_row, weeks_between

_SCORED = timedelta(days=30)
# A training looks back as far.
_READINGS_KEPT = timedelta(days=90)
# The scorecard looks back thirty days; kept as long as runs, an estimate every half hour outgrows all else.
_ESTIMATES_KEPT = timedelta(days=60)
# Longer than from one quarter's run to the next. Jobs that are named anew each day would be watched for ever.
_SILENT_WATCHED = timedelta(days=120)
# A model that no challenger beats stays, however much has moved: a training a day is enough.
_CALLED_EVERY = timedelta(hours=20)
_MOST_FEEDS = 50
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
# SQLite has one writer: a piece of this size takes some hundredths of a second.
_AT_ONCE = 2_000
_LONGEST_PAUSE_SECONDS = 1.0
JUST_TRAINED = "just trained"
DAILY = "daily"


class TrainingRef(BaseModel):
    """Which training; `reason` is for people."""

    model_config = ConfigDict(frozen=True)

    id: str = "failures"
    reason: str = ""


class TrainingOutcome(BaseModel):
    """What came of it."""

    model_config = ConfigDict(frozen=True)

    version: str = ""
    is_taken: bool = False
    sentence: str = ""


class Training:
    """Activities of the heavy queue around models."""

    def __init__(
        self,
        trainer: Trainer,
        *,
        reading: Opening,
        writing: Opening,
        clock: Clock,
        keep: timedelta,
        news: TrainingNews | None = None,
    ) -> None:
        self._trainer = trainer
        self._news = news
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._keep = keep

    @activity.defn
    @beating()
    def learn_calendars(self, ref: TrainingRef) -> TrainingOutcome:
        """Read the calendars of feeds that nobody configured off their runs; forget what is too old."""
        now = self._clock.now()
        found = learn_calendars(self._reading, self._writing, now)
        with self._writing() as uow:
            uow.senders.forget_before(now - self._keep)
            for name in uow.watched.end_silent(now - _SILENT_WATCHED):
                said = f"Nothing was reported of {name} for {_SILENT_WATCHED.days} days, so it is watched"
                said += " no more; its next report begins that anew."
                uow.forecasts.write(LogEntry(at=now, kind="feed", subject=name, sentence=said))
        self._forget(lambda uow: uow.runs.forget_before(now - self._keep, most=_AT_ONCE))
        until = now - min(self._keep, _READINGS_KEPT)
        self._forget(lambda uow: uow.readings.forget_before(until, most=_AT_ONCE))
        estimates = now - min(self._keep, _ESTIMATES_KEPT)
        self._forget(lambda uow: uow.forecasts.forget_before(estimates, most=_AT_ONCE))
        self._forget(lambda uow: uow.alerts.forget_before(now - self._keep, most=_AT_ONCE))
        self._forget(lambda uow: uow.forecasts.forget_lines(now - self._keep, most=_AT_ONCE))
        return TrainingOutcome(sentence=found.sentence())

    def _forget(self, piece: Callable[[UnitOfWork], int]) -> None:
        """Forget in pieces, and let whoever writes go on for as long between them."""
        while True:
            begun = time.monotonic()
            with self._writing() as uow:
                if not piece(uow):
                    return
            time.sleep(min(time.monotonic() - begun, _LONGEST_PAUSE_SECONDS))

    @activity.defn
    def call_for_training(self, ref: TrainingRef) -> None:
        """Let the one story that trains begin, or look once more; two trainings at once take turns so."""
        now = self._clock.now()
        call = StoryCall(
            key=f"training/{ref.reason}#{now:%Y%m%d}",
            kind=StoryKind.TRAINING,
            subject_id="failures",
            at=now,
        )
        with self._writing() as uow:
            uow.stories.add(call)

    @activity.defn
    def train(self, ref: TrainingRef) -> TrainingOutcome:
        """Fit a challenger; thresholds and shadow modes follow from the model that is in service then."""
        now = self._clock.now()
        with beating():
            report = self._trainer.train(now, lambda far: None)
        with self._writing() as uow:
            before = {one.feed.name: one for one in uow.watched.every()}
            entry = LogEntry(at=now, kind="model", subject=report.version or ref.id, sentence=report.sentence)
            uow.forecasts.write(entry)
            uow.watched.set_thresholds(report.thresholds, now)
            for line in promotions(before, report.thresholds, now):
                uow.forecasts.write(line)
            if self._news is not None:
                self._news.silenced(uow, silenced(before, report.thresholds), now)
            if report.is_taken:
                _record_promotion(uow, report.version, report.sentence, now)
                if self._news is not None:
                    self._news.replaced(uow, report.version, now)
            else:
                _tell_of_untold(uow, report, now)
            if report.scorecard is not None:
                uow.forecasts.keep_scorecard("backtest", report.scorecard, now)
            second = int(now.timestamp())
            uow.stories.add(
                StoryCall(key=f"watch/main#trained{second}", kind=StoryKind.WATCH, subject_id="main", at=now)
            )
        return TrainingOutcome(version=report.version, is_taken=report.is_taken, sentence=report.sentence)

    @activity.defn
    def note_failure(self, ref: TrainingRef) -> None:
        """Tell operators that a training failed after all its tries; `reason` says why."""
        with self._writing() as uow:
            if self._news is not None:
                self._news.failed(uow, ref.reason, self._clock.now())

    @activity.defn
    def review(self, ref: TrainingRef) -> TrainingOutcome:
        """Keep the scorecard of live estimates; call for a training when they come true no longer."""
        now = self._clock.now()
        with self._reading() as uow:
            record = uow.forecasts.record_since(now - _SCORED)
            alerts, mutes = uow.alerts.of_time(record.since), uow.alerts.mutes_of_time(record.since)
            teams = {one.feed.name: one.feed.team for one in uow.watched.every()}
        # Right after a training the estimates of the model before say nothing about the new one.
        why = "" if ref.reason == JUST_TRAINED else self._trainer.drift(now)
        with self._writing() as uow:
            if self._news is not None and ref.reason == JUST_TRAINED:
                self._news.works(uow, now)
            if record.estimates:
                weeks = weeks_between(record.since, now)
                ledger = ledger_of(alerts, record.troubles, record.estimates, mutes, weeks=weeks, now=now)
                uow.forecasts.keep_scorecard("live", _live_card(ledger, teams, record.since, now), now)
            if why and not uow.forecasts.has_line("drift", now - _CALLED_EVERY):
                uow.forecasts.write(LogEntry(at=now, kind="drift", subject="failures", sentence=why))
                key = f"training/drift#{now:%Y%m%d}"
                uow.stories.add(StoryCall(key=key, kind=StoryKind.TRAINING, subject_id="failures", at=now))
            if self._news is not None and why:
                self._news.left(uow, why, now)
            elif self._news is not None and ref.reason != JUST_TRAINED:
                self._news.fits_again(uow, now)
        return TrainingOutcome(sentence=why)


def _record_promotion(uow: UnitOfWork, version: str, why: str, now: datetime) -> None:
    uow.audit.append(
        AuditEntry(
            at=now,
            act=AuditAct.MODEL_PROMOTED,
            actor="dogwatch",
            subject=f"model/{version}"[:200],
            facts={"why": why[:300]},
        )
    )


def _tell_of_untold(uow: UnitOfWork, report: TrainingReport, now: datetime) -> None:
    """Tell of a model that answers without a word about it: its training died between file and report."""
    serving = report.serving
    if not serving or uow.forecasts.has_line("model", _EVER, subject=serving):
        return
    said = (
        f"{serving} has been in service since it was saved: the training that made it was killed before it"
        " could say so."
    )
    uow.forecasts.write(LogEntry(at=now, kind="model", subject=serving, sentence=said))
    _record_promotion(uow, serving, said, now)


def _live_card(
    ledger: Ledger, teams: Mapping[FeedName, TeamId], since: datetime, now: datetime
) -> ScorecardView:
    by_team = sorted(ledger.by_team(teams).items())
    feeds = [score_row(name, part) for name, part in ledger.by_feed().items()]
    feeds.sort(key=lambda row: (-row.told.cards - row.told.troubles, -row.shadow.cards, row.scope))
    return ScorecardView(
        overall=score_row("all feeds", ledger),
        teams=tuple(score_row(team or "no team", part) for team, part in by_team),
        feeds=tuple(feeds[:_MOST_FEEDS]),
        since=since,
        measured_at=now,
    )
