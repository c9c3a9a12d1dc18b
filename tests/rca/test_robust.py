"""How unusual a window is: judged by what is usual, with a floor and in both directions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rca.families import Family, family_of
from rca.series.robust import deviation, row_medians

NOTHING = np.empty(0)


def usual(level: float = 100.0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return level * (1.0 + 0.05 * np.sin(np.arange(60) * 1.3))


def test_a_level_like_the_usual_is_no_deviation() -> None:
    found = deviation(usual()[:5], usual()[5:15], usual(), ratio_scale=True)

    assert found is None or abs(found.z) < 3


def test_a_tenfold_level_is_plain_to_see_and_has_a_direction() -> None:
    up = deviation(np.full(5, 1000.0), usual()[:10], usual(), ratio_scale=True)
    down = deviation(np.full(5, 10.0), usual()[:10], usual(), ratio_scale=True)

    assert up is not None
    assert down is not None
    assert up.z > 10
    assert down.z < -10


def test_a_level_that_drifted_long_before_counts_little() -> None:
    drifted = deviation(np.full(5, 150.0), np.full(10, 150.0), usual(), ratio_scale=True)
    stepped = deviation(np.full(5, 150.0), np.full(10, 100.0), usual(), ratio_scale=True)

    assert stepped is not None
    assert drifted is None or abs(drifted.z) < abs(stepped.z) / 2


def test_a_constant_series_that_moves_by_a_hair_is_not_infinitely_surprising() -> None:
    found = deviation(np.full(5, 100.1), np.full(10, 100.0), np.full(60, 100.0), ratio_scale=True)

    assert found is None or abs(found.z) < 1


def test_nothing_to_compare_is_none() -> None:
    assert deviation(np.array([1.0]), NOTHING, NOTHING, ratio_scale=True) is None
    assert deviation(np.array([np.nan]), np.ones(5), NOTHING, ratio_scale=True) is None


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=False, width=32), min_size=1, max_size=12),
    st.lists(st.floats(allow_nan=True, allow_infinity=False, width=32), max_size=12),
    st.booleans(),
)
def test_any_numbers_give_a_finite_answer_or_none(
    after: list[float], before: list[float], ratio: bool
) -> None:
    found = deviation(np.array(after), np.array(before), NOTHING, ratio_scale=ratio)

    assert found is None or np.isfinite(found.z)


def test_medians_of_rows_leave_out_the_missing() -> None:
    rows = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan], [5.0, 1.0, 3.0]])

    assert np.array_equal(row_medians(rows), np.array([2.0, np.nan, 3.0]), equal_nan=True)


def test_families_are_told_by_words_in_any_spelling() -> None:
    assert family_of("container_cpu_usage_seconds_total") is Family.CPU
    assert family_of("nodeCpuPct") is Family.NODE
    assert family_of("http_5xx_ratio") is Family.ERRORS
    assert family_of("availability_avg") is Family.SUCCESS
    assert family_of("client_latency_p95") is Family.CLIENT_LATENCY
    assert family_of("latency-90") is Family.LATENCY
    assert family_of("db_pool_wait") is Family.SATURATION
    assert family_of("zzz") is Family.OTHER


def test_a_gauge_that_is_sampled_at_every_second_step_varies_as_much_as_its_samples_do() -> None:
    chance = np.random.default_rng(3)
    levels = 100.0 * np.exp(chance.normal(0.0, 0.2, 100))
    holes = np.where(np.arange(100) % 2 == 0, levels, np.nan)

    found = deviation(holes[80:], holes[60:80], holes[:60], ratio_scale=True)
    sick = deviation(9.0 * holes[80:], holes[60:80], holes[:60], ratio_scale=True)

    assert found is None or abs(found.z) < 3.5
    assert sick is not None
    assert sick.z > 10
    assert sick.coverage == 0.5
