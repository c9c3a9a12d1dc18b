"""What a telephone puts around a word is no part of it."""

from pathlib import Path

import pytest

from bot.bare_names import bare_name, without_quotes
from tests.bot.desk_house import whispered
from tests.bot.feed_story import FeedStory

_FILE = b"trade_id,amount\n" + b"".join(f"T{n:04d},{n}.50\n".encode() for n in range(40))


@pytest.mark.parametrize(
    "told", ["“fx_trades”", "*FX_trades*", "`fx_trades`", "'fx_trades'", "„fx_trades“", "«fx_trades»"]
)
def test_a_name_is_what_stands_between_the_marks(told: str) -> None:
    assert bare_name(told) == "fx_trades"


@pytest.mark.parametrize("told", ["“feeds”", '"feeds"', "\u2018feeds\u2019", "« feeds »"])
def test_a_message_in_quotation_marks_is_what_they_hold(told: str) -> None:
    assert without_quotes(told) == "feeds"


@pytest.mark.parametrize(
    "told",
    ["“a” and “b”", '"orders" is late', 'say "stop"', "it's", "'", '""', "“ ”", "o'brien's", "", "*bold*"],
)
def test_marks_inside_a_message_are_left_alone(told: str) -> None:
    assert without_quotes(told) == told


@pytest.mark.parametrize(
    "said", ["config “fx_trades”", "“config fx_trades”", "config 'FX_TRADES'", "config fx_trades."]
)
def test_a_command_typed_on_a_telephone_is_understood(tmp_path: Path, said: str) -> None:
    story = FeedStory(tmp_path)
    story.onboard("fx_trades.csv", _FILE, feed_name="fx_trades", owning_team="fx")

    whispered(story.house.say("sam", said))

    assert "Configuration of fx_trades" in story.house.cards_to_all()[-1].title


@pytest.mark.parametrize("said", ["“freeze”", '"revert fx_trades"', "“freeze everything now”"])
def test_what_changes_something_is_not_done_for_being_quoted(tmp_path: Path, said: str) -> None:
    story = FeedStory(tmp_path)
    story.onboard("fx_trades.csv", _FILE, feed_name="fx_trades", owning_team="fx")

    story.house.say("ada", said)

    assert not story.open_ones()
    with story.house.opened().reading() as uow:
        assert uow.guards.freeze() is None
