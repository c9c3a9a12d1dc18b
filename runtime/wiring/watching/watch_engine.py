"""The prediction engine behind its port: the newest sound model, what is new of runs, one estimate a feed."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import isnan, nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.clock.pauses import is_time
from domain.errors import NotFound
from domain.ids import FeedName
from domain.running.feeds import Extension, Feed
from domain.watch.data_facts import NO_DATA, DataFacts
from domain.watch.models import RULE
from domain.watch.predictions import Prediction
from domain.watch.silent_senders import last_words, silent_senders, with_silence_said
from domain.watch.watching import Estimate, Heard, SilentSender, Swept, WatchedFeed
from predictors import registry
from predictors.backtesting.elapsed_rule import elapsed_estimates
from predictors.known.due_times import Changes
from predictors.known.history import DAY_SECONDS
from predictors.known.landscape import Landscape, landscape, two_due_times
from predictors.known.run_table import RunStates, RunTable, states_after
from predictors.predictor import FailurePredictor
from predictors.timeliness.due_news import due_news
from predictors.timeliness.given_time import with_given_time
from predictors.timeliness.late_reasons import with_lateness
from predictors.timeliness.lateness import OwedRun, begun_and_not_ended, late_within, plain_chances
from predictors.timeliness.silences import silences, with_silences
from runtime.wiring.watching.data_window import DataWindow
from runtime.wiring.watching.model_files import files_of_models
from runtime.wiring.watching.odd_series import OddSeries
from runtime.wiring.watching.owed_book import OwedBook
from runtime.wiring.watching.shared_troubles import troubles_of
from runtime.wiring.watching.signal_window import SignalWindow
from runtime.wiring.watching.watch_window import RUNS_BACK, RunWindow, moment_of, point_of
from storage.engine import Database
from storage.unit_of_work import SqlTransactions

log = logging.getLogger("dogwatch.watch")

Floats = NDArray[np.float64]

_LOOK_FOR_MODELS = timedelta(seconds=30)
_LOOK_FOR_FEEDS = timedelta(seconds=15)
_EXTENSIONS_BACK = timedelta(days=30)
# A round takes minutes at most: after a longer one the machine was asleep, or its clock was set.
_ASLEEP = timedelta(minutes=30)


class FeedForecaster:
    """Implements `Forecaster`; keeps the model, the feeds and the newest runs between sweeps."""

    def __init__(self, database: Database, transactions: SqlTransactions, models: Path, key: bytes) -> None:
        self._window = RunWindow(database)
        self._heard = SignalWindow(database)
        self._transactions = transactions
        self._models = models
        self._key = key
        self._watched: list[WatchedFeed] = []
        self._changes: Changes = {}
        self._given: list[Extension] = []
        self._quiet: tuple[list[WatchedFeed], RunTable, Changes] | None = None
        self._rows = DataWindow()
        self._data: Mapping[FeedName, DataFacts] = {}
        self._feeds_read_at: datetime | None = None
        self._predictor: FailurePredictor | None = None
        self._damaged: tuple[str, ...] = ()
        self._models_seen: tuple[tuple[str, float], ...] = ()
        self._models_read_at: datetime | None = None
        self._scene: tuple[float, tuple[Feed, ...], Changes, Landscape] | None = None
        self._states: tuple[RunTable, RunStates] | None = None
        self._owed = OwedBook()
        self._odd = OddSeries()
        self._swept_at: datetime | None = None
        self._awake_since: datetime | None = None

    def sweep(self, now: datetime) -> Swept:
        """Return one estimate per feed under watch from what is known by `now`."""
        begun = time.perf_counter()
        self._read_feeds(now)
        self._read_model(now)
        feeds = [one.feed for one in self._watched]
        if not feeds:
            return Swept(now, (), (), self._version, time.perf_counter() - begun, self._damaged)
        table = self._window.table([feed.name for feed in feeds], now)
        changes = self._silenced(table)
        scene = self._landscape(feeds, changes, now)
        running = self._running(table, now)
        owed = self._owed.owed(self._watched, scene, table, running, now.timestamp(), changes)
        if self._given:
            owed, scene = with_given_time(owed, scene, self._given)
        told = self._told(scene, table, owed, changes, now)
        odd = self._odd.look([feed.name for feed in feeds], table)
        news = np.column_stack(due_news(scene, owed, self._owed.punctualities(feeds, table, changes)))
        estimates = [
            self._estimate(*one)
            for one in zip(self._watched, told, running.tolist(), news.tolist(), strict=True)
        ]
        heard = self._senders()
        estimates = with_silence_said(estimates, owed.missed.tolist(), heard)
        troubles = troubles_of(estimates, self._unheard(silent_senders(estimates, heard, now), now))
        return Swept(
            now,
            tuple(estimates),
            tuple(troubles),
            self._version,
            time.perf_counter() - begun,
            self._damaged,
            tuple(odd),
            last_words(heard),
        )

    @property
    def _version(self) -> str:
        return self._predictor.model.version if self._predictor else RULE

    def _told(
        self, scene: Landscape, table: RunTable, owed: OwedRun, changes: Changes, now: datetime
    ) -> list[Prediction]:
        """Return what the model says of trouble, or the rule without one, and the chance to be late."""
        feeds = scene.feeds
        if self._predictor is not None:
            signals = self._heard.signals(now)
            if self._states is None or self._states[0] is not table:
                self._states = (table, states_after(table))
            states = self._states[1]
            told = self._predictor.sweep(
                feeds, table, now, signals=signals, scene=scene, states=states, owed=owed
            )
            late = np.array([one.finish.lateness if one.finish else 0.0 for one in told])
            onset = self._predictor.model.late.onset(owed)
        else:
            begun = [None if isnan(at) else at for at in owed.begun.tolist()]
            told = elapsed_estimates(feeds, scene, table, begun, now)
            late, onset = plain_chances(owed, self._owed.punctualities(feeds, table, changes)), owed.onset
        within = late_within(owed, late, onset).tolist()
        record = [self._predictor.model.such_times] if self._predictor is not None else []
        return [
            with_lateness(one, feed, owed, place, within[place], *record)
            for place, (one, feed) in enumerate(zip(told, feeds, strict=True))
        ]

    def _senders(self) -> list[Heard]:
        with self._transactions.reading() as uow:
            return uow.senders.every()

    def _unheard(self, silent: Sequence[SilentSender], now: datetime) -> list[SilentSender]:
        """Return silent senders with until when we ourselves heard nobody, where that was so meanwhile."""
        if self._swept_at is not None and now - self._swept_at > _ASLEEP:
            self._awake_since = now
        self._swept_at, awake = now, self._awake_since
        return [
            replace(one, deaf_until=awake) if awake is not None and one.since < awake else one
            for one in silent
        ]

    def _estimate(
        self, watched: WatchedFeed, prediction: Prediction, running: float, news: Sequence[float]
    ) -> Estimate:
        name = watched.feed.name
        last = self._window.last.get(name)
        data = self._data.get(name, NO_DATA)
        more = (*data.reasons(), *self._odd.reasons(watched.feed, prediction.made_at))
        if more:
            prediction = replace(prediction, reasons=(*prediction.reasons, *more))
        ended = last[4] if last and last[4] is not None else last[2] if last else None
        is_known = last is not None or name in self._window.begun
        is_unheard = is_known and watched.heard_since is None
        return Estimate(
            watched=watched,
            prediction=prediction,
            last=point_of(last) if last else None,
            trouble_at=moment_of(ended) if last and last[10] else None,
            good_at=moment_of(self._window.good_at.get(name)),
            running_since=moment_of(running),
            overdue_at=None if is_unheard else prediction.deadline,
            data=data,
            is_unheard=is_unheard,
            news_due_at=moment_of(news[0]),
            news_due_last=moment_of(news[1]),
        )

    def _running(self, table: RunTable, now: datetime) -> Floats:
        """Return when the run under way of each feed began, NaN without; one of a mere history ended long
        ago, whatever it says."""
        number = np.arange(len(self._watched), dtype=np.intp)
        begun = begun_and_not_ended(table, number, np.full(len(number), now.timestamp()))
        return np.where([one.heard_since is not None for one in self._watched], begun, nan)

    def _silenced(self, table: RunTable) -> Changes:
        """Return the changes of schedules, by which nothing is due between a history and the first report."""
        known = self._quiet
        if known is None or known[0] is not self._watched or known[1] is not table:
            found = with_silences(self._watched, silences(self._watched, table), self._changes)
            known = self._quiet = (self._watched, table, found)
        return known[-1]

    def _landscape(self, feeds: Sequence[Feed], changes: Changes, now: datetime) -> Landscape:
        """Return due times around now; they are laid out once an hour or when a feed changed."""
        hour = now.timestamp() // 3_600.0 * 3_600.0
        known = self._scene
        if known is None or known[:3] != (hour, tuple(feeds), changes):
            scene = landscape(feeds, hour - DAY_SECONDS, hour + DAY_SECONDS, changes, reach=two_due_times)
            known = self._scene = (hour, tuple(feeds), changes, scene)
        return known[-1]

    def _read_feeds(self, now: datetime) -> None:
        if not self._watched or is_time(self._feeds_read_at, now, _LOOK_FOR_FEEDS):
            with self._transactions.reading() as uow:
                self._watched = uow.watched.every()
                # How punctual a feed is, its runs of long ago say too: each by the schedule of its time.
                self._changes = uow.watched.schedule_changes(now - RUNS_BACK)
                self._given = uow.watched.extensions(now - _EXTENSIONS_BACK)
                self._data = self._rows.facts(uow, now)
                if not self._odd.is_read:
                    self._odd.read(uow.watched.oddities())
            self._feeds_read_at = now

    def _read_model(self, now: datetime) -> None:
        if not is_time(self._models_read_at, now, _LOOK_FOR_MODELS):
            return
        self._models_read_at = now
        there = files_of_models(self._models)
        if there == self._models_seen:
            return
        self._models_seen = there
        try:
            model, card, damaged = registry.newest(self._models, self._key)
        except NotFound as error:
            log.warning("no model to predict with: %s", error)
            self._predictor = None
            self._damaged = tuple(name for name, _ in there)
            return
        self._damaged = tuple(damaged)
        self._predictor = FailurePredictor(model)
        log.info("predicting with model %s", card.version)
