"""What somebody wrote, dropped or reads stays theirs, whatever the connection and the hands do meanwhile."""

from pathlib import Path

from playwright.sync_api import Route, expect

from tests.bot.webchat.world import World, a_card


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
    jo.page.route("**/api/events*", out)
    jo.page.reload()
    expect(jo.page.locator("#gate [data-person='jo']")).to_be_visible()
    expect(jo.page.locator("#app")).to_be_hidden()

    jo.page.locator("#gate [data-person='jo']").click()
    jo.page.route(
        "**/api/me", lambda route: route.fulfill(status=401, json={"error": "x", "sign_in": "/sign-in/"})
    )
    expect(jo.page.get_by_role("link", name="Sign in")).to_have_attribute("href", "/sign-in/?next=%2F")
    jo.context.close()
