from pathlib import Path

from playwright.sync_api import expect

from tests.bot.webchat.world import World, a_card


def test_the_thread_of_an_answer_opens_by_itself_once_and_leaves_the_cursor_where_it_was(
    world: World, tmp_path: Path
) -> None:
    sample = tmp_path / "fx_trades.csv"
    sample.write_bytes(b"a,b\n1,2\n")
    jo, kim = world.screen("jo"), world.screen("kim")

    jo.drop_file(sample, "here is a sample")
    expect(jo.page.locator("#thread article.card", has_text="I read fx_trades.csv")).to_be_visible()
    expect(jo.page.locator("#composer-text")).to_be_focused()
    expect(kim.page.get_by_role("button", name="1 reply")).to_be_visible()
    expect(kim.page.locator("#thread")).to_be_hidden()

    jo.page.locator("#close-thread").click()
    asked = jo.page.locator("#channel-messages .message").last.get_attribute("data-message")
    world.post("data-feeds", a_card("And a second thing"), "again", thread=asked or "")
    expect(jo.page.get_by_role("button", name="2 replies")).to_be_visible()
    expect(jo.page.locator("#thread")).to_be_hidden()
    jo.close()
    kim.close()


def test_on_a_phone_an_answer_shows_as_a_pill_that_a_thumb_can_hit(world: World, tmp_path: Path) -> None:
    sample = tmp_path / "fx_trades.csv"
    sample.write_bytes(b"a,b\n1,2\n")
    jo = world.screen("jo", width=390, height=780)

    jo.drop_file(sample, "here is a sample")
    pill = jo.page.get_by_role("button", name="1 reply")
    expect(pill).to_be_visible()
    expect(jo.page.locator("#thread")).to_be_hidden()
    size = pill.bounding_box()
    assert size is not None
    assert size["height"] >= 36
    pill.click()

    expect(jo.page.locator("#thread article.card", has_text="I read fx_trades.csv")).to_be_visible()
    jo.close()
