"""Operators hear once that the world has left the model, or that its file is gone; people, of their feeds."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from activities.training import JUST_TRAINED, Training, TrainingRef
from activities.training_news import FeedPlaces, TrainingNews
from activities.watching import Watching, WatchRef
from domain.ids import FeedName, TeamId
from domain.ports.forecaster import Forecaster, TrainingReport
from domain.watch.feed_health import ScorecardView
from domain.watch.models import RULE, goes_back, version_of
from domain.watch.watching import Swept, Threshold
from storage.feed_health import SqlFeedHealth
from tests.workflows.watch_house import FX, PLACE, REF, WatchHouse

DESK = TeamId("desk")
OLD, NEW = "failures-20261101-024000", "failures-20261128-024000"


@dataclass
class _AnswersWith:
    """The engine, with the model that a test names."""

    engine: Forecaster
    model: str = NEW
    damaged: tuple[str, ...] = ()

    def sweep(self, now: datetime) -> Swept:
        """Return what the engine says, as this model's answer."""
        return replace(self.engine.sweep(now), model=self.model, damaged=self.damaged)


@dataclass
class _Trainer:
    """Says what a test wants of drift, and what a training came to."""

    why: str = ""
    is_taken: bool = False
    levels: tuple[Threshold, ...] = ()

    def train(self, now: datetime, beat: object) -> TrainingReport:
        """Return a report without levels."""
        return TrainingReport(NEW, self.is_taken, f"{NEW} was tried.", self.levels, None, NEW)

    def drift(self, now: datetime) -> str:
        """Return what speaks against the model."""
        return self.why


@pytest.fixture
def house(tmp_path: Path) -> WatchHouse:
    return WatchHouse(tmp_path)


def test_a_model_whose_file_is_gone_is_told_once_and_the_scorecard_names_what_answers(
    house: WatchHouse,
) -> None:
    answers = _AnswersWith(house.forecaster())
    for _ in range(2):
        _watching(house, answers).sweep(WatchRef())
    assert (_told(house), _scorecard(house).model) == ([], NEW)

    answers.model = OLD
    for _ in range(2):  # the second process knows nothing of what the first one told
        _watching(house, answers).sweep(WatchRef())

    said = f"The file of {NEW} is not there any more, so {OLD} answers, until a training makes a better one."
    assert _told(house) == [f"A model is gone: {said}"]
    assert [line.sentence for line in _scorecard(house).log] == [said]
    assert _scorecard(house).model == OLD


def test_without_any_model_the_rule_is_told_and_no_model_is_named(house: WatchHouse) -> None:
    answers = _AnswersWith(house.forecaster())
    watching = _watching(house, answers)
    watching.sweep(WatchRef())

    answers.model, answers.damaged = RULE, (f"{NEW}.json",)
    watching.sweep(WatchRef())

    assert _told(house) == [
        f"A model is gone: The file of {NEW} can't be used any more, so {RULE} answers,"
        " until a training makes a better one."
    ]
    assert len(_scorecard(house).log) == 1, "the damage is one line"
    assert _scorecard(house).model == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [(OLD, NEW), (RULE, NEW), (RULE, RULE), (NEW, NEW), ("failures-2", "failures-1"), ("mine", "failures-1")],
)
def test_a_newer_model_and_one_of_which_nothing_is_known_is_no_way_back(before: str, after: str) -> None:
    assert not goes_back(before, after)


def test_a_model_is_called_by_the_moment_it_was_made_at(house: WatchHouse) -> None:
    now = house.clock.now()

    assert goes_back(version_of(now), version_of(now - timedelta(seconds=1)))


def test_drift_is_told_once_until_a_new_model_serves(house: WatchHouse) -> None:
    trainer = _Trainer("Promised 4%, happened 11%: a new model is due.")
    training = _training(house, trainer)

    for _ in range(3):
        training.review(TrainingRef())
        house.clock.ahead += timedelta(hours=21)
    training.train(TrainingRef())  # refused
    assert [said.partition(":")[0] for said in _told(house)] == ["A new model is due"]
    assert trainer.why in _told(house)[0]

    trainer.is_taken, trainer.why = True, ""
    training.train(TrainingRef())
    training.review(TrainingRef(reason=JUST_TRAINED))
    training.review(TrainingRef())
    trainer.why = "Promised 11%, happened 4%: a new model is due."
    training.review(TrainingRef())

    told = [said.partition(":")[0] for said in _told(house)]
    assert told == ["A new model is due", "Estimates fit again", "A new model is due"]


def test_drift_that_ends_by_itself_is_said_to_be_over_after_a_day(house: WatchHouse) -> None:
    trainer = _Trainer("Promised 4%, happened 11%: a new model is due.")
    training = _training(house, trainer)
    training.review(TrainingRef())

    trainer.why = ""
    training.review(TrainingRef())
    near_the_edge = len(_told(house))
    house.clock.ahead += timedelta(hours=45)
    training.review(TrainingRef())
    training.review(TrainingRef())

    assert near_the_edge == 1
    assert [said.partition(":")[0] for said in _told(house)] == ["A new model is due", "Estimates fit again"]


def test_one_quiet_look_after_days_of_drift_is_no_peace_yet(house: WatchHouse) -> None:
    trainer = _Trainer("Promised 4%, happened 11%: a new model is due.")
    training = _training(house, trainer)
    for _ in range(7):
        training.review(TrainingRef())
        house.clock.ahead += timedelta(hours=12)

    for trainer.why in ("", "Promised 4%, happened 11%: a new model is due."):
        training.review(TrainingRef())

    assert [said.partition(":")[0] for said in _told(house)] == ["A new model is due"]


def test_people_hear_in_one_message_which_feeds_they_hear_of_no_more(house: WatchHouse) -> None:
    wrong = {"level": 0.4, "speaks": False}
    levels = (
        Threshold(FX, DESK, true=0, alerts=4, live_true=0, live_alerts=4, share=0.2, **wrong),
        Threshold(REF, DESK, true=0, alerts=0, **wrong),
    )
    training = _training(house, _Trainer(levels=levels))

    training.train(TrainingRef())
    training.train(TrainingRef())  # they are in shadow already

    (told,) = _told(house)
    assert told.startswith("No more alerts of 2 feeds: fx_trades: 0 of its 4 alerts were right, all of them")
    assert "ref_data: no alert of its own reached that level." in told


def test_nobody_is_told_of_feeds_that_speak_on_or_spoke_never(house: WatchHouse) -> None:
    shadow = {"level": 0.4, "true": 0, "alerts": 4}
    with house.transactions.writing() as uow:
        uow.watched.set_thresholds([Threshold(REF, DESK, speaks=False, **shadow)], house.clock.now())
    levels = (Threshold(FX, DESK, speaks=True, **shadow), Threshold(REF, DESK, speaks=False, **shadow))

    gone = Threshold(FeedName("gone"), DESK, speaks=False, **shadow)
    _training(house, _Trainer(levels=(*levels, gone))).train(TrainingRef())

    assert _told(house) == []


def test_what_is_told_of_silence_waits_for_the_end_of_the_quiet_hours(house: WatchHouse) -> None:
    later = house.clock.now() + timedelta(hours=3)
    news = TrainingNews((), _card, FeedPlaces(lambda uow, some: [(PLACE,) for _ in some], lambda now: later))

    with house.transactions.writing() as uow:
        news.silenced(uow, (Threshold(FX, DESK, 0.4, 0, 4, speaks=False),), house.clock.now())

    with house.stores.database.reading() as connection:
        (at,) = connection.execute(text("SELECT next_attempt_at FROM postings")).scalars()
    assert datetime.fromtimestamp(at / 1e6, UTC) == later


def _card(title: str, said: str, called: object = (), offers: object = ()) -> str:
    return f"{title}: {said}"


def _news() -> TrainingNews:
    where = FeedPlaces(lambda uow, some: [(PLACE,) for _ in some], lambda now: now)
    return TrainingNews((PLACE,), _card, where)


def _watching(house: WatchHouse, answers: Forecaster) -> Watching:
    opening = {"reading": house.transactions.reading, "writing": house.transactions.writing}
    return Watching(answers, **opening, clock=house.clock, wake=lambda: None, news=_news())


def _training(house: WatchHouse, trainer: _Trainer) -> Training:
    opening = {"reading": house.transactions.reading, "writing": house.transactions.writing}
    return Training(trainer, **opening, clock=house.clock, keep=timedelta(days=400), news=_news())


def _scorecard(house: WatchHouse) -> ScorecardView:
    return SqlFeedHealth(house.stores.database).scorecard()


def _told(house: WatchHouse) -> list[str]:
    with house.stores.database.reading() as connection:
        rows = connection.execute(
            text("SELECT card_json FROM postings WHERE view = 'message' ORDER BY created_at")
        )
        return [str(card) for (card,) in rows]
