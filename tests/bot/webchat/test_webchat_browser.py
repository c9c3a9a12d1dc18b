import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from bot.cards.model import Reply, Table
from domain.identity.chat import Incoming
from tests.bot.webchat.screens import NO_SHARING
from tests.bot.webchat.world import ASK, FORGET, World, a_card
from tests.waiting import wait_until


def test_a_dropped_file_is_answered_in_its_thread_and_asked_about_in_a_dialog(
    world: World, tmp_path: Path
) -> None:
    sample = tmp_path / "fx_trades.csv"
    sample.write_bytes(b"a,b\n1,2\n" * 50_000)
    jo = world.screen("jo")

    jo.drop_file(sample, "here is a sample")
    expect(jo.page.get_by_role("button", name="1 reply")).to_be_visible()
    jo.open_thread("here is a sample")
    jo.press("Answer questions")
    jo.send_dialog()
    expect(jo.page.get_by_role("alert").filter(has_text="That can't be a feed's name.")).to_be_visible()
    expect(jo.page.locator("dialog [name=feed]")).to_be_focused()
    jo.fill_in({"feed": "fx_trades", "owner": "payments"})
    jo.send_dialog()

    jo.wait_for_text("Taken: fx_trades")
    expect(jo.page.locator("dialog")).to_have_count(0)
    assert world.chat.desk.accepted[-1].inputs == {"feed": "fx_trades", "owner": "payments"}
    assert world.chat.desk.accepted[0].files[0].size_bytes == 400_000
    jo.close()


def test_a_danger_asks_first_and_no_means_no(world: World) -> None:
    world.post("data-feeds", a_card("A file", actions=(FORGET,)), "k")
    jo = world.screen("jo")

    jo.press("Forget it", confirm=False)
    jo.page.keyboard.press("Escape")
    expect(jo.page.locator("dialog")).to_have_count(0)
    assert world.pressed == []
    jo.press("Forget it")

    expect(jo.page.locator("dialog.dialog-box")).to_be_visible()
    assert len(world.pressed) == 1
    jo.close()


def test_a_double_click_presses_once(world: World) -> None:
    world.post("data-feeds", a_card("A file", actions=(ASK,)), "k")
    jo = world.screen("jo")

    jo.page.get_by_role("button", name="Answer questions").dblclick()
    expect(jo.page.locator("dialog.dialog-box")).to_be_visible()

    assert len(world.pressed) == 1
    jo.close()


def test_a_message_and_an_update_reach_another_tab_and_another_person(world: World) -> None:
    ana, kim = world.screen("ana"), world.screen("kim")
    other_tab = ana.second_tab()

    ana.say("good morning")
    message = world.post("data-feeds", a_card("Waiting for a yes", actions=(ASK,)), "k")
    for page in (ana.page, other_tab, kim.page):
        expect(page.locator(".message", has_text="good morning")).to_have_count(1)
        expect(page.locator("article.card", has_text="Waiting for a yes")).to_have_count(1)
    world.server.call(world.chat.adapter.update(message, a_card("Approved by Kim")))

    for page in (ana.page, other_tab, kim.page):
        expect(page.locator("article.card", has_text="Approved by Kim")).to_have_count(1)
        expect(page.locator("article.card", has_text="Waiting for a yes")).to_have_count(0)
    ana.close()
    kim.close()


def test_who_writes_sees_what_they_wrote_wherever_they_were_reading(world: World) -> None:
    for number in range(14):
        world.post("data-feeds", a_card(f"Report {number}"), f"report-{number}")
    ana = world.screen("ana")
    ana.wait_for_text("Report 13")
    ana.page.locator("#channel-scroll").evaluate("node => node.scrollTo(0, 0)")
    ana.say("all of that is old")

    expect(ana.page.locator(".message", has_text="all of that is old")).to_be_in_viewport()
    ana.close()


def test_a_whisper_is_seen_by_one_person_only(world: World) -> None:
    ana, kim = world.screen("ana"), world.screen("kim")

    ana.say("help")
    ana.wait_for_text("Taken: help")
    ana.say("bye")
    expect(kim.page.locator(".message", has_text="bye")).to_have_count(1)

    expect(kim.page.locator("article.card")).to_have_count(0)
    expect(ana.page.locator(".private").first).to_contain_text("Only you")
    ana.close()
    kim.close()


def test_unread_channels_are_marked_until_they_are_opened(world: World) -> None:
    ana = world.screen("ana")

    world.post("approvals", a_card("One"), "k1")
    world.post("approvals", a_card("Two"), "k2")
    expect(ana.page.get_by_role("button", name="approvals 2 unread")).to_be_visible()
    ana.go_to("approvals")

    expect(ana.page.get_by_role("button", name="approvals", exact=True)).to_be_visible()
    ana.close()


def test_the_demo_person_is_switched_in_place(world: World) -> None:
    ana = world.screen("ana")

    ana.become("kim")
    ana.say("it is me")

    expect(ana.page.locator(".message", has_text="it is me")).to_contain_text("Kim Osei")
    assert world.chat.desk.accepted[-1].account.user == "kim"
    ana.close()


@pytest.mark.proves("D8", "D6")
def test_hostile_text_neither_runs_nor_loads_anything(world: World) -> None:
    hostile = '<img src="http://127.0.0.1:9/x" onerror="document.title=1"><script>document.title=2</script>'
    asked: list[str] = []
    ana = world.screen("ana")
    ana.page.on("request", lambda request: asked.append(request.url))

    world.post(
        "data-feeds", a_card(hostile, lead=hostile, table=Table(columns=("a",), rows=((hostile,),))), "k"
    )
    ana.say(hostile)
    expect(ana.page.locator(".text", has_text="onerror")).to_have_count(1)

    assert ana.page.locator("#channel-messages img, #channel-messages script").count() == 0
    assert not [url for url in asked if ":9/" in url]
    assert "Dogwatch" in ana.page.title()
    ana.close()


def test_the_whole_chat_works_from_the_keyboard(world: World) -> None:
    world.post("approvals", a_card("Approve it", actions=(ASK,)), "k")
    ana = world.screen("ana")
    page = ana.page

    expect(page.locator("#composer-text")).to_be_focused()
    page.keyboard.type("from the keys")
    page.keyboard.press("Enter")
    ana.wait_for_text("from the keys")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#channel-name")).to_have_text("#approvals")
    page.get_by_role("button", name="Answer questions").focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog [name=feed]")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.locator("dialog")).to_have_count(0)
    ana.close()


def test_a_phone_shows_one_column_and_scrolls_only_down(world: World) -> None:
    world.post(
        "approvals",
        a_card(
            "Approve it",
            table=Table(columns=tuple("abcdefgh"), rows=(("wide " * 5,) * 8,)),
            actions=(ASK, FORGET),
        ),
        "k",
    )
    kim = world.screen("kim", width=360, height=740)

    expect(kim.page.locator("#sidebar")).not_to_be_in_viewport()
    kim.go_to("approvals")
    kim.card("Approve it")

    assert kim.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert no_wider_than_the_window(kim.page, ".card, .composer, .bar")
    kim.close()


def test_escape_closes_what_covers_a_phone_and_leaves_the_keyboard_somewhere(world: World) -> None:
    world.post("data-feeds", a_card("A file"), "k")
    page = world.screen("kim", width=360, height=740).page

    page.locator("#open-menu").click()
    page.keyboard.press("Escape")
    expect(page.locator("#sidebar")).not_to_be_in_viewport()
    expect(page.locator("#open-menu")).to_be_focused()

    page.get_by_role("button", name="Reply in thread").click()
    expect(page.locator("#thread-text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#composer-text")).to_be_focused()

    tall = page.locator("#composer-text").bounding_box()
    page.get_by_role("button", name="Reply in thread").click()
    expect(page.locator("#thread-text")).to_be_focused()
    page.evaluate("location.hash = '#/approvals'")
    expect(page.locator("#composer-text")).to_have_attribute("placeholder", "Message #approvals")
    expect(page.locator("#thread")).to_be_hidden()
    found = page.locator("#composer-text").bounding_box()
    assert tall is not None
    assert found is not None
    assert found["height"] == tall["height"]


def test_every_control_has_a_name_for_screen_readers(world: World) -> None:
    world.post("data-feeds", a_card("A file", actions=(ASK,)), "k")
    ana = world.screen("ana")
    ana.press("Answer questions")
    expect(ana.page.locator("dialog.dialog-box")).to_be_visible()

    nameless = ana.page.evaluate(
        """() => [...document.querySelectorAll('button, a, input:not([type=file]), select, textarea')]
            .filter(node => node.checkVisibility())
            .filter(node => !(node.ariaLabel || node.textContent.trim() || node.labels?.[0]?.innerText))
            .map(node => node.outerHTML)"""
    )

    assert nameless == []
    ana.close()


def test_a_lost_connection_resumes_where_it_was(world: World) -> None:
    cookies = httpx.Client(base_url=world.url)
    cookies.post("/api/enter", json={"subject": "ana"}).raise_for_status()
    first = world.post("data-feeds", a_card("One"), "k1")
    world.post("data-feeds", a_card("Two"), "k2")

    seen = []
    with cookies.stream("GET", "/api/events", headers={"Last-Event-ID": first.message}) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                seen.append(json.loads(line[6:]))
                break
    cookies.close()

    assert [view["id"] for view in seen] == ["2"]
    assert "Two" in seen[0]["html"]


def no_wider_than_the_window(page: Page, selector: str) -> bool:
    return bool(
        page.evaluate(
            "(selector) => [...document.querySelectorAll(selector)].filter(n => n.checkVisibility())"
            ".every(n => n.getBoundingClientRect().right <= innerWidth + 1)",
            selector,
        )
    )


def test_the_keyboard_stays_where_it_was_when_what_it_stands_on_is_drawn_anew(world: World) -> None:
    message = world.post("data-feeds", a_card("A file", actions=(ASK, FORGET)), "k")
    jo = world.screen("jo")
    expect(jo.page.locator("#composer-text")).to_be_focused()

    answer = jo.page.get_by_role("button", name="Answer questions")
    answer.focus()
    jo.page.keyboard.press("Enter")
    expect(jo.page.locator("dialog.dialog-box")).to_be_visible()
    jo.page.keyboard.press("Escape")
    expect(answer).to_be_focused()

    world.server.call(world.chat.adapter.update(message, a_card("Done")))
    expect(jo.page.locator("article.card", has_text="Done")).to_have_count(1)
    expect(jo.page.locator(".message", has_text="Done")).to_be_focused()

    channel = jo.page.get_by_role("button", name="approvals")
    channel.focus()
    jo.page.keyboard.press("Enter")
    expect(jo.page.locator("#channel-name")).to_have_text("#approvals")
    expect(channel).to_be_focused()
    jo.close()


def test_who_acted_far_up_is_told_at_once_what_stands_at_the_end(world: World) -> None:
    world.post("data-feeds", a_card("A file", actions=(ASK,)), "k")
    for number in range(25):
        world.post("data-feeds", a_card(f"Card {number}"), f"k{number}")
    jo = world.screen("jo")

    jo.page.locator("article.card", has_text="A file").scroll_into_view_if_needed()
    jo.press("Answer questions", on="A file")
    jo.fill_in({"feed": "fx_trades"})
    jo.send_dialog()

    expect(jo.page.locator("#notes .note-calm")).to_contain_text("Taken: fx_trades")
    expect(jo.page.locator("#jump")).to_be_visible()
    pill, card = jo.page.locator("#jump").bounding_box(), jo.page.locator("#channel-scroll").bounding_box()
    assert pill is not None
    assert card is not None
    assert pill["y"] >= card["y"] + card["height"], "it covers no button"
    jo.close()


def test_who_changes_a_card_by_words_is_told_how_it_reads_when_it_stands_out_of_sight(world: World) -> None:
    message = world.post("data-feeds", a_card("SEV3 open"), "k")
    for number in range(25):
        world.post("data-feeds", a_card(f"Card {number}"), f"k{number}")
    jo = world.screen("jo")

    jo.say("sev2")
    jo.wait_for_text("sev2")
    world.server.call(world.chat.adapter.update(message, a_card("SEV2 open")))

    expect(jo.page.locator("#notes .note-calm")).to_contain_text("SEV2 open")
    jo.close()


def test_what_a_button_brings_into_the_thread_of_its_card_opens_beside_or_is_named(world: World) -> None:
    card = world.post("incidents", a_card("fx_trades will probably fail", actions=(ASK,)), "k")

    async def script(incoming: Incoming) -> Reply:
        thread = incoming.place.model_copy(update={"thread": card.message})
        await world.chat.adapter.post(thread, a_card("Ways out"), incoming.key)
        return Reply()

    world.chat.desk.script = script
    for width in (1360, 390):
        jo = world.screen("jo", width=width)
        jo.go_to("incidents")
        jo.press("Answer questions")
        if width > 1000:
            expect(jo.page.locator("#thread-messages")).to_contain_text("Ways out")
        else:
            expect(jo.page.locator("#notes")).to_contain_text("answered in the thread of fx_trades")
        jo.close()


HIDE = """is => {
    Object.defineProperty(document, "hidden", { get: () => is, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.parametrize(("can_stand_in_line", "left"), [(True, 2), (False, 1)])
def test_tabs_that_are_left_quickly_one_after_another_hold_no_connection_each(
    world: World, can_stand_in_line: bool, left: int
) -> None:
    ana = world.screen("ana")
    ana.context.add_init_script(NO_SHARING)
    if not can_stand_in_line:
        script = "Object.defineProperty(navigator, 'locks', { value: undefined })"
        ana.context.add_init_script(script)
    ana.page.reload()
    tabs = [ana.page, *(ana.second_tab() for _ in range(3))]
    wait_until(lambda: world.connections("ana") == 4)

    for tab in tabs[:3]:
        tab.evaluate(HIDE, True)
    tabs[3].evaluate(HIDE, False)

    wait_until(lambda: world.connections("ana") == left)
    tabs[3].evaluate(HIDE, True)
    tabs[0].evaluate(HIDE, False)
    world.post("data-feeds", a_card("Meanwhile"), "k")
    expect(tabs[0].locator("article.card")).to_contain_text("Meanwhile")
    wait_until(lambda: world.connections("ana") == left)
    ana.close()


def test_tabs_that_nobody_looks_at_hold_one_connection_and_catch_up(world: World) -> None:
    ana = world.screen("ana")
    ana.context.add_init_script(NO_SHARING)
    ana.page.reload()
    tabs = [ana.page, ana.second_tab(), ana.second_tab()]
    wait_until(lambda: world.connections("ana") == 3)
    for tab in tabs:
        tab.clock.install()
    for tab in tabs:
        tab.evaluate(HIDE, True)
        tab.clock.run_for(21_000)

    wait_until(lambda: world.connections("ana") == 1)
    world.post("data-feeds", a_card("Meanwhile"), "k")
    expect(tabs[0]).to_have_title(re.compile(r"^\(1\) "))
    tabs[0].close()
    expect(tabs[1]).to_have_title(re.compile(r"^\(1\) "))

    tabs[2].evaluate(HIDE, False)
    expect(tabs[2].locator("article.card")).to_contain_text("Meanwhile")
    ana.close()


def test_a_channel_out_of_reach_shows_no_other_channels_messages_and_comes_by_itself(world: World) -> None:
    world.post("data-feeds", a_card("Of the feeds"), "k1")
    world.post("approvals", a_card("Of the approvals"), "k2")
    jo = world.screen("jo")
    expect(jo.page.locator("#channel-messages")).to_contain_text("Of the feeds")
    jo.page.clock.install()
    jo.page.route("**/api/messages?channel=approvals", lambda route: route.abort())

    jo.go_to("approvals")
    messages = jo.page.locator("#channel-scroll")
    expect(messages).to_contain_text("I can't reach the server. What stands here comes as soon as I can.")
    expect(messages).not_to_contain_text("Of the feeds")

    jo.page.unroute("**/api/messages?channel=approvals")
    jo.page.clock.run_for(1_000)
    expect(messages).to_contain_text("Of the approvals")

    jo.page.evaluate("location.hash = '#/nowhere/7'")
    expect(jo.page.locator("#notes")).to_contain_text("The channel nowhere is gone, or not yours to read.")
    expect(jo.page.locator("#channel-name")).to_have_text("#data-feeds")
    jo.close()


@pytest.mark.parametrize("broken", ["%E0%A4%A", "100%", "%"])
def test_an_address_that_was_cut_leads_to_the_first_channel(world: World, broken: str) -> None:
    world.post("data-feeds", a_card("Of the feeds"), "k")
    jo = world.screen("jo")
    address = jo.page.url.partition("#")[0]
    for way in (f"#/{broken}", f"#/{broken}/7", f"#/data-feeds/{broken}"):
        jo.page.goto("about:blank")
        jo.page.goto(address + way)
        expect(jo.page.locator("#channel-messages")).to_contain_text("Of the feeds")
        expect(jo.page.locator("#channel-name")).to_have_text("#data-feeds")
    jo.close()
