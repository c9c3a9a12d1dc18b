"""A training from start to end: a first model, its daily challenger, levels and shadow by real outcomes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.alerts import Alert, AlertState, Label, alert_id, fingerprint_of
from domain.feeds import Feed
from domain.ids import FeedName
from domain.predictions import Verdict
from predictors.simulator.runs import History, simulate
from predictors.simulator.world import make_world
from runtime.demo_feeds import import_world
from runtime.settings import Settings
from runtime.watch_training import train
from runtime.wiring.stores import Stores, open_stores
from runtime.wiring.training_order import TrainingOrder

START = datetime(2026, 9, 1, tzinfo=UTC)
DAYS = 20


@dataclass
class Scene:
    """A simulated house with a model in service after twenty days."""

    folder: Path
    stores: Stores = field(init=False)
    feeds: list[Feed] = field(init=False)
    history: History = field(init=False)

    def __post_init__(self) -> None:
        """Make the world and import its past."""
        self.settings = Settings(data_dir=self.folder)
        self.stores = open_stores(self.settings)
        world = make_world(5, feeds=12, days=DAYS + 2, start=START.timestamp())
        self.feeds, self.history = list(world.scene.feeds), simulate(world)
        with self.stores.transactions.writing() as uow:
            uow.watched.keep(self.feeds, START)

    def trained(self, day: int) -> dict[str, Any]:
        """Return the report of a training on that day."""
        now = START + timedelta(days=day)
        import_world(self.stores, self.feeds, self.history, now)
        return train(
            TrainingOrder(
                database_url=self.settings.database_url(),
                models=str(self.folder / "models"),
                key="6b" * 32,
                now=now,
                alerts_a_week=10.0,
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


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    made = Scene(tmp_path_factory.mktemp("training"))
    yield made
    made.stores.database.close()


@pytest.mark.timeout(300)
def test_the_levels_follow_the_model_in_service_and_real_outcomes_with_every_training(scene: Scene) -> None:
    first = scene.trained(DAYS)
    assert first["is_taken"], first["sentence"]
    loud = [one for one in first["thresholds"] if one["speaks"]]
    assert loud
    name = FeedName(loud[0]["feed"])

    for day in range(4):
        scene.alerted(name, day + 0.5, Verdict.DID_NOT_HAPPEN)
    scene.alerted(FeedName("feed_00003"), 2.0, Verdict.PREVENTED, said=True)
    second = scene.trained(DAYS + 1)

    assert not second["is_taken"]
    assert f"{first['version']} stays" in second["sentence"]
    assert "1 prevented, left out" in second["sentence"]
    (now,) = [one for one in second["thresholds"] if one["feed"] == name]
    assert (now["live_true"], now["live_alerts"], now["speaks"]) == (0, 4, False)
    assert second["scorecard"]["model"] == first["version"]
    assert len(list((scene.folder / "models").glob("*.json"))) == 1
