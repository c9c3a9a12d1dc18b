"""What somebody reads in the first minutes: an empty house, a misspelt name, help."""

from pathlib import Path

import pytest

from bot.commands.guide import SUBJECTS
from bot.commands.phrasebook import usages_by_heading
from bot.intents import clean
from bot.small_talk import answer_to
from domain.configuration.changes import FeedEntry
from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from tests.bot.desk_house import DeskHouse, whispered


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    return DeskHouse(tmp_path)


def test_a_house_without_a_feed_says_how_to_begin_and_promises_nothing(house: DeskHouse) -> None:
    for words in ("feeds", "what will break"):
        house.say("sam", words)
    refused = whispered(house.say("sam", "quality fx_trades"))

    assert [("sample file" in said, "demo feeds" in said) for said in house.said_to_all()] == [
        (True, True)
    ] * 2
    assert "I know no feed named fx_trades. There is none yet" in refused


def test_a_misspelt_feed_gets_the_names_that_come_near(house: DeskHouse) -> None:
    names = ("fx_trades", "fx_rates", "crm_contacts")
    with house.transactions.writing() as uow:
        feeds = [Feed(FeedName(name), TeamId("desk"), Schedule(Rhythm.DAILY)) for name in names]
        uow.watched.keep(feeds, house.clock.now())

    assert "Did you mean fx_trades or fx_rates?" in whispered(house.say("sam", "feed fx_trads"))
    assert "Did you mean crm_contacts?" in whispered(house.say("sam", "quality contacts"))
    assert "I know crm_contacts, fx_rates, fx_trades." in whispered(house.say("sam", "quality zzz"))


def test_a_feed_that_is_only_configured_is_known_to_quality(house: DeskHouse) -> None:
    with house.transactions.writing() as uow:
        uow.feeds.save(FeedEntry(name="fx_trades", owner="desk", updated_at=house.clock.now()))

    house.say("sam", "quality fx_trades")

    assert "No delivery of fx_trades has been scored" in house.said_to_all()[0]


def test_a_day_to_reconcile_is_said_in_words_or_refused_with_the_form(house: DeskHouse) -> None:
    assert "Write it as 2026-10-01" in whispered(house.say("sam", "reconcile fx_trades 03/04/2026"))

    house.say("sam", "reconcile fx_trades for yesterday")
    assert "fx_trades for 2026-11-21" in house.said_to_all()[-1]


_LINES = {
    "Configurations": "retire NAME",
    "Causes and incidents": "topology NAME",
    "Ways out": "undo ID",
    "Feeds under watch": "scorecard",
    "Questions and the library": "kb gaps",
    "You": "whoami",
}


@pytest.mark.parametrize(
    ("said", "heading"),
    [
        ("help feeds", "Feeds under watch"),
        ("help with alerts", "Feeds under watch"),
        ("help incidents", "Causes and incidents"),
        ("help me with the runbooks please", "Ways out"),
        ("help fix", "Ways out"),
        ("help config", "Configurations"),
        ("help cnofiguration", "Configurations"),
        ("help kb", "Questions and the library"),
        ("commands approvals", "You"),
        ("/help library", "Questions and the library"),
    ],
)
def test_help_about_a_subject_shows_that_subject_alone(house: DeskHouse, said: str, heading: str) -> None:
    house.say("sam", said)

    shown = house.said_to_all()[-1]
    assert [name for name, line in _LINES.items() if line in shown] == [heading]


@pytest.mark.parametrize(
    "said",
    [
        "help",
        "/help",
        "!help",
        "help me",
        "commands",
        "help xyzzy",
        "help slack",
        "help production",
        "help production is down",
        "help it hangs",
        "help what now",
    ],
)
def test_help_without_a_subject_of_ours_shows_everything(house: DeskHouse, said: str) -> None:
    house.say("sam", said)

    shown = house.said_to_all()[-1]
    assert all(line in shown for line in _LINES.values())


def test_every_heading_of_help_is_found_by_words_that_belong_to_it_alone() -> None:
    usages = usages_by_heading()
    named = [word for words, _ in SUBJECTS.values() for word in words.split()]

    assert SUBJECTS.keys() == usages.keys()
    assert len(named) == len(set(named))


@pytest.mark.parametrize(
    ("said", "near"),
    [
        ("you are a lamp post", ""),
        ("demo", ""),
        ("blah blub", ""),
        ("どのフィードが遅れていますか", ""),
        ("hlep", "help"),
        ("shwo me the feeds plz", "feeds"),
    ],
)
def test_words_that_nothing_comes_near_get_no_commands_at_random(
    house: DeskHouse, said: str, near: str
) -> None:
    house.say("sam", said)

    shown = house.said_to_all()[-1]
    assert "I did not understand that" in shown
    assert ("Did you mean" in shown) == bool(near)
    assert near in shown


def test_a_path_is_no_command_with_a_slash() -> None:
    assert clean("/feeds") == "feeds"
    assert clean("/srv/exports") == "/srv/exports"
    assert clean("kb connect folder /docs") == "kb connect folder /docs"


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("how do I start?", "Where to begin"),
        ("getting started", "Where to begin"),
        ("I'm new here", "Where to begin"),
        ("bye!", "Until then"),
        ("how do I start a backfill?", ""),
        ("where can we begin the restore?", ""),
        ("start", ""),
        ("goodbye to fx_trades", ""),
    ],
)
def test_how_to_begin_is_told_and_how_to_begin_something_is_not(said: str, title: str) -> None:
    found = answer_to(said)

    assert (found[0] if found else "") == title
