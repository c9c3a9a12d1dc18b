"""A feed is taken away by one sentence and a yes, however many versions it had; and it can come back."""

from datetime import timedelta
from pathlib import Path

import pytest

from config_gen.documents import dump
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange
from domain.configuration.feed_operation import Consumer, Lineage
from domain.ids import FeedName
from runtime.wiring.proposal_facts import removal_of
from tests.bot.desk_house import whispered
from tests.bot.feed_story import FeedStory, button
from tests.config_gen.builders import a_config

_FILE = b"trade_id,trade_date,amount\n" + b"".join(
    f"T{n:04d},2026-11-{n % 28 + 1:02d},{n}.50\n".encode() for n in range(40)
)
_NEXT = _FILE.replace(b"amount\n", b"amount,desk\n").replace(b".50\n", b".50,fx\n")


@pytest.fixture
def story(tmp_path: Path) -> FeedStory:
    """A feed of two versions, which a revert can only take back and forth."""
    story = FeedStory(tmp_path)
    story.onboard("fx_trades.csv", _FILE, feed_name="fx_trades", owning_team="fx")
    story.house.clock.at += timedelta(minutes=5)
    change = story.drop(("fx_trades.csv", _NEXT))
    story.press(button(story.card(change), "Make the pull request"))
    story.approve(story.walk(change))
    story.house.clock.at += timedelta(minutes=5)
    return story


def _retire(story: FeedStory, said: str = "retire fx_trades") -> ConfigChange:
    story.house.say("sam", said)
    (change,) = story.open_ones()
    return story.walk(change)


@pytest.mark.parametrize("said", ["retire fx_trades", "retire fx trades", "delete feed fx_trades"])
def test_a_feed_of_two_versions_is_taken_away_by_one_yes(story: FeedStory, said: str) -> None:
    asked = _retire(story, said)
    assert (asked.kind, asked.state) == (ChangeKind.RETIRE, ChangeState.IN_REVIEW)
    assert story.reviews.read_feed("fx_trades") is not None

    done = story.approve(asked)

    assert done.state is ChangeState.MERGED
    assert story.reviews.read_feed("fx_trades") is None
    card = story.card(done)
    assert "is retired" in card.lead
    assert [action.label for action in card.actions] == ["Show everything"]
    assert "is no feed any more: it was retired" in whispered(story.house.say("sam", "who owns fx_trades?"))


def test_nobody_edits_what_takes_a_feed_away(story: FeedStory) -> None:
    card = story.card(_retire(story))

    assert [action.label for action in card.actions] == ["Show everything", "Withdraw"]
    assert "retire" in [fact.value for fact in card.facts]


def test_who_asks_again_while_it_is_open_joins_it(story: FeedStory) -> None:
    first = _retire(story)

    assert _retire(story) == first


def test_a_withdrawn_retirement_is_asked_again(story: FeedStory) -> None:
    first = _retire(story)
    story.press(button(story.card(first), "Withdraw"))
    assert story.change(first).state is ChangeState.WITHDRAWN

    story.press(button(story.card(story.change(first)), "Ask again"))

    (again,) = story.open_ones()
    assert again.kind is ChangeKind.RETIRE
    story.approve(story.walk(again))
    assert story.reviews.read_feed("fx_trades") is None


def test_a_feed_that_comes_back_is_a_new_one(story: FeedStory) -> None:
    story.approve(_retire(story))
    change = story.drop(("fx_trades.csv", _FILE))
    assert (change.kind, change.state) == (ChangeKind.ONBOARD, ChangeState.ASKING)
    story.approve(story.answer(change, feed_name="fx_trades", owning_team="fx"))

    assert "any more" not in whispered(story.house.say("sam", "who owns fx_trades?"))


def test_who_is_left_without_it_is_on_the_request() -> None:
    readers = tuple(Consumer(name=name, kind="report") for name in ("margin", "p and l", "var", "tax"))
    gone = a_config("fx_trades", lineage=Lineage(consumers=readers))
    made = a_config("fx_report", lineage=Lineage(upstream=("fx_trades",)))

    told = removal_of(FeedName("fx_trades"), dump(gone), "production", [made, a_config("other")])

    assert told.yaml == ""
    assert told.summary == (
        "takes the feed away",
        "leaves its readers without it: margin, p and l, var and 1 more",
        "leaves feeds without what they are made from: fx_report",
    )


def test_what_nobody_reads_leaves_nobody_without_it() -> None:
    told = removal_of(FeedName("fx_trades"), dump(a_config("fx_trades")), "production", [a_config("other")])

    assert told.summary == ("takes the feed away",)


@pytest.mark.parametrize("said", ["retire fx_rates", "retire", "how do we retire a feed?"])
def test_what_names_no_feed_opens_nothing(story: FeedStory, said: str) -> None:
    story.house.say("sam", said)

    assert story.open_ones() == []
