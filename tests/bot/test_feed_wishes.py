"""A pause, another name or another owner is ordered in plain words: what can be done instead is told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.feed_wishes import HAND_OVER, LEAVE, PAUSE, RENAME, wish_in
from bot.question_kinds import Topic
from bot.questions import read
from tests.bot.desk_house import DeskHouse
from tests.bot.feed_story import FeedStory

NAMES = frozenset({"fx_trades", "fx_rates"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
_FILE = b"trade_id,trade_date,amount\n" + b"".join(
    f"T{n:04d},2026-11-{n % 28 + 1:02d},{n}.50\n".encode() for n in range(40)
)


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("pause fx_trades", PAUSE),
        ("pause fx trades until monday", PAUSE),
        ("disable the feed fx-trades", PAUSE),
        ("turn off alerts for fx_trades", PAUSE),
        ("rename fx_trades to fx_deals", RENAME),
        ("change the name of fx_trades to fx_deals", RENAME),
        ("hand fx_trades over to team rates", HAND_OVER),
        ("move fx trades to rates", HAND_OVER),
        ("change the owner of fx_trades to rates", HAND_OVER),
        ("change the schedule of fx_trades", HAND_OVER),
        ("don't mute fx_trades", LEAVE),
        ("please do not restart fx_trades!!", LEAVE),
        ("dont pause fx_trades yet", LEAVE),
        ("never mute fx_trades again", LEAVE),
        ("no, don't restart fx_trades", LEAVE),
        ("wait, please don't mute fx_trades", LEAVE),
        # What only looks like it.
        ("don't fix fx_trades, tell me why it fails", ""),
        ("don't restart fx_trades until I say so", ""),
        ("why don't you mute fx_trades?", ""),
        ("I don't restart fx_trades", ""),
        ("never seen fx_trades fail", ""),
        ("pause the consumer that reads fx_trades", ""),
        ("who renamed fx_trades?", ""),
        ("is fx_trades muted?", ""),
        ("give me the runs of fx_trades", ""),
        ("move the node to fx_trades", ""),
        ("pause fx_trades " + "and tell everybody " * 8, ""),
    ],
)
def test_an_order_is_told_from_what_only_sounds_like_one(said: str, wish: str) -> None:
    found = wish_in(said, ("fx_trades",))

    assert (found.kind if found is not None else "") == wish


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("please pause fx_trades", Topic.WISH),
        ("rename fx_trades to fx_deals", Topic.WISH),
        ("hand fx_trades over to team rates", Topic.COMMAND),
    ],
)
def test_it_is_read_as_a_question_about_the_feed(said: str, topic: Topic) -> None:
    found = read(said, NAMES, NOW)

    assert found is not None
    assert (found.topic, found.feeds) == (topic, ("fx_trades",))


@pytest.mark.parametrize(
    ("said", "is_begun"),
    [
        ("don't restart fx_trades until monday", False),
        ("don\u2019t rerun fx_trades, tell the team", False),
        ("do not restart fx_trades when it fails", False),
        ("we shouldn't restart fx_trades", False),
        ("no need to reload fx_trades", False),
        ("cancel the restart of fx_trades", False),
        # What only has a *not* in it.
        ("restart fx_trades", True),
        ("no, restart fx_trades", True),
        ("don't forget to restart fx_trades", True),
        ("fx_trades did not run, restart it", True),
    ],
)
def test_no_plan_begins_where_somebody_says_that_it_is_not_to_be(said: str, is_begun: bool) -> None:
    found = read(said, NAMES, NOW)

    assert (found is not None and found.command == "fix fx_trades") is is_begun


def test_who_takes_an_order_back_gets_no_second_plan() -> None:
    found = read("no, don't restart it", NAMES, NOW, earlier=["restart fx_trades"])

    assert found is not None
    assert found.wish is not None
    assert found.wish.kind == LEAVE


@pytest.mark.parametrize("said", ["how do I pause fx_trades?", "pause the kafka consumer"])
def test_how_something_is_done_stays_with_the_library(said: str) -> None:
    found = read(said, NAMES, NOW)

    assert found is None or found.topic is not Topic.WISH


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    story = FeedStory(tmp_path)
    story.onboard("fx_trades.csv", _FILE, feed_name="fx_trades", owning_team="fx")
    return story.house


def test_who_wants_a_pause_reads_what_there_is_instead(house: DeskHouse) -> None:
    house.say("sam", "pause fx_trades")

    told = house.cards_to_all()[-1]
    assert told.title == "A feed can't be paused"
    assert "`retire fx_trades`" in told.lead


def test_who_wants_another_owner_gets_the_settings_to_edit(house: DeskHouse) -> None:
    house.say("sam", "hand fx_trades over to team rates")

    told = house.cards_to_all()[-1]
    assert told.actions[0].label.startswith("Settings: owner")
