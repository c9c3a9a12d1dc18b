"""Open pages follow what happens by themselves, and leave alone what somebody has under their hands."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.identity.people import Role
from domain.watch.alerts import AlertState
from tests.bot.desk_house import FixedClock
from tests.bot.test_incident_cards import an_incident
from tests.bot.webchat.screens import NO_SHARING, browser
from tests.counterparts.dead_wire import DeadWire, run_until_seen
from tests.counterparts.processes import free_ports
from tests.web.feeds import add_feeds
from tests.web.house import WebHouse
from tests.web.test_accessible import PASSWORD, opened
from tests.web.test_signin_browser import served
from web.signin.passwords import set_password


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture
def house(tmp_path: Path) -> WebHouse:
    made = WebHouse(tmp_path, clock=FixedClock(datetime.now(UTC)))
    erin = made.knows("erin", Role.ENGINEER)
    with made.transactions.writing() as uow:
        set_password(uow, erin.id, PASSWORD, made.clock.now(), "test")
        uow.incidents.save(an_incident())
    add_feeds(made, 3)
    return made


@contextmanager
def looked_at(house: WebHouse, chromium: Browser, width: int) -> Iterator[tuple[Page, str]]:
    """Serve a house to Erin, who is signed in; yield her page and the address of the dashboard."""
    port = free_ports()
    address = f"http://127.0.0.1:{port}"
    with served(house.app, port), opened(chromium, address, "light", width) as page:
        yield page, f"{address}/dashboard"


def test_the_list_of_incidents_follows_and_stays_where_it_was_scrolled_to(
    chromium: Browser, house: WebHouse
) -> None:
    wide = an_incident("positions_of_all_custodians_and_desks_as_the_ledger_has_them")
    with house.transactions.writing() as uow:
        uow.incidents.save(wide)
    with looked_at(house, chromium, 620) as (page, dashboard):
        page.goto(f"{dashboard}/incidents")
        expect(page.locator("#wire")).to_have_text("live")
        page.locator(".wide").evaluate("part => { part.scrollLeft = 90; part.dataset.mine = 'yes'; }")

        with house.transactions.writing() as uow:
            uow.incidents.save(wide.model_copy(update={"cause": "the vendor was late"}))

        expect(page.locator("tbody")).to_contain_text("the vendor was late")
        assert page.locator(".wide").evaluate("part => [part.scrollLeft, part.dataset.mine]") == [90, None]
        page.locator(".wide").evaluate("part => { part.dataset.mine = 'yes'; }")

        with page.expect_response("**/dashboard/incidents"), house.transactions.writing() as uow:
            (alert,) = uow.alerts.every_open()
            uow.alerts.save(alert.model_copy(update={"state": AlertState.BACK_ON_TRACK}))
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

        assert page.locator(".wide").evaluate("part => part.dataset.mine") == "yes", "it says the same"


def test_a_page_that_was_refused_for_a_while_says_so_and_catches_up(
    chromium: Browser, house: WebHouse
) -> None:
    with looked_at(house, chromium, 1280) as (page, dashboard):
        page.clock.install()
        page.add_init_script(NO_SHARING)  # what a worker asks can't be answered in its place
        page.goto(f"{dashboard}/alerts")
        expect(page.locator("#wire")).to_have_text("live")
        page.route("**/dashboard/alerts", lambda route: route.fulfill(status=503))
        page.route("**/dashboard/live", lambda route: route.fulfill(status=503))
        with page.expect_response("**/dashboard/alerts"), house.transactions.writing() as uow:
            (alert,) = uow.alerts.every_open()
            uow.alerts.save(alert.model_copy(update={"state": AlertState.BACK_ON_TRACK}))

        page.unroute("**/dashboard/alerts")
        page.clock.run_for(6_000)
        expect(page.locator("tbody").first).to_contain_text("back on track")

        page.reload()
        expect(page.locator("#wire")).to_contain_text("reconnecting")
        page.unroute("**/dashboard/live")
        page.clock.run_for(4_000)
        expect(page.locator("#wire")).to_have_text("live")

        page.route("**/dashboard/live", lambda route: route.fulfill(status=503))
        page.reload()
        page.context.clear_cookies()
        page.clock.run_for(4_000)
        page.wait_for_url("**/sign-in/?next=/dashboard/alerts")


def test_a_page_on_a_dead_connection_says_as_of_when_it_is_and_catches_up(
    chromium: Browser, house: WebHouse
) -> None:
    port = free_ports()
    with (
        served(house.app, port),
        DeadWire(port) as wire,
        opened(chromium, wire.address, "light", 1280) as page,
    ):
        page.clock.install()
        page.goto(f"{wire.address}/dashboard/alerts")
        expect(page.locator("#wire")).to_have_text("live")
        wire.cut()
        with house.transactions.writing() as uow:
            (alert,) = uow.alerts.every_open()
            uow.alerts.save(alert.model_copy(update={"state": AlertState.BACK_ON_TRACK}))
        page.clock.run_for(31_000)
        expect(page.locator("#wire")).to_contain_text("reconnecting; as of")

        wire.mend()
        run_until_seen(page, page.locator("tbody").first, "back on track")

        expect(page.locator("#wire")).to_have_text("live")


def test_eight_windows_of_the_dashboard_follow_over_one_connection(
    chromium: Browser, house: WebHouse
) -> None:
    with looked_at(house, chromium, 1280) as (page, dashboard):
        windows = [page, *(page.context.new_page() for _ in range(7))]
        for window in windows:
            window.goto(f"{dashboard}/alerts")
            expect(window.locator("#wire")).to_have_text("live")

        with house.transactions.writing() as uow:
            (alert,) = uow.alerts.every_open()
            uow.alerts.save(alert.model_copy(update={"state": AlertState.BACK_ON_TRACK}))

        for window in windows:
            expect(window.locator("tbody").first).to_contain_text("back on track")
