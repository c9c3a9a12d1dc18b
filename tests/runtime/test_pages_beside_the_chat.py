"""Pages behind the links of cards, and addresses that lead nowhere, as people's browsers show them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from domain.ids import ArticleId
from domain.investigation.incidents import EntryKind, TimelineEntry
from domain.knowledge.articles import Article, ArticleKind, ArticleState
from domain.knowledge.library import ArticleEntry
from runtime.people.known_people import prepare
from runtime.processes.front import build_front
from runtime.processes.front_app import front_app
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores
from tests.bot.test_incident_cards import NOW, an_incident
from tests.bot.webchat.screens import browser
from tests.counterparts.processes import free_ports
from tests.web.test_accessible import LOOK
from tests.web.test_signin_browser import served

NOWHERE = ("/nowhere", "/incidents", "/incidents/", "/feeds/fx_trades", "/plans/", "/topology/")
LONG = " ".join(f"word {number}" for number in range(60))
WHOLE = """() => {
    const around = document.querySelector("nav").getBoundingClientRect();
    const ways = [...document.querySelectorAll("nav a")].map(way => way.getBoundingClientRect());
    return ways.map(way => way.left >= around.left && way.right <= around.right);
}"""
WAYS_ON = ["Feeds", "Alerts", "Incidents", "Scorecard", "Intake", "Chat"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("beside")
    port = free_ports()
    settings = Settings(data_dir=folder, web={"port": port, "demo": True})
    stores = open_stores(settings)
    prepare(settings, stores)
    incident = an_incident().model_copy(update={"pictures": (), "status": "We wait for the vendor."})
    article = Article(
        id=ArticleId("drain"),
        title="Drain a node",
        text="## Before\n\nTell the readers.\n\n## Then\n\n```\nkubectl drain NODE\n```\n",
        kind=ArticleKind.RUNBOOK,
        state=ArticleState.PUBLISHED,
    )
    with stores.transactions.writing() as uow:
        uow.incidents.save(incident)
        for number in range(3):
            at = NOW + timedelta(minutes=number)
            uow.timeline.add(
                TimelineEntry(
                    key=f"n{number}",
                    incident=incident.id,
                    at=at,
                    kind=EntryKind.NOTE,
                    by="erin",
                    text=LONG,
                )
            )
        uow.articles.save(ArticleEntry(article=article))
    front = build_front(settings, stores, "127.0.0.1:1", port)
    app = front_app(front.health, front.settings, front.stores, front.wake, front.doors.mounts)
    with served(app, port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


def erin_at(chromium: Browser, address: str, look: str, width: int) -> BrowserContext:
    scheme = "dark" if look == "dark" else "light"
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
    entered = context.request.post(
        f"{address}/api/enter", data={"subject": "erin"}, headers={"origin": address}
    )
    assert entered.ok
    return context


@pytest.mark.parametrize(("look", "width"), [("light", 1280), ("dark", 360)])
def test_pages_beside_the_chat_can_be_read_named_and_touched(
    chromium: Browser, address: str, look: str, width: int
) -> None:
    context, found = erin_at(chromium, address, look, width), {}
    page = context.new_page()
    for path in ("/incidents/i00000001", "/incidents/i1", "/kb/drain", "/kb/none", "/plans/p1", "/nowhere"):
        page.goto(address + path)
        assert page.locator("nav a").all_inner_texts() == WAYS_ON, path
        assert page.locator("h1").count() == 1, path
        found |= {f"{path}: {what}": which for what, which in page.evaluate(LOOK).items() if which}
    context.close()

    assert found == {}


def test_an_address_that_leads_nowhere_says_so_and_leads_on(chromium: Browser, address: str) -> None:
    context = erin_at(chromium, address, "light", 1280)
    page, told = context.new_page(), {}
    for path in NOWHERE:
        answer = page.goto(address + path)
        assert answer is not None
        told[path] = (answer.status, page.locator("h1").inner_text(), page.locator("nav a").count())
    program = context.request.get(f"{address}/nowhere", headers={"accept": "*/*"}).json()
    context.close()

    assert set(told.values()) == {(404, "There is nothing at this address", len(WAYS_ON))}
    assert program == {"error": "There is nothing at this address."}


def test_a_page_is_found_without_the_slash_that_its_address_ends_in(chromium: Browser, address: str) -> None:
    context = erin_at(chromium, address, "light", 1280)
    wanted = {
        "/about": (200, "/about/"),
        "/dashboard?team=payments&state=red": (200, "/dashboard/?team=payments&state=red"),
        "/sign-in?next=%2Fdashboard%2F": (200, "/sign-in/?next=%2Fdashboard%2F"),
        "/aboutx": (404, "/aboutx"),
        "/dashboardx": (404, "/dashboardx"),
    }
    found = {path: context.request.get(f"{address}{path}") for path in wanted}
    context.close()

    assert {path: (one.status, one.url.removeprefix(address)) for path, one in found.items()} == wanted


def test_an_incidents_page_leads_elsewhere_only_and_tells_each_line_whole(
    chromium: Browser, address: str
) -> None:
    context = erin_at(chromium, address, "light", 1280)
    page = context.new_page()
    page.goto(f"{address}/incidents/i00000001")
    links = page.locator("main a").all_inner_texts()
    told = page.locator("main").inner_text()
    context.close()

    assert links == ["Work on it on its card in the chat", "Draft of the review document"]
    assert "Evidence" not in told, "there is none"
    assert LONG in told


@pytest.mark.parametrize("path", ["/incidents/i0", "/plans/p0"])
def test_what_is_not_there_says_what_to_type_as_something_to_type(
    chromium: Browser, address: str, path: str
) -> None:
    page = erin_at(chromium, address, "light", 360).new_page()
    page.goto(address + path)

    assert page.locator("h1").inner_text() == "Not found"
    assert "`" not in page.locator("main").inner_text()
    assert page.locator("main code").count() == 1
    assert page.evaluate(WHOLE) == [True] * len(WAYS_ON), "no way on is cut off"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.context.close()
