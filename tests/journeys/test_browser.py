"""The first journey as a person sees it: a real browser on a real house.

With DOGWATCH_KEEP_PICTURES set, what the screen shows is kept in docs/pictures for people to look at.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from runtime.demo.samples import write_samples
from tests.bot.webchat.screens import Screen, browser
from tests.journeys.house import ROOT, House, house, wait_until

pytestmark = pytest.mark.timeout(600)
_SLOW_MS = 60_000


def _picture(screen: Screen, name: str) -> None:
    if os.environ.get("DOGWATCH_KEEP_PICTURES"):
        folder = ROOT / "docs" / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        screen.shot(folder / f"{name}.png")


@pytest.mark.proves("A4", "A9", "I4")
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
        _picture(sam, "questions")
        sam.send_dialog()
        sam.wait_for_text("Waits for approval", _SLOW_MS)

        ada.wait_for_text("Approve? Onboard feed fx_trades", _SLOW_MS)
        _picture(ada, "approval")
        ada.press("Approve", on="Approve? Onboard feed fx_trades")
        ada.wait_for_text("Approved: Onboard feed fx_trades", _SLOW_MS)
        sam.wait_for_text("Merged: fx_trades", _SLOW_MS)
        _picture(sam, "merged")

        sam.press("Revert", on="Merged: fx_trades")
        ada.wait_for_text("Approve? Revert feed fx_trades", _SLOW_MS)
        ada.press("Approve", on="Approve? Revert feed fx_trades")
        wait_until(lambda: running.rows("SELECT count(*) FROM feeds") == [(0,)])
        sam.close()
        ada.close()
        _signs_in_again_and_out(chromium, running)


def _signs_in_again_and_out(chromium: Browser, running: House) -> None:
    """What high risk asks for on the web: the name leads to the page, and out again."""
    verb = [sys.executable, "-m", "runtime", "user", "password", "--id", "ada"]
    subprocess.run(
        verb, cwd=ROOT, env=running.environment, input="a long enough password\n", text=True, check=True
    )
    page = chromium.new_page()
    page.goto(f"{running.url}/sign-in/?next=%2F")
    for _ in range(2):
        page.get_by_label("Name or mail address").fill("ada")
        page.get_by_label("Password").fill("a long enough password")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Sign in again, or sign out").click()
        expect(page.locator("#known")).to_contain_text("You are signed in as Ada")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#known")).to_be_hidden()
    page.goto(running.url)
    expect(page.get_by_role("heading", name="Who are you today?")).to_be_visible()
    page.close()
