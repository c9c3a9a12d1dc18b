"""A sweep says of every feed what its model says of all that is known of it, as a training reads it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from domain.ids import FeedName, RunId, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.readings import Reading, Sign
from domain.running.runs import Outcome, Run
from predictors import registry
from predictors.backtesting.exam import Exam
from predictors.estimators.prior_logistic import LinearModel
from predictors.estimators.stack import Stack
from predictors.failure.failure_model import FailureModel, came_true
from predictors.failure.feed_features import PRIOR, known_columns
from predictors.known.landscape import landscape
from predictors.known.run_table import states_after
from predictors.timeliness.punctuality import punctualities
from runtime.wiring.watching.training_history import read_history
from tests.runtime.dawn import FixedClock
from tests.workflows.watch_house import WatchHouse

MORNING = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
"""A Thursday: what is due on Mondays was due three days ago."""
EVERY_8_HOURS = Schedule(Rhythm.INTERVAL, every_minutes=480)
DAILY = Schedule(Rhythm.DAILY, at_minute=600)
OFFICE = replace(DAILY, weekdays=frozenset(range(5)), zone="Europe/London")
MONDAYS = Schedule(Rhythm.WEEKLY, at_minute=600, weekdays=frozenset({0}))
MONTH_END = Schedule(Rhythm.MONTH_END, at_minute=600)
SCHEDULES = (EVERY_8_HOURS, EVERY_8_HOURS, DAILY, DAILY, OFFICE, MONDAYS, MONDAYS, MONTH_END)
NAMES = [FeedName(f"feed_{number}") for number in range(2 * len(SCHEDULES))]
MOVED = NAMES[10]
MISSED = {NAMES[place] for place in (1, 5, 13)} | {MOVED}
ENDS_ONLY = {NAMES[place] for place in (3, 9)}
HOURS = 8


def _feeds() -> list[Feed]:
    found = []
    for place, name in enumerate(NAMES):
        above = (NAMES[(place * 5 + 1) % 8],) if place >= 8 else ()
        source, base = f"source_{place % 3}", (f"base_{place % 2}",)
        schedule = SCHEDULES[place % len(SCHEDULES)]
        found.append(Feed(name, TeamId("desk"), schedule, upstreams=above, source=source, databases=base))
    return found


def _runs(feed: Feed, place: int) -> Iterator[Run]:
    """Yield the runs of ninety days and of the hours that follow, the newest of some left out."""
    schedule, due = feed.schedule, MORNING - timedelta(days=85)
    moved_at = MORNING - timedelta(days=9)
    while due < MORNING + timedelta(hours=HOURS):
        due = schedule.next_due(due)
        number = int(due.timestamp()) // 3_600
        at = due - timedelta(hours=3) if feed.name == MOVED and due < moved_at else due
        begun = at + timedelta(minutes=number % 4)
        end = begun + timedelta(minutes=9 + (number * 7 + place) % 6)
        failed = (number + place) % 31 == 5
        if feed.name in MISSED and due > MORNING - timedelta(days=4):
            continue
        told = Run(
            *(feed.name, RunId(str(number)), end, Outcome.FAILED if failed else Outcome.OK, due, begun, end),
            rows_written=1_000 + number % 90,
            retries=number % 11 // 10,
            error_class="source timed out" if failed else "",
        )
        yield replace(told, start_told_at=end if feed.name in ENDS_ONLY else begun, end_told_at=end)


@dataclass
class World:
    """Feeds of every rhythm that share sources, databases and upstreams, told as their runs end."""

    house: WatchHouse
    runs: list[Run]
    model: FailureModel

    def told(self, since: datetime, until: datetime) -> None:
        """Let what ended between two moments be known."""
        with self.house.transactions.writing() as uow:
            some = [run for run in self.runs if since < run.seen_at <= until]
            uow.runs.add_history(some, until)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    house = WatchHouse(tmp_path_factory.mktemp("world"), clock=FixedClock(MORNING))  # type: ignore[arg-type]
    feeds = _feeds()
    runs = sorted(
        (run for place, feed in enumerate(feeds) for run in _runs(feed, place)), key=lambda run: run.seen_at
    )
    model = _of_every_sign()
    registry.save(house.folder / "models", model, registry.ModelCard("m1", 0.0, 1.0, 0.1, 0.1), b"k" * 32)
    before = [
        replace(feed, schedule=replace(feed.schedule, at_minute=420)) if feed.name == MOVED else feed
        for feed in feeds
    ]
    readings = [
        Reading(
            f"source_{place}", Sign.RESPONSE, MORNING - timedelta(minutes=20 * back), 1.0 + (back % 7) * 0.1
        )
        for place in range(3)
        for back in range(200)
    ]
    readings += [Reading(NAMES[5], Sign.CHANGE, MORNING - timedelta(days=41), 1.0)]
    long_ago = MORNING - timedelta(days=100)
    with house.transactions.writing() as uow:
        uow.watched.keep(before, long_ago)
        uow.watched.keep(feeds, MORNING - timedelta(days=9))
        uow.watched.hear(dict.fromkeys(NAMES, long_ago))
        uow.readings.add(readings, MORNING)
    made = World(house, runs, model)
    made.told(long_ago, MORNING)
    return made


def test_service_answers_as_the_model_does_from_all_that_is_known(world: World) -> None:
    """What a sweep keeps in memory is a part of it: the newest runs, some days of due times and readings."""
    service, before, asked = world.house.forecaster(), MORNING, 0
    for minutes in (27, 62, 60 * HOURS - 5):
        now = MORNING + timedelta(minutes=minutes)
        world.told(before, now)
        before = now

        served = {one.name: one.prediction for one in service.sweep(now).estimates}
        trained = _trained(world, now)

        assert {name: served[name].probability for name in trained} == pytest.approx(trained, abs=1e-3)
        asked += len(trained)
    assert asked >= 50


def _trained(world: World, now: datetime) -> dict[FeedName, float]:
    history, at = read_history(world.house.stores.database, now, lambda _: None), now.timestamp()
    feeds, table, known = history.feeds, history.table, history.known
    scene = landscape(feeds, at - 60 * 86_400.0, at + 86_400.0, known.changes)
    number = np.arange(len(feeds), dtype=np.intp)
    moment, nothing = np.full(len(feeds), at), np.full(len(feeds), np.nan)
    punctual = punctualities(feeds, table, known.changes)
    exam = Exam(scene, table, states_after(table), punctual, known.signals, number, moment, nothing, nothing)
    told = np.minimum(exam.told(world.model)[0], 0.99)
    return dict(zip((feed.name for feed in feeds), told.tolist(), strict=True))


def _of_every_sign() -> FailureModel:
    """Return a model that anything moves which is known of a run."""
    names = tuple(sorted(known_columns()))
    weights = tuple(PRIOR.get(name, 0.003) for name in names)
    stack = Stack(LinearModel(names, -3.0, weights), (), (), 0.0, 0.0, 0.5)
    return FailureModel(stack, 0.0, came_true(np.zeros(1), np.zeros(1)), "m1")
