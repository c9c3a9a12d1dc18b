"""What is written of a sample while it is still read waits for its columns, and is not lost."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from activities.configuring import ChangeRef, Configuring
from bot.cards.model import Reply
from domain.configuration.changes import ChangeState, ConfigChange
from domain.configuration.profiles import SampleProfile
from domain.identity.chat import FileRef, Incoming, IncomingKind
from domain.identity.people import Role
from runtime.wiring.configurator import EngineConfigurator
from runtime.wiring.sample_reader import ChildSampleReader
from tests.bot.desk_house import account_of, place_of
from tests.bot.feed_story import FeedStory
from tests.domain.builders import a_person

_ROWS = "\n".join(f"{n // 2},{n % 2},{n * 150}" for n in range(40))
_LEGS = f"trade_id,leg,amount\n{_ROWS}\n".encode()


@pytest.fixture
def story(tmp_path: Path) -> FeedStory:
    return FeedStory(tmp_path)


def _send(story: FeedStory, text: str, *, person: str = "sam", into: ConfigChange | None = None) -> Reply:
    """Drop the file with these words, or write them into the thread of a change."""
    story.turns += 1
    file = FileRef(name="legs.csv", size_bytes=len(_LEGS), blob=story.house.blobs.put(_LEGS))
    return story.house.act(
        Incoming(
            key=f"web:send-{story.turns}",
            kind=IncomingKind.UPLOAD if into is None else IncomingKind.MESSAGE,
            account=account_of(person, "web"),
            place=place_of("web") if into is None else into.place,
            at=story.house.clock.at,
            text=text,
            message=f"m{story.turns}",
            files=(file,) if into is None else (),
            addressed=into is None,
        )
    )


def _being_read(story: FeedStory, text: str = "") -> ConfigChange:
    _send(story, text)
    (change,) = story.open_ones()
    assert change.state is ChangeState.READING
    return change


def _said(change: ConfigChange) -> list[str]:
    return [one.say for one in change.corrections]


def test_words_beside_the_same_bytes_are_taken_once_they_are_read(story: FeedStory) -> None:
    change = _being_read(story, "here is a new feed, can you look?")
    _send(story, "key is trade_id and leg, owner rates")

    read = story.walk(change)

    assert _said(read)[0] == "The key is **trade_id + leg**."
    assert read.answers["owner_team"] == "rates"
    assert read.said_since == ()


def test_words_in_the_thread_are_noted_and_the_later_ones_count(story: FeedStory) -> None:
    change = _being_read(story, "key is trade_id")
    _send(story, "key is trade_id and leg", into=change)
    _send(story, "amount is in cents", into=change)

    assert any(one.startswith("Noted") for one in story.house.said_to_all())
    assert _said(story.walk(change))[:1] == ["The key is **trade_id + leg**."]
    assert len(story.change(change).corrections) == 2


def test_small_talk_while_it_is_read_is_nobodys_business(story: FeedStory) -> None:
    change = _being_read(story)
    _send(story, "good morning all", into=change)
    _send(story, "once more, thanks")

    read = story.walk(change)

    assert (read.corrections, read.sentence) == ((), "")


@pytest.mark.parametrize(
    ("text", "is_noted"),
    [
        ("Ben is in a meeting", False),
        ("Ada is not here today", False),
        ("I am in the office, he is in late", False),
        ("ada is a star", False),
        ("amount is in EUR", True),
        ("amount ist in Cent", True),
        ("zip is text, leg is a number", True),
        ("trade_id is not personal", True),
        ("value date is day first", True),
    ],
)
def test_only_what_may_be_said_of_a_column_is_noted(story: FeedStory, text: str, is_noted: bool) -> None:
    change = _being_read(story)

    _send(story, text, into=change)

    assert any(one.startswith("Noted") for one in story.house.said_to_all()) is is_noted


def test_whose_words_are_taken_is_an_author_and_who_only_drops_it_again_is_none(story: FeedStory) -> None:
    for name in ("kim", "lee"):
        story.house.knows(a_person(name, Role.STREAM_TEAM), "web")
    change = _being_read(story)
    _send(story, "key is trade_id and leg", person="kim")
    _send(story, "here it is again", person="lee")

    assert story.walk(change).authors == {"sam", "kim"}


def test_who_may_not_edit_it_is_not_heard(story: FeedStory) -> None:
    story.house.knows(a_person("rob", Role.STREAM_TEAM, team="rates"), "web")
    change = _being_read(story)
    _send(story, "key is trade_id and leg", person="rob")

    assert story.walk(change).corrections == ()


def test_no_end_of_words_can_wait(story: FeedStory) -> None:
    change = _being_read(story)
    for n in range(8):
        _send(story, f"column_{n} is text", into=change)

    assert len(story.change(change).said_since) == 5


class _Interrupted:
    """Reads, and lets something happen before its first answer is there."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self._reader = ChildSampleReader()
        self._meanwhile = [meanwhile]

    def profile(self, files: Sequence[tuple[Path, str]], sheet: str = "") -> SampleProfile:
        found = self._reader.profile(files, sheet)
        while self._meanwhile:
            self._meanwhile.pop()()
        return found


def test_words_that_come_while_the_child_reads_are_not_lost(story: FeedStory) -> None:
    change = _being_read(story)
    house = story.house
    reading = Configuring(
        _Interrupted(lambda: _send(story, "key is trade_id and leg")),
        EngineConfigurator(story.reviews, "production"),
        house.blobs,
        reading=house.transactions.reading,
        writing=house.transactions.writing,
        clock=house.clock,
        wake=lambda: None,
    )

    where = reading.read_sample(ChangeRef(id=change.id))

    assert where.state == ChangeState.READING
    assert _said(story.walk(change)) == ["The key is **trade_id + leg**."]
