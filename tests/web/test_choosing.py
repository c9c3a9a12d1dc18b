"""A board of one team, in its address; a house that still learns; and refusals that people read as pages."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from domain.identity.people import Role
from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from tests.web.feeds import add_feeds
from tests.web.house import WebHouse

AS_A_PAGE = {"accept": "text/html,*/*"}


@pytest.fixture
def house(tmp_path: Path) -> WebHouse:
    return WebHouse(tmp_path)


@pytest.fixture
async def browser(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with house.browser_of(house.knows("erin", Role.ENGINEER)) as opened:
        yield opened


async def test_the_address_says_whose_feeds_and_alerts_are_shown(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    names = add_feeds(house, 12)

    mine = (await browser.get("/dashboard/?team=payments")).text
    alerts = [(await browser.get(f"/dashboard/alerts?team={team}")).text for team in ("market-data", "risk")]
    nobodys = (await browser.get("/dashboard/?team=nobody")).text

    assert [name for name in names if f">{name}<" in mine] == [n for n in names if n.startswith("payments")]
    assert '<a href="/dashboard/alerts?team=payments"' in mine, "the other page shows the same team"
    assert [f"/dashboard/feeds/{names[0]}" in page for page in alerts] == [True, False]
    assert "No feed of team nobody" in nobodys


async def test_without_a_script_the_address_chooses_state_and_name_too(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    names = add_feeds(house, 12)

    page = (await browser.get(f"/dashboard/?state=red&find={names[0]}")).text

    items = [item.partition(">")[0] for item in page.split("<li data-name=")[1:]]
    assert [item.endswith(" hidden") for item in items] == [names[0] not in item for item in items]
    assert 'href="/dashboard/?state=red#all"' in page


async def test_a_house_that_still_learns_says_so(house: WebHouse, browser: httpx.AsyncClient) -> None:
    feeds = [
        Feed(FeedName(name), TeamId("desk"), Schedule(Rhythm.DAILY)) for name in ("fx_trades", "fx_rates")
    ]
    with house.transactions.writing() as uow:
        uow.watched.keep(feeds, house.clock.now())

    board = (await browser.get("/dashboard/")).text
    feed = await browser.get("/dashboard/feeds/fx_rates", headers=AS_A_PAGE)

    assert "2 feeds on the way" in board
    assert "No feed is under watch yet" not in board
    assert "I have heard of fx_rates and have not looked at it yet." in feed.text


async def test_a_refusal_is_a_page_for_who_looks_at_one(house: WebHouse, browser: httpx.AsyncClient) -> None:
    add_feeds(house, 3)

    near = await browser.get("/dashboard/feeds/market_dta_000", headers=AS_A_PAGE)
    nowhere = await browser.get("/dashboard/nowhere", headers=AS_A_PAGE)
    program = await browser.get("/dashboard/feeds/x")

    assert (near.status_code, nowhere.status_code, program.status_code) == (404, 404, 404)
    assert "Did you mean market_data_000?" in near.text
    assert "<h1>There is no such page.</h1>" in nowhere.text
    assert program.json() == {"error": "There is no feed named x under watch."}
