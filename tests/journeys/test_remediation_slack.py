"""From trouble to a change in Slack, by its socket: options, parameters, two approvals; a failing check."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.demo.samples import write_samples
from tests.journeys.mender import SETTINGS, landing, newest, until_state
from tests.journeys.people import people_file
from tests.journeys.slack_town import ADA, APPROVALS, ERIN, FEEDS, SAM, SlackTown, slack_town
from tests.remediation.contained import need_sandbox

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackTown]:
    need_sandbox()
    folder = tmp_path_factory.mktemp("slack-mending")
    people = people_file(tmp_path_factory.mktemp("people"), sam=["approver"])
    with slack_town(folder, socket=True, **SETTINGS, PEOPLE_FILE=str(people)) as started:
        yield started


@pytest.mark.proves("A4", "A12", "E7")
def test_two_people_approve_in_slack_and_it_is_verified(town: SlackTown) -> None:
    fix = _approved(town, "write-two-notes", "Write two notes")

    until_state(town.house, str(fix["id"]), "verified")
    town.wait_for(FEEDS, "Verified: Write two notes")
    assert (landing(town.house) / "second.txt").exists()
    assert town.house.run("audit", "verify").returncode == 0


@pytest.mark.proves("A12", "E6", "E7")
def test_a_failing_check_rolls_back_and_slack_says_so(town: SlackTown) -> None:
    for name in ("first.txt", "second.txt"):
        (landing(town.house) / name).unlink(missing_ok=True)
    fix = _approved(town, "write-and-fail", "Write, and fail to help")

    until_state(town.house, str(fix["id"]), "rolled_back")
    town.wait_for(FEEDS, "Rolled back: Write, and fail to help")
    assert not (landing(town.house) / "first.txt").exists()


def test_in_socket_mode_a_mention_and_a_file_are_answered(town: SlackTown, tmp_path: Path) -> None:
    town.say(SAM, FEEDS, "help")
    town.wait_for(FEEDS, "Feeds under watch")

    town.drop(SAM, FEEDS, write_samples(tmp_path) / "orders.ndjson")
    town.wait_for(FEEDS, "I read your sample")


def _approved(town: SlackTown, runbook: str, title: str) -> dict[str, object]:
    town.say(ERIN, FEEDS, f"fix orders_etl {runbook}")
    options = town.wait_for(FEEDS, f"1 · {title}")
    town.answer(ERIN, FEEDS, options, f"1 · {title}", text="from slack")

    request = town.wait_for(APPROVALS, f"Approve? {title}", 60)
    assert "first.txt" in json.dumps(request)
    town.press(ERIN, APPROVALS, request, "Approve")
    town.press(SAM, APPROVALS, request, "Approve")
    town.press(ADA, APPROVALS, request, "Approve")
    return newest(town.house)
