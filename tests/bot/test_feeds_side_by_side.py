"""Two people, two files, one feed: nobody is led into a dead end, and no feed is replaced by accident."""

from pathlib import Path

import pytest

from bot.cards.html import code_block
from bot.cards.model import Action
from bot.cards.text import literal
from bot.commands.pages import pages
from bot.presenters.editing import editor_cards
from domain.configuration.changes import ChangeState
from domain.identity.people import Role
from tests.bot.feed_story import FeedStory, button
from tests.config_gen.test_where_records_stand import workbook
from tests.domain.builders import a_person

_HEADER = "trade_id,trade_date,amount,currency"


def _file(
    header: str = _HEADER, more: str = "", *, days: range = range(1, 29), month_first: bool = False
) -> bytes:
    rows = []
    for n in range(40):
        day = days[n % len(days)]
        when = f"11/{day:02d}/2026" if month_first else f"2026-11-{day:02d}"
        rows.append(f"T{n:04d},{when},{n * 10}.50,EUR{more}")
    return (header + "\n" + "\n".join(rows) + "\n").encode()


@pytest.fixture
def story(tmp_path: Path) -> FeedStory:
    return FeedStory(tmp_path)


def test_who_may_not_go_on_with_a_change_of_the_same_bytes_begins_their_own(story: FeedStory) -> None:
    story.house.knows(a_person("kim", Role.STREAM_TEAM, team="rates"), "web")
    first = story.drop(("fx_trades.csv", _file()))

    refused = story.press(button(story.card(first), "Answer"), "kim")
    assert "my own" in refused.whispers[0].plain
    second = story.drop(("fx_trades.csv", _file()), text="my own, please", person="kim")

    assert second.id != first.id
    assert (second.requested_by, second.state) == ("kim", ChangeState.ASKING)


def test_a_new_feed_does_not_replace_an_agreed_one_of_its_name(story: FeedStory) -> None:
    story.onboard("fx_trades.csv", _file(), feed_name="fx_trades", owning_team="fx")
    drifted = story.drop(("fx_trades.csv", _file(f"{_HEADER},desk", ",d1")))
    story.press(button(story.card(drifted), "It is another feed"))

    asked = story.press(button(story.card(drifted), "Answer")).dialog
    assert asked is not None
    values = {one.name: one.value for one in asked.inputs}
    story.fill(values, asked.inputs, {"owning_team": "fx"})
    refused = story.press(asked.submit, **values)

    assert any("There is a feed fx_trades already" in said for said in refused.input_errors.values())
    assert story.change(drifted).state is ChangeState.ASKING


def test_after_a_revert_a_file_is_compared_with_what_is_agreed_again(story: FeedStory) -> None:
    story.onboard("fx_trades.csv", _file(), feed_name="fx_trades", owning_team="fx")
    wider = _file(f"{_HEADER},desk", ",d1")
    drifted = story.drop(("fx_trades.csv", wider))
    story.press(button(story.card(drifted), "Make the pull request"))
    merged = story.approve(story.walk(drifted))
    story.press(Action(verb="feed.revert", label="Revert",
                       arguments={"feed": "fx_trades", "commit": merged.head_sha}))  # fmt: skip
    (revert,) = story.open_ones()
    story.approve(story.walk(revert))

    again = story.drop(("fx_trades.csv", wider))

    assert again.state is ChangeState.ASKING, "the agreed configuration knows no desk"


def test_the_first_days_of_a_month_do_not_turn_days_into_months(story: FeedStory) -> None:
    story.onboard("fx_trades.csv", _file(month_first=True), feed_name="fx_trades", owning_team="fx")

    early = _file(days=range(3, 4), month_first=True)
    fits = story.drop(("fx_trades.csv", early))
    wider = story.drop(("fx_trades.csv", _file(f"{_HEADER},desk", ",d1", days=range(3, 4), month_first=True)))
    story.press(button(story.card(wider), "Make the pull request"))
    story.approve(story.walk(wider))

    assert fits.state is ChangeState.FITS, "no value of it speaks against what is agreed"
    assert b"%m/%d/%Y" in (story.reviews.read_feed("fx_trades") or b"")


def test_a_configuration_that_somebody_broke_by_hand_stops_no_other_feed(story: FeedStory) -> None:
    story.onboard("fx_trades.csv", _file(), feed_name="fx_trades", owning_team="fx")
    broken = story.reviews.read_feed("fx_trades") or b""
    story.break_by_hand("fx_trades", broken.replace(b"columns:", b"colums:"))

    change = story.onboard("eq_trades.csv", _file(), feed_name="eq_trades", owning_team="fx")

    assert change.state is ChangeState.MERGED


def test_another_sheet_of_a_workbook_is_chosen_in_words_and_in_the_dialog(story: FeedStory) -> None:
    trades = [["trade_id", "amount"], *([f"T{n}", n + 0.5] for n in range(30))]
    limits = [["desk", "most"], *([f"D{n}", n * 100] for n in range(10))]
    book = workbook(Trades=trades, Limits=limits)

    named = story.drop(("desk.xlsx", book), text="the limits are what I want, that sheet please")
    assert "desk" in literal(str(story.card(named).table))

    asked = story.press(button(story.card(named), "Answer")).dialog
    assert asked is not None
    values = {one.name: one.value for one in asked.inputs}
    story.fill(
        values, asked.inputs, {"which_sheet": "Trades", "feed_name": "desk_trades", "owning_team": "fx"}
    )
    story.press(asked.submit, **values)
    other = story.walk(named)

    assert other.state is ChangeState.ASKING
    assert "trade" in literal(str(story.card(other).table))
    merged = story.approve(story.answer(other))
    assert b"sheet: Trades" in (story.reviews.read_feed("desk_trades") or b"")
    assert merged.feed == "desk_trades"


def test_what_the_dialog_says_stays_when_another_sheet_is_read(story: FeedStory) -> None:
    book = workbook(
        Trades=[["trade_id", "amount"], *([f"T{n}", n + 0.5] for n in range(30))],
        Limits=[["desk", "most"], *([f"D{n}", n * 100] for n in range(10))],
    )
    change = story.drop(("desk.xlsx", book), text="owner is fx. The sheet limits, please")
    asked = story.press(button(story.card(change), "Answer")).dialog
    assert asked is not None
    values = {one.name: one.value for one in asked.inputs}
    story.fill(values, asked.inputs, {"which_sheet": "Trades", "feed_name": "desk", "owning_team": "rates"})
    story.press(asked.submit, **values)

    assert change.answers["owner_team"] == "fx"
    assert story.walk(change).answers["owner_team"] == "rates"


def test_the_agreed_sheet_is_read_again_without_being_named(story: FeedStory) -> None:
    def book(day: int) -> bytes:
        trades = [["trade_id", "amount"], *([f"T{day}{n}", n + 0.5] for n in range(30))]
        limits = [["desk", "most"], *([f"D{n}", n * 100 + day] for n in range(10))]
        return workbook(Trades=trades, Limits=limits)

    agreed = story.drop(("desk_20260105.xlsx", book(1)), text="the sheet limits, please")
    story.approve(story.answer(agreed, feed_name="desk_limits", owning_team="fx"))

    by_name = story.drop(("desk_20260106.xlsx", book(2)))
    other = story.drop(("desk_20260107.xlsx", book(3)), text="the sheet trades, please")

    assert (by_name.state, by_name.feed) == (ChangeState.FITS, "desk_limits")
    assert other.state is ChangeState.ASKING, "a person's word counts"


def test_a_long_difference_keeps_its_colours_to_the_end() -> None:
    lines = "".join(f"+column_{n}: text\n" for n in range(400))
    cards = pages("All of it", [("Difference", f"@@ -0,0 +1,400 @@\n{lines}"), ("Configuration", lines)])

    sections = [section for card in cards for section in card.sections]
    last = [section for section in sections if section.heading == "Difference"][-1]
    assert "@@" not in last.text
    assert last.is_difference
    assert not any(section.is_difference for section in sections if section.heading == "Configuration")
    assert code_block(last.text, is_difference=True).count("diff-added") == len(last.text.splitlines())


def test_many_columns_leave_room_for_the_rules() -> None:
    pieces = [*(f"column/c{n}" for n in range(150)), *(f"rule/r{n}" for n in range(3))]

    cards = editor_cards("wide", "feed/wide", pieces, has_sample=False)

    assert [card.title for card in cards][-1] == "Quality rules of wide"
    assert "90 more have no button here" in cards[1].lead


def _wide(names: str) -> bytes:
    rows = "".join(",".join(f"{name}{n}" for name in names.split(",")) + "\n" for n in range(30))
    return f"{names}\n{rows}".encode()


def test_a_file_of_a_feeds_name_with_most_columns_changed_is_compared_and_not_begun_anew(
    story: FeedStory,
) -> None:
    story.onboard(
        "stock.csv", _wide("sku,site,qty,unit,shelf,zone,note"), feed_name="stock", owning_team="fx"
    )

    changed = story.drop(("stock.csv", _wide("sku,site,qty,measure,rack,area,remark")))

    assert changed.feed == "stock"
    assert button(story.card(changed), "It is another feed")


def test_a_file_of_a_feeds_name_that_shares_next_to_nothing_with_it_is_a_new_feed(story: FeedStory) -> None:
    story.onboard(
        "export.csv", _wide("id,site,qty,unit,shelf,zone,note"), feed_name="export", owning_team="fx"
    )

    other = story.drop(("export.csv", _wide("id,site,amount,currency,day,payer")))

    assert other.feed == ""


def test_a_file_whose_name_says_more_than_the_feeds_name_is_a_new_feed(story: FeedStory) -> None:
    story.onboard(
        "orders_20240101.csv",
        _wide("order,site,qty,unit,shelf,zone,note"),
        feed_name="orders",
        owning_team="fx",
    )

    other = story.drop(("orders_items_20240102.csv", _wide("order,site,qty,sku,price,tax")))
    changed = story.drop(("orders_20240103.csv", _wide("order,site,qty,price,sku,tax")))

    assert (other.feed, changed.feed) == ("", "orders")
