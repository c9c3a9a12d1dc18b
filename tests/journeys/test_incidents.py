"""From an alert to the end of an incident, at the web: diagnosis, evidence, labels, pages, resolution."""

import json
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.journeys.house import House, house, wait_until
from tests.journeys.visitor import Visitor, words

_KEY = "a-key-of-this-journey-0123456789abcdef"

pytestmark = pytest.mark.timeout(240)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def port() -> int:
    return _free_port()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house") / "data"
    keys = json.dumps({"journey": _KEY})
    declared = folder.parent / "topology.yaml"
    declared.write_text("edges:\n- {from: checkout, to: payments}\n- {from: payments, to: payments-db}\n")
    with house(
        folder, TELEMETRY__PORT=str(port), TELEMETRY__KEYS=keys, TELEMETRY__TOPOLOGY_FILE=str(declared)
    ) as started:
        yield started


@pytest.fixture(scope="module")
def intake(running: House, port: int) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {_KEY}", "connection": "close"}
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


@pytest.mark.proves("D9")
def test_an_alert_becomes_an_incident_that_is_diagnosed_worked_on_and_resolved(
    running: House, intake: httpx.Client
) -> None:
    erin = Visitor(running.url, "erin")
    report_runs(intake, "fx_trades")
    fire(intake, "fx_trades")

    card = erin.wait_for("incidents", "Most likely", seconds=90)
    assert "SEV2 open" in words(card)
    assert "KeyError: column amount" in words(card)
    assert "How sure" in words(card)

    thread = str(card["id"])
    erin.press(card, "I take the lead")
    card = erin.wait_for("incidents", "SEV2 investigating")
    erin.press(card, "Evidence: fx_trades")
    shown = erin.wait_for("incidents", "Evidence for fx_trades", thread)
    assert "r7" in words(shown)
    for path in re.findall(r'href="(/incidents/[^"]+)"', card["html"] + shown["html"]):
        page = erin.get(path)
        assert page.status_code == 200, path
    assert "fx_trades" in erin.get(re.findall(r'href="(/incidents/[^"]+)"', shown["html"])[0]).text

    picture = wait_until(
        lambda: re.search(r'src="(/incidents/pictures/[^"]+)"', erin.wait_for("incidents", "SEV2")["html"])
    )
    assert picture is not None
    assert erin.get(picture.group(1)).content.startswith(b"\x89PNG")

    erin.say("incidents", "add to timeline we asked the sender", thread=thread)
    dialog = erin.press(card, "Resolve")["dialog"]
    erin.submit(dialog, {"note": "the sender put the column back"})
    card = erin.wait_for("incidents", "SEV2 resolved")
    assert "the sender put the column back" in words(card)
    told = erin.say("incidents", "timeline", thread=thread)
    line = words(erin.wait_for("incidents", "takes lead", thread))
    assert told["whispers"] == []
    assert "we asked the sender" in line
    judged = running.rows("SELECT was_right FROM judged_diagnoses")
    assert judged == [(1,)]


def test_a_question_is_answered_within_ten_seconds_and_says_what_would_decide_it(
    running: House, intake: httpx.Client
) -> None:
    erin = Visitor(running.url, "erin")

    asked = erin.say("incidents", "why is checkout slow?")
    thread = str(asked["message"]["id"])
    card = erin.wait_for("incidents", "What would decide it", thread, seconds=20)

    assert "Inconclusive" in words(card)
    assert "checkout" in words(card)


def test_the_map_is_shown_as_a_list_a_picture_and_a_page(running: House) -> None:
    erin = Visitor(running.url, "erin")

    asked = erin.say("incidents", "topology payments")
    card = erin.wait_for("incidents", "The map around payments", str(asked["message"]["id"]))

    assert "payments-db" in words(card)
    assert "checkout" in words(card)
    picture = re.search(r'src="(/incidents/pictures/[^"]+)"', card["html"])
    assert picture is not None
    assert erin.get(picture.group(1)).content.startswith(b"\x89PNG")
    page = erin.get("/topology/payments")
    assert page.status_code == 200
    assert "payments-db" in page.text
