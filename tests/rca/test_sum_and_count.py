"""A sum of durations beside its count is read as a mean: twice as many requests are not twice as slow."""

import math
from dataclasses import replace

import numpy as np
import pytest

from domain.investigation.evidence import MetricTable, Telemetry
from rca.diagnostician import Diagnostician
from rca.series.sum_and_count import stem_of_mean, with_means
from tests.rca.builders import a_case, a_series


@pytest.mark.parametrize(
    ("metric", "stem"),
    [
        ("http_request_duration_seconds_sum", "http_request_duration_seconds"),
        ("response_time.sum", "response_time"),
        ("http_request_size_bytes_sum", ""),
        ("go_gc_cpu_time_sum", ""),
        ("http_request_duration_seconds_bucket", ""),
        ("checksum", ""),
    ],
)
def test_only_sums_of_durations_have_a_mean(metric: str, stem: str) -> None:
    assert stem_of_mean(metric) == stem


def told(
    seconds: list[float], requests: list[float], *, counter: bool, with_count: bool = True
) -> list[float]:
    took = np.asarray(seconds) * np.asarray(requests)
    rows = {
        ("stock", "request_duration_seconds_sum"): took,
        ("stock", "request_duration_seconds_count"): requests,
    }
    series = {
        key: (np.cumsum(row) + 50.0 if counter else np.asarray(row)).tolist() for key, row in rows.items()
    }
    if not with_count:
        del series["stock", "request_duration_seconds_count"]
    table = MetricTable([60.0 * n for n in range(len(seconds))], series)
    case = replace(a_case(), telemetry=Telemetry(table), reference=None)
    return list(with_means(case).telemetry.metrics.series["stock", "request_duration_seconds_sum"])


@pytest.mark.parametrize("counter", [True, False])
def test_the_mean_is_the_sum_by_the_count_of_each_sample(counter: bool) -> None:
    assert told([0.2] * 30, [100.0, 400.0] * 15, counter=counter)[1:] == pytest.approx([0.2] * 29)


def test_where_nothing_was_counted_there_is_no_mean() -> None:
    assert math.isnan(told([0.2] * 30, [100.0] * 29 + [0.0], counter=False)[-1])


def test_a_sum_without_its_count_stays_what_it_is() -> None:
    assert told([0.2] * 30, [100.0] * 30, counter=False, with_count=False) == pytest.approx([20.0] * 30)


def test_a_sum_that_counts_up_beside_a_count_that_does_not_is_no_sum_of_steps() -> None:
    counts = np.cumsum(np.full(30, 100.0))
    took = 0.2 * counts
    took[15:] -= 0.6 * took[15]  # one of several pods began anew, of which the count remembers more
    counts[15:] -= 0.4 * counts[15]
    series = {
        ("stock", "request_duration_seconds_sum"): took.tolist(),
        ("stock", "request_duration_seconds_count"): counts.tolist(),
    }
    table = MetricTable([60.0 * n for n in range(30)], series)
    case = replace(a_case(), telemetry=Telemetry(table), reference=None)
    means = list(with_means(case).telemetry.metrics.series["stock", "request_duration_seconds_sum"])

    assert min(means) > 0.1


def first_claims(seconds: float, requests: float) -> str:
    """What is said of `stock` where its mean goes to so many seconds and its requests to so many."""
    case = a_case({("stock", "requests_per_s"): requests})
    counts, means = np.asarray(a_series(100.0, requests, salt=1)), np.asarray(a_series(0.2, seconds, salt=2))
    case.telemetry.metrics.series.update(
        {
            ("stock", "http_request_duration_seconds_sum"): np.cumsum(counts * means).tolist(),
            ("stock", "http_request_duration_seconds_count"): np.cumsum(counts).tolist(),
        }
    )
    found = Diagnostician().diagnose(replace(case, reference=None))
    stock = next(one for one in found.hypotheses if one.service == "stock")
    return " ".join(claim.text for claim in stock.claims)


def test_a_slower_mean_is_said_in_the_unit_of_one_request() -> None:
    assert "mean http_request_duration_seconds rose from 0.1" in first_claims(2.0, 100.0)


def test_more_requests_alone_make_nobody_slower() -> None:
    assert "http_request_duration_seconds" not in first_claims(0.2, 400.0).replace("seconds_count", "")
