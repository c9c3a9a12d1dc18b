"""A kill -9 at every step of the journey: nothing is lost, nothing happens twice."""

import os
import signal
from pathlib import Path

import pytest

from runtime.demo.samples import write_samples
from tests.journeys.house import House, house, wait_until
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.timeout(600)


def _again(running: House) -> Visitor:
    """Let the power fail, and start again."""
    running.cut_the_power()
    running.start()
    return Visitor(running.url, "sam")


def _server(running: House) -> int:
    """Return the process of the workflow server."""
    return int(next(line for line in running.left_over() if "start-dev" in line).split()[0])


@pytest.mark.proves("E2", "R1")
def test_a_journey_survives_a_kill_at_every_step(tmp_path: Path) -> None:
    samples = write_samples(tmp_path / "samples")
    with house(tmp_path / "data") as running:
        sam = Visitor(running.url, "sam")
        thread = sam.drop("data-feeds", samples / "fx_trades.csv")
        sam = _again(running)
        sam.answer_questions("data-feeds", thread, Feed_name="fx_trades")
        sam = _again(running)
        Visitor(running.url, "ada").wait_for("approvals", "Approve? Onboard feed fx_trades")
        _again(running)
        ada = Visitor(running.url, "ada")
        ada.press(ada.wait_for("approvals", "Approve? Onboard feed fx_trades"), "Approve")
        sam = _again(running)
        sam.wait_for("data-feeds", "Merged: fx_trades", thread)

        acts = dict(running.rows("SELECT act, count(*) FROM audit_entries GROUP BY act"))
        once = ("change_opened", "review_opened", "approval_asked", "decision_recorded", "change_merged")
        assert {act: acts[act] for act in once} == dict.fromkeys(once, 1)
        shown = Visitor(running.url, "ada").messages("approvals")
        cards = [message for message in shown if message["bot"] and not message["private"]]
        assert len(cards) == 1
        assert running.run("audit", "verify").returncode == 0


@pytest.mark.proves("E11", "D3", "R1")
def test_the_workflow_server_and_its_file_can_be_lost(tmp_path: Path) -> None:
    samples = write_samples(tmp_path / "samples")
    with house(tmp_path / "data") as running:
        sam = Visitor(running.url, "sam")
        thread = sam.drop("data-feeds", samples / "orders.ndjson")
        sam.wait_for("data-feeds", "I read your sample", thread)
        os.kill(_server(running), signal.SIGKILL)

        sam.answer_questions("data-feeds", thread, Feed_name="orders")

        ada = Visitor(running.url, "ada")
        ada.wait_for("approvals", "Approve? Onboard feed orders")
        server = _server(running)
        os.kill(server, signal.SIGSTOP)
        for file in running.data.glob("temporal-*.db*"):
            file.write_bytes(b"what a failing disk leaves")
        os.kill(server, signal.SIGKILL)
        wait_until(lambda: list(running.data.glob("temporal-*.db.damaged-*")))
        ada.press(ada.wait_for("approvals", "Approve? Onboard feed orders"), "Approve")

        Visitor(running.url, "sam").wait_for("data-feeds", "Merged: orders", thread)
