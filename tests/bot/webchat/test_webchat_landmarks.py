"""Where somebody stands on the page who doesn't see it: its main part, and the way past the menus."""

from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.cards.model import Section
from tests.bot.webchat.world import ASK, World, a_card

LOOK = (Path(__file__).parents[2] / "web" / "accessible.js").read_text(encoding="utf-8")


def test_the_page_has_one_main_part_also_while_a_thread_covers_the_channel(world: World) -> None:
    first = world.post("data-feeds", a_card("fx_trades"), "k")
    jo = world.screen("jo", width=390)
    main = jo.page.get_by_role("main")
    expect(main).to_have_attribute("id", "main")

    jo.page.goto(f"{jo.page.url.partition('#')[0]}#/data-feeds/{first.message}")
    expect(jo.page.locator("#thread-messages")).to_contain_text("fx_trades")
    expect(main).to_have_count(1)
    expect(main).to_have_attribute("id", "thread")
    expect(main.get_by_role("heading", name="Thread")).to_have_attribute("aria-level", "1")

    jo.page.set_viewport_size({"width": 1360, "height": 800})
    expect(main).to_have_count(1)
    expect(main).to_have_attribute("id", "main")
    jo.page.set_viewport_size({"width": 390, "height": 800})
    jo.page.keyboard.press("Escape")
    expect(main).to_have_attribute("id", "main")
    jo.close()


def test_the_skip_link_leads_to_writing_and_changes_nothing_else(world: World) -> None:
    first = world.post("incidents", a_card("fx_trades"), "k")
    for width, lands_on in ((1360, "composer-text"), (390, "thread-text")):
        jo = world.screen("jo", width=width)
        jo.page.goto(f"{jo.page.url.partition('#')[0]}#/incidents/{first.message}")
        expect(jo.page.locator("#thread-messages")).to_contain_text("fx_trades")
        jo.page.locator(".skip").focus()
        jo.page.keyboard.press("Enter")

        expect(jo.page.locator(f"#{lands_on}")).to_be_focused()
        expect(jo.page.locator("#channel-name")).to_have_text("#incidents")
        expect(jo.page.locator("#thread-messages")).to_contain_text("fx_trades")
        expect(jo.page.locator("#notes")).to_be_empty()
        jo.close()


def test_on_paper_stands_all_of_a_thread_and_nothing_to_press(world: World) -> None:
    first = world.post("data-feeds", a_card("fx_trades", actions=(ASK,)), "k")
    for number in range(30):
        world.post("incidents", a_card(f"Card {number}"), f"k{number}")
    jo = world.screen("jo", scheme="dark")
    jo.go_to("incidents")
    jo.page.emulate_media(media="print", color_scheme="dark")

    expect(jo.page.get_by_role("heading", name="Card 0", exact=True)).to_be_visible()
    tall = jo.page.evaluate("document.documentElement.scrollHeight > innerHeight")
    assert tall, "what does not fit one sheet goes on over the next"
    assert jo.page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 36, 34)"

    jo.page.goto(f"{jo.page.url.partition('#')[0]}#/data-feeds/{first.message}")
    expect(jo.page.locator("#thread-messages")).to_contain_text("fx_trades")
    for hidden in ("#sidebar", "#main", "#thread-composer", "#thread-messages .card-actions"):
        expect(jo.page.locator(hidden)).to_be_hidden()
    jo.close()


def test_in_the_systems_own_colours_the_open_channel_and_the_keyboard_are_marked(
    world: World,
) -> None:
    def outline_of(selector: str) -> str:
        style = "getComputedStyle(document.querySelector(selector))"
        return str(jo.page.evaluate(f"(selector) => {style}.outlineStyle", selector))

    jo = world.screen("jo")
    expect(jo.page.locator("#composer-text")).to_be_focused()
    plain = outline_of(".channel[aria-current]")
    jo.page.emulate_media(forced_colors="active")

    assert plain == "none"
    assert outline_of(".channel[aria-current]") == "solid"
    assert outline_of(".channel:not([aria-current])") == "none"
    assert outline_of(".composer:focus-within") == "solid"
    jo.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_on_the_page_can_be_read_also_where_the_pointer_is(
    world: World, scheme: str, tmp_path: Path
) -> None:
    difference = Section(text="--- a/feed\n+++ b/feed\n@@ -1 +1 @@\n-old\n+new", is_code=True)
    world.post("data-feeds", a_card("fx_trades", actions=(ASK,), sections=(difference,)), "k")
    sample = tmp_path / "fx.csv"
    sample.write_bytes(b"a,b\n1,2\n")
    jo = world.screen("jo", scheme=scheme)
    jo.page.locator("#channel-composer input[type=file]").set_input_files(sample)
    expect(jo.page.locator(".chip.is-ready")).to_have_count(1)
    expect(jo.page.locator(".diff-file").first).to_be_visible()

    jo.page.locator(".message").last.hover()

    told = jo.page.evaluate(LOOK)
    assert told["faint"] == []
    jo.close()


def test_a_page_that_is_enlarged_fourfold_leaves_half_of_it_to_the_messages(world: World) -> None:
    jo = world.screen("jo", width=340, height=215)

    assert jo.page.locator("#channel-scroll").evaluate("scroll => scroll.clientHeight") > 107
    jo.close()


def test_a_text_runs_the_way_of_its_letters_and_a_name_in_a_card_turns_nothing_around_it(
    world: World,
) -> None:
    world.post("data-feeds", a_card("Read", lead="**שם**: 120 rows, none empty"), "k")
    jo = world.screen("jo")
    jo.say("אין נתונים, fx_trades.")
    said = jo.page.locator(".text", has_text="אין")
    expect(said).to_be_visible()

    place = """(node, word) => {
        const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf(word);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(walker.currentNode, at);
            range.setEnd(walker.currentNode, at + word.length);
            return range.getBoundingClientRect().left;
        }
    }"""
    assert said.evaluate(place, "אין") > said.evaluate(place, "fx_trades")
    lead = jo.page.locator(".card-lead")
    assert lead.evaluate(place, "שם") < lead.evaluate(place, "120")
    jo.close()


def test_on_paper_a_day_is_named_by_its_date(world: World) -> None:
    world.post("data-feeds", a_card("fx_trades"), "k")
    jo = world.screen("jo")
    expect(jo.page.locator(".day")).to_have_text("Today")

    jo.page.emulate_media(media="print")

    shown = jo.page.locator(".day span").evaluate("day => getComputedStyle(day, '::after').content")
    assert str(datetime.now().astimezone().year) in shown
    jo.close()
