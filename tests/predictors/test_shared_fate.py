"""What runs beside a run tell: of the same source at about the same moment, and those since a change."""

import numpy as np

from domain.ids import FeedName
from predictors.run_table import RunTable, from_columns, states_after
from predictors.shared_fate import fates
from predictors.situation import since_change

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


def test_a_feed_without_a_source_has_no_witnesses() -> None:
    table = a_table((0, 1_000.0, 1_010.0, 1.0), (3, 1_000.0, 1_010.0, 1.0))

    assert of_a_run(table, 3, 1_020.0, 1_015.0)["source_before"] == 0.0


def test_only_a_run_that_started_after_a_change_speaks_of_it() -> None:
    slow = [(0, 1_000.0 * number, 1_000.0 * number + 100.0, 0.0) for number in range(1, 7)]
    table = a_table(*slow, (0, 8_000.0, 8_300.0, 1.0))
    row, now = np.array([6], dtype=np.intp), np.array([9_000.0])

    before = since_change(table, states_after(table), row, now, np.array([500.0 / 3_600.0]))
    after = since_change(table, states_after(table), row, now, np.array([2_000.0 / 3_600.0]))

    assert before["slower_changed"][0] == before["failing_changed"][0] == 0.0
    assert after["slower_changed"][0] > 1.0
    assert after["failing_changed"][0] == 1.0
