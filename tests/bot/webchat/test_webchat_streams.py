"""The connection behind the page: one for all windows of a browser, and none that is dead unnoticed."""

import httpx
from playwright.sync_api import expect

from tests.bot.webchat.screens import NO_SHARING
from tests.bot.webchat.test_webchat_browser import HIDE
from tests.bot.webchat.world import World, a_card
from tests.counterparts.dead_wire import DeadWire, run_until_seen
from tests.waiting import wait_until


def test_eight_windows_that_are_all_looked_at_share_one_connection_and_act(world: World) -> None:
    ana = world.screen("ana")
    windows = [ana.page, *(ana.second_tab() for _ in range(7))]
    wait_until(lambda: world.connections("ana") == 1)

    world.post("data-feeds", a_card("For all of them"), "k")
    for window in windows:
        expect(window.locator("article.card")).to_contain_text("For all of them")
    windows[7].locator("#composer-text").fill("said in the eighth")
    windows[7].locator("#composer-text").press("Enter")
    for window in windows:
        expect(window.locator("#channel-messages")).to_contain_text("said in the eighth")

    for window in windows[1:]:
        window.close()
    world.post("data-feeds", a_card("For the one that is left"), "k2")
    expect(ana.page.locator("article.card").last).to_contain_text("For the one that is left")
    assert world.connections("ana") == 1
    ana.close()


def test_a_window_that_comes_back_hears_what_the_others_heard_meanwhile(world: World) -> None:
    ana = world.screen("ana")
    away, other = ana.page, ana.second_tab()
    away.evaluate(HIDE, True)
    other.evaluate(HIDE, True)
    other.evaluate(HIDE, False)  # the one that was left rests at once
    for number in range(3):
        world.post("data-feeds", a_card(f"Meanwhile {number}"), f"k{number}")
    expect(other.locator("article.card")).to_have_count(3)

    away.evaluate(HIDE, False)

    expect(away.locator("article.card")).to_have_count(3)
    ana.close()


def test_windows_that_slept_share_one_connection_again(world: World) -> None:
    ana = world.screen("ana")
    windows = [ana.page, ana.second_tab(), ana.second_tab()]
    for window in windows:
        window.clock.install()
        window.reload()
        expect(window.locator("#channel-name")).to_contain_text("data-feeds")
    wait_until(lambda: world.connections("ana") == 1)

    for window in windows:
        window.clock.fast_forward("20:00")
    for window in windows:
        window.clock.fast_forward("00:06")

    world.post("data-feeds", a_card("Awake"), "k")
    for window in windows:
        expect(window.locator("article.card")).to_contain_text("Awake")
    wait_until(lambda: world.connections("ana") == 1)
    ana.close()


def test_windows_of_two_people_in_one_browser_hear_their_own(world: World) -> None:
    ana = world.screen("ana")
    second = ana.second_tab()
    second.locator("button.person-now").click()
    second.locator("#people [data-person='jo']").click()
    expect(second.locator("#people [data-person='jo'][aria-current='true']")).to_be_attached()

    second.locator("#composer-text").fill("help")
    second.locator("#composer-text").press("Enter")

    expect(second.locator("#channel-messages")).to_contain_text("Only you can see this")
    expect(ana.page.locator("#channel-messages")).to_contain_text("help")
    expect(ana.page.locator("#channel-messages")).not_to_contain_text("Only you can see this")
    ana.close()


def test_nobody_hears_in_the_window_of_somebody_else(world: World) -> None:
    with httpx.Client(base_url=world.url) as visitor:
        visitor.post("/api/enter", json={"subject": "jo"}).raise_for_status()

        refused = visitor.get("/api/events?after=0&whose=ana")

    assert refused.status_code == 409
    assert "Somebody else" in refused.json()["error"]


def test_a_window_of_who_was_here_before_says_who_is_here_now_and_goes_on_with_them_gone(
    world: World,
) -> None:
    jo = world.screen("jo")
    wait_until(lambda: world.connections("jo") == 1)
    other = jo.context.new_page()
    jo.context.clear_cookies()
    other.goto(world.url)
    other.locator("#gate [data-person='ana']").click()
    jo.page.evaluate("dispatchEvent(new Event('online'))")

    expect(jo.page.locator("#wire")).to_contain_text("Ana Ruiz is signed in here now")
    expect(jo.page.locator("button.person-now")).to_contain_text("Jo")

    other.locator("button.person-now").click()
    other.locator("#people [data-person='jo']").click()
    expect(jo.page.locator("#wire")).to_have_text("")
    world.post("data-feeds", a_card("Heard again"), "k")
    expect(jo.page.locator("article.card")).to_contain_text("Heard again")
    jo.close()


def test_a_dead_connection_is_noticed_said_and_begun_anew_without_a_gap(world: World) -> None:
    with DeadWire(int(world.url.rpartition(":")[2])) as wire:
        straight, world.url = world.url, wire.address
        ana = world.screen("ana")
        expect(ana.page.locator("#channel-name")).to_contain_text("data-feeds")
        ana.page.clock.install()
        ana.page.reload()
        wait_until(lambda: world.connections("ana") >= 1)
        wire.cut()
        world.post("data-feeds", a_card("Said to nobody"), "k")

        ana.page.clock.run_for(31_000)
        expect(ana.page.locator("#wire")).to_contain_text("Reconnecting")
        expect(ana.page.locator("article.card")).to_have_count(0)

        wire.mend()
        run_until_seen(ana.page, ana.page.locator("#channel-messages"), "Said to nobody")
        expect(ana.page.locator("#wire")).to_have_text("")
        world.url = straight
        ana.close()


HASTY = "const wait = AbortSignal.timeout.bind(AbortSignal); AbortSignal.timeout = (ms) => wait(ms / 40)"


def test_a_connection_that_dies_after_a_refusal_keeps_no_page_from_listening(world: World) -> None:
    ana = world.screen("ana")
    ana.context.add_init_script(NO_SHARING)
    ana.context.add_init_script(HASTY)
    ana.page.reload()
    expect(ana.page.locator("#channel-name")).to_contain_text("data-feeds")
    ana.page.route("**/api/me", lambda route: None)  # never answered, never refused
    with ana.page.expect_request("**/api/me"):
        ana.page.route("**/api/events*", lambda route: route.fulfill(status=503))
        ana.page.evaluate("dispatchEvent(new Event('online'))")
    ana.page.unroute("**/api/events*")
    world.post("data-feeds", a_card("Heard after all"), "k")

    expect(ana.page.locator("article.card")).to_contain_text("Heard after all")
    ana.close()


NOT_ALLOWED = """window.SharedWorker = class {
  constructor() { throw new DOMException("not here", "SecurityError"); }
}"""


def test_where_sharing_is_not_allowed_a_page_listens_by_itself(world: World) -> None:
    ana = world.screen("ana")
    ana.context.add_init_script(NOT_ALLOWED)
    ana.page.reload()
    wait_until(lambda: world.connections("ana") == 1)

    world.post("data-feeds", a_card("Heard alone"), "k")

    expect(ana.page.locator("article.card")).to_contain_text("Heard alone")
    assert ana.complaints == []
    ana.close()


A_WORKER_OF_OURS = """window.SharedWorker = class extends EventTarget {
  constructor() {
    super();
    this.port = new MessageChannel().port1;
    window.worker = this;
  }
}"""
LEFT_BEFORE_IT_FAILED = """async () => {
  const { listen } = await import("/static/stream.js");
  const nothing = () => {};
  const stop = listen({ path: "/api/events", names: [], worker: "" },
    { onEvent: nothing, onOpen: nothing, onLost: nothing, onRefused: nothing });
  const { worker } = window;
  stop();
  worker.dispatchEvent(new Event("error"));
}"""


def test_a_worker_that_fails_after_its_page_left_opens_no_connection(world: World) -> None:
    ana = world.screen("ana")
    ana.context.add_init_script(A_WORKER_OF_OURS)
    ana.page.reload()
    expect(ana.page.locator("#channel-name")).to_contain_text("data-feeds")
    asked: list[str] = []
    ana.page.on("request", lambda request: asked.append(request.url))

    ana.page.evaluate(LEFT_BEFORE_IT_FAILED)
    ana.page.wait_for_timeout(500)

    assert not [url for url in asked if "/api/events" in url]
    ana.close()
