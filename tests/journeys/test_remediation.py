"""From trouble to a changed system in the web chat: approval, run, proof, undo, stop, kill, freeze, glass."""

import json
from collections.abc import Iterator

import pytest

from tests.journeys.house import House, house, wait_until
from tests.journeys.mender import (
    SETTINGS,
    approve,
    begin,
    kill_runner,
    kill_server,
    landing,
    lingering,
    newest,
    until_state,
)
from tests.journeys.visitor import Visitor, words
from tests.remediation.contained import need_sandbox

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    need_sandbox()
    with house(tmp_path_factory.mktemp("mending") / "data", **SETTINGS) as started:
        yield started


@pytest.fixture
def erin(running: House) -> Visitor:
    return Visitor(running.url, "erin")


@pytest.fixture
def ada(running: House) -> Visitor:
    return Visitor(running.url, "ada")


@pytest.fixture
def ben(running: House) -> Visitor:
    return Visitor(running.url, "ben")


@pytest.mark.proves("A4", "A9", "E7", "E8", "L1")
def test_two_people_approve_a_dry_run_and_it_is_carried_out_and_verified(
    running: House, erin: Visitor, ada: Visitor, ben: Visitor
) -> None:
    thread = begin(erin, "write-two-notes", text="hello")
    request = ada.wait_for("approvals", "Approve? Write two notes")

    shown = words(request)
    assert "first.txt" in shown
    assert "2 approvers" in shown
    own = erin.press(request, "Approve")
    ada.press(request, "Approve")
    page = ada.page(f"/plans/{newest(running)['id']}")
    assert "kit import" in page
    assert running.rows(
        "SELECT count(*) FROM audit_entries WHERE act = 'approval_seen' AND actor = 'ada'"
    ) == [(1,)]
    assert not (landing(running) / "second.txt").exists()
    ben.press(request, "Approve")

    fix = until_state(running, str(newest(running)["id"]), "verified")
    assert "decide" in words(own["whispers"][0]) or "role" in words(own["whispers"][0])
    assert (landing(running) / "second.txt").read_text() == "hello"
    assert "Verified: Write two notes" in words(erin.wait_for("incidents", "Verified", thread))
    assert "Approved: Write two notes" in words(ada.wait_for("approvals", "Approved: Write two notes"))
    acts = [
        act for (act,) in running.rows("SELECT act FROM audit_entries WHERE subject = ?", f"plan/{fix['id']}")
    ]
    for act in (
        "fix_opened",
        "plan_proposed",
        "dry_run_recorded",
        "order_signed",
        "step_recorded",
        "run_ended",
    ):
        assert act in acts
    assert running.run("audit", "verify").returncode == 0


@pytest.mark.proves("E6", "E7")
def test_a_check_that_does_not_hold_puts_everything_back(
    running: House, erin: Visitor, ada: Visitor, ben: Visitor
) -> None:
    for name in ("first.txt", "second.txt"):
        (landing(running) / name).unlink(missing_ok=True)

    thread = begin(erin, "write-and-fail", text="no help")
    fix = newest(running)
    approve(running, fix, ada, ben)

    until_state(running, str(fix["id"]), "rolled_back")
    card = words(erin.wait_for("incidents", "Rolled back", thread))
    assert "third.txt" in card
    assert "undo 2" in card
    assert not (landing(running) / "first.txt").exists()


@pytest.mark.proves("A9", "E6")
def test_a_verified_plan_is_taken_back_by_a_plan_of_its_own(
    running: House, erin: Visitor, ada: Visitor, ben: Visitor
) -> None:
    thread = begin(erin, "write-two-notes", text="to be taken back")
    first = newest(running)
    approve(running, first, ada, ben)
    until_state(running, str(first["id"]), "verified")
    card = erin.wait_for("incidents", "Can be undone", thread)

    erin.press(card, "Undo write two notes")
    undo = newest(running)
    approve(running, undo, ada, ben)

    until_state(running, str(undo["id"]), "verified")
    assert (undo["undoes"], newest(running, str(first["id"]))["undone_by"]) == (first["id"], undo["id"])
    assert not (landing(running) / "first.txt").exists()
    assert not (landing(running) / "second.txt").exists()
    assert str(undo["id"]) in words(erin.wait_for("incidents", "Taken back: Write two notes", thread))
    orders = running.rows("SELECT fix FROM orders WHERE fix IN (?, ?)", first["id"], undo["id"])
    assert sorted(fix for (fix,) in orders) == sorted([first["id"], undo["id"]])


@pytest.mark.proves("E5", "A3")
def test_stop_ends_every_process_and_undoes_what_was_done(
    running: House, erin: Visitor, ada: Visitor, ben: Visitor
) -> None:
    thread = begin(erin, "write-and-linger", text="stop me", seconds="60")
    fix = newest(running)
    approve(running, fix, ada, ben)
    card = erin.wait_for("incidents", "still at it", thread)
    assert lingering(running)

    erin.press(card, "Stop")
    wait_until(lambda: not lingering(running), 45)  # by themselves they would stay for a minute

    until_state(running, str(fix["id"]), "rolled_back", "stopped")
    assert not (landing(running) / "first.txt").exists()


@pytest.mark.proves("E2", "E3", "A12")
def test_a_runner_killed_in_the_middle_asks_a_person_and_does_nothing_twice(
    running: House, erin: Visitor, ada: Visitor, ben: Visitor
) -> None:
    thread = begin(erin, "write-and-linger", text="kill me", seconds="60")
    fix = newest(running)
    approve(running, fix, ada, ben)
    erin.wait_for("incidents", "still at it", thread)

    kill_runner(running)
    until_state(running, str(fix["id"]), "unknown")
    assert not lingering(running)
    card = ada.wait_for("incidents", "I don't know, decide", thread)
    assert "I don't know whether" in words(card)
    ada.press(card, "Roll back")

    until_state(running, str(fix["id"]), "rolled_back")
    assert not (landing(running) / "first.txt").exists()


@pytest.mark.proves("A13", "A7")
def test_a_freeze_holds_an_approved_plan_until_two_people_lift_it(
    running: House, erin: Visitor, ada: Visitor, ben: Visitor
) -> None:
    begin(erin, "write-two-notes", text="frozen")
    fix = newest(running)
    ada.say("dm:ada", "freeze strange things happen")
    approve(running, fix, ada, ben)
    wait_until(lambda: "Frozen" in str(newest(running, str(fix["id"]))["sentence"]))

    ada.say("dm:ada", "freeze lift")
    ada.say("dm:ada", "freeze lift")
    assert newest(running, str(fix["id"]))["state"] == "approved"
    Visitor(running.url, "ben").say("dm:ben", "freeze lift")

    until_state(running, str(fix["id"]), "verified")


@pytest.mark.proves("A15", "A16")
def test_breaking_the_glass_starts_at_once_calls_somebody_and_waits_for_a_review(
    running: House, erin: Visitor, ada: Visitor, ben: Visitor
) -> None:
    thread = begin(erin, "write-two-notes", text="urgent")
    fix = newest(running)
    until_state(running, str(fix["id"]), "in_approval")
    card = erin.wait_for("incidents", "Waits for approval", thread)

    dialog = erin.press(card, "Break glass")["dialog"]
    refused = erin.submit(dialog, {"reason": "now"})
    erin.submit(dialog, {"reason": "customers are without prices, nobody answers"})

    until_state(running, str(fix["id"]), "verified")
    assert refused["input_errors"]
    assert "Ben Backup" in words(ada.wait_for("approvals", "Glass broken"))
    order = json.loads(str(running.rows("SELECT document FROM orders WHERE fix = ?", fix["id"])[0][0]))
    assert order["order"]["warrant"] == "override"
    done = ben.wait_for("incidents", "Verified", thread)
    review = ben.press(done, "Review the override")["dialog"]
    ben.submit(review, {"review": "It was right: the prices were gone."})
    wait_until(lambda: running.rows("SELECT is_reviewed FROM overrides") == [(1,)])


@pytest.mark.proves("E11", "R1")
def test_with_the_workflow_server_gone_a_yes_is_recorded_and_starts_once_when_it_is_back(
    running: House, erin: Visitor, ada: Visitor, ben: Visitor
) -> None:
    thread = begin(erin, "write-two-notes", text="patience")
    fix = newest(running)
    until_state(running, str(fix["id"]), "in_approval")

    kill_server(running)
    approve(running, fix, ada, ben)
    erin.wait_for("incidents", "It starts as soon as the runner takes it", thread)

    until_state(running, str(fix["id"]), "verified")
    orders = running.rows("SELECT count(*) FROM orders WHERE fix = ?", fix["id"])
    assert orders == [(1,)]
