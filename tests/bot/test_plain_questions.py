"""Plain questions about feeds: what is understood, what is answered, and what is left to others."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cards.model import Tone
from bot.commands.phrasebook import phrasebook
from bot.presenters.plain_answers import due_card
from bot.presenters.plain_lists import which_card
from bot.question_kinds import Topic, Wanted
from bot.questions import read
from bot.several_questions import questions_in
from domain.identity.people import Role
from domain.ids import FeedName, RunId, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.feed_health import FeedHealth, FeedPage, Light, RunPoint
from storage.feed_health import SqlFeedHealth
from tests.bot.desk_house import DeskHouse, whispered
from tests.domain.builders import a_person

NAMES = frozenset({"fx_trades", "fx_rates", "crm_contacts"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "topic", "wanted"),
    [
        ("is fx_trades late?", Topic.STATE, Wanted.LATE),
        ("please tell me, how is fx trades doing", Topic.STATE, Wanted.ANY),
        ("who owns fx_trades?", Topic.OWNER, Wanted.ANY),
        ("wem gehört fx_trades?", Topic.OWNER, Wanted.ANY),
        ("show me the runs of fx-trades", Topic.RUNS, Wanted.ANY),
        ("how many rows did fx_trades have yesterday", Topic.RUNS, Wanted.ANY),
        ("did fx_trades fail last night?", Topic.RUNS, Wanted.FAILED),
        ("when does fx_trades arrive?", Topic.DUE, Wanted.DONE),
        ("what depends on fx_trades", Topic.LINEAGE, Wanted.ANY),
        ("what is the quality of fx_trades", Topic.QUALITY, Wanted.ANY),
        ("which feed has the worst quality", Topic.WHICH, Wanted.WORST),
        ("which feed is worst today?", Topic.WHICH, Wanted.URGENT),
        ("what is the most urgent feed", Topic.WHICH, Wanted.URGENT),
        ("which feeds are late", Topic.WHICH, Wanted.LATE),
        ("what failed yesterday?", Topic.WHICH, Wanted.FAILED),
        ("is everything ok?", Topic.WHICH, Wanted.GOOD),
        ("has fx_trades failed like this before?", Topic.RUNS, Wanted.FAILED),
        ("send me the logs of fx_trades", Topic.RUNS, Wanted.ANY),
        ("is today a holiday for fx_trades?", Topic.DUE, Wanted.ANY),
        ("if fx_trades is down who cares", Topic.LINEAGE, Wanted.FAILED),
        ("give me a handover summary", Topic.CHANGED, Wanted.ANY),
        ("summary of the last 24h", Topic.CHANGED, Wanted.ANY),
        ("alert history for fx_trades", Topic.ALERTS, Wanted.ANY),
        ("are we in a freeze", Topic.BEFORE_ACTING, Wanted.ANY),
        ("why do you think fx_trades will fail", Topic.STATE, Wanted.ANY),
        ("whats the threshold for fx_trades", Topic.STATE, Wanted.ANY),
        ("fx_trades died again", Topic.STATE, Wanted.ANY),
        ("what if fx_trades is late", Topic.LINEAGE, Wanted.LATE),
        ("is fx_trades missing data", Topic.RUNS, Wanted.ANY),
        ("why is everything red", Topic.WHICH, Wanted.URGENT),
        ("quality trend of fx_trades", Topic.QUALITY, Wanted.ANY),
        ("close the alert on fx_trades", Topic.ALERTS, Wanted.ANY),
        ("what changed since monday", Topic.CHANGED, Wanted.ANY),
        ("who is on call?", Topic.ON_CALL, Wanted.ANY),
        ("who can approve this?", Topic.MAY_APPROVE, Wanted.ANY),
        ("whats late rn?", Topic.WHICH, Wanted.LATE),
        ("wich feeds failed last nite", Topic.WHICH, Wanted.FAILED),
        ("hows fx trades doin", Topic.STATE, Wanted.ANY),
        ("who do i call about trading data", Topic.ON_CALL, Wanted.ANY),
        ("who is working on fx_trades", Topic.OWNER, Wanted.ANY),
        ("anything on fire?", Topic.WHICH, Wanted.URGENT),
        ("what is the status of the feeds", Topic.WHICH, Wanted.GOOD),
    ],
)
def test_a_plain_question_is_understood(text: str, topic: Topic, wanted: Wanted) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert (found.topic, found.wanted) == (topic, wanted)


def test_a_named_day_is_one_of_the_feeds_own_clock_and_else_of_the_houses() -> None:
    zones = {"fx_trades": "America/New_York", "fx_rates": ""}

    def began(text: str) -> str:
        found = read(text, NAMES, NOW, home="Asia/Tokyo", zone_of=lambda feed: zones[feed])
        assert found is not None
        assert found.window is not None
        return f"{found.window.since.astimezone(UTC):%d %H:%M} {found.window.words}"

    assert began("did fx_trades fail yesterday?") == "21 05:00 yesterday (America/New_York)"
    assert began("did fx_rates fail yesterday?") == "20 15:00 yesterday (Asia/Tokyo)"
    assert began("what failed yesterday?") == "20 15:00 yesterday (Asia/Tokyo)"


@pytest.mark.parametrize(
    "text",
    ["how do I rerun fx_trades?", "what is a late feed?", "is the coffee machine ok?", "drop table feeds",
     "what should I do when fx_trades is late?", "where are the docs", "who waters the plants in Lisbon?"],
)  # fmt: skip
def test_what_is_no_question_about_feeds_is_left_to_the_library(text: str) -> None:
    assert read(text, NAMES, NOW) is None


@pytest.mark.parametrize(
    ("text", "topic", "feeds"),
    [
        ("and yesterday?", Topic.RUNS, ("fx_trades",)),
        ("who owns it?", Topic.OWNER, ("fx_trades",)),
        ("and fx_rates?", Topic.STATE, ("fx_rates",)),
        ("when was it last late?", Topic.RUNS, ("fx_trades",)),
        ("how many rows yesterday", Topic.RUNS, ("fx_trades",)),
        ("show me", Topic.STATE, ("fx_trades",)),
        ("how many rows did it load today", Topic.RUNS, ("fx_trades",)),
        ("thx, and fx_rates?", Topic.STATE, ("fx_rates",)),
        ("more details please", Topic.STATE, ("fx_trades",)),
        ("what is the status of the feeds", Topic.WHICH, ()),
    ],
)
def test_a_question_goes_on_after_the_one_before(text: str, topic: Topic, feeds: tuple[str, ...]) -> None:
    found = read(text, NAMES, NOW, ["is fx_trades late?"])

    assert found is not None
    assert (found.topic, found.feeds) == (topic, feeds)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("show me the config of fx_trades", "config fx_trades"),
        ("what columns does fx trades have", "config fx_trades columns"),
        ("where do I see everything?", "dashboard"),
        ("who approved fx_trades?", "config fx_trades history"),
        ("compare source and target of fx_trades", "reconcile fx_trades"),
        ("does the row count of fx_trades match the source?", "reconcile fx_trades"),
        ("what's the primary key of fx_trades", "config fx_trades"),
        ("run a reconciliation for fx_trades last friday", "reconcile fx_trades 2026-11-20"),
        ("did fx_trades reconcile today?", "reconcile fx_trades"),
        ("did fx_trades reconcile this month?", "reconcile fx_trades"),
        ("whats taking fx_trades so long", "why fx_trades"),
        ("what's pending", "waiting"),
        ("how confident are you", "scorecard"),
        ("which database does fx_trades load to", "config fx_trades"),
        ("where does fx_trades land", "config fx_trades"),
        ("did the schema of fx_trades change", "config fx_trades diff"),
        ("what type is trade_date in fx_trades", "config fx_trades columns"),
        ("start an incident for fx_trades", "incident fx_trades"),
        ("how many false alarms last week?", "scorecard"),
        ("what's your precision", "scorecard"),
        ("which sender is silent", "senders"),
        ("link to the dashboard", "dashboard"),
        ("was there an incident open?", "incidents"),
        ("can you restart fx_trades?", "fix fx_trades"),
        ("what do I have to approve?", "waiting"),
        ("where is the dashboard?", "dashboard"),
        ("what can u do", "help"),
        ("what should I look at first?", "feeds"),
        ("warum ist fx_trades langsam?", "why is fx_trades slow"),
    ],
)
def test_another_way_to_say_a_command_is_that_command(text: str, command: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert (found.topic, found.command) == (Topic.COMMAND, command)


def test_feeds_of_a_team_are_asked_for_by_its_name() -> None:
    mine = read("which feeds does desk own?", NAMES, NOW, (), {"desk"})
    red = read("which feeds of desk are red?", NAMES, NOW, (), {"desk"})
    troubled = read("which feeds of desk are in trouble?", NAMES, NOW, (), {"desk"})

    assert [(one.topic, one.team, one.wanted) for one in (mine, red, troubled) if one] == [
        (Topic.WHICH, "desk", Wanted.ANY),
        (Topic.WHICH, "desk", Wanted.RED),
        (Topic.WHICH, "desk", Wanted.RED),
    ]


def test_several_questions_are_told_apart_and_other_sentences_stay_whole() -> None:
    assert questions_in("who owns fx_trades and when was it late? what will break next?") == [
        "who owns fx_trades", "when was it late", "what will break next"]  # fmt: skip
    for whole in (
        "incident orders are late and what now",
        "what is red and green?",
        "ask how to drain a node",
    ):
        assert questions_in(whole) == [whole]


def test_commands_are_found_behind_manners_and_slips_but_only_harmless_ones() -> None:
    book = phrasebook()

    def meant(text: str) -> str:
        found = book.meant(text)
        return found[0].words[0] if found else ""

    assert meant("could you show me the scorecard") == "scorecard"
    assert meant("what will brake") == "what will break"
    assert meant("alerts") == ""
    assert meant("please freeze everything") == "freeze"
    assert meant("freze everything") == ""
    assert meant("show me freeze") == ""


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    started = DeskHouse(tmp_path)
    started.knows(a_person("erin", Role.ENGINEER, Role.ON_CALL), "web", "slack")
    with started.transactions.writing() as uow:
        feeds = [Feed(FeedName(name), TeamId("desk"), Schedule(Rhythm.DAILY)) for name in sorted(NAMES)]
        uow.watched.keep(feeds, started.clock.now())
        uow.runs.add_history([_run(started, days) for days in (1, 2)], started.clock.now())
    return started


def _run(house: DeskHouse, days: int) -> Run:
    at = house.clock.now() - timedelta(days=days)
    outcome = Outcome.FAILED if days == 1 else Outcome.OK
    end = at + timedelta(minutes=5)
    return Run(FeedName("fx_trades"), RunId(f"r{days}"), end, outcome, started_at=at, finished_at=end)


def test_an_owner_is_named_with_who_is_on_call_and_where_it_is_known_from(house: DeskHouse) -> None:
    house.say("erin", "who owns fx_trades?")

    said = house.said_to_all()[-1]
    assert all(words in said for words in ("belongs to", "On call: Erin", "I know this from"))


def test_of_a_feed_that_never_ran_nothing_is_made_up() -> None:
    due, early = NOW + timedelta(hours=6), NOW + timedelta(hours=6, minutes=5)
    facts = {"next_due": due, "finish_early": early, "finish_late": early, "measured_at": NOW}
    one = FeedHealth(
        name="fx_trades", team="desk", criticality="high", state=Light.GREEN, probability=0.0, **facts
    )

    when = due_card(FeedPage(health=one), NOW).lead

    assert "It has no runs yet." in when
    assert "of 100 cases" not in when


def test_two_questions_get_two_answers(house: DeskHouse) -> None:
    house.say("erin", "who owns fx_trades and who is on call?")

    assert len(house.said_to_all()) == 2


def test_what_went_wrong_in_a_span_is_counted_by_feed(house: DeskHouse) -> None:
    now = house.clock.now()

    found = SqlFeedHealth(house.database).troubles(now - timedelta(days=3), now)

    assert [(one.feed, one.counts) for one in found] == [("fx_trades", {"failed": 1})]


def test_a_misspelt_feed_is_asked_back_instead_of_investigated(house: DeskHouse) -> None:
    assert "Did you mean fx_trades" in whispered(house.say("erin", "why did fx_tradse fail?"))
    assert "Did you mean fx_trades" in whispered(house.say("erin", "is feed fx_trads late?"))


def test_a_freeze_that_is_asked_about_freezes_nothing_and_thanks_are_taken(house: DeskHouse) -> None:
    assert "A question freezes nothing" in whispered(house.say("erin", "freeze?"))
    assert "You are welcome" in whispered(house.say("erin", "ok, thanks!"))
    with house.transactions.reading() as uow:
        assert uow.guards.freeze() is None


def test_nothing_changed_is_said_in_words_and_yesterday_goes_on_after_it(house: DeskHouse) -> None:
    house.say("erin", "what changed today?")
    house.say("erin", "and yesterday?")

    assert [said.count("Nothing that I know of changed") for said in house.said_to_all()] == [1, 1]
    assert "yesterday" in house.said_to_all()[-1]


def test_feeds_whose_history_is_still_read_are_on_the_way_and_not_fine(house: DeskHouse) -> None:
    for question in ("which feeds are late?", "feeds", "what will break"):
        house.say("erin", question)

    assert all("3 feeds on the way" in said for said in house.said_to_all())


@pytest.mark.parametrize(
    ("question", "light", "tone", "said"),
    [
        (
            "which feed has the worst quality",
            Light.GREEN,
            Tone.CALM,
            "No delivery of any feed has been scored",
        ),
        ("which feeds are done?", Light.GREEN, Tone.CALM, "The only feed did not end well in its last run."),
        ("which feeds are late", Light.GREEN, Tone.GOOD, "The only feed is not late."),
        ("which feeds are late", Light.GREY, Tone.CALM, "I can't tell: of the only feed I know only the"),
        ("is everything ok?", Light.GREY, Tone.CALM, "I can't tell: of the only feed I know only the"),
        ("is everything ok?", Light.GREEN, Tone.GOOD, "All is well: the only feed is fine."),
        ("is everything ok?", Light.RED, Tone.WARNING, "Not all is well: the only feed is in trouble."),
    ],
)
def test_a_list_is_good_only_where_trouble_was_looked_for_and_could_be_seen(
    question: str, light: Light, tone: Tone, said: str
) -> None:
    feed = FeedHealth(
        name="fx_trades", team="desk", criticality="high", state=light, probability=0.1, measured_at=NOW
    ).model_copy(update={"last_run": RunPoint(run="r1", outcome="running")})
    asked = read(question, NAMES, NOW)
    assert asked is not None

    card = which_card([feed], [], asked, NOW)

    assert (card.lead.startswith(said), card.tone) == (True, tone), card.lead


def test_of_a_feed_without_runs_nobody_says_that_it_is_fine() -> None:
    feed = FeedHealth(
        name="fx_trades", team="desk", criticality="high", state=Light.GREY, probability=0.1, measured_at=NOW
    )
    asked = read("is everything ok?", NAMES, NOW)
    assert asked is not None

    assert which_card([feed], [], asked, NOW).lead == "I can't tell: of the only feed there are no runs yet."


def test_a_bare_why_asks_about_the_feed_that_was_spoken_of(house: DeskHouse) -> None:
    assert "have not looked at it yet" in whispered(house.say("erin", "is fx_trades late?"))
    house.say("erin", "why?")

    with house.transactions.reading() as uow:
        asked = [(one.about, one.title) for one in uow.incidents.every_open()]
    assert asked == [("feed/fx_trades", "Why is fx_trades as it is?")]


def test_a_name_that_comes_near_a_feed_is_not_compared_but_asked_back(house: DeskHouse) -> None:
    assert "Did you mean fx_trades" in whispered(house.say("erin", "reconcile fx_tradse"))
