"""What somebody reads in the first minutes: an empty house, a misspelt name, help."""

from pathlib import Path

import pytest

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

    house.say("sam", "reconcile fx_trades yesterday")
    assert "fx_trades for 2026-11-21" in house.said_to_all()[-1]
