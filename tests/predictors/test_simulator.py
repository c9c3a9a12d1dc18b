"""The simulated world is what its guide says, and its oracle is an honest ceiling."""

import numpy as np
import pytest

from benchmarks.predict_gap import gaps
from benchmarks.predict_lead import firsts, leads
from benchmarks.predict_oracle import oracle, truth
from domain.running.feeds import Rhythm
from domain.running.readings import Sign
from predictors.known.run_table import SPAN, from_columns
from predictors.simulator.mechanisms import Kind
from predictors.simulator.mends import mends_of
from predictors.simulator.readings import readings_of
from predictors.simulator.runs import Acknowledgement, History, simulate
from predictors.simulator.world import DATABASES, NETWORKS, POOLS, SOURCES, World, make_world
from tests.predictors.told_runs import told_runs

Made = tuple[World, History]


@pytest.fixture(scope="module")
def made() -> Made:
    world = make_world(5, feeds=200, days=40)
    return world, simulate(world)


def questions(world: World, count: int = 60_000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    feed = random.integers(0, len(world.scene.feeds), count).astype(np.intp)
    return feed, random.uniform(world.start + 86_400, world.end - 7_200, count)


def test_its_things_and_its_lineage_are_as_many_and_as_deep_as_asked() -> None:
    scene = make_world(1).scene
    depth: dict[str, int] = {}
    for feed in scene.feeds:
        depth[feed.name] = max((depth[parent] + 1 for parent in feed.upstreams), default=0)
    children = np.bincount(scene.upstream[scene.upstream >= 0], minlength=400)

    assert len({feed.source for feed in scene.feeds}) == SOURCES
    assert len({name for feed in scene.feeds for name in feed.databases}) == DATABASES
    assert len({feed.pool for feed in scene.feeds}) == POOLS
    assert NETWORKS == 3
    assert max(depth.values()) <= 6
    assert max(len(feed.upstreams) for feed in scene.feeds) == 3
    assert np.sort(children)[-3:].min() >= 25
    assert {feed.schedule.rhythm for feed in scene.feeds} == set(Rhythm) - {Rhythm.MONTHLY}


def test_about_one_run_in_a_hundred_fails_and_as_many_are_silently_wrong(made: Made) -> None:
    _, runs = made

    assert 0.005 < runs.failed.mean() < 0.02
    assert 0.008 < (runs.silent > 0).mean() < 0.012
    assert not (runs.failed & (runs.silent > 0)).any()
    assert {int(cause) for cause in np.unique(runs.cause[runs.failed])} >= {-1, 0, 1, int(Kind.POOL_BUSY)}


def test_reports_are_lost_late_and_doubled(made: Made) -> None:
    _, runs = made
    small = make_world(5, feeds=30, days=6)
    few = simulate(small)
    sent = [(run.feed, run.run) for run in told_runs(small, few)]

    assert 0.98 < runs.reported.mean() < 0.995
    assert 0.001 < runs.doubled.mean() < 0.004
    assert len(sent) - len(set(sent)) == (few.reported & few.doubled).sum()
    assert (runs.columns["seen"] - runs.finished > 110).mean() > 0.015


def test_the_oracle_is_calibrated_and_knows_far_more_than_the_base_rate(made: Made) -> None:
    world, runs = made
    feed, now = questions(world)

    y, told = truth(runs, feed, now), oracle(world, runs, feed, now)

    order = np.array_split(np.argsort(told), 10)
    error = np.mean([abs(told[part].mean() - y[part].mean()) for part in order])
    assert error < 0.01
    assert ((told - y) ** 2).mean() < 0.75 * y.mean() * (1 - y.mean())


def test_the_oracle_is_right_where_it_is_sure_and_where_it_wavers(made: Made) -> None:
    world, runs = made
    feed, now = questions(world, 300_000)

    y, told = truth(runs, feed, now), oracle(world, runs, feed, now)

    for low, high in ((0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        there = (told >= low) & (told < high)
        assert abs(told[there].mean() - y[there].mean()) < 0.08


def test_the_oracle_remembers_what_it_sensed_when_a_run_started(made: Made) -> None:
    world, runs = made
    episodes = world.episodes
    struck = np.flatnonzero(runs.failed & (runs.cause == int(Kind.SOURCE_SLOW)))
    source = world.places[runs.feed[struck], 0]
    last = np.searchsorted(episodes.key, source * SPAN + runs.started[struck], "right") - 1
    over = episodes.ends[last] + 1.0
    outlived = (episodes.kind[last] == Kind.SOURCE_SLOW) & (over < runs.finished[struck])

    told = oracle(world, runs, runs.feed[struck][outlived], over[outlived])

    assert outlived.sum() > 5
    assert np.median(told) > 0.7


def test_the_clock_alone_says_nothing_beyond_the_hour(made: Made) -> None:
    world, runs = made
    feed, now = questions(world)
    y, hour = truth(runs, feed, now), (now % 86_400 // 3_600).astype(int)
    half = now < world.start + 20 * 86_400
    rate = np.bincount(hour[half], y[half], 24) / np.maximum(np.bincount(hour[half], minlength=24), 1)

    brier = ((rate[hour[~half]] - y[~half]) ** 2).mean()

    assert brier > 0.995 * y[~half].mean() * (1 - y[~half].mean())


def test_precursors_of_other_feeds_are_worth_nothing(made: Made) -> None:
    world, runs = made
    feed, now = questions(world)
    interval = world.scene.interval
    alike = np.flatnonzero(interval == 3_600.0)
    own = alike[feed % len(alike)]
    other = alike[(feed + 7) % len(alike)]

    y, told = truth(runs, own, now), oracle(world, runs, other, now)

    top = np.argsort(-told)[:600]
    honest = np.argsort(-oracle(world, runs, own, now))[:600]
    assert y[top].mean() < 0.25 * y[honest].mean()


def test_an_acknowledged_trouble_may_be_mended_and_is_judged_as_if_it_had_not(made: Made) -> None:
    world, runs = made
    slow = np.isfinite(world.episodes.fails) & (world.episodes.place < SOURCES)
    hits = [
        Acknowledgement(int(np.flatnonzero(world.places[:, 0] == place)[0]), float(begin + 60.0))
        for place, begin in zip(world.episodes.place[slow], world.episodes.begin[slow], strict=True)
    ]

    mended = simulate(world, hits)

    assert mended.failed.sum() < 0.9 * runs.failed.sum()
    assert np.array_equal(mended.would_fail, runs.would_fail)


def test_feeds_of_business_days_rest_on_holidays(made: Made) -> None:
    world, runs = made
    new_year = runs.due < world.start + 86_400
    resting = {
        place
        for place, feed in enumerate(world.scene.feeds)
        if feed.schedule.weekdays == frozenset(range(5)) and feed.schedule.zone == "Europe/London"
    }

    assert resting
    assert not resting & set(runs.feed[new_year].tolist())


def test_every_series_speaks_and_what_is_said_is_seen_later_than_the_world_began() -> None:
    world = make_world(2, feeds=30, days=3)

    names, series, seen, value = readings_of(world)

    assert set(series.tolist()) == set(range(len(names)))
    assert world.start <= seen.min() < seen.max()
    assert np.isfinite(value).all()


def changes_of(world: World) -> np.ndarray:
    """Return the sorted key of (feed, moment) of every change that was told."""
    names, series, seen, _ = readings_of(world)
    number = {feed.name: place for place, feed in enumerate(world.scene.feeds)}
    feed = np.array([number[name] if sign is Sign.CHANGE else -1 for name, sign in names])[series]
    return np.sort(feed[feed >= 0] * SPAN + seen[feed >= 0])


def told_soon(world: World, moments: np.ndarray, episodes: np.ndarray) -> np.ndarray:
    """Return whether a change of the feed was told within half a minute of a moment of its episode."""
    changes, first = changes_of(world), SOURCES + DATABASES + POOLS + NETWORKS
    base = (world.episodes.place[episodes] - first) * SPAN + moments
    return np.searchsorted(changes, base + 60.0) > np.searchsorted(changes, base)


def test_most_troubles_of_one_feed_end_with_a_change_that_is_told_and_some_without_a_word(made: Made) -> None:
    world, _ = made
    episodes = world.episodes
    for kind, least, most in ((Kind.DEPLOYMENT, 0.65, 0.9), (Kind.SCHEMA_DRIFT, 0.4, 0.7)):
        over = (episodes.kind == kind) & np.isfinite(episodes.fails) & (episodes.ends < world.end - 60.0)
        one = np.flatnonzero(over)

        assert least < told_soon(world, episodes.ends[one], one).mean() < most
    # What fades by itself is seldom told.
    faded = np.flatnonzero((episodes.kind == Kind.DEPLOYMENT) & ~np.isfinite(episodes.fails))
    assert told_soon(world, episodes.ends[faded], faded).mean() < 0.45


def test_not_every_change_amid_a_trouble_ends_it(made: Made) -> None:
    world, _ = made
    episodes, first = world.episodes, SOURCES + DATABASES + POOLS + NETWORKS
    mends = mends_of(episodes, world.seed, world.end)
    own = np.flatnonzero((episodes.kind == Kind.DEPLOYMENT) & np.isfinite(episodes.fails))
    amid = [
        ((mends.of(place) > fails) & (mends.of(place) < ends)).any()
        for place, fails, ends in zip(
            episodes.place[own], episodes.fails[own], episodes.ends[own], strict=True
        )
    ]

    assert 0.15 < np.mean(amid) < 0.4
    assert mends.place.min() >= first


def test_worlds_of_other_seeds_are_much_alike() -> None:
    rates = [simulate(make_world(seed, feeds=150, days=30)).failed.mean() for seed in range(4)]

    assert max(rates) < 2.5 * min(rates)


def test_each_drift_of_a_schema_brings_a_line_that_is_new_once(made: Made) -> None:
    world, history = made
    said: dict[str, set[frozenset[str]]] = {}
    for run in told_runs(world, history):
        if run.warnings:
            said.setdefault(run.feed, set()).add(frozenset(run.warnings))

    table = from_columns([feed.name for feed in world.scene.feeds], history.reports())

    columns = [{line for some in of for line in some if line.startswith("column")} for of in said.values()]
    assert max(map(len, columns)) > 1
    assert table.novel.sum() == sum(map(len, said.values()))


def test_what_a_model_lacks_adds_up_and_the_oracle_lacks_nothing() -> None:
    world = make_world(5, feeds=40, days=30)
    history = simulate(world)
    random = np.random.default_rng(5)
    feed = random.integers(0, 40, 20_000).astype(np.intp)
    now = random.uniform(world.start + 86_400.0, world.end - 7_200.0, 20_000)
    y, known = truth(history, feed, now), oracle(world, history, feed, now)
    base = np.full(len(y), y.mean())

    assert sum(gaps(world, (feed, now), y, base, known).values()) == pytest.approx(100.0)
    assert set(gaps(world, (feed, now), y, known, known).values()) == {0.0}
    blind = gaps(world, (feed, now), y, base, known)
    assert blind["gap_place_failing_points"] > blind["gap_nothing_points"]


def test_who_only_sees_troubles_going_on_foretells_no_beginnings(made: Made) -> None:
    world, runs = made
    ended = np.lexsort((runs.finished, runs.feed))
    key = runs.feed[ended] * SPAN + runs.finished[ended]

    def goes_on(feed: np.ndarray, now: np.ndarray) -> np.ndarray:
        newest = np.searchsorted(key, feed * SPAN + now, "right") - 1
        return (runs.would_fail[ended][newest] & (runs.feed[ended][newest] == feed)).astype(float)

    found = leads(goes_on, 0.5, runs, world.start + 86_400, world.end - 7_200, seed=1)
    first = [
        number
        for feed in np.unique(runs.feed)
        for mine in [ended[runs.feed[ended] == feed]]
        for before, number in zip([None, *mine[:-1]], mine, strict=True)
        if runs.would_fail[number] and not (before is not None and runs.would_fail[before])
    ]

    assert np.flatnonzero(firsts(runs)).tolist() == sorted(first)
    assert found["told"] > 0.3
    assert found["first_told"] < 0.1
