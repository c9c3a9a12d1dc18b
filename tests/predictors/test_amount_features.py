"""A delivery that brought much less or more than usual is noticed, whatever its counters count."""

import numpy as np
import pytest
from numpy.typing import NDArray

from predictors.questions.amount_features import amounts

DAY = 86_400.0
Floats = NDArray[np.float64]


def amounts_of(values: Floats) -> dict[str, Floats]:
    """Return the columns of one feed of daily deliveries (days x counters)."""
    return amounts(values, np.full(len(values), "a", dtype=object), np.arange(len(values)) * DAY)


def daily_counts(days: int = 60, weekend: float = 1.0) -> Floats:
    random = np.random.default_rng(5)
    level = np.where(np.arange(days) % 7 >= 5, weekend, 1.0) * 400.0
    return random.poisson(np.column_stack([level, 2.0 * level])).astype(np.float64)


@pytest.mark.parametrize("is_stock", [True, False])
def test_a_delivery_of_which_a_half_is_missing_has_shrunk(is_stock: bool) -> None:
    brought = daily_counts()
    brought[50, 1] *= 0.25
    told = amounts_of(np.cumsum(brought, axis=0) if is_stock else brought)

    assert told["shrunk"][50] == pytest.approx(np.log(4.0), abs=0.2)
    assert told["odd_amount"][50] > 2.0
    assert np.delete(told["shrunk"], 50).max() < 0.5


def test_what_was_held_back_and_comes_later_has_swollen() -> None:
    brought = daily_counts()
    brought[41] += brought[40]
    brought[40] = 0.0

    told = amounts_of(np.cumsum(brought, axis=0))

    assert told["shrunk_mean"][40] > 3.0
    assert told["swollen"][41] == pytest.approx(np.log(2.0), abs=0.2)
    assert told["shrunk"][41] < 0.2


def test_a_quiet_sunday_is_no_half_empty_delivery() -> None:
    told = amounts_of(daily_counts(days=90, weekend=0.2))

    assert told["shrunk"][40:].max() < 0.4


def test_a_counter_that_begins_anew_every_day_brought_no_less_and_a_half_empty_one_did() -> None:
    random = np.random.default_rng(6)
    hourly = random.poisson(np.full((20, 24), 300.0)).astype(np.float64)
    told = amounts_of(np.cumsum(hourly, axis=1).reshape(-1, 1))

    assert told["shrunk"][48:].max() < 0.5

    total = np.cumsum(daily_counts(), axis=0)
    total[50] *= 0.4
    assert amounts_of(total)["shrunk"][50] > 3.0


def test_three_of_something_less_are_no_news() -> None:
    brought = np.full((40, 1), 3.0)
    brought[30] = 1.0

    assert amounts_of(brought)["shrunk"].max() < 0.5


def test_the_first_deliveries_of_a_feed_are_not_judged() -> None:
    brought = np.array([[500.0], [0.0], [500.0], [2.0]])

    assert all(column.max() == 0.0 for column in amounts_of(brought).values())


def test_a_feed_is_not_judged_by_what_another_brings() -> None:
    brought = np.vstack([daily_counts(), daily_counts() * 0.01])
    feeds = np.repeat(np.array(["large", "small"], dtype=object), 60)

    told = amounts(brought, feeds, np.tile(np.arange(60) * DAY, 2))

    assert told["shrunk"].max() < 0.5
