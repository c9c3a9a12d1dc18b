"""Questions about the house itself: feeds by what they have, decisions, alerts, and what asks nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.commands.phrasebook import phrasebook
from bot.feed_conditions import Conditions, Trait
from bot.german_words import in_english
from bot.presenters.plain_answers import state_answer
from bot.question_kinds import Topic, Wanted
from bot.questions import read
from bot.small_talk import answer_to
from domain.configuration.changes import FeedEntry
from domain.identity.people import Role
from domain.ids import AlertId, FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.schedule_words import promise_in_words, schedule_in_words
from domain.watch.alerts import Alert, AlertState
from domain.watch.feed_health import FeedHealth, Light
from tests.bot.desk_house import DeskHouse, whispered
from tests.domain.builders import a_person

NAMES = frozenset({"fx_trades", "fx_rates", "crm_contacts"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "only", "wanted"),
    [
        ("which feeds have no owner?", Conditions(lacks=Trait.OWNER), Wanted.ANY),
        ("feeds without owner", Conditions(lacks=Trait.OWNER), Wanted.ANY),
        ("are there feeds that nobody owns", Conditions(lacks=Trait.OWNER), Wanted.ANY),
        ("unowned feeds", Conditions(lacks=Trait.OWNER), Wanted.ANY),
        ("welche feeds haben keinen owner?", Conditions(lacks=Trait.OWNER), Wanted.ANY),
        ("which feeds have no deadline", Conditions(lacks=Trait.DEADLINE), Wanted.ANY),
        ("unowned feeds with a deadline", Conditions(lacks=Trait.OWNER), Wanted.ANY),
        (
            "feeds with a deadline and without runbook",
            Conditions(lacks=Trait.RUNBOOK, has=Trait.DEADLINE),
            Wanted.ANY,
        ),
        ("which feeds have a deadline", Conditions(has=Trait.DEADLINE), Wanted.ANY),
        ("which feeds never ran?", Conditions(lacks=Trait.RUN), Wanted.ANY),
        ("what has not run today", Conditions(has_not_run=True), Wanted.ANY),
        ("which feeds come from orders-db", Conditions(uses="orders-db"), Wanted.ANY),
        ("who owns the important feeds", Conditions(criticality="high"), Wanted.ANY),
        ("which feeds aren't scheduled", Conditions(lacks=Trait.SCHEDULE), Wanted.ANY),
        ("my feeds", Conditions(is_mine=True), Wanted.ANY),
        ("which of my feeds are late", Conditions(is_mine=True), Wanted.LATE),
        ("which weekly feeds are red", Conditions(rhythm="weekly"), Wanted.RED),
        ("which critical feeds failed?", Conditions(criticality="critical"), Wanted.FAILED),
        ("what is running right now", Conditions(is_running=True), Wanted.ANY),
    ],
)
def test_feeds_are_asked_for_by_what_they_have_in_common(text: str, only: Conditions, wanted: Wanted) -> None:
    found = read(text, NAMES, NOW, resources={"orders-db"})

    assert found is not None
    assert (found.topic, found.only, found.wanted) == (Topic.WHICH, only, wanted)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("what is due in the next 2 hours", "22 12:00", "22 14:00"),
        ("which feeds are due today", "22 12:00", "23 00:00"),
        ("what runs tomorrow?", "23 00:00", "24 00:00"),
    ],
)
def test_what_is_due_is_asked_for_by_a_span_to_come(text: str, since: str, until: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert found.only.due is not None
    assert f"{found.only.due.since:%d %H:%M}" == since
    assert f"{found.only.due.until:%d %H:%M}" == until


@pytest.mark.parametrize(
    ("text", "topic", "feeds"),
    [
        ("is fxtrades ok?", Topic.STATE, ("fx_trades",)),
        ("satus of fx_trades", Topic.STATE, ("fx_trades",)),
        ("what breaks if fx_trades is late?", Topic.LINEAGE, ("fx_trades",)),
        ("what's the impact of fx_trades failing", Topic.LINEAGE, ("fx_trades",)),
        ("what time does fx_trades run", Topic.DUE, ("fx_trades",)),
        ("who should I talk to about fx_trades", Topic.OWNER, ("fx_trades",)),
        ("who has the alert on fx_trades", Topic.ALERTS, ("fx_trades",)),
        ("any alerts right now?", Topic.ALERTS, ()),
        ("alerts yesterday", Topic.ALERTS, ()),
        pytest.param("fx_trades " + "what breaks " * 3_300, Topic.STATE, ("fx_trades",), id="pasted"),
        ("what did ada approve today", Topic.DECISIONS, ()),
        ("who approved the last change", Topic.DECISIONS, ()),
        ("did anybody reject something today?", Topic.DECISIONS, ()),
        ("who can approve", Topic.MAY_APPROVE, ()),
        ("who has to approve orders?", Topic.MAY_APPROVE, ()),
        ("how many failed yesterday", Topic.WHICH, ()),
        ("failures yesterday", Topic.WHICH, ()),
        ("was ist gestern schiefgegangen?", Topic.WHICH, ()),
    ],
)
def test_words_of_the_first_week_are_understood(text: str, topic: Topic, feeds: tuple[str, ...]) -> None:
    found = read(text, NAMES, NOW, ["is fx_rates late?"])

    assert found is not None
    assert (found.topic, found.feeds) == (topic, feeds)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("do I have anything to approve?", "waiting"),
        ("is there anything for me to do", "waiting"),
        ("is my orders change approved yet?", "waiting"),
        ("was wartet auf mich", "waiting"),
        ("what roles do I have", "whoami"),
        ("what can I do?", "whoami"),
        ("why can't I approve this?", "whoami"),
        ("when was fx_trades approved", "config fx_trades history"),
    ],
)
def test_what_concerns_the_asker_is_a_command(text: str, command: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert (found.topic, found.command) == (Topic.COMMAND, command)


@pytest.mark.parametrize(
    "text",
    ["what happens when a feed has no owner?", "which rows were rejected yesterday?",
     "who can approve fx_trades", "may I approve my own request?", "what is due diligence",
     "wie mache ich einen restart von fx_trades?",
     "the Flink job is not running, all of its jobs may have been cancelled by the scheduler at night"],
)  # fmt: skip
def test_what_reads_like_it_and_is_none_is_left_to_the_library(text: str) -> None:
    assert read(text, NAMES, NOW) is None


def test_this_week_points_at_nothing_that_was_said_before() -> None:
    asked = read("how many alerts did we have this week", NAMES, NOW, ["is fx_trades late?"])

    assert asked is not None
    assert (asked.topic, asked.feeds) == (Topic.ALERTS, ())


def test_who_owns_them_after_a_list_is_that_list_which_says_it() -> None:
    asked = read("who owns them?", NAMES, NOW, ["which feeds failed yesterday?"])

    assert asked is not None
    assert (asked.topic, asked.wanted) == (Topic.WHICH, Wanted.FAILED)


def test_an_order_that_speaks_of_rights_stays_that_order() -> None:
    told = phrasebook().find("status update: people can't log in to approve orders")
    asked = phrasebook().find("why can't I approve this?")
    of_others = phrasebook().find("why can't customers log in to approve orders?")

    assert told is not None
    assert told[0].words[0] == "status update"
    assert asked is None
    assert of_others is not None
    assert of_others[0].words[0] == "why"


def test_only_german_is_put_into_english_and_names_stay() -> None:
    assert in_english("was alte_ist late?", {"alte_ist"}) == "was alte_ist late?"
    assert in_english("die feeds") == "die feeds"
    assert in_english("welche feeds sind heute zu spät") == "which feeds are today late"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("thank you so much, that helped", "You are welcome"),
        ("thx a lot", "You are welcome"),
        ("sorry, wrong channel", "No harm done"),
        ("guten Morgen", "Hello"),
        ("are you there?", "I am here"),
        ("alles klar, danke", "You are welcome"),
        ("thanks for approving fx_trades", "You are welcome"),
        ("sorry, is fx_trades late?", ""),
        ("sorry, my fx_trades run failed again", ""),
        ("sorry, I approved the wrong request", ""),
        ("thanks for the fix, can you also restart fx_trades", ""),
        ("good feeds", ""),
        ("good?", ""),
        ("thanks " + "for ab " * 15 + "x", ""),
    ],
)
def test_what_asks_nothing_gets_a_word(text: str, title: str) -> None:
    assert (answer_to(text) or ("", ""))[0] == title


def test_whether_one_feed_is_in_trouble_is_answered_first() -> None:
    feed = FeedHealth(
        name="fx_trades", team="", criticality="high", state=Light.RED, probability=0.1, measured_at=NOW
    )
    asked = read("is fx_trades in trouble?", NAMES, NOW)

    assert asked is not None
    assert state_answer(feed, asked.wanted, NOW) == "Yes."
    assert state_answer(feed.model_copy(update={"state": Light.YELLOW}), asked.wanted, NOW) == "No."


def test_a_calendar_reads_as_people_say_it() -> None:
    business = Schedule(Rhythm.DAILY, at_minute=480, weekdays=frozenset(range(5)), promised_minute=540)

    assert schedule_in_words(business) == "Monday to Friday at 08:00 UTC"
    assert promise_in_words(business) == "09:00 UTC"
    assert schedule_in_words(Schedule(Rhythm.INTERVAL, every_minutes=15)) == "every 15 minutes"
    assert schedule_in_words(Schedule(Rhythm.MONTH_END)) == "on the last day of each month at 00:00 UTC"


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    started = DeskHouse(tmp_path, is_watched=True)
    started.knows(
        a_person("erin", Role.ENGINEER).model_copy(update={"teams": frozenset({TeamId("desk")})}), "web"
    )
    alone = a_person("ada", Role.APPROVER).model_copy(update={"teams": frozenset()})
    started.knows(alone, "web")
    daily = Schedule(Rhythm.DAILY, at_minute=60)
    with started.transactions.writing() as uow:
        feeds = [
            Feed(FeedName("fx_trades"), TeamId("desk"), daily, source="orders-db"),
            Feed(FeedName("fx_rates"), TeamId(""), daily),
        ]
        uow.watched.keep(feeds, started.clock.now())
        uow.feeds.save(FeedEntry(name="crm_contacts", owner="sales", updated_at=started.clock.now()))
    return started


def test_feeds_that_are_only_configured_are_among_those_that_are_asked_for(house: DeskHouse) -> None:
    for question in ("which feeds have no owner?", "my feeds", "which feeds use orders-db?",
                     "which feeds have no schedule?"):  # fmt: skip
        house.say("erin", question)

    owner, mine, uses, schedule = house.said_to_all()
    assert "No owner: 1 of 3 feeds" in owner
    assert "fx_rates" in owner
    assert "fx_trades" not in owner
    assert "Yours (desk): 1 of 3 feeds" in mine
    assert "fx_trades" in uses
    assert "crm_contacts" in schedule


def test_feeds_that_meet_conditions_are_named_by_what_a_light_means_and_by_the_time_looked_at(
    house: DeskHouse,
) -> None:
    with house.transactions.writing() as uow:
        looked_at = [
            FeedHealth(
                name=name, team=team, criticality="high", state=Light.GREEN, probability=0.1, measured_at=NOW
            )
            for name, team in (("fx_trades", "desk"), ("fx_rates", ""))
        ]
        uow.watched.show(looked_at, house.clock.now())
    house.say("erin", "which of my feeds are red?")
    house.say("erin", "which feeds did not run yesterday?")

    red, not_run = house.said_to_all()
    assert "Yours (desk), in trouble: none of 3 feeds" in red
    assert "No run yesterday or since: 3 of 3 feeds" in not_run


def test_who_is_in_no_team_hears_why_no_feed_is_theirs(house: DeskHouse) -> None:
    house.say("ada", "which feeds are mine?")

    assert "You are in no team" in house.said_to_all()[-1]


def test_decisions_are_told_with_who_and_what_and_a_stranger_is_named(house: DeskHouse) -> None:
    request = house.change_in_review(needed=2)
    house.press("ada", house.token("approval.approve"))

    house.say("erin", "what did ada approve today?")
    house.say("erin", "who approved the last change?")

    assert all("yes" in said and request.title in said for said in house.said_to_all()[-2:])
    house.say("erin", "what has already been approved?")

    assert request.title in house.said_to_all()[-1]
    assert "nobody by the name zoe" in whispered(house.say("erin", "what did zoe approve today?"))


def test_open_alerts_are_told_with_who_has_them(house: DeskHouse) -> None:
    now = house.clock.now()
    alert = Alert(
        id=AlertId("a1"), fingerprint="f", root=FeedName("fx_trades"), team=TeamId("desk"), probability=0.9,
        peak=0.9, threshold=0.3, opened_at=now - timedelta(minutes=5), updated_at=now, raised_at=now,
        reasons=("its source answers 5.4 times slower than usual",),
        cause="its source answers … times slower than usual",
    )  # fmt: skip
    over = {"state": AlertState.CLOSED, "closed_at": now}
    with house.transactions.writing() as uow:
        uow.alerts.save(alert)
        for number in range(201):
            days = timedelta(days=1 if number == 200 else 0, minutes=6)
            again = {"id": AlertId(f"b{number}"), "opened_at": now - days}
            uow.alerts.save(alert.model_copy(update=again | over))

    for said in ("alerts", "any alerts on fx_rates?", "alerts yesterday"):
        house.say("erin", said)

    some, none, yesterday = house.said_to_all()
    assert "1 open alert." in some
    assert "told to nobody yet" in some
    table = house.cards_to_all()[0].table
    assert table is not None
    assert table.rows[0][-1] == "its source answers 5.4 times slower than usual"
    assert "No open alerts." in none
    assert "1 alert yesterday" in yesterday


def test_a_visitor_learns_nothing_of_the_house(house: DeskHouse) -> None:
    for question in ("which feeds have no owner?", "what was approved today?", "any open alerts?"):
        assert "who you are" in whispered(house.say("stranger", question))
    assert house.said_to_all() == []


@pytest.mark.parametrize(
    ("text", "words", "until"),
    [
        ("which feeds are due this month?", "this month", datetime(2026, 12, 1, tzinfo=UTC)),
        ("which feeds are due this week?", "this week", datetime(2026, 11, 23, tzinfo=UTC)),
        ("how many feeds are due this quarter", "this quarter", datetime(2027, 1, 1, tzinfo=UTC)),
        ("what runs on friday?", "on Friday, 27 Nov", datetime(2026, 11, 28, tzinfo=UTC)),
        ("which feeds are due by friday", "by Friday, 27 Nov", datetime(2026, 11, 28, tzinfo=UTC)),
        ("which feeds run this weekend?", "on the weekend", datetime(2026, 11, 23, tzinfo=UTC)),
    ],
)
def test_feeds_are_asked_for_that_are_due_in_a_span_to_come(text: str, words: str, until: datetime) -> None:
    found = read(text, frozenset({"fx_trades"}), datetime(2026, 11, 22, 12, tzinfo=UTC))

    assert found is not None
    assert found.only.due is not None
    assert (found.only.due.words, found.only.due.until, found.window) == (words, until, None)


@pytest.mark.parametrize(
    "text",
    [
        "which feeds were late this month?",
        "which feeds failed on friday?",
        "which feeds have not run this week?",
        "what is overdue this month?",
        "what is due to network errors this week",
        "how many loads failed this week?",
        "which loads broke on friday?",
        "all failed loads this week",
        "how many loads finished this week?",
        "feeds whose runs failed this month",
        "which feeds come late this week?",
        "what changed on friday?",
    ],
)
def test_a_span_that_was_is_none_to_come(text: str) -> None:
    found = read(text, frozenset({"fx_trades"}), datetime(2026, 11, 22, 12, tzinfo=UTC))

    assert found is not None
    assert found.only.due is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("which team is having the worst week?", "this week"),
        ("which team has had its worst day?", "today"),
        ("which team had the worst week last month?", "last month"),
    ],
)
def test_a_teams_worst_week_is_counted_by_its_failures(text: str, words: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert found.window is not None
    assert (found.topic, found.wanted, found.by_team) == (Topic.WHICH, Wanted.FAILED, True)
    assert found.window.words == words


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("what is fx_trades waiting for?", Topic.LINEAGE),
        ("what does fx_trades wait on?", Topic.LINEAGE),
        ("is fx_trades waiting for approval?", None),
        ("is fx_trades waiting for a decision?", None),
        ("what is fx_trades waiting for me to approve?", None),
        ("who is waiting for fx_trades?", Topic.LINEAGE),
        ("we are waiting for fx_trades, is it late?", None),
        ("i'm waiting on fx_trades, when will it arrive?", None),
        ("is fx_trades waiting for its approval?", None),
        ("what approvals is fx_trades waiting on?", None),
    ],
)
def test_what_a_feed_waits_for_are_its_upstreams_and_no_approval(text: str, topic: Topic | None) -> None:
    found = read(text, NAMES, NOW)

    assert (found.topic if found is not None and found.topic is Topic.LINEAGE else None) is topic
