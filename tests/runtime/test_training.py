"""A training from start to end: a first model, its daily challenger, levels and shadow by real outcomes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.alerts import Alert, AlertState, Label, alert_id, fingerprint_of
from domain.feeds import Feed, Rhythm, Schedule
from domain.ids import FeedName, RunId, TeamId
from domain.predictions import Verdict
from domain.runs import Outcome, Run
from runtime.settings import Settings
from runtime.watch_training import train
from runtime.wiring.drift_watch import DriftWatch
from runtime.wiring.stores import Stores, open_stores
from runtime.wiring.training_order import TrainingOrder

START = datetime(2026, 9, 1, tzinfo=UTC)
NAMES = [FeedName(f"feed_{number}") for number in range(6)]
DAYS = 16
KEY = b"k" * 32


@dataclass
class Scene:
    """Hourly feeds whose runs need retries before the next one fails, and a model that learned so."""

    folder: Path
    stores: Stores = field(init=False)
    first: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        """Let feeds be watched."""
        self.settings = Settings(data_dir=self.folder)
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

    def trained(self, day: int) -> dict[str, Any]:
        """Return the report of a training on that day."""
        return train(
            TrainingOrder(
                database_url=self.settings.database_url(),
                models=str(self.folder / "models"),
                key=KEY.hex(),
                now=START + timedelta(days=day),
                alerts_a_week=1_000.0,
                precision_bar=0.3,
                shadow_alerts=1,
            )
        )

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


@pytest.mark.timeout(300)
def test_the_levels_follow_the_model_in_service_and_real_outcomes_with_every_training(scene: Scene) -> None:
    first = scene.first
    assert first["is_taken"], first["sentence"]
    loud = [one for one in first["thresholds"] if one["speaks"]]
    assert loud
    name = FeedName(loud[0]["feed"])

    for day in range(4):
        scene.alerted(name, day + 0.5, Verdict.DID_NOT_HAPPEN)
    scene.alerted(NAMES[3], 2.0, Verdict.PREVENTED, said=True)
    scene.reported(DAYS, DAYS + 1)
    second = scene.trained(DAYS + 1)

    assert not second["is_taken"]
    assert f"{first['version']} stays" in second["sentence"]
    assert "1 prevented, left out" in second["sentence"]
    (now,) = [one for one in second["thresholds"] if one["feed"] == name]
    assert (now["live_true"], now["live_alerts"], now["speaks"]) == (0, 4, False)
    assert second["scorecard"]["model"] == first["version"]
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
