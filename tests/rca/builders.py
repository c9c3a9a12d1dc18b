"""Builders of small incident cases with a known cause."""

import math
from collections.abc import Sequence
from dataclasses import replace

from domain.investigation.evidence import (
    Alert,
    Change,
    ChangeKind,
    IncidentCase,
    LogTable,
    MetricTable,
    SpanTable,
    Telemetry,
)

ANOMALY = 1_700_000_000.0
CALLS = (("web", "orders"), ("orders", "stock"), ("web", "search"))
SERVICES = ("web", "orders", "stock", "search")


def wobble(row: int, salt: int) -> float:
    return 1.0 + 0.03 * math.sin(row * 1.7 + salt)


def a_series(level: float, after: float, *, before: int = 20, late: int = 6, salt: int = 0) -> list[float]:
    return [(level if row < before else after) * wobble(row, salt) for row in range(before + late)]


def metrics(changed: dict[tuple[str, str], float], *, before: int = 20, late: int = 6) -> MetricTable:
    usual = {"latency_p95_ms": 40.0, "cpu_pct": 20.0, "error_ratio": 0.002, "requests_per_s": 100.0}
    series = {
        (service, metric): a_series(
            level,
            changed.get((service, metric), level),
            before=before,
            late=late,
            salt=len(service) + len(metric),
        )
        for service in SERVICES
        for metric, level in usual.items()
    }
    times = [ANOMALY + (row - before) * 60.0 for row in range(before + late)]
    return MetricTable(times, series)


def a_case(changed: dict[tuple[str, str], float] | None = None) -> IncidentCase:
    """A database-like service `stock` is slow by default; its callers suffer."""
    if changed is None:
        changed = {
            ("stock", "latency_p95_ms"): 900.0,
            ("stock", "cpu_pct"): 97.0,
            ("orders", "latency_p95_ms"): 940.0,
            ("web", "latency_p95_ms"): 980.0,
        }
    return IncidentCase(
        case_id="case-1",
        anomaly_time=ANOMALY,
        sample_seconds=60.0,
        alert=Alert(service="web", metric="latency_p95_ms", summary="web is slow"),
        telemetry=Telemetry(metrics=metrics(changed)),
        reference=Telemetry(metrics=metrics({}, before=60, late=0)),
        calls=CALLS,
    )


def spans_of(requests: Sequence[tuple[float, dict[str, float]]]) -> SpanTable:
    """Requests as (start in ms, {"web": us, "orders": us, "stock": us}); a service left out was not
    called."""
    rows: list[tuple[str, str, str, str, str, float, float]] = []
    for number, (start, took) in enumerate(requests):
        trace = f"t{number}"
        inner = took.get("stock", 0.0)
        middle = inner + took.get("orders", 0.0)
        rows.append((trace, "a", "-1", "web", "GET /", start, middle + took["web"]))
        if "orders" in took:
            rows.append((trace, "b", "a", "orders", "place", start + 1, middle))
        if "stock" in took:
            rows.append((trace, "c", "b", "stock", "reserve", start + 2, inner))
    columns = [list(column) for column in zip(*rows, strict=True)]
    return SpanTable(*columns, failed=[False] * len(rows))  # type: ignore[arg-type]


def steady(count: int, begin: float, **took: float) -> list[tuple[float, dict[str, float]]]:
    return [
        (begin + number * 100.0, {name: value * wobble(number, 3) for name, value in took.items()})
        for number in range(count)
    ]


def with_spans(case: IncidentCase, spans: SpanTable, usual: SpanTable) -> IncidentCase:
    reference = case.reference or Telemetry()
    return replace(
        case,
        telemetry=replace(case.telemetry, spans=spans),
        reference=replace(reference, spans=usual),
    )


def logs_of(lines: Sequence[tuple[float, str, str, str]]) -> LogTable:
    """Lines as (t_ms, service, level, message)."""
    return LogTable(
        t_ms=[line[0] for line in lines],
        service=[line[1] for line in lines],
        level=[line[2] for line in lines],
        trace=[""] * len(lines),
        span=[""] * len(lines),
        message=[line[3] for line in lines],
    )


def a_commit(sha: str, minutes_before: float, **facts: object) -> Change:
    base = Change(
        sha, ChangeKind.COMMIT, ANOMALY - minutes_before * 60.0, files=("pkg/stock/db.go",), diff="+x"
    )
    return replace(base, **facts)  # type: ignore[arg-type]


def a_deploy(sha: str, minutes_before: float, service: str = "stock") -> Change:
    return Change(sha, ChangeKind.DEPLOY, ANOMALY - minutes_before * 60.0, service=service)
