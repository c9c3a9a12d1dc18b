"""The first journey from a terminal: `dogwatch ask` beside a running house."""

from pathlib import Path

import pytest

from runtime.demo.samples import write_samples
from tests.journeys.house import house, wait_until
from tests.journeys.terminal import TerminalPerson
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.timeout(600)


@pytest.mark.proves("A4")
def test_the_journey_from_a_terminal_ends_in_a_merged_feed_and_comes_back(tmp_path: Path) -> None:
    sample = write_samples(tmp_path / "samples") / "fx_trades.csv"
    with house(tmp_path / "data") as running:
        sam = TerminalPerson(running, "sam")
        sam.type(f"drop {sample}")
        sam.wait_for("I read your sample")
        sam.press("Answer")
        sam.take_every_proposal("Waits for approval")

        ada = Visitor(running.url, "ada")
        ada.press(ada.wait_for("approvals", "Approve? Onboard feed fx_trades"), "Approve")
        sam.wait_for("Merged: fx_trades")

        asked = running.run("ask", "--as", "erin", "feeds")
        assert "fx_trades" in asked.stdout, asked.stderr[-2000:]
        assert running.url in asked.stdout, "links lead to the house that runs"
        begin = len(sam.said)
        sam.type("revert fx_trades")
        ada.press(ada.wait_for("approvals", "Approve? Revert feed fx_trades"), "Approve")
        sam.wait_for("Merged", begin)
        wait_until(lambda: running.rows("SELECT count(*) FROM feeds") == [(0,)])
        assert sam.leave() == 0
