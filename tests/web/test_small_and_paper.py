"""What does not fit: tables and long names on a phone, many hours in a short lane, a page on paper."""

from dataclasses import replace
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, expect

from domain.ids import FeedName
from tests.web.feeds import add_scorecard
from tests.web.house import WebHouse
from tests.web.test_live_pages import chromium, house, looked_at

__all__ = ["chromium", "house"]

LONGEST = "positions_of_all_custodians_and_desks_as_the_ledger_has_them_v2"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("path", ["alerts", "incidents", "feeds/market_data_000", "scorecard", "intake"])
def test_whoever_looks_on_a_phone_reads_each_line_without_scrolling_sideways(
    chromium: Browser, house: WebHouse, path: str
) -> None:
    add_scorecard(house)
    with looked_at(house, chromium, 360) as (page, dashboard):
        page.goto(f"{dashboard}/{path}")
        assert page.locator("table.stack").count() > 0
        hidden = page.locator("table.stack").evaluate_all(
            "tables => tables.filter(one => one.parentNode.scrollWidth > one.parentNode.clientWidth).length"
        )

        assert hidden == 0
        assert page.evaluate(TOO_WIDE) <= 0
        if path == "alerts":
            expect(page.locator("td[data-label='Who has it']")).to_be_in_viewport()
            expect(page.locator("td[data-label='Who has it']")).to_have_text("nobody has it yet")


def test_the_longest_name_of_a_feed_fits_a_phone(chromium: Browser, house: WebHouse) -> None:
    assert len(LONGEST) == 63
    health = house.watched.every()[0].model_copy(update={"name": LONGEST})
    with house.transactions.writing() as uow:
        feed = replace(uow.watched.every()[0].feed, name=FeedName(LONGEST))
        uow.watched.keep([feed], house.clock.now())
        uow.watched.show([health], house.clock.now())

    with looked_at(house, chromium, 360) as (page, dashboard):
        for path in (f"feeds/{LONGEST}", ""):
            page.goto(f"{dashboard}/{path}")
            assert page.evaluate(TOO_WIDE) <= 0, path


def test_a_feeds_name_stands_in_one_line_beside_its_percentage_on_a_phone(
    chromium: Browser, house: WebHouse
) -> None:
    with looked_at(house, chromium, 390) as (page, dashboard):
        page.goto(f"{dashboard}/")
        tiles = page.locator("#feeds .feed", has_text="payments_001")
        lines = tiles.locator(".name").evaluate("name => name.getBoundingClientRect().height")
        across = page.locator("#feeds").evaluate("list => getComputedStyle(list).gridTemplateColumns")

    assert lines < 25
    assert len(across.split()) == 2


def test_hours_above_short_lanes_do_not_run_into_each_other(chromium: Browser, house: WebHouse) -> None:
    with looked_at(house, chromium, 620) as (page, dashboard):
        page.goto(f"{dashboard}/")
        drawn = page.locator(".hours text").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).filter(one => one.width)"
            ".map(one => [one.left, one.right])"
        )

    assert len(drawn) >= 5
    assert all(one[1] < after[0] for one, after in pairwise(drawn))


def test_a_printed_page_is_light_says_when_and_leaves_the_ways_on_out(
    chromium: Browser, house: WebHouse
) -> None:
    with looked_at(house, chromium, 800) as (page, dashboard):
        page.goto(f"{dashboard}/")
        expect(page.locator("#on-paper")).to_be_hidden()

        page.emulate_media(media="print", color_scheme="dark")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")

        expect(page.locator("#on-paper")).to_contain_text("Dogwatch, printed")
        expect(page.locator("header.top")).to_be_hidden()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 36, 34)"


def test_what_is_folded_away_is_read_on_paper_and_is_folded_again_after(
    chromium: Browser, house: WebHouse
) -> None:
    add_scorecard(house)
    with looked_at(house, chromium, 800) as (page, dashboard):
        page.goto(f"{dashboard}/scorecard")
        folded = page.locator("details").first
        figures = folded.locator("table").first
        expect(figures).to_be_hidden()

        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        expect(figures).to_be_visible()

        page.emulate_media(media="screen")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        expect(figures).to_be_hidden()
