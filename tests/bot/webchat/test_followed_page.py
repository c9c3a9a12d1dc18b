"""A page that follows what it shows, in a real browser behind the real shield."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

import bot.adapters.webchat
from bot.adapters.webchat.page_frame import followed, framed
from bot.adapters.webchat.shield import Shield
from domain.identity.web_access import LOOKS_ON
from tests.bot.webchat.screens import browser
from tests.bot.webchat.served import Server
from tests.waiting import wait_until

STATIC = Path(bot.adapters.webchat.__file__).parent / "static"
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"


class Story:
    """A page whose content changes, and who asked for it how."""

    def __init__(self) -> None:
        self.body, self.status = "<p>It began.</p>", 200
        self.looked_on: list[bool] = []

    async def page(self, request: Request) -> Response:
        self.looked_on.append(LOOKS_ON in request.headers)
        return HTMLResponse(followed("orders are late", self.body), self.status)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def address(story: Story) -> Iterator[str]:
    routes = [Route("/incident", story.page), Mount("/static", StaticFiles(directory=STATIC))]
    with Server(Shield(Starlette(routes=routes))).running() as url:
        yield url


def test_a_page_shows_what_came_since_and_keeps_what_is_unfolded(story: Story, address: str) -> None:
    story.body = "<details><summary>Evidence</summary><p>old</p></details>"
    with browser() as chromium:
        page = chromium.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if "policy" in said.text.lower() else None
        )
        page.goto(f"{address}/incident")
        page.locator("summary").click()

        story.body = "<details><summary>Evidence</summary><p>new</p></details><p>A cause was found.</p>"
        page.evaluate(LOOK)

        expect(page.get_by_text("A cause was found.")).to_be_visible()
        expect(page.get_by_text("new", exact=True)).to_be_visible()
        assert page.locator("h1").inner_text() == "orders are late"
        assert complaints == []
    assert story.looked_on == [False, True], "nobody used the page: the session is not drawn out"


def test_a_page_keeps_what_stands_there_while_it_is_refused(story: Story, address: str) -> None:
    with browser() as chromium:
        page = chromium.new_page()
        page.goto(f"{address}/incident")
        story.body, story.status = "<p>You are signed out.</p>", 403
        with page.expect_response("**/incident"):
            page.evaluate(LOOK)

        story.body, story.status = "<p>It is over.</p>", 200

        def is_over() -> bool:
            page.evaluate(LOOK)
            return page.get_by_text("It is over.").is_visible()

        wait_until(is_over)
        assert page.get_by_text("signed out").count() == 0


def test_other_pages_run_no_script() -> None:
    assert "<script" not in framed("A plan", "<p>Exactly this is approved.</p>")
