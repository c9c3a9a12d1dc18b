"""The pages: what they show, to whom, and that text from outside stays text."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.presenters.scorecard import scorecard_card
from bot.presenters.watch import likely_card
from domain.identity.chat import MessageRef, Place, Platform
from domain.identity.people import Role
from domain.ids import FeedName, PersonId
from domain.telling.postings import View
from domain.watch.alerts import AlertCall, AlertState, Mute, fingerprint_of, sender_fingerprint
from domain.watch.feed_health import Light, RunPoint, ScorecardView
from domain.watch.watching import Heard
from storage.feed_health import SqlFeedHealth
from telemetry.normalise import check
from telemetry.receivers.fields import RunFields
from tests.domain.builders import a_posting, an_alert
from tests.web.feeds import add_feeds, add_scorecard
from tests.web.house import WebHouse
from web.pages.hands import worst_first


@pytest.fixture
def house(tmp_path: Path) -> WebHouse:
    return WebHouse(tmp_path)


@pytest.fixture
async def browser(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with house.browser_of(house.knows("erin", Role.ENGINEER)) as opened:
        yield opened


PAGES = [
    "/dashboard/",
    "/dashboard/alerts",
    "/dashboard/incidents",
    "/dashboard/scorecard",
    "/dashboard/intake",
]


@pytest.mark.parametrize("path", PAGES)
async def test_an_empty_house_says_what_to_do(browser: httpx.AsyncClient, path: str) -> None:
    page = await browser.get(path)
    assert page.status_code == 200
    assert 'class="none"' in page.text or "No feed is under watch yet" in page.text


@pytest.mark.parametrize("path", [*PAGES, "/dashboard/feeds/market_data_000", "/dashboard/live"])
@pytest.mark.proves("D8")
async def test_nobody_reads_without_signing_in(house: WebHouse, path: str) -> None:
    async with house.browser() as stranger:
        assert (await stranger.get(path)).headers["location"] == f"/sign-in/?next={path}"


async def test_privacy_and_terms_are_read_without_an_account_and_show_nothing_of_the_house(
    house: WebHouse,
) -> None:
    names = add_feeds(house, 3)
    async with house.browser() as stranger:
        page = await stranger.get("/about/")

    assert page.status_code == 200
    assert [name for name in names if name in page.text] == []
    assert "administrator" in page.text


async def test_the_board_names_every_feed_with_sign_and_word(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    names = add_feeds(house, 25)
    page = (await browser.get("/dashboard/")).text
    assert [name for name in names if name not in page] == []
    assert "▲" in page
    assert "at risk" in page
    assert "The source file is 40 minutes late" in page


async def test_the_board_travels_packed_and_reads_the_same(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    add_feeds(house, 100)
    packed = await browser.get("/dashboard/")
    plain = await browser.get("/dashboard/", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) * 4 < len(plain.content)
    assert "market_data_000" in packed.text


async def test_feeds_of_which_only_a_history_is_known_are_grey_and_need_nobody(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    add_feeds(house, 3)
    with house.transactions.writing() as uow:
        grey = {"state": Light.GREY, "why": "no news since 15 Nov 06:35 UTC", "alert": ""}
        grey |= {"last_run": RunPoint(run="r1", outcome="ok", finished_at=house.clock.now())}
        shown = [one.model_copy(update=grey) for one in SqlFeedHealth(house.database).every()]
        uow.watched.show(shown, house.clock.now())

    board = (await browser.get("/dashboard/")).text
    page = (await browser.get(f"/dashboard/feeds/{shown[0].name}")).text

    assert "3 feeds have told nothing since an imported history ended" in board
    assert "No feed has reported a live run yet." in board
    assert '<article class="need' not in board
    assert "No news since 15 Nov 06:35 UTC." in page


async def test_feeds_that_have_not_run_yet_are_said_to_be_so_and_not_fine(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    add_feeds(house, 2)
    with house.transactions.writing() as uow:
        fresh = {"state": Light.GREY, "why": "no runs yet", "alert": "", "last_run": None}
        fresh |= {"running_since": None}
        shown = [one.model_copy(update=fresh) for one in SqlFeedHealth(house.database).every()]
        uow.watched.show(shown, house.clock.now())

    board = (await browser.get("/dashboard/")).text
    page = (await browser.get(f"/dashboard/feeds/{shown[0].name}")).text

    assert "2 feeds have no runs yet. Each is late when" in board
    assert "imported history" not in board
    assert board.count(">no runs yet<") == 2
    assert ", no news," not in board, "what is read out is what stands there"
    assert "</span> no runs yet</span></h1>" in page


async def test_the_pages_say_who_has_an_alert_and_who_was_called(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    names = add_feeds(house, 12)
    with house.transactions.writing() as uow:
        alert = next(one for one in uow.alerts.every_open() if not one.is_shadow)
        call = AlertCall(
            rung="0:all",
            number=0,
            at=house.clock.now(),
            whom="on call",
            is_heard=False,
            trouble="nobody there",
        )
        nobody = alert.model_copy(update={"calls": (call,), "announced_at": house.clock.now()})
        uow.alerts.save(nobody)
        place = Place(platform=Platform.WEB, workspace="web", channel="data-feeds")
        uow.postings.add(a_posting(View.ALERT, alert.subject, place, house.clock.now()))
        uow.postings.mark_shown("k", MessageRef(place=place, message="17"), 1, house.clock.now())
    assert alert.root in names

    board = (await browser.get("/dashboard/")).text
    feed = (await browser.get(f"/dashboard/feeds/{alert.root}")).text
    with house.transactions.writing() as uow:
        taken = {"acknowledged_by": "erin", "acknowledged_at": house.clock.now()}
        uow.alerts.save(nobody.model_copy(update=taken))

    assert "on call could not be reached" in board
    assert "not reached, nobody there" in feed
    assert 'href="/#/data-feeds/17">its card in the chat</a>' in feed
    assert "Erin has it since" in (await browser.get("/dashboard/")).text
    assert "Erin has it since" in (await browser.get("/dashboard/alerts")).text


def test_open_alerts_begin_with_what_was_told_and_still_stands(house: WebHouse) -> None:
    stands = an_alert(house.clock.now())
    well = stands.model_copy(update={"state": AlertState.BACK_ON_TRACK})
    counted = stands.model_copy(update={"is_shadow": True})

    assert worst_first([counted, well, stands]) == [stands, well, counted]


async def test_the_pages_say_of_which_sender_nothing_is_heard(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    first, second, *_ = map(FeedName, add_feeds(house, 3))
    now, sender = house.clock.now(), "prod\nairflow"
    since = now - timedelta(hours=2)
    facts: dict[str, object] = {
        "root": first,
        "dependants": (second,),
        "fingerprint": sender_fingerprint(sender),
        "sender": sender,
        "silent_since": since,
        "state": AlertState.HAPPENED,
        "sentence": "Nothing was heard from prod (Airflow) since 06:10 UTC. 2 feeds are due without news.",
        "announced_at": now,
    }
    with house.transactions.writing() as uow:
        for alert in uow.alerts.every_open():
            uow.alerts.save(alert.model_copy(update={"state": AlertState.CLOSED}))
        uow.alerts.save(an_alert(now, **facts))
        uow.senders.note([Heard(first, sender, since), Heard(second, sender, since)])
        uow.senders.note([Heard(second, "nightly\njson", now)])

    intake = (await browser.get("/dashboard/intake")).text
    alerts = (await browser.get("/dashboard/alerts")).text
    feed = (await browser.get(f"/dashboard/feeds/{first}")).text

    assert "Silent: its feeds are due without news." in intake
    assert intake.index("prod (Airflow)") < intake.index("nightly (reports of runs)")
    assert "prod (Airflow), " in alerts
    assert "no news" in alerts
    assert "Open alert of its sender: no news" in feed
    assert "Nothing was heard from prod (Airflow) since 06:10 UTC." in feed


async def test_the_pages_say_what_is_told_to_nobody_by_whose_wish(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    names = add_feeds(house, 12)
    at_risk, trouble = names[5], names[10]
    until = house.clock.now() + timedelta(days=14)
    told = {"feed": FeedName(trouble), "cause": "its file is late", "until": until, "by": PersonId("erin")}
    with house.transactions.writing() as uow:
        uow.alerts.mute(Mute(fingerprint=fingerprint_of(FeedName(trouble), "its file is late"), **told))

    for path in ("/dashboard/", f"/dashboard/feeds/{trouble}", "/dashboard/alerts"):
        page = (await browser.get(path)).text
        assert "by Erin, for this cause: its file is late" in page, path
    needs = (await browser.get("/dashboard/")).text.partition("Needs somebody")[2].partition("</section>")[0]
    assert needs.index(at_risk) < needs.index(trouble), "who muted it has taken care of it"


async def test_a_feeds_page_shows_runs_estimates_quality_and_lineage(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    names = add_feeds(house, 12)
    page = (await browser.get(f"/dashboard/feeds/{names[0]}")).text
    told = ("82 of 100", "Minutes of the last 30 runs", "Rows of the last 30 runs", "Quality score of 8")
    odd = ("1 failed or were late; 1 out of the ordinary", "brought 3.2 times fewer rows than usual")
    for words in (*told, *odd, "4 late rows", names[1]):
        assert words in page, words


async def test_the_reference_tells_every_path_parameter_and_shape_of_the_interface(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    described = (await browser.get("/api/v1/openapi.json")).json()

    page = (await browser.get("/api/v1/docs")).text

    assert [path for path in described["paths"] if f"GET {path}<" not in page] == []
    shapes = described["components"]["schemas"]
    assert [name for name in shapes if f'id="shape-{name}"' not in page] == []
    assert "1 to 1000, 100 when left out" in page
    assert 'list of <a href="#shape-Alert">Alert</a>' in page
    assert "Identity of this trouble" in page, "what fields mean is told"
    assert page.count("<script") == 1, "its own file, nothing from elsewhere"
    assert 'href="/api/v1/docs"' in (await browser.get("/dashboard/")).text
    async with house.browser() as stranger:
        sent = await stranger.get("/api/v1/docs")
        assert sent.headers["location"] == "/sign-in/?next=/api/v1/docs"


@pytest.mark.proves("D8")
async def test_text_of_a_run_never_becomes_html(house: WebHouse, browser: httpx.AsyncClient) -> None:
    names = add_feeds(house, 3)
    page = (await browser.get(f"/dashboard/feeds/{names[0]}")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.proves("D8")
async def test_every_page_carries_the_headers_that_keep_others_out(browser: httpx.AsyncClient) -> None:
    for path in [*PAGES, "/sign-in/", "/api/v1/feeds", "/api/v1/docs"]:
        headers = (await browser.get(path)).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"


async def test_the_scorecard_says_the_same_on_the_page_in_the_chat_and_to_programs(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    kept = add_scorecard(house)

    page = " ".join((await browser.get("/dashboard/scorecard")).text.split())
    asked = (await browser.get("/api/v1/scorecard")).json()
    card = scorecard_card(ScorecardView.model_validate(asked), "")

    for words in ("of 20 cards came true", "of 31 troubles had a card beforehand", "12 / 38 / 57"):
        assert words in page, words
    assert page.index("Told to people") < page.index("In shadow, told to nobody")
    assert asked["overall"] == kept.overall.model_dump(mode="json") if kept.overall else False
    assert card.lead.startswith("14 of 20 cards came true (70%); 16 of 31 troubles had a card beforehand")
    assert card.sections[0].text.startswith("61 cards were only counted: 21 of 59 came true")


async def test_times_of_a_feed_are_those_of_its_zone_and_say_so(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    names = add_feeds(house, 3)
    with house.transactions.writing() as uow:
        health = house.watched.every()[0].model_copy(update={"zone": "Asia/Tokyo"})
        uow.watched.show([health], house.clock.now())
    due = health.next_due

    page = (await browser.get(f"/dashboard/feeds/{names[0]}")).text
    card = likely_card(house.watched.timeline(house.clock.now()), house.clock.now())

    assert health.name == names[0]
    assert due is not None
    assert f"{due.astimezone(ZoneInfo('Asia/Tokyo')):%d %b %H:%M} Asia/Tokyo</time>" in page
    assert "UTC</time>" not in page
    assert card.table is not None
    assert [row[0].partition(" ")[2] for row in card.table.rows if names[0] in row[1]] == ["Asia/Tokyo"]


async def test_an_unknown_feed_gets_a_sentence(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/dashboard/feeds/nothing")
    assert page.status_code == 404
    assert "There is no feed named nothing under watch." in page.text


async def test_a_refused_record_is_shown_as_it_was_told(house: WebHouse, browser: httpx.AsyncClient) -> None:
    told = RunFields(feed="fx_trades", run="r1", state="exploded", started="2026-11-20")
    _, refused = check([told], house.clock.now())
    with house.transactions.writing() as uow:
        uow.runs.note_refused("file:runs.csv", refused, house.clock.now())

    page = (await browser.get("/dashboard/intake")).text

    assert "feed fx_trades, run r1, state exploded, started 2026-11-20</code>" in page
    assert "No run has been reported yet" in page


async def test_a_feed_in_trouble_is_so_now_whatever_its_chance_of_more(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    names = add_feeds(house, 12)
    with house.transactions.writing() as uow:
        red, yellow = (one for one in house.watched.every() if one.name in (names[0], names[5]))
        shown = [one.model_copy(update={"probability": 0.0}) for one in (red, yellow)]
        uow.watched.show(shown, house.clock.now())

    board = (await browser.get("/dashboard/")).text
    pages = {name: (await browser.get(f"/dashboard/feeds/{name}")).text for name in names[:6]}

    lines = {name: board.split(f'<li data-name="{name}"')[1].split("</li>")[0] for name in names[:6]}
    assert '<span class="soft">now</span>' in lines[names[0]]
    assert '0%<span class="visually-hidden"> chance of trouble</span>' in lines[names[5]]
    assert '<span class="soft">now</span>' in pages[names[1]], "its upstream is in trouble"
    assert "more trouble within the hour" in pages[names[0]]
    assert "more trouble within" not in pages[names[5]]


async def test_feeds_of_which_one_alert_speaks_need_somebody_once(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    names = add_feeds(house, 60)  # every tenth is red, every other fifth yellow
    shared = [FeedName(name) for name in names[5:40:5]]
    with house.transactions.writing() as uow:
        (alert,) = uow.alerts.every_open()
        uow.alerts.save(alert.model_copy(update={"dependants": tuple(shared)}))

    page = (await browser.get("/dashboard/")).text

    needs = page.split("Needs somebody")[1].split("</section>")[0].split("<article")[1:]
    heads = [need.split("/dashboard/feeds/")[1].partition('"')[0] for need in needs]
    assert heads == [names[0], names[40], names[50], names[45], names[55]], "one alert, and four without"
    told = "The same alert speaks of 7 more feeds in trouble or at risk"
    assert [told in need for need in needs] == [True, False, False, False, False]
    assert "and 4 more." in needs[0]
    assert "are in the list below" not in page
