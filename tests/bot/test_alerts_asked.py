"""Alerts older than a day, taken by nobody, of critical feeds, of a team: which of them are asked for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cards.model import Tone
from bot.question_kinds import Topic
from bot.questions import read
from domain.identity.people import Role
from domain.ids import FeedName, PersonId, TeamId
from domain.running.feeds import Criticality
from tests.bot.desk_house import DeskHouse
from tests.domain.builders import a_person, an_alert

NAMES = frozenset({"fx_trades", "fx_rates", "older_orders"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("alerts", ""),
        ("alerts older than a day", "older than a day"),
        ("which alerts are older than 2 hours?", "older than 2 hours"),
        ("any alerts open for more than three days?", "older than three days"),
        ("which alerts are open longer than an hour?", "older than an hour"),
        ("alerts older than 1 week nobody has taken", "older than a week that nobody has"),
        ("alerts older than yesterday", "from before yesterday"),
        ("open alerts from before monday", "from before Monday, 16 Nov"),
        ("unacknowledged alerts", "that nobody has"),
        ("show me the alerts that nobody has acknowledged", "that nobody has"),
        ("acknowledged alerts", "that somebody has"),
        ("critical alerts", "of critical feeds"),
        ("show me my alerts", "of your teams or in your hands"),
        ("alerts of team desk", "of desk"),
        ("desk alerts older than a day", "of desk older than a day"),
    ],
)
def test_alerts_are_asked_for_by_what_they_are(text: str, words: str) -> None:
    found = read(text, NAMES, NOW, teams={"desk"})

    assert found is not None
    assert (found.topic, found.alerts.words) == (Topic.ALERTS, words)
    assert found.window is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("alerts in the last 2 hours", ""),
        ("alerts yesterday", ""),
        ("alerts since monday", ""),
        ("who has the alert on fx_trades?", ""),
        ("alerts on older_orders", ""),
        ("was the alert on fx_trades acknowledged?", ""),
    ],
)
def test_a_span_or_a_feed_asks_for_all_alerts_of_it(text: str, words: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert (found.topic, found.alerts.words) == (Topic.ALERTS, words)


@pytest.mark.parametrize(
    "text",
    [
        "which critical feeds have alerts?",
        "do my critical feeds have alerts?",
        "unowned feeds with alerts",
        "how do I acknowledge desk alerts?",
    ],
)
def test_feeds_by_their_alerts_and_how_alerts_are_handled_are_no_lists_of_alerts(text: str) -> None:
    found = read(text, NAMES, NOW, teams={"desk"})

    assert found is None or found.topic is not Topic.ALERTS


def test_only_the_alerts_that_are_asked_for_are_told(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path, is_watched=True)
    now = house.clock.at
    house.knows(a_person("kim", Role.ENGINEER, team="desk"), "web")
    with house.transactions.writing() as uow:
        uow.alerts.save(an_alert(now - timedelta(days=3), criticality=Criticality.CRITICAL))
        uow.alerts.save(
            an_alert(now - timedelta(hours=1), root=FeedName("fx_rates"), id="rates", fingerprint="rates",
                     team=TeamId("rates"), acknowledged_by=PersonId("kim"))
        )  # fmt: skip

    def told(text: str) -> str:
        house.say("kim", text)
        card = house.cards_to_all()[-1]
        return " ".join([card.lead, *(row[0] for row in (card.table.rows if card.table else ()))])

    assert "1 open alert older than a day, of 2 in all." in told("alerts older than a day")
    assert "No open alerts older than a week, of 2 in all." in told("alerts older than a week")
    assert "fx_trades" in told("alerts that nobody has taken")
    assert "fx_rates" not in told("alerts that nobody has taken")
    assert "1 open alert of critical feeds, of 2 in all." in told("critical alerts")
    assert "2 open alerts of your teams or in your hands." in told("my alerts")
    told("alerts older than a week")
    assert house.cards_to_all()[-1].tone is Tone.CALM
    oldest = told("what is the oldest alert?")
    assert oldest.index("fx_trades") < oldest.index("fx_rates")
