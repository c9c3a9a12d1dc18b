"""Other systems that report to a house: run reports of a feed, and alerts as Alertmanager sends them."""

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx

from tests.counterparts.processes import free_ports
from tests.journeys.house import wait_until

KEY = "a-key-of-this-journey-0123456789abcdef"


def intake_settings() -> tuple[int, dict[str, str]]:
    """Return a free port and the settings with which a house listens there."""
    port = free_ports()
    return port, {"TELEMETRY__PORT": str(port), "TELEMETRY__KEYS": json.dumps({"journey": KEY})}


@contextlib.contextmanager
def intake_of(port: int) -> Iterator[httpx.Client]:
    """Wait until a house listens, and return what reports to it."""
    headers = {"authorization": f"Bearer {KEY}", "connection": "close"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=20) as client:

        def is_up() -> bool:
            try:
                return client.get("/healthz").status_code == 200
            except httpx.TransportError:
                return False

        wait_until(is_up, 90)
        yield client


def report_runs(intake: httpx.Client, feed: str) -> None:
    """Report eight daily runs, the last two failed for the same reason."""
    now = datetime.now(UTC)
    records = []
    for day in range(8, 0, -1):
        began = now - timedelta(days=day - 1, hours=1)
        is_bad = day <= 2
        records.append(
            {
                "feed": feed,
                "run": f"r{8 - day}",
                "state": "failed" if is_bad else "success",
                "started_at": began.isoformat(),
                "finished_at": (began + timedelta(seconds=20 if is_bad else 60)).isoformat(),
                "rows_written": 0 if is_bad else 1_000 + day,
                "error": "KeyError: column amount" if is_bad else "",
            }
        )
    answer = intake.post("/intake/runs", json=records)
    assert answer.status_code == 200, answer.text
    assert answer.json()["taken"] == 8, answer.text


def fire(intake: httpx.Client, service: str, status: str = "firing") -> None:
    """Send an alert as Alertmanager does."""
    began = datetime.now(UTC) - timedelta(minutes=2)
    alert = {
        "status": status,
        "labels": {"alertname": "FeedFailed", "service": service, "severity": "critical"},
        "annotations": {"summary": f"{service} failed twice"},
        "startsAt": began.isoformat(),
        "endsAt": datetime.now(UTC).isoformat() if status == "resolved" else "0001-01-01T00:00:00Z",
        "fingerprint": f"fp-{service}",
        "generatorURL": "https://prometheus.example.org/graph",
    }
    body = {"version": "4", "status": status, "receiver": "dogwatch", "alerts": [alert]}
    answer = intake.post("/intake/alertmanager", json=body)
    assert answer.status_code == 200, answer.text
