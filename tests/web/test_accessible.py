"""Every page, light and dark, on a desk and on a phone: contrast, names, size of what is touched."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.identity.people import Role
from tests.bot.desk_house import FixedClock
from tests.bot.test_incident_cards import an_incident
from tests.bot.webchat.screens import browser
from tests.counterparts.processes import free_ports
from tests.web.feeds import add_feeds, add_scorecard
from tests.web.house import WebHouse
from tests.web.test_signin_browser import served
from web.signin.passwords import set_password

PASSWORD = "four unrelated words here"
LOOK = (Path(__file__).parent / "accessible.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    house = WebHouse(tmp_path_factory.mktemp("pages"), clock=FixedClock(datetime.now(UTC)))
    erin = house.knows("erin", Role.ENGINEER)
    with house.transactions.writing() as uow:
        set_password(uow, erin.id, PASSWORD, house.clock.now(), "test")
    names = add_feeds(house, 12)
    add_scorecard(house)
    with house.transactions.writing() as uow:
        uow.incidents.save(an_incident().model_copy(update={"about": f"feed/{names[0]}"}))
    port = free_ports()
    with served(house.app, port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def opened(chromium: Browser, address: str, look: str, width: int) -> Iterator[Page]:
    scheme = "dark" if look == "dark" else "light"
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
    page = context.new_page()
    page.goto(f"{address}/sign-in/")
    page.get_by_label("Name or mail address").fill("erin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/")
    try:
        yield page
    finally:  # or what is served waits for the page's stream, and a test that fails hangs
        context.close()


@pytest.mark.parametrize(("look", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)])
def test_everything_can_be_read_named_and_touched(
    chromium: Browser, address: str, look: str, width: int
) -> None:
    pages = ["", "alerts", "incidents", "scorecard", "intake", "feeds/market_data_000", "feeds/payments_001"]
    found = {}
    with opened(chromium, address, look, width) as page:
        for path in [*(f"/dashboard/{one}" for one in pages), "/api/v1/docs", "/sign-in/"]:
            page.goto(address + path, wait_until="networkidle" if "sign-in" in path else "load")
            page.locator("main :visible").first.wait_for()
            told = page.evaluate(LOOK)
            found |= {f"{path}: {what}": which for what, which in told.items() if which}

    told = "\n".join(f"{what}: {one}" for what, which in found.items() for one in which)
    assert found == {}, told


def test_the_keyboard_goes_from_the_skip_link_through_the_pages_in_order(
    chromium: Browser, address: str
) -> None:
    with opened(chromium, address, "light", 1280) as page:
        page.goto(f"{address}/dashboard/")
        seen = []
        for _ in range(8):
            page.keyboard.press("Tab")
            seen.append(page.evaluate("document.activeElement.textContent.trim()"))

    assert seen == [
        "Skip to the content", "Dogwatch", "Feeds", "Alerts", "Incidents", "Scorecard", "Intake", "Chat",
    ]  # fmt: skip


def test_a_team_is_chosen_by_keyboard_and_stands_in_the_address(chromium: Browser, address: str) -> None:
    with opened(chromium, address, "light", 1280) as page:
        page.goto(f"{address}/dashboard/")
        page.get_by_label("Team").focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator("#feeds li")).to_have_count(3)
        expect(page.get_by_label("Team")).to_be_focused()
        page.get_by_label("Find").fill("data_004")
        expect(page.locator("#feeds li:visible")).to_have_count(1)
        assert page.url == f"{address}/dashboard/?team=market-data&find=data_004"

        page.reload()
        expect(page.locator("#feeds li:visible")).to_have_count(1)
        page.get_by_role("navigation", name="Pages").get_by_role("link", name="Alerts").click()
        assert page.url == f"{address}/dashboard/alerts?team=market-data"
