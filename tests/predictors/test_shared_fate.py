"""What runs beside a run tell: of the same source at about the same moment, and those since a change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.readings import Reading, Sign
from predictors.failure.drawn_runs import drawn_runs
from predictors.failure.feed_features import asked_runs, run_columns
from predictors.failure.run_outlook import AskedRun
from predictors.failure.situation import since_change
from predictors.failure.start_law import StartLaw
from predictors.known.landscape import landscape
from predictors.known.run_table import RunTable, from_columns, states_after
from predictors.known.shared_fate import fates
from predictors.known.signals import signals_of

SOURCE = {"source": np.array([0, 0, 1, -1], dtype=np.intp)}


def a_table(*runs: tuple[int, float, float, float]) -> RunTable:
    """Return runs given as feed, start, end and whether they failed."""
    feed, started, finished, bad = (np.array(column, dtype=float) for column in zip(*runs, strict=True))
    none = np.zeros(len(feed))
    told = {"feed": feed, "seen": finished, "started": started, "finished": finished, "bad": bad}
    told |= dict.fromkeys(("rows", "rejected", "retries", "queue", "warnings", "open"), none)
    return from_columns([FeedName(f"feed{number}") for number in range(4)], told)


def of_a_run(table: RunTable, feed: int, now: float, start: float) -> dict[str, float]:
    asked = np.array([feed], dtype=np.intp)
    told = fates(table, SOURCE, asked, np.array([now]), np.array([start]))
    return {name: float(values[0]) for name, values in told.items()}


def test_runs_of_the_same_source_that_started_beside_a_run_bear_witness_on_its_side() -> None:
    table = a_table((0, 900.0, 960.0, 0.0), (0, 1_100.0, 1_160.0, 1.0), (2, 1_000.0, 1_060.0, 1.0))

    told = of_a_run(table, 1, 1_200.0, 1_000.0)

    assert told["source_before"] == 0.0
    assert 0.4 < told["source_after"] < 0.8


def test_a_witness_that_has_not_ended_yet_is_not_heard() -> None:
    table = a_table((0, 1_100.0, 1_160.0, 1.0))

    assert of_a_run(table, 1, 1_159.0, 1_000.0)["source_after"] == 0.0
    assert of_a_run(table, 1, 1_161.0, 1_000.0)["source_after"] > 0.0


def test_a_witness_counts_the_less_the_longer_ago_it_started() -> None:
    table = a_table((0, 1_000.0, 1_010.0, 1.0))

    told = [of_a_run(table, 1, now, now)["source_before"] for now in (1_020.0, 1_500.0, 3_000.0)]

    assert told[0] > told[1] > told[2] == 0.0


def test_runs_that_have_not_ended_take_no_place_of_a_witness_as_service_does_not_know_of_them() -> None:
    ended = (0, 1_000.0, 1_060.0, 1.0)
    going_on = [(1, 1_010.0 + second, 1_900.0, 0.0) for second in range(8)]

    trained = of_a_run(a_table(ended, *going_on), 1, 1_100.0, 1_050.0)
    served = of_a_run(a_table(ended), 1, 1_100.0, 1_050.0)

    assert trained == served
    assert trained["source_before"] > 0.5


def test_a_feed_without_a_source_has_no_witnesses() -> None:
    table = a_table((0, 1_000.0, 1_010.0, 1.0), (3, 1_000.0, 1_010.0, 1.0))

    assert of_a_run(table, 3, 1_020.0, 1_015.0)["source_before"] == 0.0


def test_only_a_run_that_started_after_a_change_speaks_of_it() -> None:
    slow = [(0, 1_000.0 * number, 1_000.0 * number + 100.0, 0.0) for number in range(1, 7)]
    table = a_table(*slow, (0, 8_000.0, 8_300.0, 1.0))
    feed, now = np.array([0], dtype=np.intp), np.array([9_000.0])

    before = since_change(table, states_after(table), feed, now, np.array([500.0 / 3_600.0]))
    after = since_change(table, states_after(table), feed, now, np.array([2_000.0 / 3_600.0]))

    assert before["slower_changed"][0] == before["failing_changed"][0] == 0.0
    assert after["slower_changed"][0] > 1.0
    assert after["failing_changed"][0] == 1.0


def test_how_a_feed_fared_before_its_change_stays_known_for_some_days() -> None:
    broken = [(0, 1_000.0 * number, 1_000.0 * number + 100.0, float(number > 4)) for number in range(1, 7)]
    table = a_table(*broken, (0, 8_000.0, 8_100.0, 0.0))
    feed, now = np.zeros(3, dtype=np.intp), np.array([9_000.0, 9_000.0, 9_000.0 + 30 * 86_400.0])

    mended, ran_since, long_ago = 500.0, 2_000.0, 30 * 86_400.0 + 2_000.0
    hours = np.array([mended, ran_since, long_ago]) / 3_600.0
    told = since_change(table, states_after(table), feed, now, hours)

    assert told["failing_unchanged"].tolist() == [0.0, 2.0, 0.0]
    assert told["failing_changed"].tolist() == [0.0, 0.0, 0.0]


def test_what_came_before_a_change_is_forgotten_before_service_lets_go_of_those_runs() -> None:
    runs = [(0, 1_000.0 * number, 1_000.0 * number + 100.0, float(number < 3)) for number in range(1, 160)]
    table, feed = a_table(*runs), np.zeros(2, dtype=np.intp)
    now = np.array([20_000.0, 159_900.0])

    told = since_change(table, states_after(table), feed, now, (now - 2_500.0) / 3_600.0)

    assert told["failing_unchanged"].tolist() == [2.0, 0.0]


HOURLY = Feed(FeedName("feed0"), TeamId("data"), Schedule(Rhythm.INTERVAL, every_minutes=60), source="bank")
BEGIN = datetime(2026, 3, 2, tzinfo=UTC).timestamp()


def test_a_sign_that_only_one_reading_beside_the_start_of_a_run_gives_is_kept_apart_from_a_sure_one() -> None:
    refused = [
        Reading("bank", Sign.REFUSED, datetime.fromtimestamp(BEGIN, UTC) + timedelta(minutes=5 * step), 0.9)
        for step in range(12, 25)
    ]
    scene = landscape([HOURLY], BEGIN, BEGIN + 86_400.0)
    table = a_table((0, BEGIN - 3_600.0, BEGIN - 3_000.0, 0.0))
    now, begun = np.full(2, BEGIN + 5_000.0), BEGIN + np.array([3_550.0, 4_000.0])
    # One run started just before the source refused, one after.
    told = {}
    for number, start in enumerate(begun):
        of_run = AskedRun(
            np.zeros(1, dtype=np.intp), now[:1], start - now[:1], np.ones(1, dtype=bool), np.zeros(1)
        )
        starts = {name: np.append(getattr(table, name), start) for name in ("start_key", "start_told")}
        running = replace(table, **starts)
        columns = run_columns(scene, running, states_after(running), of_run, signals_of(refused))
        told[number] = (float(columns["refused"][0]), float(columns["refused_either"][0]))

    assert told[0] == (0.0, 0.9)
    assert told[1] == (0.9, 0.9)


def test_runs_to_learn_from_are_looked_at_before_and_under_way_as_often_as_chance_would() -> None:
    begins = BEGIN + 3_600.0 * np.arange(400)
    table = a_table(
        *((0, begin, begin + 900.0, float(number % 10 == 0)) for number, begin in enumerate(begins))
    )
    scene = landscape([HOURLY], BEGIN, begins[-1] + 3_600.0)

    run, bad, ended, weight, _ = drawn_runs(
        scene, (table, None, StartLaw()), BEGIN - 1.0, begins[-1] + 3_600.0, np.random.default_rng(1)
    )

    ahead = ended - run.now
    assert ((ahead >= 0.0) & (ahead <= 3_600.0)).all()
    assert (run.under_way == (ahead <= 900.0)).all()
    # A quarter of the hour is spent under way, and such looks count four times.
    under_way, before = (weight[(run.under_way == one) & (bad > 0)][0] for one in (True, False))
    assert (under_way, before) == (4.0 * 0.25, 0.75)
    assert bad.mean() > 0.05
    assert len(asked_runs(scene, table, states_after(table), run.feed, run.now).question)


def test_calm_runs_beside_troubles_are_preferred_and_count_the_less_for_it() -> None:
    begins = BEGIN + 3_600.0 * np.arange(4_000)
    runs = ((0, begin, begin + 900.0, float(place % 40 == 20)) for place, begin in enumerate(begins))
    table, until = a_table(*runs), begins[-1] + 3_600.0
    scene = landscape([HOURLY], BEGIN, until)

    _, bad, ended, weight, shift = drawn_runs(
        scene, (table, None, StartLaw()), BEGIN - 1.0, until, np.random.default_rng(1)
    )

    place = np.round((ended - 900.0 - BEGIN) / 3_600.0)
    near = (bad == 0) & np.isin(place % 40, (19, 21))
    assert near.sum() > 1.25 * 2 / 39 * (bad == 0).sum()
    # Weighted, they are what they are among all: 2 of 39.
    assert abs(weight[near].sum() / weight[bad == 0].sum() - 2 / 39) < 0.01
    assert shift < 0.0
