"""How late a delivery came, and whether its total is what arrived, is found under any name."""

import numpy as np
import pandas as pd
import pytest

from predictors.questions.sender_features import find_lag, lateness, source_gap

DAY = 86_400.0


@pytest.mark.parametrize(
    "name",
    ["pub_lag_h", "delayMinutes", "lateness_s", "DELAY", "load_latency", "LagHours", "hours.overdue", "late"],
)
def test_a_lag_is_found_by_its_name(name: str) -> None:
    assert find_lag(["total", name, "rows"]) == name


@pytest.mark.parametrize(
    "name",
    [
        *("late_rows", "delay_code", "lateRecordCount", "flags", "plates", "Lagos"),
        *("late_payments", "overdueInvoices", "late_fee", "is_late", "replication_lag_bytes"),
    ],
)
def test_what_only_sounds_like_a_lag_is_a_counter(name: str) -> None:
    assert find_lag(["total", name]) is None


def test_a_lag_stands_before_what_else_may_be_late() -> None:
    assert find_lag(["overdue_days", "load_latency_ms", "pub_lag_h"]) == "pub_lag_h"


@pytest.mark.parametrize(("name", "per_hour"), [("lag_h", 1), ("delayMinutes", 60), ("latency_s", 3_600)])
def test_the_unit_of_a_lag_is_read_off_its_name(name: str, per_hour: int) -> None:
    hours = np.r_[np.full(20, 0.5), 9.5]
    deliveries = deliveries_of(**{name: hours * per_hour})

    told = lateness(deliveries, name, 5)

    assert told["lag"] == pytest.approx(hours)
    assert told["late"] == pytest.approx(np.r_[np.zeros(20), 1.5])


def test_without_a_lag_a_delivery_is_as_late_as_it_became_known() -> None:
    deliveries = deliveries_of(total=np.arange(21.0))
    deliveries.loc[20, "t_avail"] += 6 * 3_600

    told = lateness(deliveries, None, 5)

    assert told["late"].tolist() == [0.0] * 20 + [1.0]


@pytest.mark.parametrize("name", ["prov_sum", "sourceTotal", "control"])
def test_a_total_that_misses_what_arrived_is_found_under_any_name(name: str) -> None:
    arrived = 100.0 + np.arange(80.0)
    total = arrived.copy()
    total[70] += 12.0

    told = source_gap(deliveries_of(arrived=arrived, **{name: total}), ["arrived", name])

    assert np.flatnonzero(told["source_gap"]).tolist() == [70]
    assert told["gap_size"][70] == pytest.approx(-np.log1p(12.0))


@pytest.mark.parametrize(
    "other",
    [
        # One is nought every other day, one went ways of its own after twenty days.
        lambda arrived: np.where(np.arange(80) % 2, arrived, 0.0),
        lambda arrived: np.where(np.arange(80) < 20, arrived, arrived + np.arange(80)),
    ],
)
def test_counters_that_are_alike_at_times_are_not_bound_to_be_equal(other: object) -> None:
    arrived = 100.0 + np.arange(80.0)
    assert callable(other)

    told = source_gap(deliveries_of(arrived=arrived, second=other(arrived)), ["arrived", "second"])

    assert not told["source_gap"].any()


def test_two_counters_of_nothing_agree_about_nothing() -> None:
    nothing = np.zeros(80)
    some = nothing.copy()
    some[75] = 4.0

    told = source_gap(deliveries_of(errors=nothing, retries=some), ["errors", "retries"])

    assert not told["source_gap"].any()


def test_two_counters_that_never_moved_agree_about_nothing() -> None:
    files = np.ones(80)
    files[75] = 2.0

    told = source_gap(deliveries_of(files=files, version=np.ones(80)), ["files", "version"])

    assert not told["source_gap"].any()


def deliveries_of(**columns: np.ndarray) -> pd.DataFrame:
    size = len(next(iter(columns.values())))
    moments = np.arange(size) * DAY
    return pd.DataFrame({"feed_id": "a", "t": moments, "t_avail": moments, **columns})
