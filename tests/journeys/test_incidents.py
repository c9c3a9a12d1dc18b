"""From an alert to the end of an incident, at the web: diagnosis, evidence, labels, pages, resolution."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.journeys.broken_shop import tell_of_the_shop
from tests.journeys.house import House, house, wait_until
from tests.journeys.intake_calls import fire, intake_of, intake_settings, report_runs
from tests.journeys.visitor import Visitor, words

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def running_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, int]]:
    folder = tmp_path_factory.mktemp("house") / "data"
    declared = folder.parent / "topology.yaml"
    declared.write_text("edges:\n- {from: checkout, to: payments}\n- {from: payments, to: payments-db}\n")
    port, settings = intake_settings()
    settings |= {"TELEMETRY__LINKS": json.dumps({"run": "https://airflow.example/dags/{feed}/runs/{run}"})}
    with house(folder, **settings, TELEMETRY__TOPOLOGY_FILE=str(declared)) as started:
        yield started, port


@pytest.fixture(scope="module")
def running(running_at: tuple[House, int]) -> House:
    return running_at[0]


@pytest.fixture(scope="module")
def intake(running_at: tuple[House, int]) -> Iterator[httpx.Client]:
    with intake_of(running_at[1]) as client:
        yield client


@pytest.mark.proves("D9")
def test_an_alert_becomes_an_incident_that_is_diagnosed_worked_on_and_resolved(
    running: House, intake: httpx.Client, tmp_path: Path
) -> None:
    erin = Visitor(running.url, "erin")
    report_runs(intake, "fx_trades")
    fire(intake, "fx_trades")

    card = erin.wait_for("incidents", "Most likely")
    assert "SEV2 open" in words(card)
    assert "KeyError: column amount" in words(card)
    assert "How sure" in words(card)

    thread = str(card["id"])
    erin.press(card, "I take the lead")
    card = erin.wait_for("incidents", "SEV2 investigating")
    erin.press(card, "Evidence: fx_trades")
    shown = erin.wait_for("incidents", "Evidence for fx_trades", thread)
    assert "r7" in words(shown)
    assert "https://airflow.example/dags/fx_trades/runs/r7" in shown["html"]
    paths = re.findall(r'href="(/incidents/[^"]+)"', card["html"] + shown["html"])
    pages = [erin.page(path) for path in paths if "/evidence/" in path]
    assert any("<dd>run:" in page and "r7" in page and "KeyError: column amount" in page for page in pages)
    at_source = '<a href="https://airflow.example/dags/fx_trades/runs/r7" rel="noreferrer noopener">Open at'
    assert any(at_source in page for page in pages)

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
    line = words(erin.wait_for("incidents", "takes the lead", thread))
    assert told["whispers"] == []
    assert "we asked the sender" in line
    judged = running.rows("SELECT was_right FROM judged_diagnoses")
    assert judged == [(1,)]

    exported = running.run("incidents", "export", "--to", str(tmp_path / "ours"))
    measured = running.run("bench", "rca", "--cases", str(tmp_path))
    assert "1 of 1 resolved incidents written" in exported.stdout
    assert "1 as kept" in exported.stdout
    assert "1 of 1 case comes out as people confirmed." in measured.stdout
    assert "1 did then, and 1 name the same first cause today" in measured.stdout


def test_a_question_is_answered_within_ten_seconds_and_says_what_would_decide_it(
    running: House, intake: httpx.Client
) -> None:
    erin = Visitor(running.url, "erin")

    asked = erin.say("incidents", "why is checkout slow?")
    thread = str(asked["message"]["id"])
    card = erin.wait_for("incidents", "What would decide it", thread)

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


@pytest.mark.proves("D9")
def test_every_claim_of_a_diagnosis_opens_what_it_rests_on(running: House, intake: httpx.Client) -> None:
    tell_of_the_shop(intake)
    erin = Visitor(running.url, "erin")

    thread = str(erin.say("incidents", "why is checkout slow?")["message"]["id"])
    card = erin.wait_for("incidents", "Most likely", thread)
    assert "payments : error_rate rose" in words(card)
    assert "deploy on payments: “payments v42 rolled out”" in words(card).replace("  ", " ")
    shown = [card["html"]]
    for cause in ("payments", "checkout"):
        erin.press(card, f"Evidence: {cause}")
        shown.append(erin.wait_for("incidents", f"Evidence for {cause}", thread)["html"])
    links = set(re.findall(r'href="(/incidents/[^"]+)"', "".join(shown)))
    page = erin.page(next(link for link in links if link.count("/") == 2))
    links |= set(re.findall(r'href="(/incidents/[^"]+)"', page))

    opened = {link: erin.page(link) for link in links if "/evidence/" in link}
    for kind, says in _BEHIND.items():
        there = [page for page in opened.values() if f"<dd>{kind}" in page]
        assert there, f"no {kind} in {list(opened)}"
        assert any(all(one in html.unescape(page) for one in says) for page in there), (kind, there)
    assert len({page.partition("<h1>")[2] for page in opened.values()}) == len(opened), "each its own page"


_BEHIND = {
    "metric:": ("payments|error_rate", "0.0104", "0.4"),
    "log:": ("> ", "error TypeError: amount is no decimal"),
    "span:": ("POST /pay", "860.0 ms", "failed"),
    "change:deploy": ("payments v42 rolled out", "took effect"),
    "change:schema": ("column amount became cents", "took effect"),
}
"""What stands on the page behind a claim, by the kind of evidence it names."""


def test_whoever_asks_is_told_how_good_the_telemetry_is_that_comes_in(
    running: House, intake: httpx.Client
) -> None:
    tell_of_the_shop(intake)
    erin = Visitor(running.url, "erin")

    thread = str(erin.say("incidents", "senders")["message"]["id"])

    assert "of 100" in words(erin.wait_for("incidents", "Who sends telemetry", thread))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("when did it begin?", "When it began"),
        ("were there any deploys before it?", "payments v42 rolled out"),
        ("how sure are you?", "with such confidence were right"),
        ("what did you look at?", "log lines"),
        ("and payments?", "Evidence for payments"),
        ("who works on it?", "Nobody leads it yet"),
    ],
)
def test_questions_in_the_thread_are_answered_from_its_evidence(
    running: House, asked: str, says: str
) -> None:
    erin = Visitor(running.url, "erin")
    card = erin.wait_for("incidents", "Why is checkout slow?", _thread_of(erin))

    erin.say("incidents", asked, thread=str(card["thread"]))

    erin.wait_for("incidents", says, str(card["thread"]))


def _thread_of(visitor: Visitor) -> str:
    asked = [m for m in visitor.messages("incidents") if m["text"] == "why is checkout slow?"]
    return str(asked[-1]["id"])
