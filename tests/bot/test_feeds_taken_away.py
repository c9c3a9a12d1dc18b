"""A feed whose configuration was taken back is none any more, and what changed says so."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.bot.desk_house import whispered
from tests.bot.feed_story import FeedStory

_FILE = b"trade_id,trade_date,amount\n" + b"".join(
    f"T{n:04d},2026-11-{n % 28 + 1:02d},{n}.50\n".encode() for n in range(40)
)
_GONE = "fx_trades is no feed any more: its configuration was taken back"


@pytest.fixture
def story(tmp_path: Path) -> FeedStory:
    story = FeedStory(tmp_path)
    story.onboard("fx_trades.csv", _FILE, feed_name="fx_trades", owning_team="fx")
    return story


def _take_back(story: FeedStory) -> None:
    story.house.clock.at += timedelta(minutes=5)
    story.house.say("sam", "revert fx_trades")
    (revert,) = story.open_ones()
    story.approve(story.walk(revert))


@pytest.mark.parametrize(
    "said",
    [
        "who owns fx_trades?",
        "feed fx_trades",
        "why did fx_trades fail?",
        "config fx_trades",
        "is fx_trades late?",
    ],
)
def test_who_asks_about_it_reads_that_it_was_taken_back(story: FeedStory, said: str) -> None:
    _take_back(story)

    assert _GONE in whispered(story.house.say("sam", said))


@pytest.mark.parametrize(
    "said",
    [
        "how do I drain a node after fx_trades was moved to another cluster?",
        "who owns fx_rates?",
        "feeds",
        "hi",
    ],
)
def test_what_is_asked_of_anything_else_is_not_answered_with_it(story: FeedStory, said: str) -> None:
    _take_back(story)

    assert "any more" not in whispered(story.house.say("sam", said))


def test_a_feed_that_came_back_is_one_again(story: FeedStory) -> None:
    _take_back(story)
    story.onboard(
        "fx_trades.csv", _FILE + b"T9999,2026-11-30,1.50\n", feed_name="fx_trades", owning_team="fx"
    )

    assert "any more" not in whispered(story.house.say("sam", "who owns fx_trades?"))


def test_a_version_that_was_taken_away_or_replaced_counts_among_what_changed(story: FeedStory) -> None:
    _take_back(story)

    story.house.say("sam", "what changed today?")

    told = story.house.cards_to_all()[-1]
    assert "configurations (2)" in told.lead
    gone, replaced = told.sections[0].text.splitlines()
    assert "taken away" in gone
    assert "a version that was replaced since" in replaced


def test_a_version_that_is_in_force_is_told_once(story: FeedStory) -> None:
    story.house.say("sam", "what changed today?")

    told = story.house.cards_to_all()[-1]
    assert "configurations (1)" in told.lead
    assert ": version" in told.sections[0].text
