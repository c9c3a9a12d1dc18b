"""Which runs decide the next hour: late ones that still come, stretches of several runs, rare troubles kept
apart."""

import numpy as np
import pytest

from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from predictors.failure.failure_model import known_by
from predictors.failure.feed_features import HORIZONS, asked_runs
from predictors.failure.situation import upstream_runs_before
from predictors.failure.start_law import StartLaw, fit_starts, held_up
from predictors.failure.unheard_ends import fit_still
from predictors.known.history import DAY_SECONDS
from predictors.known.landscape import landscape
from predictors.known.run_table import RunStates, RunTable, from_columns, states_after
from predictors.known.signals import Signals, known_signals
from predictors.simulator.readings import world_signals
from predictors.simulator.runs import History, simulate
from predictors.simulator.world import World, make_world
from predictors.timeliness.finish_model import FinishModel

Made = tuple[World, History, RunTable, Signals, StartLaw]


@pytest.fixture(scope="module")
def made() -> Made:
    world = make_world(6, feeds=60, days=20)
    runs, signals = simulate(world), world_signals(world)
    table = from_columns([feed.name for feed in world.scene.feeds], runs.reports())
    return world, runs, table, signals, fit_starts(world.scene, table, signals, world.start, world.end)


def moments(world: World, count: int = 4_000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    feed = random.integers(0, len(world.scene.feeds), count).astype(np.intp)
    return feed, random.uniform(world.start + 3 * DAY_SECONDS, world.end - 7_200, count)


def test_a_run_that_waits_for_its_file_still_comes_and_one_that_waits_for_nothing_does_not(
    made: Made,
) -> None:
    law = made[4]
    late = np.full(2, -1_200.0)

    starts, comes = law.ahead(held_up(np.array([0.0, 2.0]), np.zeros(2)), late)

    assert comes[0] < 0.4 < comes[1]
    assert (starts >= 0.0).all()


def test_a_run_that_is_not_due_yet_starts_about_when_it_is_due(made: Made) -> None:
    starts, comes = made[4].ahead(np.zeros(2, dtype=np.intp), np.array([1_800.0, np.inf]))

    assert starts[0].min() >= 1_800.0
    assert starts[0].max() < 2_100.0
    assert comes[0] > 0.95
    assert comes[1] == 0.0


def test_as_many_runs_are_expected_to_end_as_do(made: Made) -> None:
    world, runs, table, signals, law = made
    feed, now = moments(world)

    asked = asked_runs(world.scene, table, states_after(table), feed, now, signals, (FinishModel(), law))

    ended = [
        ((runs.feed == one) & (runs.finished > at) & (runs.finished <= at + HORIZONS[-1])).sum()
        for one, at in zip(feed[:800], now[:800], strict=True)
    ]
    assert abs(asked.expected[:800].mean() / np.mean(ended) - 1.0) < 0.1
    assert set(asked.question) == set(range(len(feed)))
    assert (np.diff(asked.ends, axis=1) >= -1e-12).all()


def test_a_run_long_overdue_has_ended_unheard_where_ends_are_heard_late_and_runs_on_where_they_are_not(
    made: Made,
) -> None:
    world, runs, table, signals, _ = made
    reports = runs.reports()
    prompt = from_columns(table.names, reports | {"seen": reports["finished"]})

    late, at_once = (
        fit_still(
            *(world.scene, (one, states_after(one), signals)),
            *(FinishModel(), world.start + 3 * DAY_SECONDS, np.random.default_rng(1)),
        )
        for one in (table, prompt)
    )

    assert late[0] > 0.99
    assert late[-1] < 0.2
    assert min(at_once) == pytest.approx(1.0)


def test_a_run_of_which_no_end_is_ever_heard_counts_as_ended(made: Made) -> None:
    world, runs, _, signals, _ = made
    reports = runs.reports()
    never = (np.arange(len(reports["feed"])) % 20 == 0).astype(np.float64)
    table = from_columns(
        [feed.name for feed in world.scene.feeds], reports | {"open": never, "seen": reports["finished"]}
    )

    still = fit_still(
        *(world.scene, (table, states_after(table), signals)),
        *(FinishModel(), world.start + 3 * DAY_SECONDS, np.random.default_rng(1)),
    )

    assert still[-1] < 0.2
    assert FinishModel(still=still).still_on(np.array([-5.0, 50.0]))[1] == still[-1]


def test_what_is_said_of_runs_does_not_change_when_the_future_is_known(made: Made) -> None:
    world, _, table, signals, law = made
    now = world.end - 2.2 * DAY_SECONDS
    feed = np.arange(len(world.scene.feeds), dtype=np.intp)
    past, heard = known_by(table, now), known_signals(signals, now)

    told, again = (
        asked_runs(world.scene, one, states_after(one), feed, feed * 0.0 + now, said, (FinishModel(), law))
        for one, said in ((table, signals), (past, heard))
    )

    assert np.allclose(told.ends, again.ends)
    assert all(np.allclose(told.runs[name], again.runs[name]) for name in told.runs)
    assert all(
        np.allclose(told.situation[name], again.situation[name], equal_nan=True) for name in told.situation
    )


def test_what_came_before_changes_does_not_change_when_the_future_is_known(made: Made) -> None:
    world, _, table, signals, _ = made
    feed, fared = np.arange(len(world.scene.feeds), dtype=np.intp), 0.0
    for days in np.linspace(1.0, 9.0, 9):
        now = np.full(len(feed), world.end - days * DAY_SECONDS)
        past, heard = known_by(table, now[0]), known_signals(signals, now[0])

        told, again = (
            asked_runs(world.scene, one, states_after(one), feed, now, said).situation
            for one, said in ((table, signals), (past, heard))
        )

        for name in ("failing_unchanged", "slower_unchanged", "changed_hours_at_start"):
            assert np.allclose(told[name], again[name])
        fared += told["failing_unchanged"].sum()
    assert fared > 0.0


def test_without_any_run_a_law_is_assumed(made: Made) -> None:
    world = made[0]
    nothing = known_by(made[2], world.start - 1.0)

    assert fit_starts(world.scene, nothing, None, world.start, world.end) == StartLaw()


def test_a_run_far_ahead_counts_the_runs_of_its_upstream_in_between() -> None:
    hourly = Schedule(Rhythm.INTERVAL, every_minutes=60)
    parent = Feed(FeedName("parent"), TeamId("t"), hourly)
    child = Feed(FeedName("child"), TeamId("t"), hourly, upstreams=(parent.name,))
    scene = landscape([parent, child], 0.0, DAY_SECONDS)
    feed, now = np.array([1, 1, 0]), np.full(3, 36_000.0 + 1_200.0)

    told = upstream_runs_before(scene, feed, now, now + np.array([60.0, 2 * 3_600.0, 2 * 3_600.0]))

    assert told.tolist() == [0.0, 2.0, 0.0]


def test_a_run_that_began_before_it_was_due_is_not_awaited_once_more() -> None:
    hourly = Feed(FeedName("one"), TeamId("t"), Schedule(Rhythm.INTERVAL, every_minutes=60))
    begun = 3_600.0 * np.arange(10, 40) - 200.0
    scene, due = landscape([hourly], 0.0, 2 * DAY_SECONDS), begun[-1] + 200.0
    rows = dict.fromkeys(("feed", "rows", "rejected", "retries", "queue", "warnings", "bad"), begun * 0.0)
    rows |= {"started": begun, "finished": begun + 60.0, "seen": begun + 60.0}
    feed, now = np.zeros(3, dtype=np.intp), due - np.array([250.0, 160.0, 100.0])

    asked = asked_runs(
        scene,
        *_table_and_states(rows | {"open": begun * 0.0}),
        feed,
        now,
        laws=(FinishModel(), StartLaw()),
    )

    # Not begun yet, under way, ended: one run may end within the hour, then the same, then none but a stray.
    assert asked.situation["running"].tolist() == [0.0, 1.0, 0.0]
    assert asked.expected == pytest.approx([1.0, 1.0, 0.0], abs=0.1)


def _table_and_states(rows: dict[str, np.ndarray]) -> tuple[RunTable, RunStates]:
    table = from_columns([FeedName("one")], rows)
    return table, states_after(table)
