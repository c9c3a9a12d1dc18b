"""The pages of feeds say which incidents are open, of which feed, and who leads them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from domain.identity.people import Role
from domain.investigation.incidents import Incident, IncidentKind, IncidentRole, IncidentState, Severity
from tests.bot.test_incident_cards import an_incident
from tests.web.feeds import add_feeds
from tests.web.house import WebHouse
from web.pages.incidents import open_incidents


@pytest.fixture
def house(tmp_path: Path) -> WebHouse:
    return WebHouse(tmp_path)


@pytest.fixture
async def browser(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with house.browser_of(house.knows("erin", Role.ENGINEER)) as opened:
        yield opened


def _keep(house: WebHouse, number: int, **changes: object) -> Incident:
    made = an_incident().model_copy(update={"id": f"i{number:08x}", **changes})
    with house.transactions.writing() as uow:
        uow.incidents.save(made)
    return made


async def test_board_and_page_of_a_feed_name_its_open_incident(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    names = add_feeds(house, 12)
    _keep(house, 1, about=f"feed/{names[0]}", title="desks wait", severity=Severity.SEV2)
    _keep(house, 2, about=f"feed/{names[1]}", title="rates are <b>odd</b>", roles={IncidentRole.LEAD: "erin"})

    board = (await browser.get("/dashboard/")).text
    troubled = (await browser.get(f"/dashboard/feeds/{names[0]}")).text
    fine = (await browser.get(f"/dashboard/feeds/{names[1]}")).text
    other = (await browser.get(f"/dashboard/feeds/{names[2]}")).text

    assert "2 open incidents" in board
    assert board.count('href="/incidents/i00000001">desks wait</a>') == 2, "above, and at the feed in trouble"
    assert "rates are &lt;b&gt;odd&lt;/b&gt;" in board
    assert 'Open incident: <a href="/incidents/i00000001">desks wait</a>' in troubled
    assert "Nobody leads it." in troubled
    assert "Erin leads it." in fine
    assert "Open incident" not in other


async def test_a_question_and_what_is_over_are_no_open_incidents(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    names = add_feeds(house, 3)
    _keep(house, 1, about=f"feed/{names[0]}", kind=IncidentKind.QUESTION)
    over = {"state": IncidentState.RESOLVED, "resolved_at": house.clock.now()}
    _keep(house, 2, about=f"feed/{names[0]}", **over)

    board = (await browser.get("/dashboard/")).text
    page = (await browser.get(f"/dashboard/feeds/{names[0]}")).text

    assert "open incident" not in board.casefold()
    assert "Open incident" not in page


async def test_a_team_sees_what_concerns_it_and_what_concerns_everybody(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    names = add_feeds(house, 4)
    _keep(house, 1, about=f"feed/{names[0]}", title="of market data")
    _keep(house, 2, about=f"feed/{names[1]}", title="of payments")
    _keep(house, 3, about="service/checkout", title="of a service")
    _keep(house, 4, about="feed/not_watched", title="of a feed without runs")

    board = (await browser.get("/dashboard/?team=payments")).text

    assert "of market data" not in board
    assert all(told in board for told in ("of payments", "of a service", "of a feed without runs"))


def test_the_gravest_and_then_the_oldest_stands_first(house: WebHouse) -> None:
    now = house.clock.now()
    first, second, grave = (
        an_incident(title).model_copy(update={"opened_at": now + timedelta(minutes=at), "severity": severity})
        for title, at, severity in (
            ("first", 0, Severity.SEV3),
            ("second", 5, Severity.SEV3),
            ("grave", 9, Severity.SEV1),
        )
    )

    told = open_incidents([second, grave, first], {})

    assert [one.title for one in told] == ["grave", "first", "second"]
    assert {one.feed for one in told} == {"" if not first.about.startswith("feed/") else first.name}
