"""Asking event times must never see the future, and must equal the plain definition."""

import numpy as np
import pytest

from predictors.known.history import (
    carry_forward,
    fading_sum,
    groups,
    medians_before,
    same_hour,
    since_latest,
)


def test_a_fading_sum_equals_its_definition_over_months() -> None:
    random = np.random.default_rng(3)
    times = np.sort(random.uniform(0, 1e6, 300))
    weight, now = random.uniform(0, 2, 300), np.sort(random.uniform(0, 1.2e6, 50))

    told = fading_sum(times, weight, now, 5_000.0)

    for moment, value in zip(now, told, strict=True):
        past = times <= moment
        assert np.isclose(value, np.sum(weight[past] * np.exp(-(moment - times[past]) / 5_000.0)))


def test_long_before_the_first_event_nothing_has_faded_and_nothing_overflows() -> None:
    assert fading_sum(np.array([1.7e9]), np.ones(1), np.array([0.0, 1.7e9]), 900.0).tolist() == [0.0, 1.0]


def test_cutting_the_future_away_changes_no_answer() -> None:
    random = np.random.default_rng(4)
    times = np.sort(random.uniform(0, 60 * 86_400.0, 400))
    now = np.array([30 * 86_400.0])
    past = times[times <= now[0]]

    assert np.isclose(
        same_hour(times, np.ones(400), now, 3_600.0)[0], same_hour(past, np.ones(len(past)), now, 3_600.0)[0]
    )
    assert since_latest(times, now)[0] == since_latest(past, now)[0]


def test_a_median_before_a_value_does_not_contain_it() -> None:
    values = np.array([1.0, 2.0, 3.0, 1_000.0, np.nan, 4.0])

    told = medians_before(values, least=3)

    assert np.isnan(told[:3]).all()
    assert told[3] == 2.0
    assert told[5] == 2.5


def test_gaps_are_filled_with_the_last_value_before_them() -> None:
    assert carry_forward(np.array([np.nan, 1.0, np.nan, 2.0])).tolist()[1:] == [1.0, 1.0, 2.0]


def test_groups_keep_the_order_of_rows() -> None:
    found = groups(["b", "a", "b"])

    assert found["b"].tolist() == [0, 2]
    assert found["a"].tolist() == [1]


@pytest.mark.timeout(60)
def test_medians_of_many_values_come_in_time() -> None:
    values = np.random.default_rng(2).normal(size=120_000)

    told = medians_before(values)

    assert told[-1] == np.median(values[:-1])
