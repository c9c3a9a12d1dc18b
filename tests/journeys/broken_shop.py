"""A shop whose payments break: what its services send over OTLP and as events, an hour of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.journeys.house import wait_until

Json = dict[str, Any]
STEP = 30
"""Seconds between samples."""


def tell_of_the_shop(intake: httpx.Client) -> None:
    """Report an hour, and return once it can be queried.

    Checkout calls payments; nine minutes ago payments was rolled out, and since then it fails.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    turned = now - timedelta(minutes=8)
    _send(intake, "/v1/metrics", {"resourceMetrics": [_metrics(name, now, turned) for name in _SERVICES]})
    _send(intake, "/v1/logs", {"resourceLogs": _logs(now, turned)})
    _send(intake, "/v1/traces", {"resourceSpans": _spans(now, turned)})
    events = [
        _event(turned - timedelta(minutes=1), "deploy", "payments", "payments v42 rolled out"),
        _event(turned - timedelta(minutes=2), "schema", "payments", "column amount became cents"),
    ]
    answer = intake.post("/intake/events", json=events)
    assert answer.json() == {"taken": 2}, answer.text
    wait_until(lambda: len(intake.get("/intake/sources").json()["sources"]) >= 4, 60)


_SERVICES = ("checkout", "payments", "payments-db", "basket")


def _event(at: datetime, event: str, service: str, message: str) -> Json:
    return {"at": at.isoformat(), "event": event, "service": service, "message": message}


def _metrics(service: str, now: datetime, turned: datetime) -> Json:
    def gauge(name: str, usual: float, bad: float) -> Json:
        points = [
            {
                "timeUnixNano": _nanos(at),
                "asDouble": (bad if at >= turned and service in _HIT else usual) * (1 + (n % 5) / 50),
            }
            for n, at in enumerate(_moments(now, STEP))
        ]
        return {"name": name, "gauge": {"dataPoints": points}}

    bad = _HIT.get(service, 1.0)
    metrics = [gauge("latency_p95_ms", 40.0, 40.0 * bad), gauge("error_rate", 0.01, 0.01 * bad)]
    return {**_resource(service), "scopeMetrics": [{"metrics": metrics}]}


_HIT = {"payments": 40.0, "checkout": 12.0}
"""How much worse it gets."""


def _logs(now: datetime, turned: datetime) -> list[Json]:
    lines: dict[str, list[Json]] = {"payments": [], "checkout": []}
    for n, at in enumerate(_moments(now, STEP)):
        lines["payments"].append(_line(at, 9, f"paid order {1000 + n} in 31 ms"))
        lines["checkout"].append(_line(at, 9, f"order {1000 + n} placed"))
        if at >= turned:
            for more in range(4):
                late = at + timedelta(seconds=more)
                text = f"TypeError: amount is no decimal, order {5000 + 10 * n + more}"
                lines["payments"].append(_line(late, 17, text))
    return [
        {**_resource(service), "scopeLogs": [{"logRecords": records}]} for service, records in lines.items()
    ]


def _line(at: datetime, severity: int, text: str) -> Json:
    return {"timeUnixNano": _nanos(at), "severityNumber": severity, "body": {"stringValue": text}}


def _spans(now: datetime, turned: datetime) -> list[Json]:
    spans: dict[str, list[Json]] = {"checkout": [], "payments": []}
    for n, at in enumerate(_moments(now, STEP)):
        is_bad = at >= turned
        trace, parent = f"{n + 1:032x}", f"{n + 1:016x}"
        spans["checkout"].append(
            _span(trace, parent, "", "POST /checkout", at, 900 if is_bad else 60, is_bad, 2)
        )
        child = f"{n + 100_001:016x}"
        took = 860 if is_bad else 30
        spans["payments"].append(_span(trace, child, parent, "POST /pay", at, took, is_bad, 2))
    return [{**_resource(name), "scopeSpans": [{"spans": found}]} for name, found in spans.items()]


def _span(
    trace: str, span: str, parent: str, name: str, at: datetime, took_ms: int, is_bad: bool, kind: int
) -> Json:
    begin = int(_nanos(at))
    return {
        "traceId": trace,
        "spanId": span,
        "parentSpanId": parent,
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(begin),
        "endTimeUnixNano": str(begin + took_ms * 1_000_000),
        "status": {"code": 2 if is_bad else 0},
    }


def _moments(now: datetime, step: int) -> list[datetime]:
    return [now - timedelta(seconds=step * n) for n in range(120, 0, -1)]


def _resource(service: str) -> Json:
    return {"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}}


def _nanos(at: datetime) -> str:
    return str(int(at.timestamp()) * 1_000_000_000)


def _send(intake: httpx.Client, path: str, body: Json) -> None:
    answer = intake.post(path, json=body)
    assert answer.status_code == 200, answer.text
