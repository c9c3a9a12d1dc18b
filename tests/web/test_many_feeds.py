"""A board of more feeds than a browser draws at once: pages of the list, the most urgent first."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from domain.identity.people import Role
from domain.watch.alerts import AlertState, Mute
from domain.watch.feed_health import Light
from tests.bot.desk_house import FixedClock
from tests.domain.builders import an_alert
from tests.web.feeds import add_feeds
from tests.web.house import WebHouse
from tests.web.test_accessible import LOOK, PASSWORD
from tests.web.test_live_pages import chromium, looked_at
from web.pages.choosing import Asked, listed
from web.signin.passwords import set_password

__all__ = ["chromium"]

COUNT = 1_203
LAST = "risk_1202"
FEED_LINKS = re.compile(r'href="/dashboard/feeds/([^"]+)"')
LISTED = re.compile(r'<li data-name="([^"]+)"')


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHouse]:
    made = WebHouse(tmp_path_factory.mktemp("many"), clock=FixedClock(datetime.now(UTC)))
    erin = made.knows("erin", Role.ENGINEER)
    with made.transactions.writing() as uow:
        set_password(uow, erin.id, PASSWORD, made.clock.now(), "test")
    add_feeds(made, COUNT)
    yield made
    made.database.engine.dispose()


async def test_pages_of_the_list_hold_every_feed_once_the_most_urgent_first(house: WebHouse) -> None:
    async with house.browser_of(house.knows("erin", Role.ENGINEER)) as browser:
        pages = [(await browser.get(f"/dashboard/?page={number}")).text for number in ("1", "2", "3")]
        others = [
            (await browser.get(f"/dashboard/?page={asked}")).text for asked in ("99", "0", "x", "²", "")
        ]

    names = [LISTED.findall(page) for page in pages]
    assert [len(some) for some in names] == [500, 500, 203]
    assert [name for some in names for name in some] == [one.name for one in house.watched.every()]
    assert [LISTED.findall(page)[0] for page in others] == [names[2][0], *[names[0][0]] * 4]
    assert "1 to 500 of 1,203 feeds" in pages[0]
    assert "1,001 to 1,203 of 1,203 feeds" in pages[2]
    assert [('rel="prev"' in page, 'rel="next"' in page) for page in pages] == [
        (False, True), (True, True), (True, False),
    ]  # fmt: skip


async def test_what_is_looked_for_is_found_on_every_page_and_stays_in_the_way_to_the_next(
    house: WebHouse,
) -> None:
    async with house.browser_of(house.knows("erin", Role.ENGINEER)) as browser:
        one = (await browser.get(f"/dashboard/?find={LAST.upper()}&page=2")).text
        fine = (await browser.get("/dashboard/?team=risk&find=_1")).text
        green = (await browser.get("/dashboard/?state=green&find=_")).text
        none = (await browser.get("/dashboard/?find=nothing_has_this_name")).text

    assert LISTED.findall(one) == [LAST]
    assert "Page 1 of" not in one
    assert 'id="no-feeds" hidden' in one
    hidden = re.findall(r'<li data-name="([^"]+)"[^>]* hidden>', fine)
    assert len(LISTED.findall(fine)) == 301, "a team of few has its whole list"
    assert all("_1" not in name for name in hidden)
    assert 'href="/dashboard/?state=green&amp;find=_&amp;page=2#all"' in green
    assert 'id="no-feeds">No feed fits.' in none


async def test_of_many_alerts_and_mutes_the_first_are_shown_and_of_one_team_its_own(tmp_path: Path) -> None:
    house = WebHouse(tmp_path)
    names = add_feeds(house, 420)
    erin, now = house.knows("erin", Role.ENGINEER), house.clock.now()
    with house.transactions.writing() as uow:
        for name in names[1:210]:
            uow.alerts.save(an_alert(now, id=f"a{name}", root=name, team=name.partition("_")[0]))
        over = an_alert(now - timedelta(days=1), id="over", root=names[5])
        uow.alerts.save(over.model_copy(update={"state": AlertState.CLOSED, "closed_at": now}))
        for name in names[210:]:
            told = {"feed": name, "cause": "its source file is … min late", "by": erin.id, "since": now}
            uow.alerts.mute(Mute(fingerprint=f"m{name}", until=now + timedelta(hours=9), **told))

    async with house.browser_of(erin) as browser:
        all_of_them = (await browser.get("/dashboard/alerts")).text
        of_risk = (await browser.get("/dashboard/alerts?team=risk")).text

    assert "None yet." not in all_of_them, "an older one is over"
    assert "200 of 210 are shown; choose a team" in all_of_them
    assert "200 of 210 are shown.</p>" in all_of_them, "the mutes"
    assert len(set(FEED_LINKS.findall(all_of_them))) == 400
    assert {name.partition("_")[0] for name in FEED_LINKS.findall(of_risk)} == {"risk"}
    assert "are shown" not in of_risk


def test_few_feeds_are_listed_whole_whatever_is_looked_for(house: WebHouse) -> None:
    few = house.watched.every()[:500]

    shown = listed(Asked(state="red", page=4), few)

    assert shown.is_whole
    assert list(shown.feeds) == list(few)
    assert shown.fitting == sum(one.state is Light.RED for one in few)
    assert listed(Asked(), ()).pages == 1


def test_who_types_finds_any_of_many_feeds_and_stays_in_the_field(chromium: Browser, house: WebHouse) -> None:
    with looked_at(house, chromium, 1280) as (page, dashboard):
        page.goto(f"{dashboard}/?page=2")
        find = page.get_by_label("Find")
        find.focus()
        page.keyboard.type("_120", delay=20)
        expect(page.locator("#feeds li")).to_have_count(4)
        expect(find).to_be_focused()
        assert page.url == f"{dashboard}/?find=_120"

        page.keyboard.press("ArrowLeft")
        house.clock.at += timedelta(minutes=1)
        with house.transactions.writing() as uow:
            health = next(one for one in house.watched.every() if one.name == LAST)
            uow.watched.show([health.model_copy(update={"probability": 0.77})], house.clock.now())
        expect(page.locator("#feeds li", has_text="77%")).to_have_count(1)
        page.keyboard.type("x")
        expect(find).to_have_value("_12x0")
        expect(page.get_by_text("No feed fits.")).to_be_visible()

        page.reload()
        expect(find).to_have_value("_12x0")


def test_who_composes_words_as_on_a_phone_finds_at_once_what_stands_whole(
    chromium: Browser, house: WebHouse
) -> None:
    with looked_at(house, chromium, 390) as (page, dashboard):
        page.goto(f"{dashboard}/?team=risk")
        page.get_by_label("Find").focus()
        word = {"text": LAST, "selectionStart": len(LAST), "selectionEnd": len(LAST)}
        page.context.new_cdp_session(page).send("Input.imeSetComposition", word)

        expect(page.locator("#feeds li:visible")).to_have_count(1)
        assert page.url == f"{dashboard}/?team=risk&find={LAST}"

        page.goto(f"{dashboard}/")
        page.get_by_label("Find").focus()
        page.context.new_cdp_session(page).send("Input.imeSetComposition", word)
        expect(page).to_have_url(f"{dashboard}/?find={LAST}")  # what a live page brings back to the field


def test_the_list_is_turned_by_keyboard_and_back_again(chromium: Browser, house: WebHouse) -> None:
    with looked_at(house, chromium, 390) as (page, dashboard):
        page.goto(f"{dashboard}/?state=green")
        expect(page.locator("#feeds li")).to_have_count(500)
        page.get_by_role("navigation", name="More feeds").get_by_role("link", name="Next").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Page 2 of 2")).to_be_attached()
        expect(page.get_by_role("heading", name="All feeds")).to_be_in_viewport()
        assert page.evaluate(LOOK)["wide"] == page.evaluate(LOOK)["small"] == []

        page.get_by_label("State").select_option("red")
        expect(page.locator("#feeds li")).to_have_count(121)
        assert page.url == f"{dashboard}/?state=red#all"
        page.go_back()
        expect(page.get_by_text("Page 1 of 2")).to_be_attached()
