"""What resources say, and which schedules held before, reach the live estimates and the next model."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.ids import FeedName, RunId, TeamId
from domain.running.feeds import UNKNOWN_SCHEDULE, Feed, Rhythm, Schedule
from domain.running.readings import Reading, Sign
from domain.running.runs import Outcome, Run
from domain.watch.watching import Estimate
from predictors import registry
from predictors.predictor import FailurePredictor
from runtime.wiring.watching.signal_window import SignalWindow
from storage.reading_intake import SqlReadingIntake
from telemetry.reading_reports import ReadingReceiver
from tests.workflows.watch_house import FX, REF, WatchHouse


@pytest.fixture
def house(tmp_path: Path) -> WatchHouse:
    return WatchHouse(tmp_path)


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fit a small model, once for all tests: with few failures it goes by prior experience."""
    folder = tmp_path_factory.mktemp("models")
    hourly = Schedule(Rhythm.INTERVAL, every_minutes=60)
    feeds = [
        Feed(FeedName(f"feed_{number}"), TeamId("t"), hourly, source=f"s{number}") for number in range(4)
    ]
    begin = datetime(2026, 10, 1, tzinfo=UTC)
    runs = [
        Run(
            feed.name, RunId(str(hour)), at + timedelta(minutes=5), outcome, at, at, at + timedelta(minutes=5)
        )
        for feed in feeds
        for hour in range(60)
        if (at := begin + timedelta(hours=hour))
        if (outcome := Outcome.FAILED if hour % 20 == 19 else Outcome.OK)
    ]
    model = FailurePredictor.train(feeds, runs, version="small").model
    registry.save(folder, model, registry.ModelCard("small", 0.0, 1.0, 0.1, 0.1), b"k" * 32)
    return folder


def _of(house: WatchHouse, name: FeedName) -> Estimate:
    return next(one for one in house.forecaster().sweep(house.clock.now()).estimates if one.name == name)


def _say(house: WatchHouse, sign: Sign, resource: str, values: list[float]) -> None:
    now = house.clock.now()
    times = [now - timedelta(minutes=10 * back) for back in range(len(values))][::-1]
    told = [Reading(resource, sign, at, value) for at, value in zip(times, values, strict=True)]
    SqlReadingIntake(house.transactions, house.clock).take(told)


def test_a_source_that_answers_slower_raises_its_feed_and_no_other(
    house: WatchHouse, model_folder: Path
) -> None:
    (house.folder / "models").symlink_to(model_folder)
    # Feeds that may be hours late, so that the estimate is of failure at whatever minute this test runs.
    hourly = Schedule(Rhythm.INTERVAL, every_minutes=60, grace_minutes=600)
    with house.transactions.writing() as uow:
        feeds = [
            Feed(FX, TeamId("desk"), hourly, source="s1"),
            Feed(REF, TeamId("desk"), hourly, source="s2"),
        ]
        uow.watched.keep(feeds, house.clock.now())
    _say(house, Sign.RESPONSE, "s1", [0.4] * 150)
    _say(house, Sign.RESPONSE, "s2", [0.4] * 150)
    calm = _of(house, FX).prediction.probability

    house.clock.ahead = timedelta(minutes=60)
    _say(house, Sign.RESPONSE, "s1", [1.2, 1.8, 2.4, 3.0, 3.6])
    _say(house, Sign.RESPONSE, "s2", [0.4] * 5)
    raised, other = _of(house, FX).prediction, _of(house, REF).prediction

    assert raised.probability > 2 * max(calm, other.probability)
    assert any("its source answers" in reason.fact for reason in raised.reasons)


def test_readings_come_once_however_often_they_are_told(house: WatchHouse) -> None:
    window = SignalWindow(house.stores.database)
    _say(house, Sign.FREE, "db", [0.5, 0.4, 0.3])
    first = window.signals(house.clock.now())
    _say(house, Sign.FREE, "db", [0.2])
    second = window.signals(house.clock.now() + timedelta(seconds=5))
    again = window.signals(house.clock.now() + timedelta(seconds=10))

    assert len(first.key) == 3
    # The newest reading bears the moment of the first telling's last one, or a later one.
    assert len(second.key) in (3, 4)
    assert again is second


@pytest.mark.proves("K1")
def test_bodies_of_readings_are_taken_and_what_cannot_be_true_is_told(house: WatchHouse) -> None:
    now = house.clock.now()
    receiver = ReadingReceiver(SqlReadingIntake(house.transactions, house.clock), house.clock.now)
    ahead = (now + timedelta(hours=1)).isoformat()
    body = (
        '[{"resource": "orders-db", "sign": "free_share", "value": 0.12},'
        ' {"resource": "orders-db", "sign": "free_share", "value": 12},'
        f' {{"resource": "orders-db", "sign": "free_share", "value": 0.1, "at": "{ahead}"}},'
        ' {"resource": "orders-db", "sign": "colour", "value": "password=canary-4821"}, 7]'
    )

    receipt = receiver.receive(body.encode(), "grafana")
    events = b'[{"service": "fx_trades", "event": "deploy"}, {"service": "fx_trades", "event": "note"}]'
    changed = receiver.changes(events, "pipeline")

    assert (receipt.taken, len(receipt.rejected), changed.taken) == (1, 4, 1)
    reasons = {one.reason.value for one in receipt.rejected}
    assert reasons == {"number not usable", "dated in the future", "state not known", "not readable"}
    assert "canary" not in repr(receipt), "people look at what was refused"
    numbers = SignalWindow(house.stores.database).signals(now + timedelta(seconds=1)).number
    assert set(numbers) == {("orders-db", Sign.FREE), ("fx_trades", Sign.CHANGE)}


def test_a_feed_moved_to_the_evening_is_not_late_by_its_old_schedule(house: WatchHouse) -> None:
    """Yesterday's change leaves this morning without a run; nobody may be called for it."""
    now = house.clock.now()
    name = FeedName("moved")
    due = now - timedelta(hours=2)
    old = Schedule(Rhythm.DAILY, at_minute=due.hour * 60 + due.minute)
    later = now + timedelta(hours=3)
    new = Schedule(Rhythm.DAILY, at_minute=later.hour * 60 + later.minute)
    runs = [
        Run(name, RunId(str(day)), at + timedelta(minutes=5), Outcome.OK, at, at, at + timedelta(minutes=5))
        for day in range(1, 15)
        if (at := due - timedelta(days=day))
    ]
    with house.transactions.writing() as uow:
        uow.watched.keep([Feed(name, TeamId("desk"), old)], now - timedelta(days=20))
        uow.runs.add_history(runs, now)
    by_old = _of(house, name)
    with house.transactions.writing() as uow:
        uow.watched.keep([Feed(name, TeamId("desk"), new)], now - timedelta(hours=12))
        changes = uow.watched.schedule_changes(now - timedelta(days=2))
    by_new = _of(house, name)

    assert by_old.overdue_at is not None
    assert by_old.overdue_at < now
    assert by_new.overdue_at is not None
    assert by_new.overdue_at > later
    assert [change.before for change in changes[name]] == [old]


def test_a_calendar_that_is_learned_for_the_first_time_is_no_change_of_schedule(house: WatchHouse) -> None:
    now = datetime(2026, 11, 2, 12, tzinfo=UTC)
    name = FeedName("new_feed")
    with house.transactions.writing() as uow:
        uow.watched.keep([Feed(name, TeamId(""), UNKNOWN_SCHEDULE)], now, is_learned=True)
        uow.watched.keep(
            [Feed(name, TeamId(""), Schedule(Rhythm.INTERVAL, every_minutes=15))], now, is_learned=True
        )
        assert uow.watched.schedule_changes(now - timedelta(days=1)) == {}


def test_a_model_of_a_release_that_knew_other_things_gives_way_to_the_rule(
    house: WatchHouse, model_folder: Path
) -> None:
    """After an upgrade its columns can't be told any more: it must not end every sweep until a training."""
    key = b"k" * 32
    small, card = registry.load(model_folder / "small.json", key)
    stack = replace(small.stack, forest_columns=(*small.stack.forest_columns, "known_no_more"))
    former = replace(small, stack=stack, version="former")
    registry.save(house.folder / "models", former, replace(card, version="former"), key)
    house.report(Outcome.OK)

    swept = house.forecaster().sweep(house.clock.now())

    assert swept.estimates
    assert swept.model != "former"
    assert swept.damaged == ("former.json",)
