"""Counters that tell failures by a label become two series: of all calls, and of those that failed."""

import math
from datetime import UTC, datetime, timedelta

from domain.investigation.evidence import MetricTable
from domain.ports.evidence_source import EvidenceQuery
from telemetry.metric_windows import metric_table

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
QUERY = EvidenceQuery(BEGIN, BEGIN + timedelta(minutes=5), BEGIN, step_seconds=60)


def table(rows: list[tuple[str, str, list[float | None]]], *, counts: bool = True) -> MetricTable:
    columns: dict[str, list[object]] = {
        name: [] for name in ("service", "metric", "labels", "counts", "bin", "value")
    }
    for metric, labels, values in rows:
        for place, value in enumerate(values):
            if value is not None:
                for name, cell in zip(columns, ("pay", metric, labels, counts, place, value), strict=True):
                    columns[name].append(cell)
    return metric_table(columns, QUERY)


OK = ("calls_total", '{"status": "200"}', [0.0, 60.0, 120.0, 180.0, 240.0])
BAD = ("calls_total", '{"status": "503"}', [None, None, 6.0, 36.0, 66.0])


def test_what_failed_of_a_counter_is_a_series_of_its_own_and_nothing_before_the_first() -> None:
    series = table([OK, BAD]).series

    assert [round(value, 2) for value in series[("pay", "calls_total")][1:]] == [1.0, 1.0, 1.5, 1.5]
    assert [round(value, 2) for value in series[("pay", "calls_total_failed")][1:]] == [0.0, 0.0, 0.5, 0.5]


def test_where_nothing_failed_no_label_tells_or_it_is_no_counter_there_is_none() -> None:
    other = ("calls_total", '{"status": "404"}', BAD[2])
    unlabelled = ("calls_total", "{}", OK[2])

    for rows, counts in (([OK, other], True), ([unlabelled], True), ([OK, BAD], False)):
        assert ("pay", "calls_total_failed") not in table(rows, counts=counts).series


def test_a_series_that_was_sent_under_that_name_stays_as_it_is() -> None:
    sent = ("calls_total_failed", "{}", [0.0, 600.0, 1200.0, 1800.0, 2400.0])
    told = table([OK, BAD, sent]).series[("pay", "calls_total_failed")]

    assert [value for value in told if math.isfinite(value)] == [10.0] * 4
