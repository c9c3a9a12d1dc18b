"""A training from start to end: a first model, its daily challenger, levels and shadow by real outcomes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from domain.ids import FeedName, RunId, TeamId
from domain.ports.forecaster import TrainingReport
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.alerts import Alert, AlertState, Label, alert_id, fingerprint_of
from domain.watch.predictions import Verdict
from predictors.backtesting.backtest import Backtest
from predictors.backtesting.exam import exam_of
from predictors.failure.failure_model import FailureModel
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores, open_stores
from runtime.wiring.watching.drift_watch import DriftWatch
from runtime.wiring.watching.training_contest import as_served, champion_of, in_service
from runtime.wiring.watching.training_history import read_history
from runtime.wiring.watching.training_order import TrainingOrder
from runtime.wiring.watching.watch_trainer import ChildTrainer

START = datetime(2026, 9, 1, tzinfo=UTC)
NAMES = [FeedName(f"feed_{number}") for number in range(6)]
DAYS = 16
KEY = b"k" * 32

pytestmark = pytest.mark.timeout(300)


@dataclass
class Scene:
    """Hourly feeds whose runs need retries before the next one fails, and a model that learned so."""

    folder: Path
    stores: Stores = field(init=False)
    first: TrainingReport = field(init=False)

    def __post_init__(self) -> None:
        """Let feeds be watched."""
        self.settings = Settings(data_dir=self.folder, watch={"alerts_a_week": 1_000.0})
        self.stores = open_stores(self.settings)
        hourly = Schedule(Rhythm.INTERVAL, every_minutes=60)
        with self.stores.transactions.writing() as uow:
            uow.watched.keep([Feed(name, TeamId("desk"), hourly) for name in NAMES], START)

    def reported(self, first: int, last: int, *, wild: bool = False) -> datetime:
        """Import the runs of some days, the last one not included; return the moment of their end."""
        with self.stores.transactions.writing() as uow:
            for place, name in enumerate(NAMES):
                uow.runs.add_history(
                    [_run(name, place, hour, wild=wild) for hour in range(24 * first, 24 * last)], START
                )
        return START + timedelta(days=last)

    def order(self, day: int) -> TrainingOrder:
        """Return what a training on that day is told."""
        return TrainingOrder(
            database_url=self.settings.database_url(),
            models=str(self.folder / "models"),
            key=KEY.hex(),
            now=START + timedelta(days=day),
            alerts_a_week=1_000.0,
            precision_bar=0.3,
            shadow_alerts=1,
        )

    def trained(self, day: int) -> TrainingReport:
        """Return the report of a training on that day."""
        trainer = ChildTrainer(self.settings, self.stores, KEY)
        return trainer.train(START + timedelta(days=day), lambda far: None)

    def alerted(self, name: FeedName, days_ago: float, outcome: Verdict, *, said: bool = False) -> None:
        """Keep an alert of the past, whose outcome a person said, or the sweeps saw."""
        at = START + timedelta(days=DAYS - days_ago)
        told = {
            "id": alert_id(name, at),
            "fingerprint": fingerprint_of(name, "slow"),
            "root": name,
            "team": "desk",
            "probability": 0.95,
            "peak": 0.95,
            "threshold": 0.3,
            "opened_at": at,
            "updated_at": at,
            "raised_at": at,
            "closed_at": at + timedelta(minutes=30),
            "state": AlertState.CLOSED,
            "outcome": outcome,
        }
        alert = Alert.model_validate(told)
        by = "erin" if said else "outcome"
        with self.stores.transactions.writing() as uow:
            uow.alerts.save(alert)
            uow.alerts.label(Label(alert=alert.id, feed=name, verdict=outcome, by=by, at=at))


def _run(name: FeedName, place: int, hour: int, *, wild: bool) -> Run:
    due = START + timedelta(hours=hour)
    end = due + timedelta(minutes=8 + (hour * 7 + place) % 5)
    step = (hour + 5 * place) % 29
    outcome = Outcome.FAILED if step == 6 else Outcome.OK
    return Run(
        *(name, RunId(str(hour)), end, outcome, due, due, end),
        rows_written=10 ** (1 + hour % 5) if wild else 900,
        rows_rejected=10 ** (hour % 4) if wild else hour % 3,
        retries=3 if wild or step == 5 else 0,
        queue_seconds=30.0,
    )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    made = Scene(tmp_path_factory.mktemp("training"))
    made.reported(0, DAYS)
    made.first = made.trained(DAYS)
    yield made
    made.stores.database.close()


def test_the_levels_follow_the_model_in_service_and_real_outcomes_with_every_training(scene: Scene) -> None:
    first = scene.first
    assert first.is_taken, first.sentence
    loud = [one for one in first.thresholds if one.speaks]
    assert loud
    name = loud[0].feed

    for day in range(4):
        scene.alerted(name, day + 0.5, Verdict.DID_NOT_HAPPEN)
    scene.alerted(NAMES[3], 2.0, Verdict.PREVENTED, said=True)
    scene.reported(DAYS, DAYS + 1)
    second = scene.trained(DAYS + 1)

    assert not second.is_taken
    assert f"{first.version} stays" in second.sentence
    assert "1 prevented, left out" in second.sentence
    (now,) = [one for one in second.thresholds if one.feed == name]
    assert (now.live_true, now.live_alerts, now.speaks) == (0, 4, False)
    assert second.scorecard is not None
    assert second.scorecard.model == first.version
    assert len(list((scene.folder / "models").glob("*.json"))) == 1


def test_signs_that_moved_since_the_training_are_named_and_call_for_a_new_one(scene: Scene) -> None:
    watch = DriftWatch(scene.stores, scene.folder / "models", KEY)
    assert watch.why(START + timedelta(days=DAYS)) == ""

    later = scene.reported(DAYS + 1, DAYS + 8, wild=True)
    why = watch.why(later)

    assert "Moved since the model was made" in why
    assert "retries" in why
    assert "rejected rows" in why
    assert why.endswith("a new model is due.")


def test_champion_and_challenger_answer_the_same_questions_that_neither_has_seen(scene: Scene) -> None:
    order, asked_until = scene.order(DAYS + 8), []
    scene.reported(DAYS, DAYS + 8)
    history = read_history(scene.stores.database, order.now, lambda far: None)
    day = START.timestamp() + DAYS * 86_400.0
    exam = exam_of(history.feeds, history.table, day - 4 * 86_400.0, day + 8 * 86_400.0)
    serving = in_service(order)
    assert serving is not None
    said = np.full(len(exam.now), 0.01)
    told = Backtest(exam.feed, exam.now, said, exam.true, exam.trouble_at, said, said, day)

    def fit(until: float) -> FailureModel:
        asked_until.append(until)
        return serving.model

    champion = champion_of(order, serving, exam, told, day - 4 * 86_400.0, fit)
    served = as_served(told, exam, serving)

    assert champion.common is not None
    assert np.array_equal(champion.common.champion, champion.common.challenger)
    assert champion.common.now.min() > asked_until[0] > day + 3.9 * 86_400.0
    assert champion.common.days > 3.0
    assert (served.told[exam.now <= serving.card.data_until] == 0.01).all()
    assert np.array_equal(served.told[exam.now > asked_until[0]], champion.common.champion)


def test_a_training_whose_model_is_refused_names_the_one_that_serves(scene: Scene) -> None:
    again = scene.trained(DAYS)

    assert (again.is_taken, again.serving) == (False, scene.first.version)


def test_files_that_no_model_can_be_read_from_call_for_a_training(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "failures-1.json").write_text("")

    why = DriftWatch(scene.stores, tmp_path, KEY).why(START + timedelta(days=DAYS))

    assert why == "No model can be used (1 file there): a new one is due."
    assert DriftWatch(scene.stores, tmp_path / "none", KEY).why(START) == ""
