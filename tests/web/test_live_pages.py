"""Open pages follow what happens by themselves, and leave alone what somebody has under their hands."""

from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import expect

from domain.alerts import AlertState
from domain.people import Role
from tests.bot.desk_house import FixedClock
from tests.bot.test_incident_cards import an_incident
from tests.bot.webchat.screens import browser
from tests.counterparts.processes import free_ports
from tests.web.feeds import add_feeds
from tests.web.house import WebHouse
from tests.web.test_accessible import PASSWORD, opened
from tests.web.test_signin_browser import served
from web.signin.passwords import set_password


def test_the_list_of_incidents_follows_and_stays_where_it_was_scrolled_to(tmp_path: Path) -> None:
    house, port = WebHouse(tmp_path, clock=FixedClock(datetime.now(UTC))), free_ports()
    erin = house.knows("erin", Role.ENGINEER)
    with house.transactions.writing() as uow:
        set_password(uow, erin.id, PASSWORD, house.clock.now(), "test")
        uow.incidents.save(an_incident())
    add_feeds(house, 3)
    address = f"http://127.0.0.1:{port}"
    with browser() as chromium, served(house.app, port), opened(chromium, address, "light", 360) as page:
        page.goto(f"{address}/dashboard/incidents")
        expect(page.locator("#wire")).to_have_text("live")
        page.locator(".wide").evaluate("part => { part.scrollLeft = 90; part.dataset.mine = 'yes'; }")

        with house.transactions.writing() as uow:
            uow.incidents.save(an_incident().model_copy(update={"cause": "the vendor was late"}))

        expect(page.locator("tbody")).to_contain_text("the vendor was late")
        assert page.locator(".wide").evaluate("part => [part.scrollLeft, part.dataset.mine]") == [90, None]
        page.locator(".wide").evaluate("part => { part.dataset.mine = 'yes'; }")

        with page.expect_response("**/dashboard/incidents"), house.transactions.writing() as uow:
            (alert,) = uow.alerts.every_open()
            uow.alerts.save(alert.model_copy(update={"state": AlertState.BACK_ON_TRACK}))
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

        assert page.locator(".wide").evaluate("part => part.dataset.mine") == "yes", "it says the same"
