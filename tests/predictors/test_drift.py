"""Drift is seen where promises stop coming true or signs move away, and not in a world that stays."""

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.watch.predictions import JudgedQuarter, quarters_of
from predictors.failure.drift import drift, spread_of, stability_index
from predictors.failure.failure_model import known_by
from predictors.failure.sampled_signs import sampled_signs
from predictors.known.history import DAY_SECONDS
from predictors.known.run_table import RunTable, from_columns
from predictors.simulator.runs import simulate
from predictors.simulator.world import World, make_world

Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def scene() -> tuple[World, RunTable]:
    world = make_world(11, feeds=40, days=42)
    return world, from_columns([feed.name for feed in world.scene.feeds], simulate(world).reports())


def _signs(
    world: World, table: RunTable, first: float, last: float
) -> tuple[NDArray[np.intp], dict[str, Floats]]:
    begin, end = world.start + first * DAY_SECONDS, world.start + last * DAY_SECONDS
    now, signs = sampled_signs(world.scene.feeds, known_by(table, end), begin, end)
    return np.floor((now - begin) / (7 * DAY_SECONDS)).astype(np.intp), signs


def test_signs_of_a_world_that_stays_do_not_move_and_those_that_change_are_named(
    scene: tuple[World, RunTable],
) -> None:
    world, table = scene
    week, signs = _signs(world, table, 7, 35)
    before = {name: spread_of(values, week) for name, values in signs.items()}
    _, lately = _signs(world, table, 35, 42)

    still = drift([], before, lately)
    slower = {name: lately[name] + 1.0 for name in ("slower", "queued", "retried")}
    moved = drift([], before, lately | slower)

    assert not still.calls_for_training, still.moved
    assert moved.calls_for_training
    assert {name for name, _ in moved.moved} >= set(slower)
    assert "durations" in moved.moved_in_words()


def test_a_rare_sign_that_becomes_common_shows() -> None:
    values = np.r_[np.zeros(990), np.linspace(1.0, 2.0, 10)]
    before = spread_of(values, np.zeros(1_000, dtype=np.intp))

    assert stability_index(before, np.r_[np.zeros(985), np.full(15, 1.5)]) < 0.05
    assert stability_index(before, np.r_[np.zeros(700), np.full(300, 1.5)]) > 0.25


def _quarters(*columns: Floats) -> list[JudgedQuarter]:
    return quarters_of(zip(*(column.tolist() for column in columns), strict=True))


def _week(off: float, seed: int) -> tuple[Floats, Floats, Floats]:
    random = np.random.default_rng(seed)
    told = np.full(7 * 48 * 20, 0.03)
    at = np.repeat(np.arange(7 * 48) * 1_800.0, 20)
    return told, (random.random(len(told)) < 0.03 + off).astype(np.float64), at


def test_promises_that_come_true_are_no_drift_and_those_that_do_not_are() -> None:
    assert not drift(_quarters(*_week(0.0, 1)), {}, {}).is_off
    assert drift(_quarters(*_week(0.03, 2)), {}, {}).is_off


def test_one_bad_night_that_many_estimates_share_is_no_drift() -> None:
    told, true, at = _week(0.0, 3)
    true[(at > 40 * 1_800.0) & (at < 48 * 1_800.0)] = 1.0

    assert not drift(_quarters(told, true, at), {}, {}).is_off
