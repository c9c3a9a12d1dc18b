"""From a simulated history to estimates in words: calibrated ceiling, agreeing horizons, sound model
files."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from benchmarks.predict_oracle import oracle, truth
from domain.errors import BadInput, NotFound, NotNow
from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.watch.predictions import Prediction
from predictors.failure.drift import Spread
from predictors.failure.failure_model import FailureModel, answer, came_true, fit_failures, known_by
from predictors.failure.feed_features import asked_runs
from predictors.known.history import DAY_SECONDS
from predictors.known.run_table import RunTable, from_columns, states_after
from predictors.predictor import FailurePredictor
from predictors.registry import ModelCard, load, newest, save
from predictors.simulator.readings import world_signals
from predictors.simulator.runs import History, simulate
from predictors.simulator.world import World, make_world
from predictors.timeliness.finish_model import FinishModel
from tests.predictors.told_runs import told_runs

KEY = b"a key of the test"
Scene = tuple[World, History, RunTable, FailureModel]


@pytest.fixture(scope="module")
def scene() -> Scene:
    world = make_world(4, feeds=24, days=30)
    runs = simulate(world)
    table = from_columns([feed.name for feed in world.scene.feeds], runs.reports())
    model = fit_failures(
        world.scene.feeds, table, world.start + 3 * DAY_SECONDS, world.end - 5 * DAY_SECONDS, version="m1"
    )
    return world, runs, table, model


def a_card(version: str, until: float = 2.0, skill: float = 0.3) -> ModelCard:
    return ModelCard(version, 1.0, until, skill, 0.4)


def test_the_oracle_is_calibrated_and_knows_more_than_the_base_rate() -> None:
    world = make_world(9, feeds=120, days=40)
    runs = simulate(world)
    random = np.random.default_rng(1)
    feed = random.integers(0, 120, 60_000)
    now = random.uniform(world.start + DAY_SECONDS, world.end - 7_200, 60_000)

    y, told = truth(runs, feed, now), oracle(world, runs, feed, now)

    assert abs(told.mean() - y.mean()) < 0.01
    assert ((told - y) ** 2).mean() < 0.9 * y.mean() * (1 - y.mean())


def test_the_same_seed_is_the_same_world() -> None:
    one, two = (simulate(make_world(7, feeds=10, days=5)) for _ in range(2))

    assert np.array_equal(one.finished, two.finished)


def test_probabilities_of_longer_horizons_are_never_smaller(scene: Scene) -> None:
    world, _, table, model = scene
    now = np.full(24, world.end - 2 * DAY_SECONDS)

    told = answer(model, world.scene, table, states_after(table), np.arange(24, dtype=np.intp), now)

    assert (np.diff(told, axis=1) >= 0).all()
    assert (told >= 0).all()
    assert (told <= 1).all()


def test_a_moment_is_judged_alike_with_and_without_its_future(scene: Scene) -> None:
    world, _, table, model = scene
    now = world.end - 3.3 * DAY_SECONDS
    feed, moment = np.arange(24, dtype=np.intp), np.full(24, now)
    past = known_by(table, now)

    told = answer(model, world.scene, table, states_after(table), feed, moment)
    again = answer(model, world.scene, past, states_after(past), feed, moment)

    assert np.allclose(told, again, atol=1e-9)


def said(scene: Scene, feeds: list[Feed]) -> list[Prediction]:
    world, runs, _, model = scene
    now = datetime.fromtimestamp(world.end - 2 * DAY_SECONDS, UTC)
    recent = [run for run in told_runs(world, runs) if now - timedelta(days=5) < run.seen_at]
    return FailurePredictor(model).score_all(feeds, recent, now)


def test_estimates_come_with_a_band_and_the_record_of_such_times(scene: Scene) -> None:
    told = said(scene, list(scene[0].scene.feeds))

    due = [one for one in told if one.finish is not None]
    assert due
    assert all(one.finish.early <= one.finish.middle <= one.finish.late for one in due if one.finish)
    assert all(list(one.probabilities) == sorted(one.probabilities, key=lambda p: p[1]) for one in told)


def test_the_record_does_not_jump_where_two_levels_meet(scene: Scene) -> None:
    told = np.repeat([0.25, 0.4], 100)
    true = np.arange(200) % 100 < np.where(told < 0.3, 30, 70)
    model = replace(scene[3], record=came_true(told, true))

    shares = [wrong / asked for wrong, asked in map(model.such_times, (0.25, 0.31, 0.33, 0.42))]

    assert shares == sorted(shares)
    assert shares[2] - shares[1] < 0.1
    assert (shares[0], shares[-1]) == (pytest.approx(0.3, abs=0.05), pytest.approx(0.7, abs=0.05))
    assert model.such_times(0.01) == (0, 0), "none is on record"


def test_a_feed_that_never_ran_is_served_on_its_first_day(scene: Scene) -> None:
    stranger = Feed(FeedName("brand_new"), TeamId("t"), Schedule(Rhythm.INTERVAL, every_minutes=60))

    told = said(scene, [stranger])[0]

    assert 0.0 < told.probability < 0.5


def test_a_feed_whose_run_ended_has_none_under_way(scene: Scene) -> None:
    world, runs, table, _ = scene
    feed, now = table.feed, table.seen + 1.0

    asked = asked_runs(world.scene, table, states_after(table), feed, now).situation

    open_runs = np.array(
        [
            ((runs.feed == one) & (runs.started <= at) & (runs.finished > at)).any()
            for one, at in zip(feed[::50], now[::50], strict=True)
        ]
    )
    assert abs(asked["running"][::50].mean() - open_runs.mean()) < 0.05


def test_too_short_a_history_is_refused_in_words(scene: Scene) -> None:
    with pytest.raises(BadInput, match="finished runs"):
        FailurePredictor.train(scene[0].scene.feeds, [], version="m")


@pytest.mark.proves("F5")
def test_a_stored_model_answers_as_before_and_an_edited_one_is_not_used(scene: Scene, tmp_path: Path) -> None:
    world, _, table, model = scene
    feed, now = np.arange(24, dtype=np.intp), np.full(24, world.end - DAY_SECONDS)
    path = save(tmp_path, model, a_card("m1"), KEY)

    again, card = load(path, KEY)

    states = states_after(table)
    assert card == a_card("m1")
    assert np.allclose(
        answer(again, world.scene, table, states, feed, now),
        answer(model, world.scene, table, states, feed, now),
    )
    path.write_text(path.read_text().replace("0.4", "0.9", 1))
    with pytest.raises(BadInput, match="digest"):
        load(path, KEY)


def test_trees_are_split_by_chance_too_where_no_resource_is_read(scene: Scene) -> None:
    world, _, table, model = scene

    sensed = fit_failures(
        world.scene.feeds,
        table,
        world.start + 3 * DAY_SECONDS,
        world.end - 5 * DAY_SECONDS,
        version="m2",
        signals=world_signals(world),
    )

    assert [forest.boosted for forest, _ in model.stack.forests] == [False, True]
    assert [forest.boosted for forest, _ in sensed.stack.forests] == [True]


@pytest.mark.proves("F5")
def test_a_damaged_newest_model_gives_way_to_the_one_before(scene: Scene, tmp_path: Path) -> None:
    save(tmp_path, scene[3], a_card("m1", 1.0), KEY)
    save(tmp_path, scene[3], a_card("m2", 2.0), KEY).write_text("half a fi")

    _, card, damaged = newest(tmp_path, KEY)

    assert (card.version, damaged) == ("m1", ["m2.json"])
    with pytest.raises(NotFound):
        newest(tmp_path / "empty", KEY)


def test_a_slower_training_on_earlier_data_takes_no_place_of_a_newer_model(
    scene: Scene, tmp_path: Path
) -> None:
    save(tmp_path, scene[3], a_card("m9", 9.0), KEY)

    with pytest.raises(NotNow, match="m9 learned from later data than m2"):
        save(tmp_path, scene[3], a_card("m2", 2.0), KEY)

    assert [path.name for path in tmp_path.iterdir()] == ["m9.json"]
    save(tmp_path, scene[3], a_card("n1", 9.0), KEY)
    assert newest(tmp_path, KEY)[1].version == "n1", "of the same data, the later training"


def test_a_card_keeps_how_signs_were_and_a_file_of_an_earlier_release_is_still_read(
    scene: Scene, tmp_path: Path
) -> None:
    told = replace(a_card("m1"), troubles=7, signs={"slower": Spread((0.0, 1.5), (0.2, 0.5, 0.3), 0.1)})
    path = save(tmp_path, scene[3], told, KEY)
    assert load(path, KEY)[1] == told

    document = json.loads(json.loads(path.read_text())["text"])
    for name in ("troubles", "signs"):
        del document["card"][name]
    del document["model"]["finish"]["still"]
    text = json.dumps(document)
    digest = hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()
    path.write_text(json.dumps({"digest": digest, "text": text}))

    model, card = load(path, KEY)
    assert card == a_card("m1")
    assert model.finish == replace(scene[3].finish, still=FinishModel().still)
    assert min(scene[3].finish.still) < 1.0


def test_what_a_sweep_asks_feed_by_feed_is_worked_out_once_for_the_whole_table() -> None:
    world = make_world(7, feeds=4, days=3)
    table = from_columns([feed.name for feed in world.scene.feeds], simulate(world).reports())

    assert table.duration is table.duration
    assert table.seen_key is table.seen_key
