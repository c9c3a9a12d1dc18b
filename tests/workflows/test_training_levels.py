"""What a training concluded takes effect whether or not its model was taken, and is told line by line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from activities.training import Training, TrainingRef
from domain.ids import TeamId
from domain.ports.forecaster import TrainingReport
from domain.stories import StoryKind
from domain.watch.watching import Threshold
from storage.feed_health import SqlFeedHealth
from tests.workflows.watch_house import FX, WatchHouse


@dataclass
class _Refusing:
    """A trainer that keeps the model in service and has seen that a feed alerts in vain."""

    serving: str = ""

    def train(self, now: datetime, beat: Callable[[str], None]) -> TrainingReport:
        """Return the report."""
        level = Threshold(FX, TeamId("desk"), 0.45, 1, 9, False, 0, 5, 0.1, "3 of 9 pass")
        return TrainingReport("m2", False, "m2 was refused. m1 stays.", [level], serving=self.serving)

    def drift(self, now: datetime) -> str:
        """Return why a new model is due."""
        return f"Much has moved by {now}."


def _training(house: WatchHouse, serving: str = "") -> Training:
    return Training(
        _Refusing(serving),
        reading=house.transactions.reading,
        writing=house.transactions.writing,
        clock=house.clock,
        keep=timedelta(days=400),
    )


def test_levels_and_shadow_move_though_the_challenger_was_refused(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    _training(house).train(TrainingRef())

    with house.transactions.reading() as uow:
        (fx,) = [one for one in uow.watched.every() if one.feed.name == FX]
    assert (fx.threshold, fx.speaks) == (0.45, False)
    lines = SqlFeedHealth(house.stores.database).scorecard().log
    assert [line.kind for line in lines] == ["model", "level", "feed"]
    log = {line.kind: line.sentence for line in lines}
    assert "moved from people back to shadow" in log["feed"]
    assert "1 of its 9 alerts were right (0 of 5 real ones, 1 of 4 in the backtest)" in log["feed"]
    assert log["level"] == "Alert levels of desk moved: fx_trades from 30.0% to 45.0%. Why: 3 of 9 pass."
    assert log["model"] == "m2 was refused. m1 stays."


def test_a_model_that_serves_without_a_word_is_told_of_once(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    training = _training(house, serving="m1")

    training.train(TrainingRef())
    house.clock.ahead = timedelta(hours=1)
    training.train(TrainingRef())

    lines = SqlFeedHealth(house.stores.database).scorecard().log
    assert [line.sentence for line in lines if line.subject == "m1"] == [
        "m1 has been in service since it was saved: the training that made it was killed before it could say"
        " so."
    ]
    with house.stores.database.reading() as connection:
        acts = connection.execute(text("SELECT act FROM audit_entries WHERE subject = 'model/m1'")).all()
    assert acts == [("model_promoted",)]


def test_drift_calls_for_one_training_a_day_however_long_it_lasts(tmp_path: Path) -> None:
    house = WatchHouse(tmp_path)
    training = _training(house)

    for _ in range(3):
        training.review(TrainingRef())
        with house.transactions.writing() as uow:
            for call in uow.stories.due(house.clock.now(), 50):
                uow.stories.delivered(call)
        house.clock.ahead += timedelta(minutes=30)

    log = SqlFeedHealth(house.stores.database).scorecard().log
    assert [line.kind for line in log] == ["drift"]
    with house.transactions.reading() as uow:
        assert StoryKind.TRAINING not in [call.kind for call in uow.stories.due(house.clock.now(), 50)]
