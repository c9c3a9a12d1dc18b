"""A model learns from what its service can know: a start that is told with the end was not known before."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.watch.predictions import FinishForecast
from predictors.backtesting.elapsed_rule import elapsed_estimates
from predictors.failure.drawn_runs import drawn_runs
from predictors.failure.feed_features import asked_runs
from predictors.failure.start_law import StartLaw
from predictors.failure.unheard_ends import fit_still
from predictors.known.landscape import landscape
from predictors.known.run_table import RunTable, from_columns, states_after
from predictors.known.told_starts import starts_known
from predictors.simulator.readings import world_signals
from predictors.simulator.runs import simulate
from predictors.simulator.world import make_world
from predictors.timeliness.finish_model import FinishModel
from predictors.timeliness.finish_times import finishes
from predictors.timeliness.lateness import owed_runs
from predictors.timeliness.punctuality import punctualities

DAY, HOUR, LASTS = 86_400.0, 3_600.0, 1_800.0
BEGIN = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
FEED = Feed(FeedName("models"), TeamId("data"), Schedule(Rhythm.INTERVAL, every_minutes=60))
HOURS = BEGIN + HOUR * np.arange(24 * 20)
FIRST = np.zeros(1, dtype=np.intp)


def a_table(told: np.ndarray | float = np.nan, starts: np.ndarray = HOURS) -> RunTable:
    """Return hourly runs of half an hour; `told` says how long after it each start was told."""
    rows = dict.fromkeys(("feed", "rejected", "retries", "queue", "warnings", "bad", "open"), starts * 0.0)
    rows |= {"rows": starts * 0.0 + 100.0, "started": starts, "finished": starts + LASTS}
    return from_columns([FEED.name], rows | {"seen": starts + LASTS, "told": starts + told})


def situation(table: RunTable, now: float) -> dict[str, float]:
    scene = landscape([FEED], BEGIN - DAY, now + DAY)
    told = asked_runs(scene, table, states_after(table), FIRST, np.array([now])).situation
    return {name: float(values[0]) for name, values in told.items()}


def finish(table: RunTable, now: float) -> FinishForecast:
    scene, states, at = landscape([FEED], now, now + DAY), states_after(table), np.array([now])
    columns = asked_runs(scene, table, states, FIRST, at).situation
    owed = owed_runs(scene, table, punctualities([FEED], table, {}), FIRST, at)
    found = finishes(FinishModel(), scene, table, states, columns, owed)[0][0]
    assert found is not None
    return found


@pytest.mark.parametrize(("told", "known"), [(np.nan, 0), (5.0, 0), (900.0, -1), (LASTS, -1)])
def test_a_start_is_known_from_when_it_was_told(told: float, known: int) -> None:
    now = float(HOURS[-1]) + 600.0

    assert a_table(told).last_start(FIRST, np.array([now]))[0] == pytest.approx(HOURS[known - 1], abs=0.1)


def test_the_starts_of_a_history_are_taken_to_be_told_as_those_of_live_runs() -> None:
    feed = np.array([0, 0, 0, 1, 1, 2])
    started = np.arange(6.0) * 100.0
    nan = np.nan
    at_the_end = np.array([nan, 160.0, 260.0, nan, 405.0, nan])
    closed = np.zeros(6, dtype=bool)

    known = starts_known(feed, started, started + 60.0, closed, at_the_end)
    unknown = starts_known(feed, started, started + 60.0, closed, np.full(6, nan))
    mostly = starts_known(feed[[1, 2, 5]], started[:3], started[:3] + 60.0, closed[:3], at_the_end[[1, 2, 5]])

    # The first feed tells at the end and the second as it begins; of the third nobody knows.
    assert (known - started).tolist() == [60.0, 60.0, 60.0, 0.0, 5.0, 0.0]
    assert (unknown == started).all()
    assert mostly[2] - started[2] == 60.0


def test_who_tells_of_runs_that_have_ended_has_begun_the_one_that_is_due_for_all_that_is_known() -> None:
    now = float(HOURS[-1]) + 600.0
    table = a_table(LASTS)

    hidden, told = situation(table, now), situation(a_table(0.0), now)

    assert (hidden["running"], hidden["not_started"]) == (1.0, 0.0)
    assert hidden["overrun"] == pytest.approx(told["overrun"])
    assert situation(table, now + HOUR + 2_900.0)["overrun"] > 0.5


def test_the_finish_of_a_run_that_nobody_tells_of_does_not_move_on_with_the_clock() -> None:
    table, due = a_table(LASTS, HOURS[:-1]), float(HOURS[-1])

    ends = [finish(table, due + minutes * 60.0).middle.timestamp() - due for minutes in (1, 10, 20)]

    assert ends == pytest.approx([LASTS] * 3, rel=0.25)


def test_hidden_runs_are_learned_from_as_service_sees_them() -> None:
    scene, until = landscape([FEED], BEGIN, HOURS[-1] + HOUR), float(HOURS[-1]) + HOUR
    late = HOURS + 240.0
    table = replace(a_table(LASTS, late), bad=(np.arange(len(late)) == 300) * 1.0)

    run, _, ended, weight, _ = drawn_runs(
        scene,
        (table, None, StartLaw()),
        BEGIN + DAY,
        until,
        np.random.default_rng(1),
    )

    due = ended - LASTS - 240.0
    assert (run.under_way == (run.now >= due)).all()
    assert run.lead[run.under_way] == pytest.approx(due[run.under_way] - run.now[run.under_way], abs=0.1)
    assert run.under_way.mean() > 0.3
    # Whatever is seen under way counts four times, or waiting for workers would look safe.
    assert weight[run.under_way & (run.now < due + 240.0)].min() > weight[~run.under_way].max()


def test_a_hidden_run_far_overdue_is_taken_for_lost_where_runs_get_lost() -> None:
    scene = landscape([FEED], BEGIN, HOURS[-1] + DAY)
    everything, some = a_table(LASTS), a_table(LASTS, np.delete(HOURS, np.arange(30, 450, 7)))

    kept, lost = (
        fit_still(
            *(scene, (table, states_after(table), None), FinishModel(), BEGIN + DAY),
            np.random.default_rng(1),
        )
        for table in (everything, some)
    )

    assert min(kept) > 0.95
    assert lost[0] > 0.8
    assert min(lost) < 0.2


def test_service_sees_what_training_saw_at_the_same_moment() -> None:
    world = make_world(4, feeds=60, days=12)
    signals, columns = world_signals(world), simulate(world).reports()
    # Every third feed tells a run when it has ended, every third starts within four minutes.
    kind = columns["feed"].astype(int) % 3
    random = np.random.default_rng(5)
    late = np.minimum(columns["started"] + random.uniform(0.0, 240.0, len(kind)), columns["seen"])
    columns["told"] = np.select([kind == 0, kind == 1], [columns["seen"], late], columns["started"])
    names = [feed.name for feed in world.scene.feeds]
    trained = from_columns(names, columns)
    feed = np.arange(len(names), dtype=np.intp)
    seen = 0.0
    for now in world.end - DAY * np.array([2.2, 1.7, 1.4]):
        ended, begun = columns["seen"] <= now, columns["told"] <= now
        kept = ended | begun
        by_now = {name: values[kept] for name, values in columns.items()}
        by_now["open"] = (~ended[kept]).astype(float)
        served = from_columns(names, by_now)

        told, again = (
            asked_runs(world.scene, table, states_after(table), feed, feed * 0.0 + now, signals)
            for table in (trained, served)
        )

        assert all(
            np.allclose(told.situation[name], again.situation[name], equal_nan=True)
            for name in told.situation
        )
        assert all(np.allclose(told.runs[name], again.runs[name]) for name in told.runs)
        seen += told.situation["presumed"].sum()
    assert seen > 0.0


def test_the_rule_without_a_model_calls_a_hidden_run_late_once_it_should_have_ended() -> None:
    due, table = float(HOURS[-1]), a_table(LASTS, HOURS[:-1])

    def reasons(minutes: int) -> list[str]:
        now = datetime.fromtimestamp(due + 60.0 * minutes, UTC)
        scene = landscape([FEED], due - DAY, due + DAY)
        return [reason.fact for reason in elapsed_estimates([FEED], scene, table, [None], now)[0].reasons]

    assert reasons(25) == []
    assert reasons(45) == ["it should have ended 15 minutes ago"]
