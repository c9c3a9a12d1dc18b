"""What is said of a feed that has no configuration, or that nobody has looked at yet."""

from pathlib import Path

import pytest

from domain.configuration.changes import FeedEntry
from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from tests.bot.desk_house import DeskHouse, whispered


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    made = DeskHouse(tmp_path)
    with made.transactions.writing() as uow:
        uow.watched.keep([Feed(FeedName("fx_trades"), TeamId(""), Schedule(Rhythm.DAILY))], made.clock.at)
    return made


@pytest.mark.parametrize("said", ["config fx_trades", "revert fx_trades", "config FX_TRADES history"])
def test_a_feed_that_only_reports_runs_is_said_to_have_no_configuration(house: DeskHouse, said: str) -> None:
    refused = whispered(house.say("sam", said))

    assert "has no configuration: I know it by its runs alone" in refused
    assert "Did you mean" not in refused


def test_a_feed_that_was_just_heard_of_is_asked_for_again(house: DeskHouse) -> None:
    refused = whispered(house.say("sam", "feed fx_trades"))

    assert "just heard of fx_trades" in refused
    assert "half a minute" in refused


def test_a_name_that_comes_near_is_offered(house: DeskHouse) -> None:
    assert "Did you mean fx_trades" in whispered(house.say("sam", "config fx_trade"))


@pytest.mark.parametrize("said", ["feed fx-rates", "feed fx rates", "Feed FX_RATES", "is fx rates late?"])
def test_a_merged_feed_without_a_run_says_so_however_it_is_spelled(house: DeskHouse, said: str) -> None:
    with house.transactions.writing() as uow:
        uow.feeds.save(FeedEntry(name="fx_rates", owner="desk", updated_at=house.clock.now()))

    house.say("sam", said)

    (card,) = house.cards_to_all()
    assert "No run of it was reported to me yet" in card.lead


@pytest.mark.parametrize("said", ["is feed_9999 ok?", "when does old_ledger arrive?", "who owns old_ledger?"])
def test_a_feed_that_nobody_knows_is_said_to_be_none(house: DeskHouse, said: str) -> None:
    assert "I know no feed named" in whispered(house.say("sam", said))
