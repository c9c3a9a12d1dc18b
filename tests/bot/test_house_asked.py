"""What is asked of the whole house in passing: freezes, teams, what speaks against an act, how often."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.feed_conditions import Conditions
from bot.presenters.plain_lists import which_card
from bot.question_kinds import Question, Topic, Wanted
from bot.questions import read
from bot.times_asked import Times, times_in
from domain.clock.day_words import Window
from domain.identity.people import Role
from domain.ids import FeedName, PersonId, TeamId
from domain.remediation.fixes import Freeze
from domain.running.feed_troubles import FeedTroubles
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.watch.feed_health import FeedHealth, Light, RunPoint
from tests.bot.desk_house import DeskHouse
from tests.domain.builders import a_person

NAMES = frozenset({"fx_trades", "fx_rates", "crm_contacts"})
TEAMS = frozenset({"rates", "crm"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("is there a freeze?", Topic.BEFORE_ACTING),
        ("are we frozen", Topic.BEFORE_ACTING),
        ("is it safe to restart now?", Topic.BEFORE_ACTING),
        ("is it safe to restart fx_trades?", Topic.BEFORE_ACTING),
        ("can I safely deploy today?", Topic.BEFORE_ACTING),
        ("which teams are there?", Topic.TEAMS),
        ("what did I miss?", Topic.CHANGED),
        ("what did I miss since friday", Topic.CHANGED),
        ("who deployed last?", Topic.CHANGED),
        ("how long was the last incident?", Topic.CHANGED),
        ("any incident about fx_trades?", Topic.CHANGED),
        ("who can approve a change of fx_trades?", Topic.MAY_APPROVE),
        ("compare today's fx_trades with usual", Topic.RUNS),
        ("how does today's fx_trades compare to normal?", Topic.RUNS),
        ("what is going on?", Topic.WHICH),
        ("is today's volume of fx_trades normal?", Topic.RUNS),
        ("can I get a list of all owners?", Topic.TEAMS),
        ("is it ok to restart the loads on friday?", Topic.BEFORE_ACTING),
        ("what speaks against a release now?", Topic.BEFORE_ACTING),
        ("who needs to approve?", Topic.MAY_APPROVE),
        ("what did anna change since friday?", Topic.CHANGED),
        ("what did I miss while I was away?", Topic.CHANGED),
        ("which alerts are open longer than an hour?", Topic.ALERTS),
    ],
)
def test_what_is_asked_in_passing_is_understood(text: str, topic: Topic) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert found.topic is topic


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("is anything muted?", "muted"),
        ("which feeds are muted right now?", "muted"),
        ("who muted the alerts?", "muted"),
        ("is anything still waiting to be approved?", "waiting"),
        ("what do you think will happen tonight?", "what will break tonight"),
        ("what is waiting for approval?", "waiting"),
        ("how many approvals are pending and since when?", "waiting"),
        ("who still has to approve?", "waiting"),
        ("compare fx_trades", "reconcile fx_trades"),
    ],
)
def test_a_question_is_another_way_to_say_a_command(text: str, command: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert found.command == command


@pytest.mark.parametrize(
    "text",
    [
        "how do I restart it safely?",
        "is it safe to delete old spool files of the mailer when the disk is full?",
        "when was the vendor's file released",
        "what is the team spirit like",
        "how do I freeze a database?",
        "what does frozen mean?",
        "is it ok to change my password?",
        "is it safe to upgrade postgres 14 to 16?",
        "what does mute do?",
        "is mute the same as snooze?",
        "how many teams use kafka",
        "what changes need two approvals?",
        "did I miss a payment deadline?",
        "what did kafka change in 3.0?",
        "is anything open for review in github?",
        "which feeds ran last monday?",
    ],
)
def test_what_only_sounds_like_it_is_left_to_the_library(text: str) -> None:
    assert read(text, NAMES, NOW) is None


def test_a_team_that_nobody_knows_is_said_so_and_one_that_is_known_is_read() -> None:
    unknown = read("which feeds of team risk were late this month", NAMES, NOW, teams=TEAMS)
    known = read("which feeds of team rates failed this month", NAMES, NOW, teams=TEAMS)

    assert unknown is not None
    assert (unknown.topic, unknown.team) == (Topic.TEAMS, "risk")
    assert known is not None
    assert (known.topic, known.team) == (Topic.WHICH, "rates")


@pytest.mark.parametrize(
    "text",
    [
        "which feeds of the team failed yesterday?",
        "which feeds of team members are late?",
        "which loads failed in the whole team's schedule?",
    ],
)
def test_what_stands_behind_a_team_need_not_be_its_name(text: str) -> None:
    found = read(text, NAMES, NOW, teams=TEAMS)

    assert found is None or found.topic is not Topic.TEAMS


@pytest.mark.parametrize(
    ("text", "times", "wanted"),
    [
        ("which feeds were late more than twice this month?", Times(at_least=3), Wanted.LATE),
        ("which feeds failed more than three times in november?", Times(at_least=4), Wanted.FAILED),
        ("what failed at least 5 times this week", Times(at_least=5), Wanted.FAILED),
        ("which feeds were late 3 times or more", Times(at_least=3), Wanted.LATE),
        ("which feeds failed twice", Times(at_least=2), Wanted.FAILED),
        ("show me feeds that never failed", Times(is_never=True), Wanted.FAILED),
        ("which feeds haven't failed this month", Times(is_never=True), Wanted.FAILED),
        ("feeds without failures this week", Times(is_never=True), Wanted.FAILED),
    ],
)
def test_how_often_at_least_is_understood(text: str, times: Times, wanted: Wanted) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert (found.topic, found.times, found.wanted) == (Topic.WHICH, times, wanted)
    assert found.window is not None


@pytest.mark.parametrize(
    "said",
    [
        "is fx_trades more than 3 times slower",
        "runs over 10 times a day",
        "which feeds are late",
        "it never ran",
    ],
)
def test_how_much_and_how_often_a_day_is_no_number_of_troubles(said: str) -> None:
    assert times_in(said) == (Times(), said)


def test_feeds_that_ran_in_a_span_are_asked_for() -> None:
    found = read("which feeds ran today?", NAMES, NOW)
    late = read("which feeds ran late today?", NAMES, NOW)
    due = read("which feeds run today?", NAMES, NOW)

    assert found is not None
    assert found.only == Conditions(has_run=True)
    assert late is None or not late.only.has_run
    assert due is not None
    assert due.only.due
    assert not due.only.has_run


def troubles(feed: str, failed: int) -> FeedTroubles:
    return FeedTroubles(feed, {"failed": failed}, NOW)


def test_only_feeds_with_so_many_troubles_are_listed_or_those_without_any() -> None:
    healths = [
        FeedHealth(
            name=name,
            team="rates",
            criticality="",
            state=Light.GREEN,
            probability=0.1,
            measured_at=NOW,
            last_run=RunPoint(run="r1", outcome="ok"),
        )
        for name in ("fx_trades", "fx_rates", "crm_contacts")
    ]
    found = [troubles("fx_trades", 3), troubles("fx_rates", 1)]
    window = Window(NOW - timedelta(days=7), NOW, "this week", "this week")

    often = which_card(
        healths, found, Question(Topic.WHICH, (), window, Wanted.FAILED, times=Times(at_least=2)), NOW
    )
    never = which_card(
        healths, found, Question(Topic.WHICH, (), window, Wanted.FAILED, times=Times(is_never=True)), NOW
    )

    assert "1 feed had at least 2 failed runs this week." in often.lead
    assert often.table is not None
    assert ["trades" in row[0] for row in often.table.rows] == [True]
    assert "1 of 3 feeds had no failed run this week." in never.lead
    teams = which_card(
        healths,
        found,
        Question(Topic.WHICH, (), window, Wanted.FAILED, by_team=True, times=Times(at_least=2)),
        NOW,
    )
    assert "1 team had at least 2 failed runs this week." in teams.lead
    assert never.table is not None
    assert ["contacts" in row[0] for row in never.table.rows] == [True]


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    started = DeskHouse(tmp_path, is_watched=True)
    started.knows(a_person("erin", Role.ENGINEER), "web")
    daily = Schedule(Rhythm.DAILY, at_minute=60)
    with started.transactions.writing() as uow:
        feeds = [
            Feed(FeedName("fx_trades"), TeamId("rates"), daily),
            Feed(FeedName("fx_rates"), TeamId("crm"), daily),
        ]
        uow.watched.keep(feeds, started.clock.now())
    return started


def last_card(house: DeskHouse) -> str:
    card = house.cards_to_all()[-1]
    rows = [" ".join(row) for row in card.table.rows] if card.table else []
    return " ".join([card.title, card.lead, *rows, *(one.heading + one.text for one in card.sections)])


def test_whether_it_is_safe_says_what_is_frozen_and_freezes_nothing(house: DeskHouse) -> None:
    house.say("erin", "is it safe to restart now?")
    before = last_card(house)
    with house.transactions.writing() as uow:
        uow.guards.save_freeze(
            Freeze(id="f1", reason="end of quarter", by=PersonId("erin"), at=house.clock.now())
        )
    house.say("erin", "is there a freeze")
    frozen = last_card(house)

    assert "Nothing is frozen" in before
    assert "Frozen" in frozen
    assert "end of quarter" in frozen


def test_teams_are_listed_with_their_feeds_and_an_unknown_one_is_named(house: DeskHouse) -> None:
    house.say("erin", "which teams are there?")
    told = last_card(house)
    house.say("erin", "which feeds of team risk were late this month?")
    unknown = last_card(house)

    assert "2 teams own feeds." in told
    assert "rates" in told
    assert "I know no team *risk*" in unknown


def test_why_the_board_is_red_lists_what_is_red_with_its_reason(house: DeskHouse) -> None:
    red = FeedHealth(
        name="fx_trades", team="rates", criticality="low", state=Light.RED, probability=0.9, measured_at=NOW,
        why="its last run failed", last_run=RunPoint(run="r1", outcome="failed"),
    )  # fmt: skip
    with house.transactions.writing() as uow:
        uow.watched.show([red], house.clock.now())
    house.say("erin", "why is the board red?")

    assert "its last run failed" in last_card(house)
