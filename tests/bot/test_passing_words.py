"""What people say in passing, at night or in a meeting, is answered by what the house knows."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.commands.phrasebook import phrasebook
from bot.question_kinds import Topic, Wanted
from bot.questions import read
from bot.small_talk import answer_to
from domain.identity.people import Role
from tests.bot.desk_house import DeskHouse
from tests.bot.test_incident_desk import in_thread, newest
from tests.domain.builders import a_person

NAMES = frozenset({"fx_trades", "fx_rates", "ref_data"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "topic", "wanted", "command"),
    [
        ("wtf is going on", Topic.WHICH, Wanted.URGENT, ""),
        ("what's going on?", Topic.WHICH, Wanted.URGENT, ""),
        ("anything i need to know before i go to bed", Topic.WHICH, Wanted.URGENT, ""),
        ("can i go back to sleep?", Topic.WHICH, Wanted.URGENT, ""),
        ("why are we down?", Topic.WHICH, Wanted.URGENT, ""),
        ("is it just me or is everything late", Topic.WHICH, Wanted.LATE, ""),
        ("why did you page me", Topic.ALERTS, Wanted.ANY, ""),
        ("who woke me up at 3 am", Topic.ALERTS, Wanted.ANY, ""),
        ("i got paged, what now", Topic.ALERTS, Wanted.ANY, ""),
        ("ack", Topic.ALERTS, Wanted.ANY, ""),
        ("im looking at it", Topic.ALERTS, Wanted.ANY, ""),
        ("how long does it take us to fix things", Topic.TERM, Wanted.ANY, ""),
        ("how did we do this week", Topic.WHICH, Wanted.FAILED, ""),
        ("what's our uptime this month", Topic.WHICH, Wanted.FAILED, ""),
        ("I dropped a file and nothing happens", Topic.COMMAND, Wanted.ANY, "waiting"),
    ],
)
def test_what_is_said_in_passing_asks_of_the_house(
    text: str, topic: Topic, wanted: Wanted, command: str
) -> None:
    found = read(text, NAMES, NOW, ["how is fx_trades"])

    assert found is not None
    assert (found.topic, found.wanted, found.command, found.feeds) == (topic, wanted, command, ())


@pytest.mark.parametrize(
    "text",
    ["what is going on with the invoice?", "why did you page the vendor", "who called the meeting",
     "how long does it take to fix a flat tyre on the bus", "how did we do the migration in march"],
)  # fmt: skip
def test_what_tells_of_something_else_is_left_to_the_library(text: str) -> None:
    assert read(text, NAMES, NOW) is None


@pytest.mark.parametrize(
    ("text", "feeds"),
    [
        ("no, I meant ref_data", ("ref_data",)),
        ("sorry, i meant fx_rates", ("fx_rates",)),
        ("no, ref_data", ("ref_data",)),
        ("nein ich meinte ref_data", ("ref_data",)),
    ],
)
def test_a_slip_is_put_right_by_the_next_words(text: str, feeds: tuple[str, ...]) -> None:
    found = read(text, NAMES, NOW, ["when does fx_trades usually finish?"])

    assert found is not None
    assert (found.topic, found.feeds) == (Topic.DUE, feeds)


@pytest.mark.parametrize("text", ["no, I meant the other meeting", "no fx_trades today", "I meant well"])
def test_what_puts_no_feed_right_goes_on_after_nothing(text: str) -> None:
    found = read(text, NAMES, NOW, ["when does fx_trades usually finish?"])

    assert found is None or found.topic is not Topic.DUE


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("that's wrong", "Then I was no help"),
        ("stupid bot!", "Then I was no help"),
        ("this is useless", "Then I was no help"),
        ("good bot", "You are welcome"),
        ("yes", "I asked nothing"),
        ("nein", "I asked nothing"),
        ("wrong channel", "No harm done"),
        ("the rows are wrong", ""),
        ("is fx_trades wrong?", ""),
        ("no alerts", ""),
        ("yes, approve fx_trades", ""),
        ("you're late", ""),
    ],
)
def test_blame_and_praise_get_a_word(text: str, title: str) -> None:
    assert (answer_to(text) or ("", ""))[0] == title


@pytest.mark.parametrize(
    ("text", "is_why"),
    [("why are we down?", True), ("why are we so slow?", True), ("why are we not told?", False),
     ("why did you page me?", False)],
)  # fmt: skip
def test_why_we_are_down_asks_for_causes(text: str, is_why: bool) -> None:
    assert (phrasebook().find(text) is not None) is is_why


@pytest.mark.parametrize("addressed", [True, False])
def test_before_the_first_diagnosis_of_an_incident_its_thread_says_that_it_comes(
    tmp_path: Path, addressed: bool
) -> None:
    house = DeskHouse(tmp_path)
    house.knows(a_person("erin", Role.ENGINEER, Role.ON_CALL), "web")
    house.say("erin", "incident everything is down")
    before = newest(house)

    in_thread(house, "why are we down?", addressed=addressed)

    assert house.said_to_all()[-1].startswith("Not yet: I'm still gathering evidence")
    assert newest(house).wanted == before.wanted
