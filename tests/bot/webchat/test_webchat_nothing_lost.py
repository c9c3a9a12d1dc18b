"""What somebody wrote, dropped or reads stays theirs, whatever the connection and the hands do meanwhile."""

from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Route, expect

from tests.bot.webchat.screens import NO_SHARING
from tests.bot.webchat.world import ASK, World, a_card
from tests.waiting import wait_until


def test_a_file_goes_once_to_where_enter_was_pressed_however_long_it_takes(
    world: World, tmp_path: Path
) -> None:
    sample = tmp_path / "fx_trades.csv"
    sample.write_bytes(b"a,b\n1,2\n")
    held: list[Route] = []
    jo = world.screen("jo")
    jo.page.route("**/api/uploads", lambda route: held.append(route))
    jo.page.locator("#channel-composer input[type=file]").set_input_files(sample)

    jo.say("here it is")
    jo.page.locator("#composer-text").press("Enter")
    jo.go_to("approvals")
    jo.page.locator("#composer-text").fill("not yet said")
    held[0].continue_()

    jo.go_to("data-feeds")
    expect(jo.page.locator(".message", has_text="here it is").first).to_contain_text("fx_trades.csv")
    expect(jo.page.locator(".chip")).to_have_count(0)
    jo.go_to("approvals")
    expect(jo.page.locator("#composer-text")).to_have_value("not yet said")
    assert [(one.place.channel, one.text) for one in world.chat.desk.accepted] == [
        ("data-feeds", "here it is")
    ]
    jo.close()


def test_what_could_not_be_sent_stays_with_its_file_and_so_does_the_draft_of_a_closed_thread(
    world: World, tmp_path: Path
) -> None:
    def lost(route: Route) -> None:
        route.fetch()
        route.fulfill(status=502, json={"error": "The answer got lost."})

    sample = tmp_path / "fx_trades.csv"
    sample.write_bytes(b"a,b\n1,2\n")
    jo = world.screen("jo")
    page = jo.page
    page.route("**/api/messages", lambda route: route.fulfill(status=409, json={"error": "Not now."}))
    jo.drop_file(sample, "look at this")
    expect(page.locator("#notes")).to_contain_text("Not now.")
    expect(page.locator("#composer-text")).to_have_value("look at this")
    page.unroute("**/api/messages")
    page.route("**/api/messages", lost)
    with page.expect_response("**/api/messages"):
        page.locator("#composer-text").press("Enter")
    expect(page.locator("#composer-text")).to_have_value("look at this")
    page.unroute("**/api/messages")
    page.locator("#composer-text").press("Enter")
    expect(page.locator("#composer-text")).to_have_value("")
    expect(page.locator("#channel-messages .message", has_text="look at this")).to_have_count(1)
    expect(page.locator(".message", has_text="look at this").first).to_contain_text("fx_trades.csv")

    jo.open_thread("look at this")
    page.locator("#thread-text").fill("half a thou")
    page.keyboard.press("Escape")
    jo.open_thread("look at this")
    expect(page.locator("#thread-text")).to_have_value("half a thou")
    jo.close()


def test_a_press_whose_answer_got_lost_counts_once_when_it_is_done_again(world: World) -> None:
    def lost(route: Route) -> None:
        route.fetch()
        route.abort()

    world.post("data-feeds", a_card("A file", actions=(ASK,)), "k")
    jo = world.screen("jo")
    jo.page.route("**/api/press", lost)
    jo.press("Answer questions")
    expect(jo.page.locator("#notes")).to_contain_text("don't know whether this arrived")
    jo.page.unroute("**/api/press")

    jo.press("Answer questions")
    expect(jo.page.locator("dialog.dialog-box")).to_be_visible()
    assert len(world.chat.desk.accepted) == 1

    jo.page.keyboard.press("Escape")
    jo.press("Answer questions")
    expect(jo.page.locator("dialog.dialog-box")).to_be_visible()
    assert len(world.chat.desk.accepted) == 2, "an answered press, done again, is another one"
    jo.close()


def test_who_picks_a_demo_person_comes_to_the_page_that_was_asked_for_and_to_none_elsewhere(
    world: World,
) -> None:
    for asked, leads_to in (
        ("/static/icon.svg?team=a", "/static/icon.svg?team=a"),
        ("//bank.example/x", "/"),
        ("https://bank.example", "/"),
        ("/\\bank.example", "/"),
        ("/", "/"),
    ):
        context = world.chromium.new_context()
        page = context.new_page()
        page.goto(f"{world.url}/?next={quote(asked, safe='')}")
        page.locator("#gate [data-person='jo']").click()
        if leads_to == "/":
            expect(page.locator("#app")).to_be_visible()
        page.wait_for_url(lambda url, to=leads_to: url.startswith(f"{world.url}{to}"))
        context.close()


def test_a_long_thread_is_read_to_its_beginning_and_an_old_card_that_changes_leaves_no_gap(
    world: World,
) -> None:
    first = world.post("incidents", a_card("Orders are late"), "first")
    for number in range(130):
        world.post("incidents", a_card(f"Finding {number}."), f"k{number}", first.message)
        world.post("incidents", a_card(f"Report {number}."), f"c{number}")
    jo = world.screen("jo")
    jo.page.goto(f"{world.url}/#/incidents/{first.message}")
    expect(jo.page.locator("#thread-messages")).to_contain_text("Finding 129.")
    expect(jo.page.locator("#channel-messages")).to_contain_text("Report 129.")

    world.server.call(world.chat.adapter.update(first, a_card("Orders are late no more")))
    for messages, words in (("thread", "Finding"), ("channel", "Report")):
        shown = jo.page.locator(f"#{messages}-messages")
        for left in (70, 10, 0):
            jo.page.locator(f"#{messages}-scroll").evaluate("node => node.scrollTo(0, 0)")
            expect(shown).to_contain_text(f"{words} {left}.")
        expect(shown.locator(".card")).to_have_count(131)
        expect(shown.locator(".card").first).to_contain_text("Orders are late no more")
    jo.close()


def test_whoever_is_signed_out_while_the_page_is_open_is_offered_the_way_in(world: World) -> None:
    def out(route: Route) -> None:
        jo.context.clear_cookies()
        route.fulfill(status=401, json={"error": "You are signed out."})

    jo = world.screen("jo")
    jo.context.add_init_script(NO_SHARING)  # what a worker asks can't be answered in its place
    jo.page.route("**/api/events*", out)
    jo.page.reload()
    expect(jo.page.locator("#gate [data-person='jo']")).to_be_visible()
    expect(jo.page.locator("#app")).to_be_hidden()

    jo.page.locator("#gate [data-person='jo']").click()
    jo.page.route(
        "**/api/me", lambda route: route.fulfill(status=401, json={"error": "x", "sign_in": "/sign-in/"})
    )
    expect(jo.page.get_by_role("link", name="Sign in")).to_have_attribute("href", "/sign-in/?next=%2F")

    jo.page.reload()
    expect(jo.page.get_by_role("heading", name="Welcome to Dogwatch")).to_be_visible()
    expect(jo.page.get_by_role("link", name="Sign in")).to_be_visible()
    jo.context.close()


def _signed_out(route: Route) -> None:
    route.fulfill(status=401, json={"error": "You are signed out.", "sign_in": "/sign-in/"})


def test_what_was_written_and_where_outlives_the_sign_in_and_is_nobody_elses(world: World) -> None:
    jo = world.screen("jo")
    page = jo.page
    jo.go_to("approvals")
    page.locator("#composer-text").fill("half a thought")
    page.route("**/api/messages", _signed_out)
    page.route("**/api/me", _signed_out)
    page.locator("#composer-text").press("Enter")
    page.route(
        "**/sign-in/**", lambda route: route.fulfill(body="<p>the sign-in</p>", content_type="text/html")
    )
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    expect(page.locator("body")).to_contain_text("the sign-in")

    page.unroute("**/api/me")
    page.unroute("**/api/messages")
    page.goto(world.url)

    expect(page.locator("#channel-name")).to_have_text("#approvals")
    expect(page.locator("#composer-text")).to_have_value("half a thought")
    page.locator("#composer-text").press("Enter")
    expect(page.locator("#channel-messages .message", has_text="half a thought")).to_have_count(1)
    page.reload()
    expect(page.locator("#composer-text")).to_have_value("")
    page.locator("#composer-text").fill("of jo alone")
    jo.become("ana")
    expect(page.locator("#composer-text")).to_have_value("")
    page.reload()
    expect(page.locator("#composer-text")).to_have_value("")
    assert "of jo alone" not in page.evaluate("JSON.stringify(sessionStorage)")
    assert [one.text for one in world.chat.desk.accepted] == ["half a thought"]
    jo.close()


def test_a_dialog_outlives_the_end_of_a_session_and_is_sent_once_its_person_is_back(world: World) -> None:
    world.post("data-feeds", a_card("A sample", actions=(ASK,)), "asked")
    jo = world.screen("jo")
    page = jo.page
    page.get_by_role("button", name="Answer questions").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("input[name=feed]").fill("fx_trades")
    page.route("**/api/submit", _signed_out)
    page.route("**/api/me", _signed_out)
    dialog.get_by_role("button", name="Build it").click()

    expect(dialog.get_by_role("alert").last).to_contain_text("You are signed out")
    expect(dialog.get_by_role("link", name="Sign in in another tab")).to_have_attribute("target", "_blank")
    expect(dialog.locator("input[name=feed]")).to_have_value("fx_trades")
    expect(page.locator("#app")).to_be_hidden()

    page.unroute("**/api/submit")
    page.unroute("**/api/me")
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("#app")).to_be_visible()
    dialog.get_by_role("button", name="Build it").click()
    expect(page.locator("#channel-messages")).to_contain_text("Taken: fx_trades")
    expect(page.locator("body > #notes")).to_have_count(1)
    jo.close()


def test_a_dialog_outlives_a_session_for_nobody_else_and_closed_it_leaves_the_way_in(world: World) -> None:
    world.post("data-feeds", a_card("A sample", actions=(ASK,)), "asked")
    jo = world.screen("jo")
    page = jo.page

    def signed_out_in_a_dialog() -> None:
        page.get_by_role("button", name="Answer questions").click()
        page.locator("dialog[open] input[name=feed]").fill("of jo alone")
        page.route("**/api/submit", _signed_out)
        page.route("**/api/me", _signed_out)
        page.locator("dialog[open]").get_by_role("button", name="Build it").click()
        expect(page.locator("dialog[open]").get_by_role("alert").last).to_contain_text("You are signed out")

    signed_out_in_a_dialog()
    page.get_by_role("button", name="Close without sending").click()
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()

    page.unroute("**/api/submit")
    page.unroute("**/api/me")
    page.evaluate("dispatchEvent(new Event('focus'))")
    signed_out_in_a_dialog()
    page.unroute("**/api/submit")
    page.unroute("**/api/me")
    jo.context.clear_cookies()
    other = jo.context.new_page()
    other.goto(world.url)
    other.locator("#gate [data-person='ana']").click()
    expect(other.locator("#app")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('focus'))")

    expect(page.locator("#person")).to_contain_text("Ana")
    expect(page.locator("dialog[open]")).to_have_count(0)
    jo.close()


def test_what_is_too_long_to_keep_brings_back_nothing_that_was_sent(world: World) -> None:
    jo = world.screen("jo")
    page = jo.page
    jo.go_to("approvals")
    page.locator("#composer-text").fill("sent once")
    jo.go_to("data-feeds")
    page.locator("#composer-text").fill("x" * 250_000)
    jo.go_to("approvals")
    page.locator("#composer-text").press("Enter")
    expect(page.locator("#channel-messages .message", has_text="sent once")).to_have_count(1)

    page.reload()

    expect(page.locator("#channel-messages .message", has_text="sent once")).to_have_count(1)
    expect(page.locator("#composer-text")).to_have_value("")
    jo.close()


def test_what_waits_to_be_sent_is_not_sent_as_said_by_whoever_comes_next(world: World) -> None:
    jo = world.screen("jo")
    page = jo.page
    page.route("**/api/messages", lambda route: route.fulfill(status=503, json={"error": "Not now."}))
    page.locator("#composer-text").fill("of jo alone")
    with page.expect_response("**/api/messages"):
        page.locator("#composer-text").press("Enter")
    jo.become("ana")
    page.unroute("**/api/messages")

    expect(page.locator("#notes")).to_contain_text("Somebody else is signed in here now")
    assert world.chat.desk.accepted == []
    assert "of jo alone" not in page.evaluate("JSON.stringify(sessionStorage)")
    jo.close()


def test_who_signed_in_anew_in_another_tab_acts_on_without_a_reload(world: World, tmp_path: Path) -> None:
    sample = tmp_path / "fx.csv"
    sample.write_bytes(b"a,b\n1,2\n")
    jo = world.screen("jo")
    page = jo.page
    wait_until(lambda: world.connections("jo") == 1)
    jo.context.clear_cookies()
    other = jo.context.new_page()
    other.goto(world.url)
    other.locator("#gate [data-person='jo']").click()
    expect(other.locator("#app")).to_be_visible()

    more = [tmp_path / name for name in ("one.csv", "two.csv")]
    for file in more:
        file.write_bytes(b"a,b\n1,2\n")
    page.locator("#channel-composer input[type=file]").set_input_files([sample, *more])
    page.locator("#composer-text").fill("from the old tab")
    page.locator("#composer-text").press("Enter")

    sent = page.locator("#channel-messages .message", has_text="from the old tab")
    for name in ("fx.csv", "one.csv", "two.csv"):
        expect(sent).to_contain_text(name)
    expect(page.locator("#notes .note-error")).to_have_count(0)
    jo.close()


def test_an_old_tab_does_not_act_for_whoever_signed_in_beside_it(world: World) -> None:
    jo = world.screen("jo")
    page = jo.page
    wait_until(lambda: world.connections("jo") == 1)
    jo.context.clear_cookies()
    other = jo.context.new_page()
    other.goto(world.url)
    other.locator("#gate [data-person='ana']").click()
    expect(other.locator("#app")).to_be_visible()

    page.locator("#composer-text").fill("as whom?")
    page.locator("#composer-text").press("Enter")

    expect(page.locator("#notes")).to_contain_text("out of date")
    expect(page.locator("#composer-text")).to_have_value("as whom?")
    assert world.chat.desk.accepted == []
    jo.close()
