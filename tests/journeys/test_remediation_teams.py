"""From trouble to a verified change in Teams: asked and seen there, approved by two others on the web."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.counterparts.processes import free_ports
from tests.counterparts.teams import PERSONAL, Playground
from tests.journeys.house import House, house
from tests.journeys.mender import SETTINGS, approve, landing, newest, until_state
from tests.journeys.people import people_file
from tests.journeys.teams_talk import (
    TEAMS_SETTINGS,
    action_of,
    card_of,
    input_called,
    playground_of,
    proposed_in,
    wait_for_card,
)
from tests.journeys.visitor import Visitor
from tests.remediation.contained import need_sandbox

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    need_sandbox()
    folder = tmp_path_factory.mktemp("teams-mending")
    settings = {
        "WEB__PORT": str(free_ports()),
        "PEOPLE_FILE": str(people_file(folder, sam=["engineer"], erin=["approver"])),
        **TEAMS_SETTINGS,
    }
    with house(folder / "data", **settings, **SETTINGS) as started:
        yield started


@pytest.fixture
def playground(running: House, tmp_path: Path) -> Iterator[Playground]:
    with playground_of(running.url, tmp_path) as started:
        yield started


@pytest.mark.proves("A4", "A12", "E6", "E7")
@pytest.mark.parametrize(
    ("runbook", "title", "state", "says"),
    [
        ("write-two-notes", "Write two notes", "verified", "Verified"),
        ("write-and-fail", "Write, and fail to help", "rolled_back", "Rolled back"),
    ],
)
def test_a_plan_asked_for_in_teams_runs_after_two_yeses_and_is_proven_or_undone(
    running: House, playground: Playground, runbook: str, title: str, state: str, says: str
) -> None:
    playground.write(PERSONAL, f"fix orders_etl {runbook}")
    card = wait_for_card(playground, f"1 · {title}")
    asked = card_of(playground.press(PERSONAL, card["messageId"], action_of(card["content"], f"1 · {title}")))
    answers = proposed_in(asked) | {input_called(asked, "text"): "from teams"}
    playground.press(PERSONAL, card["messageId"], action_of(asked, "Dry-run it"), answers)

    request = wait_for_card(playground, f"Approve? {title}")
    own = playground.press(
        request["conversation"], request["messageId"], action_of(request["content"], "Approve")
    )
    fix = newest(running)
    approve(running, fix, Visitor(running.url, "ada"), Visitor(running.url, "erin"))

    until_state(running, str(fix["id"]), state)
    shown = wait_for_card(playground, f"{says}: {title}")
    assert shown["messageId"] == card["messageId"]
    assert "role" in json.dumps(own) or "someone else" in json.dumps(own)
    assert (landing(running) / "second.txt").exists() is (state == "verified")
    (landing(running) / "second.txt").unlink(missing_ok=True)
    (landing(running) / "first.txt").unlink(missing_ok=True)


@pytest.mark.proves("E6")
def test_a_verified_plan_is_taken_back_by_its_button_in_teams(running: House, playground: Playground) -> None:
    ada, erin = Visitor(running.url, "ada"), Visitor(running.url, "erin")
    playground.write(PERSONAL, "fix orders_etl write-two-notes")
    card = wait_for_card(playground, "1 · Write two notes")
    choice = action_of(card["content"], "1 · Write two notes")
    asked = card_of(playground.press(PERSONAL, card["messageId"], choice))
    answers = proposed_in(asked) | {input_called(asked, "text"): "to be taken back"}
    playground.press(PERSONAL, card["messageId"], action_of(asked, "Dry-run it"), answers)
    first = newest(running)
    approve(running, first, ada, erin)
    until_state(running, str(first["id"]), "verified")
    verified = wait_for_card(playground, "Can be undone")

    offered = action_of(verified["content"], "Undo write two notes")
    playground.press(PERSONAL, verified["messageId"], offered)
    undo = newest(running)
    approve(running, undo, ada, erin)

    until_state(running, str(undo["id"]), "verified")
    assert undo["undoes"] == first["id"]
    assert not (landing(running) / "second.txt").exists()
    assert str(undo["id"]) in json.dumps(wait_for_card(playground, "Taken back: Write two notes"))
