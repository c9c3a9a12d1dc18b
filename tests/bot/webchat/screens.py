"""Drive the web chat in a real browser, in the words of a person who uses it.

Reusable by journeys: `with browser() as b: screen = Screen(b, address, "ana")`.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 15_000
NO_SHARING = "delete window.SharedWorker"
"""To be added before a page loads: each of its windows then has a connection of its own."""
expect.set_options(timeout=WAIT_MS)  # several workers share few cores


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium; skip the test without it, or fail it in CI."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        reason = "chromium is not installed; on Debian: apt-get install -y chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield started
        finally:
            started.close()


def picture(page: Page, path: Path) -> None:
    """Keep a picture of a page, in as many colours as anybody sees there: a third of the bytes."""
    page.screenshot(path=path)
    with Image.open(path) as taken:
        small = taken.convert("RGB").quantize(256, kmeans=1, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


class Screen:
    """One person's browser window; cookies are its own."""

    def __init__(
        self,
        chromium: Browser,
        address: str,
        person: str,
        *,
        width: int = 1360,
        height: int = 860,
        scheme: str = "light",
        zone: str | None = None,
    ) -> None:
        self.context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            locale="en-GB",
            timezone_id=zone,
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(WAIT_MS)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(address.rstrip("/") + "/")
        self.page.locator(f"#gate [data-person='{person}']").click()
        expect(self.page.locator("#app")).to_be_visible()

    def _note(self, kind: str, text: str) -> None:
        # The browser logs every refusal of ours as an error of the network; those are answers, not faults.
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)

    def second_tab(self) -> Page:
        """Return another tab of the same person, on the same address."""
        page = self.context.new_page()
        page.goto(self.page.url)
        expect(page.locator("#app")).to_be_visible()
        return page

    def become(self, person: str) -> None:
        """Switch to another demo person."""
        self.page.locator("button.person-now").click()
        self.page.locator(f"#people [data-person='{person}']").click()
        expect(self.page.locator(f"#people [data-person='{person}'][aria-current='true']")).to_be_attached()

    def go_to(self, channel: str) -> None:
        """Open a channel by its name."""
        if self.page.locator("#open-menu").is_visible():
            self.page.locator("#open-menu").click()
        self.page.locator(".channel", has_text=channel).click()
        expect(self.page.locator("#channel-name")).to_contain_text(channel)

    def say(self, text: str) -> None:
        """Write a message into the open channel."""
        self.page.locator("#composer-text").fill(text)
        self.page.locator("#composer-text").press("Enter")

    def reply(self, text: str) -> None:
        """Write a message into the open thread."""
        self.page.locator("#thread-text").fill(text)
        self.page.locator("#thread-text").press("Enter")

    def drop_file(self, path: Path, text: str = "") -> None:
        """Attach a file, wait until it is up, and send it."""
        self.page.locator("#channel-composer input[type=file]").set_input_files(path)
        expect(self.page.locator("#channel-composer .chip.is-ready")).to_have_count(1, timeout=60_000)
        self.say(text)

    def card(self, text: str) -> Locator:
        """Return the newest card that says this, in channel or thread, when it is there."""
        found = self.page.locator("article.card", has_text=text).last
        expect(found).to_be_visible(timeout=WAIT_MS)
        return found

    def wait_for_text(self, text: str, timeout_ms: int = WAIT_MS) -> None:
        """Wait until some message says this."""
        expect(self.page.locator(".messages .message", has_text=text).last).to_be_visible(timeout=timeout_ms)

    def press(self, label: str, *, on: str = "", confirm: bool = True) -> None:
        """Press a button of the newest card that has it (and says `on`), and agree when it asks."""
        button = self.page.get_by_role("button", name=label, exact=True)
        cards = self.page.locator("article.card").filter(has=button)
        scope = cards.filter(has_text=on).last if on else cards.last
        scope.get_by_role("button", name=label, exact=True).click()
        question = self.page.locator("dialog.ask")
        if confirm and question.is_visible():
            question.locator("button[value=yes]").click()

    def open_thread(self, of: str) -> None:
        """Open the thread of the message that says this."""
        message = self.page.locator("#channel-messages .message", has_text=of).last
        message.hover()
        message.get_by_role("button", name="Reply in thread").click()
        expect(self.page.locator("#thread")).to_be_visible()

    def fill_in(self, answers: dict[str, str]) -> None:
        """Fill in the open dialog by input name."""
        for name, answer in answers.items():
            control = self.page.locator(f"dialog.dialog-box [name='{name}']")
            if control.evaluate("node => node.tagName") == "SELECT":
                control.select_option(answer)
            elif control.get_attribute("type") == "checkbox":
                control.set_checked(answer == "true")
            else:
                control.fill(answer)

    def send_dialog(self) -> None:
        """Press the dialog's own button."""
        self.page.locator("dialog.dialog-box button[type=submit]").click()

    def shot(self, path: Path) -> None:
        """Keep a picture of the window."""
        picture(self.page, path)

    def close(self) -> None:
        """Close the window; fails when the browser complained about our page."""
        self.context.close()
        assert self.complaints == []
