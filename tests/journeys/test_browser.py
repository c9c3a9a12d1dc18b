"""The first journey as a person sees it: a real browser on a real house.

With DOGWATCH_KEEP_PICTURES set, what the screen shows is kept in docs/pictures for people to look at.
"""

import os
from pathlib import Path

import pytest

from runtime.demo import write_samples
from tests.bot.webchat.screens import Screen, browser
from tests.journeys.house import ROOT, house, wait_until

pytestmark = pytest.mark.timeout(240)
_SLOW_MS = 60_000


def _picture(screen: Screen, name: str) -> None:
    if os.environ.get("DOGWATCH_KEEP_PICTURES"):
        folder = ROOT / "docs" / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        screen.shot(folder / f"{name}.png")


@pytest.mark.proves("A4", "A9")
def test_two_people_take_a_file_to_a_merged_feed_and_back_in_the_browser(tmp_path: Path) -> None:
    sample = write_samples(tmp_path / "samples") / "fx_trades.csv"
    with browser() as chromium, house(tmp_path / "data") as running:
        sam, ada = Screen(chromium, running.url, "sam"), Screen(chromium, running.url, "ada")
        sam.go_to("data-feeds")
        ada.go_to("approvals")

        sam.drop_file(sample, "our trades")
        sam.open_thread("our trades")
        sam.wait_for_text("I read your sample", _SLOW_MS)
        _picture(sam, "sample-read")
        sam.press("Answer", on="I read your sample")
        sam.page.locator("dialog.dialog-box").wait_for()
        sam.send_dialog()
        sam.wait_for_text("Waits for approval", _SLOW_MS)

        ada.wait_for_text("Approve? Onboard feed fx_trades", _SLOW_MS)
        _picture(ada, "approval")
        ada.press("Approve", on="Approve? Onboard feed fx_trades")
        ada.wait_for_text("Approved: Onboard feed fx_trades", _SLOW_MS)
        sam.wait_for_text("Merged: fx_trades", _SLOW_MS)

        sam.press("Revert", on="Merged: fx_trades")
        ada.wait_for_text("Approve? Revert feed fx_trades", _SLOW_MS)
        ada.press("Approve", on="Approve? Revert feed fx_trades")
        wait_until(lambda: running.rows("SELECT count(*) FROM feeds") == [(0,)])
        sam.close()
        ada.close()
