"""A feed whose first configuration is under way is no unknown name, and no service."""

from pathlib import Path

import pytest

from domain.configuration.changes import ChangeState
from tests.bot.desk_house import whispered
from tests.bot.feed_story import FeedStory

_FILE = "trade_id,trade_date,amount\n" + "".join(
    f"T{n:04d},2026-11-{n % 28 + 1:02d},{n}.50\n" for n in range(40)
)


@pytest.mark.parametrize("said", ["is payroll late?", "when does payroll come?", "who owns payroll?"])
def test_what_is_asked_of_a_coming_feed_by_a_plain_name_is_not_looked_up(tmp_path: Path, said: str) -> None:
    story = FeedStory(tmp_path)
    story.answer(story.drop(("payroll.csv", _FILE.encode())), feed_name="payroll", owning_team="hr")

    assert "payroll is no feed yet" in whispered(story.house.say("sam", said))


@pytest.mark.parametrize("said", ["how do I run payroll again?", "payroll tax is due in may, who pays it"])
def test_a_coming_feed_takes_no_question_from_the_library(tmp_path: Path, said: str) -> None:
    story = FeedStory(tmp_path)
    story.answer(story.drop(("payroll.csv", _FILE.encode())), feed_name="payroll", owning_team="hr")

    assert "payroll is no feed yet" not in whispered(story.house.say("sam", said))


@pytest.mark.parametrize("said", ["feed fx_trades", "why did fx_trades fail?", "why fx_trades"])
def test_a_feed_that_waits_for_approval_is_said_to_wait(tmp_path: Path, said: str) -> None:
    story = FeedStory(tmp_path)
    change = story.answer(
        story.drop(("fx_trades.csv", _FILE.encode())), feed_name="fx_trades", owning_team="fx"
    )
    assert change.state is ChangeState.IN_REVIEW

    refused = whispered(story.house.say("sam", said))

    assert "fx_trades is no feed yet: its first configuration waits for approval" in refused


@pytest.mark.parametrize("said", ["feed fx_trades", "why did fx_trades fail?"])
def test_a_feed_that_is_agreed_is_one_while_another_waits(tmp_path: Path, said: str) -> None:
    story = FeedStory(tmp_path)
    story.onboard("fx_trades.csv", _FILE.encode(), feed_name="fx_trades", owning_team="fx")
    story.answer(story.drop(("other.csv", _FILE.encode())), feed_name="fx_other", owning_team="fx")

    assert "is no feed yet" not in whispered(story.house.say("sam", said))
    assert "waits for approval" in whispered(story.house.say("sam", said.replace("trades", "other")))
