"""Counters are known by their samples, whatever their name."""

import numpy as np
import pytest

from rca.families import family_of
from rca.series.counters import counts_up, increments

USUAL = np.cumsum(np.full(40, 7.0)) + 100.0


@pytest.mark.parametrize("name", ["http_requests_total", "http_requests", "rpc.calls.count", "errCnt"])
def test_what_only_rises_is_a_counter_under_any_name(name: str) -> None:
    now = np.concatenate((USUAL[:20], USUAL[19] + np.cumsum(np.full(20, 70.0))))

    steps, usual = increments(name, family_of(name), [now, USUAL])

    assert steps[:20].tolist() == [7.0] * 20
    assert steps[20:].tolist() == [70.0] * 20
    assert usual.tolist() == [7.0] * 40


def test_a_counter_that_began_anew_counts_from_nothing() -> None:
    values = np.concatenate((USUAL, USUAL - 107.0))

    steps = increments("requests", family_of("requests"), [values])[0]

    assert steps.min() >= 0.0
    assert steps.max() == 7.0


def test_a_rate_that_keeps_the_name_of_its_counter_stays_a_rate() -> None:
    rate = np.array([0.0] * 60 + [5.1, 4.9, 5.2, 5.0, 5.3])

    assert not counts_up("errors_total", family_of("errors_total"), [rate])


@pytest.mark.parametrize("name", ["memory_used_bytes", "disk_used_pct", "queue_depth", "latency_p95_ms"])
def test_a_level_that_grows_stays_a_level(name: str) -> None:
    growing = np.linspace(40.0, 90.0, 40) + np.sin(np.arange(40)) * (3.0 if "latency" in name else 0.0)

    assert not counts_up(name, family_of(name), [growing])


def test_a_rare_event_is_no_counter() -> None:
    rare = np.array(([0.0] * 10 + [1.0]) * 20)

    assert not counts_up("requests_sum", family_of("requests_sum"), [rare])


def test_a_counter_that_misses_every_second_sample_rises_by_as_much_a_step() -> None:
    holes = np.where(np.arange(40) % 2 == 0, USUAL, np.nan)

    steps = increments("requests_total", family_of("requests_total"), [holes])[0]

    assert steps[::2].tolist() == [7.0] * 20
    assert np.isnan(steps[1::2]).all()
