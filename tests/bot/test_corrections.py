"""Corrections in words, in the thread of a sample, before and after the configuration is built."""

from pathlib import Path

import pytest

from bot.cards.model import Action, Reply
from bot.cards.text import literal
from config_gen.documents import parse
from domain.configuration.changes import ChangeState, ConfigChange, Proposal
from domain.configuration.feed_config import FeedConfig
from domain.identity.chat import FileRef, Incoming, IncomingKind
from domain.identity.people import Role
from tests.bot.desk_house import account_of, place_of
from tests.bot.feed_story import FeedStory
from tests.domain.builders import a_person

_ROWS = "\n".join(f"T{100 + n // 2},{n % 2 + 1},{n * 1250},0{n % 9 + 1}/0{n % 5 + 1}/2025" for n in range(40))
_LEGS = f"trade_id,leg,amount,value date\n{_ROWS}\n".encode()


@pytest.fixture
def story(tmp_path: Path) -> FeedStory:
    return FeedStory(tmp_path)


def _say(
    story: FeedStory, change: ConfigChange, text: str, *, person: str = "sam", to_us: bool = False
) -> Reply:
    story.turns += 1
    return story.house.act(
        Incoming(
            key=f"web:say-{story.turns}",
            kind=IncomingKind.MESSAGE,
            account=account_of(person, "web"),
            place=change.place,
            at=story.house.clock.at,
            text=text,
            message=f"s{story.turns}",
            addressed=to_us,
        )
    )


def _whispered(reply: Reply) -> str:
    return literal(" ".join(f"{card.title} {card.lead}" for card in reply.whispers))


def _proposed(story: FeedStory, change: ConfigChange) -> FeedConfig:
    current = story.change(change)
    assert current.proposal is not None
    blob = story.house.blobs.get(current.proposal)
    return parse(Proposal.model_validate_json(blob).yaml.encode())


def test_what_is_said_before_the_answers_is_on_the_card_and_in_what_is_built(story: FeedStory) -> None:
    change = story.drop(("legs.csv", _LEGS))

    _say(story, change, "key is trade_id and leg")
    _say(story, change, "amount is in cents")
    _say(story, change, "the date is month first")

    said = next(s.text for s in story.card(change).sections if s.heading == "What you said of it")
    assert "trade_id + leg" in literal(said)
    built = _proposed(story, story.answer(story.change(change), feed_name="legs", owning_team="fx"))
    assert built.keys.primary == ("trade_id", "leg")
    assert [step.values["by"] for step in built.transformations if step.step.value == "divide"] == ["100"]
    assert [column.format for column in built.columns if column.format] == ["%m/%d/%Y"]


def test_of_which_sample_something_was_taken_is_said(story: FeedStory) -> None:
    change = story.drop(("legs.csv", _LEGS))

    _say(story, change, "amount is in cents")

    assert any(one.startswith("Taken of legs.csv: ") for one in story.house.said_to_all())


def test_what_is_said_during_review_opens_it_anew(story: FeedStory) -> None:
    change = story.answer(story.drop(("legs.csv", _LEGS)), feed_name="legs", owning_team="fx")
    asked = story.change(change).approval

    _say(story, change, "leg is text", to_us=True)
    change = story.walk(change)

    assert change.state is ChangeState.IN_REVIEW
    assert change.approval not in (None, asked)
    leg = _proposed(story, change).find_column("leg")
    assert leg is not None
    assert leg.type.value == "text"


def test_answering_again_keeps_what_was_said(story: FeedStory) -> None:
    change = story.drop(("legs.csv", _LEGS))
    _say(story, change, "there is no key")
    change = story.answer(story.change(change), feed_name="legs", owning_team="fx")
    _say(story, change, "amount is in EUR")
    story.walk(change)
    asked = story.press(Action(verb="answers.open", label="Answer", subject=change.subject)).dialog
    assert asked is not None
    given = {one.name: one.value for one in asked.inputs}
    story.fill(given, asked.inputs, {"owning_team": "rates"})
    story.press(asked.submit, **given)

    built = _proposed(story, story.walk(change))
    assert built.owner.team == "rates"
    amount = built.find_column("amount")
    assert amount is not None
    assert (built.keys.primary, amount.unit) == ((), "EUR")


def _drop_again(story: FeedStory, text: str, person: str = "sam") -> Reply:
    story.turns += 1
    return story.house.act(
        Incoming(
            key=f"web:again-{story.turns}",
            kind=IncomingKind.UPLOAD,
            account=account_of(person, "web"),
            place=place_of("web"),
            at=story.house.clock.at,
            text=text,
            message=f"a{story.turns}",
            files=(FileRef(name="legs.csv", size_bytes=len(_LEGS), blob=story.house.blobs.put(_LEGS)),),
            addressed=True,
        )
    )


def test_what_is_written_beside_the_same_bytes_is_taken_by_the_open_change(story: FeedStory) -> None:
    change = story.drop(("legs.csv", _LEGS))

    _drop_again(story, "key is trade_id and leg, owner rates")

    assert [one.value for one in story.change(change).corrections] == ["", "rates"]
    assert story.change(change).answers["owner_team"] == "rates"
    assert any("The key is trade_id + leg" in one for one in story.house.said_to_all())


def test_what_cannot_be_beside_the_same_bytes_is_said_and_the_card_is_shown(story: FeedStory) -> None:
    change = story.drop(("legs.csv", _LEGS))

    _drop_again(story, "leg is never empty, key is leg")

    assert story.change(change).corrections == ()
    assert any(one.startswith("Not taken") for one in story.house.said_to_all())


def test_who_may_not_edit_the_change_joins_it_without_a_word_of_theirs(story: FeedStory) -> None:
    story.house.knows(a_person("rob", Role.STREAM_TEAM, team="rates"), "web")
    change = story.drop(("legs.csv", _LEGS))

    _drop_again(story, "key is trade_id and leg", person="rob")
    _drop_again(story, "here it is once more")

    assert story.change(change).corrections == ()


def test_what_can_not_be_taken_is_said_with_what_can(story: FeedStory) -> None:
    change = story.drop(("legs.csv", _LEGS))

    reply = _say(story, change, "amount is dubious")

    assert "key is A and B" in _whispered(reply)
    assert story.change(change).corrections == ()


def test_a_key_that_the_sample_disproves_is_refused(story: FeedStory) -> None:
    change = story.drop(("legs.csv", _LEGS))

    assert "does not tell all rows" in _whispered(_say(story, change, "key is trade_id"))


@pytest.mark.parametrize(
    "text", ["looks good", "Ada is back on Monday", "is amount in cents?", "the file is late"]
)
def test_talk_among_people_gets_no_answer(story: FeedStory, text: str) -> None:
    change = story.drop(("legs.csv", _LEGS))

    assert _say(story, change, text) == Reply()
    assert story.change(change).corrections == ()


@pytest.mark.parametrize(
    ("text", "to_us", "is_taken"),
    [
        ("every friday", False, False),
        ("daily", False, False),
        ("every friday", True, True),
        ("it comes every friday", False, True),
        ("every friday at 7:15", False, True),
    ],
)
def test_a_bare_rhythm_among_people_opens_no_review_anew(
    story: FeedStory, text: str, to_us: bool, is_taken: bool
) -> None:
    change = story.answer(story.drop(("legs.csv", _LEGS)), feed_name="legs", owning_team="fx")
    asked = story.change(change).approval

    _say(story, change, text, to_us=to_us)

    assert (story.walk(change).approval != asked) is is_taken


def test_who_may_not_edit_changes_nothing_by_talking(story: FeedStory) -> None:
    change = story.drop(("legs.csv", _LEGS))

    _say(story, change, "there is no key", person="ada")

    assert story.change(change).corrections == ()


def test_a_change_that_ended_is_not_corrected(story: FeedStory) -> None:
    change = story.onboard("legs.csv", _LEGS, feed_name="legs", owning_team="fx")

    assert "merged" in _whispered(_say(story, change, "there is no key", to_us=True))


def test_what_is_written_beside_the_file_is_taken_once_its_columns_are_known(story: FeedStory) -> None:
    change = story.drop(("legs.csv", _LEGS), text="key is trade_id and leg. amount is in cents")

    assert [one.say for one in change.corrections][:1] == ["The key is **trade_id + leg**."]
    built = _proposed(story, story.answer(change, feed_name="legs", owning_team="fx"))
    assert built.keys.primary == ("trade_id", "leg")


@pytest.mark.parametrize("text", ["here is the new feed of the desk", "legs, please. Thanks"])
def test_other_words_beside_the_file_say_nothing_of_it(story: FeedStory, text: str) -> None:
    change = story.drop(("legs.csv", _LEGS), text=text)

    assert (change.corrections, change.sentence) == ((), "")


def test_words_beside_the_file_that_can_not_be_taken_are_answered_on_its_card(story: FeedStory) -> None:
    change = story.drop(("legs.csv", _LEGS), text="key is trade_id")

    assert "does not tell all rows" in literal(story.card(change).lead)
