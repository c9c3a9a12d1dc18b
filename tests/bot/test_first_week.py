"""What people ask in their first week: months, follow-ups, parts of names, thanks, and what sounds alike."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.commands.phrasebook import phrasebook
from bot.feed_conditions import Trait
from bot.presenters.plain_lists import which_card
from bot.question_kinds import Topic, Wanted
from bot.questions import asked_of_a_part, read
from bot.small_talk import answer_to
from domain.identity.chat import Incoming, IncomingKind
from domain.identity.people import Role
from domain.ids import ApprovalId, FeedName, RunId, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.feed_health import FeedHealth, Light
from tests.bot.desk_house import DeskHouse, account_of, place_of, whispered
from tests.domain.builders import a_decision, a_person, a_request

NAMES = frozenset({"fx_trades", "fx_rates", "hr_payroll", "counterparties"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "topic", "words"),
    [
        ("what failed this month?", Topic.WHICH, "this month"),
        ("which team has the most failures last month", Topic.WHICH, "last month"),
        ("how often did fx_trades fail in october?", Topic.RUNS, "in October 2026"),
        ("how many alerts this month?", Topic.ALERTS, "this month"),
        ("what did ada approve last month?", Topic.DECISIONS, "last month"),
        ("how many approvals this quarter", Topic.DECISIONS, "this quarter"),
        ("were there any incidents last month?", Topic.CHANGED, "last month"),
        ("what happened in october?", Topic.CHANGED, "in October 2026"),
        ("was ist diesen Monat fehlgeschlagen?", Topic.WHICH, "this month"),
    ],
)
def test_a_month_is_a_span_like_any_other(text: str, topic: Topic, words: str) -> None:
    found = read(text, NAMES, NOW, ["is fx_rates late?"])

    assert found is not None
    assert found.window is not None
    assert (found.topic, found.window.words) == (topic, words)
    assert "fx_rates" not in found.feeds


@pytest.mark.parametrize("text", ["which feeds have no open alert?", "feeds without alerts"])
def test_feeds_without_an_alert_are_asked_for_and_not_the_alerts(text: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert (found.topic, found.only.lacks) == (Topic.WHICH, Trait.ALERT)


@pytest.mark.parametrize(
    "text",
    ["are there no alerts on any feed?", "which feeds have alerts that nobody has acknowledged",
     "feeds whose alerts are not taken"],
)  # fmt: skip
def test_alerts_that_nobody_has_are_still_alerts(text: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is None or found.only.lacks is None


def test_feeds_without_news_are_listed_and_news_are_still_changes() -> None:
    grey = FeedHealth(
        name="fx_rates", team="desk", criticality="high", state=Light.GREY, probability=0, measured_at=NOW
    )
    green = grey.model_copy(update={"name": "fx_trades", "state": Light.GREEN})
    asked = read("feeds with no news", NAMES, NOW)
    assert asked is not None

    card = which_card([grey, green], [], asked, NOW)

    assert card.lead == "1 of 2 feeds is without news."
    assert "fx_rates" in card.plain
    assert "fx_trades" not in card.plain
    for other in ("any news on the feeds?", "what is new?"):
        news = read(other, NAMES, NOW)
        assert news is not None
        assert news.topic is Topic.CHANGED


def test_what_has_not_run_is_today_by_the_clock_of_the_house() -> None:
    found = read("what has not run?", NAMES, datetime(2026, 11, 22, 22, tzinfo=UTC), home="Asia/Tokyo")

    assert found is not None
    assert found.window is not None
    assert found.window.words == "today (Asia/Tokyo)"
    assert found.window.since == datetime(2026, 11, 22, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "text", "topic", "feeds", "command"),
    [
        ("is fx_trades late and who owns it?", "and yesterday?", Topic.RUNS, ("fx_trades",), ""),
        ("what depends on fx_trades", "and last month?", Topic.RUNS, ("fx_trades",), ""),
        ("compare fx_trades", "and yesterday?", Topic.RUNS, ("fx_trades",), ""),
        ("why did fx_trades fail?", "and yesterday?", Topic.COMMAND, ("fx_trades",),
         "why did fx_trades fail yesterday"),
        ("why was fx_trades slow on monday?", "and yesterday?", Topic.COMMAND, ("fx_trades",),
         "why was fx_trades slow yesterday"),
        ("alerts", "and yesterday?", Topic.ALERTS, (), ""),
        ("what did ada approve today?", "and last month?", Topic.DECISIONS, (), ""),
        ("what did ada approve today?", "and fx_rates?", Topic.STATE, ("fx_rates",), ""),
        ("is fx_trades late?", "since when?", Topic.STATE, ("fx_trades",), ""),
        ("ist fx_trades zu spät?", "warum?", Topic.COMMAND, (), "why"),
    ],
)  # fmt: skip
def test_a_day_or_a_feed_goes_on_after_any_question(
    before: str, text: str, topic: Topic, feeds: tuple[str, ...], command: str
) -> None:
    found = read(text, NAMES, NOW, [before])

    assert found is not None
    assert (found.topic, found.feeds, found.command) == (topic, feeds, command)


@pytest.mark.parametrize(
    ("text", "topic", "wanted"),
    [
        ("when does fx_trades run next?", Topic.DUE, Wanted.ANY),
        ("the next run of fx_trades", Topic.DUE, Wanted.ANY),
        ("when did fx_trades run", Topic.RUNS, Wanted.ANY),
        ("what time did fx_trades finish yesterday", Topic.RUNS, Wanted.DONE),
        ("what time does fx_trades run", Topic.DUE, Wanted.ANY),
        ("what is the SLA of fx_trades", Topic.DUE, Wanted.ANY),
        ("when did fx_trades last succeed?", Topic.RUNS, Wanted.DONE),
        ("if fx_trades fails, what breaks?", Topic.LINEAGE, Wanted.FAILED),
        ("what does it cost us if fx_trades is late?", Topic.LINEAGE, Wanted.LATE),
        ("what feeds fx_trades?", Topic.LINEAGE, Wanted.ANY),
        ("what happened to fx_trades?", Topic.STATE, Wanted.ANY),
        ("who do I wake up if fx_trades fails?", Topic.OWNER, Wanted.FAILED),
        ("how reliable is fx_trades?", Topic.RUNS, Wanted.ANY),
        ("which team is worst?", Topic.WHICH, Wanted.FAILED),
        ("overall status", Topic.WHICH, Wanted.GOOD),
        ("which teams have feeds in trouble?", Topic.WHICH, Wanted.FAILED),
        ("how was last week?", Topic.CHANGED, Wanted.ANY),
        ("how was fx_trades last week?", Topic.RUNS, Wanted.ANY),
        ("any alert I should take?", Topic.ALERTS, Wanted.ANY),
        ("status of fx_trades", Topic.STATE, Wanted.ANY),
        ("ist fx_trades heute gelaufen?", Topic.RUNS, Wanted.ANY),
        ("will fx_trades make it by 6:30", Topic.STATE, Wanted.LIKELY),
        ("how are we doing?", Topic.WHICH, Wanted.GOOD),
        ("hwo is fx_trades", Topic.STATE, Wanted.ANY),
        ("wie geht es fx_trades?", Topic.STATE, Wanted.ANY),
        ("ist fx_trades schon da?", Topic.STATE, Wanted.DONE),
    ],
)
def test_other_words_ask_the_same(text: str, topic: Topic, wanted: Wanted) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert (found.topic, found.wanted) == (topic, wanted)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("what do I need to approve", "waiting"),
        ("approve all", "waiting"),
        ("approve fx_trades", "waiting"),
        ("open requests", "waiting"),
        ("pending?", "waiting"),
        ("what is pending on me", "waiting"),
        ("is my new feed live yet?", "waiting"),
        ("my role?", "whoami"),
        ("what's my team?", "whoami"),
        ("are there any requests?", "waiting"),
        ("can I change the schedule of fx_trades?", "config fx_trades edit"),
        ("any incidents today?", "incidents"),
        ("how come fx_trades failed", "why fx_trades"),
    ],
)
def test_other_words_for_a_command_are_that_command(text: str, command: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert (found.topic, found.command) == (Topic.COMMAND, command)


@pytest.mark.parametrize(
    "text",
    ["can I approve my own change?",
     "why do two people have to approve a change?", "reject rows without a key",
     "What are the benefits of WAL failover?", "the load balancer is down",
     "Hive jobs fail due to a class that is missing", "how does it work with other implementations?",
     "The nginx_ingress SLI of the nginx service (main stage) has more errors than what was promised to us",
     "what did fx_trades cost", "requests per second are down", "how did the meeting go yesterday",
     "how do I change the schedule of fx_trades?",
     "how many approvals does a change need"],
)  # fmt: skip
def test_what_sounds_alike_is_left_to_the_library(text: str) -> None:
    assert read(text, NAMES, NOW) is None


def test_whose_feeds_are_in_trouble_is_not_which_feeds_have_a_team() -> None:
    troubled, owned = (
        read("which teams have feeds in trouble?", NAMES, NOW),
        read("feeds with a team", NAMES, NOW),
    )

    assert troubled is not None
    assert owned is not None
    assert (troubled.only.has, owned.only.has) == (None, Trait.OWNER)


def test_a_feed_that_may_change_is_asked_about_and_not_edited() -> None:
    found = read("fx_trades may change tomorrow", NAMES, NOW)

    assert found is not None
    assert found.command == ""


@pytest.mark.parametrize(
    ("text", "topic", "word"),
    [
        ("is payroll done?", Topic.STATE, "payroll"),
        ("who owns the payroll?", Topic.OWNER, "payroll"),
        ("did counterparty arrive?", Topic.STATE, "counterparty"),
        ("is fx tradse ok", Topic.STATE, "fx_tradse"),
        ("who owns fx-trade?", Topic.OWNER, "fx_trade"),
    ],
)
def test_a_part_of_a_name_is_asked_back(text: str, topic: Topic, word: str) -> None:
    found = asked_of_a_part(text, NAMES, NOW)

    assert found is not None
    assert (found.topic, found.misspelt) == (topic, word)


@pytest.mark.parametrize(
    "text",
    ["is the payroll team in?", "how do I restart payroll", "is fx_trades ok",
     "are trades ok and the coffee too",
     "is the coffee machine ok", "status"],
)  # fmt: skip
def test_a_sentence_that_says_more_names_no_part(text: str) -> None:
    assert asked_of_a_part(text, NAMES, NOW) is None


@pytest.mark.parametrize(
    ("text", "title"),
    [("hi", "Hello"), ("Hello!", "Hello"), ("", "I am here"), ("\U0001f44d\U0001f3fd", "You are welcome"),
     (":+1:", "You are welcome"), ("merci beaucoup", "You are welcome"), ("danke dir!", "You are welcome"),
     ("\U0001f44d fx_trades", ""), (":heart: rate is down", ""), ("hi, is fx_trades late?", ""),
     ("\U0001f44e", "")],
)  # fmt: skip
def test_greetings_thanks_and_thumbs_get_a_word_and_nothing_else_does(text: str, title: str) -> None:
    assert (answer_to(text) or ("", ""))[0] == title


def test_incidents_of_a_time_are_no_longer_only_the_open_ones() -> None:
    assert phrasebook().find("incidents") is not None
    assert phrasebook().find("incidents last month") is None
    found = read("incidents last month", NAMES, NOW)
    assert found is not None
    assert found.kind == "Incidents"


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    started = DeskHouse(tmp_path, is_watched=True)
    started.knows(a_person("erin", Role.ENGINEER), "web")
    with started.transactions.writing() as uow:
        feeds = [Feed(FeedName(name), TeamId("desk"), Schedule(Rhythm.DAILY)) for name in sorted(NAMES)]
        uow.watched.keep(feeds, started.clock.now())
        healths = [
            FeedHealth(
                name=name, team="desk", criticality="high", state=Light.GREEN, probability=0, measured_at=NOW
            )
            for name in sorted(NAMES)
        ]
        uow.watched.show(healths, started.clock.now())
    return started


def test_decisions_are_counted_past_those_that_are_listed(house: DeskHouse) -> None:
    at = house.clock.now() - timedelta(minutes=1)
    with house.transactions.writing() as uow:
        for number in range(1_050):
            request = a_request(opened_at=at).model_copy(update={"id": ApprovalId(f"q{number}")})
            uow.approvals.save(request)
            one = a_decision(a_person("ada" if number % 2 else "jo"), press=f"p{number}")
            uow.approvals.record(request.id, one.model_copy(update={"at": at}))

    for said in ("what was approved this month?", "what did ada approve this month?"):
        house.say("erin", said)

    everybody, ada = house.said_to_all()
    assert "1,050 decisions this month. The newest 12 are shown." in everybody
    assert "525 decisions by Ada" in ada


def test_all_runs_of_a_month_are_counted_of_a_feed_that_runs_every_few_minutes(house: DeskHouse) -> None:
    now = house.clock.now()
    runs = []
    for number in range(1, 2_001):
        end = now - timedelta(minutes=10 * number)
        outcome = Outcome.FAILED if number == 1_900 else Outcome.OK
        runs.append(
            Run(FeedName("fx_trades"), RunId(f"r{number}"), end, outcome, scheduled_at=end, finished_at=end)
        )
    with house.transactions.writing() as uow:
        uow.runs.add_history(runs, now)

    house.say("erin", "how often did fx_trades fail this month?")

    house.say("erin", "show me the runs of fx_trades")

    of_month, of_all = house.said_to_all()
    assert "Yes, 1 of 2,000 (0.05%)." in of_month
    assert "fx_trades: the newest 1,000 runs: 1,000 ok." in of_all


def test_a_part_of_a_name_is_asked_back_in_the_chat(house: DeskHouse) -> None:
    assert "Did you mean hr_payroll" in whispered(house.say("erin", "is payroll done?"))


def test_a_new_feed_is_told_how_to_begin(house: DeskHouse) -> None:
    house.say("erin", "new feed")

    said = house.said_to_all()[-1]
    assert "did not understand" not in said
    assert "Drop a sample file" in said


def test_what_is_not_understood_about_a_feed_offers_that_feed(house: DeskHouse) -> None:
    house.say("erin", "fx_trades bananas")

    assert "feed fx_trades" in house.said_to_all()[-1]


def test_nothing_is_said_to_run_while_the_history_is_still_read(tmp_path: Path) -> None:
    learning = DeskHouse(tmp_path, is_watched=True)
    learning.knows(a_person("erin", Role.ENGINEER), "web")
    with learning.transactions.writing() as uow:
        uow.watched.keep([Feed(FeedName("fx_trades"), TeamId("desk"), Schedule(Rhythm.DAILY))], NOW)

    for said in ("what is running right now?", "which feeds have no owner?"):
        learning.say("erin", said)

    running, owner = learning.said_to_all()
    assert "1 feed on the way" in running
    assert "No owner: none of 1 feed" in owner


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("and today?", 2),
        ("and last month?", 2),
        ("is everything ok?", 1),
        ("and lunch?", 1),
        ("no, what failed?", 1),
        ("and today", 1),
    ],
)
def test_a_list_goes_on_in_our_thread_without_a_mention_and_talk_among_people_does_not(
    house: DeskHouse, text: str, answers: int
) -> None:
    assert _answers_in_a_thread(house, "which feeds failed yesterday?", text) == answers


@pytest.mark.parametrize(("text", "answers"), [("since when?", 2), ("really?", 1), ("But are you sure?", 1)])
def test_what_people_also_say_to_each_other_gets_no_card_again(
    house: DeskHouse, text: str, answers: int
) -> None:
    assert _answers_in_a_thread(house, "is fx_trades late?", text) == answers


def _answers_in_a_thread(house: DeskHouse, first: str, then: str) -> int:
    """Return how many answers came to what was said to us and then, without a mention, below it."""

    def say(words: str, key: str, *, thread: str, addressed: bool) -> None:
        place = place_of("web").model_copy(update={"thread": thread})
        house.act(
            Incoming(
                key=key, kind=IncomingKind.MESSAGE, account=account_of("erin", "web"), place=place,
                at=house.clock.at, text=words, message="m1" if not thread else "m2", addressed=addressed,
            )
        )  # fmt: skip

    say(first, "web:first", thread="", addressed=True)
    say(then, "web:second", thread="m1", addressed=False)
    return len(house.said_to_all())
