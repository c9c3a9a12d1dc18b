"""Means of what is told as a sum beside a count, as Prometheus and OpenTelemetry tell of durations.

The sum of all durations doubles when twice as many come; what one of them took is the sum by the count.
"""

from collections.abc import Container
from dataclasses import replace

import numpy as np

from domain.investigation.evidence import IncidentCase, MetricTable, Telemetry
from rca.families import Family, family_of, words_of
from rca.series.counters import counts_up, increments

_SUM, _COUNT = ("_sum", ".sum"), ("_count", ".count")
_COUNTER = "total"
_SLOW = frozenset({Family.LATENCY, Family.CLIENT_LATENCY})
_NO_TIME = frozenset({"bytes", "byte", "size", "cpu"})


def stem_of_mean(metric: str) -> str:
    """Return whose mean a sum of durations tells of, `request_duration` of `request_duration_sum`; empty for
    any other name."""
    stem = metric.removesuffix(_SUM[0]).removesuffix(_SUM[1])
    if stem == metric or family_of(stem) not in _SLOW or words_of(stem) & _NO_TIME:
        return ""
    return stem


def with_means(case: IncidentCase) -> IncidentCase:
    """Return the case with each sum of durations, whose count is told beside it, as the mean for each
    sample."""
    reference = case.reference and _with_means(case.reference)
    return replace(case, telemetry=_with_means(case.telemetry), reference=reference)


def count_beside(key: tuple[str, str], series: Container[tuple[str, str]]) -> str:
    """Return the count that is told beside a sum of durations; empty where there is none, or no sum."""
    stem = stem_of_mean(key[1])
    return next((stem + end for end in _COUNT if stem and (key[0], stem + end) in series), "")


def _with_means(window: Telemetry) -> Telemetry:
    means = {}
    for key in window.metrics.series:
        if count := count_beside(key, window.metrics.series):
            means[key] = _mean(window.metrics, key, (key[0], count))
    if not means:
        return window
    table = MetricTable(window.metrics.times, {**window.metrics.series, **means})
    return replace(window, metrics=table)


def _mean(table: MetricTable, total: tuple[str, str], count: tuple[str, str]) -> list[float]:
    """Return sum by count for each sample; none where nothing was counted."""
    rows = [np.asarray(table.series[key], dtype=float) for key in (total, count)]
    rows = [np.where(np.isinf(row), np.nan, row) for row in rows]
    # Steps of the one beside all of the other would be no mean.
    if all(counts_up(_COUNTER, Family.LOAD, [row]) for row in rows):
        rows = [increments(_COUNTER, Family.LOAD, [row])[0] for row in rows]
    took, times = rows
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(times > 0, took / times, np.nan)
    return [float(value) for value in mean]
