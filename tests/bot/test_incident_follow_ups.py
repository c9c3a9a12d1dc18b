"""What people ask next in the thread of a why: another time, what else, how it is known, what now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cards.model import Action
from bot.presenters.incident_questions import answer_from
from bot.store_kinds import kind_asked_about, of_kind_of
from domain.identity.people import Role
from domain.ids import IncidentId
from domain.investigation.evidence import IncidentCase, LogTable, Telemetry
from domain.investigation.incidents import IncidentKind
from rca.report import make_report
from tests.bot.desk_house import DeskHouse, place_of, whispered
from tests.bot.test_incident_cards import an_incident
from tests.bot.test_incident_desk import diagnosed, hours_of, in_thread, newest
from tests.domain.builders import a_person
from tests.rca.builders import ANOMALY, a_case

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    started = DeskHouse(tmp_path)
    started.knows(a_person("erin", Role.ENGINEER, Role.ON_CALL), "web")
    started.say("erin", "why is web slow?")
    diagnosed(started)
    return started


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("and yesterday?", "Why was web slow yesterday?"),
        ("was it slow yesterday too?", "Why was web slow yesterday?"),
        ("what about last night?", "Why was web slow last night?"),
        ("and the day before?", "Why was web slow the day before?"),
        ("how about an hour earlier?", "Why was web slow an hour earlier?"),
    ],
)
def test_another_time_is_another_why_of_the_same(house: DeskHouse, said: str, title: str) -> None:
    first = newest(house).id

    in_thread(house, said, addressed=False)

    found = newest(house)
    assert found.id != first
    assert (found.title, found.about) == (title, "service/web")


def test_the_day_before_lies_a_day_before_the_trouble_began(house: DeskHouse) -> None:
    onset = datetime.fromtimestamp(ANOMALY, UTC)

    in_thread(house, "and the day before?")

    hours = hours_of(newest(house))
    assert abs(hours.since - (onset - timedelta(days=1))) <= timedelta(hours=1)


def test_the_day_before_that_lies_another_day_back(house: DeskHouse) -> None:
    in_thread(house, "and yesterday?")
    yesterday = hours_of(newest(house)).since
    house.clock.at += timedelta(minutes=1)

    in_thread(house, "and the day before?")

    assert hours_of(newest(house)).since == yesterday - timedelta(days=1)
    assert newest(house).title == "Why was web slow the day before?"


@pytest.mark.parametrize(
    "said",
    [
        "did the deploy of yesterday change anything?",
        "which lines did orders write the day before?",
        "who was on call yesterday?",
        "since yesterday?",
        "and tomorrow?",
    ],
)
def test_a_time_beside_another_question_is_no_other_why(house: DeskHouse, said: str) -> None:
    first = newest(house).id

    in_thread(house, said)

    assert newest(house).id == first


def test_people_who_speak_of_a_day_among_themselves_ask_nobody(house: DeskHouse) -> None:
    house.say("erin", "incident web is slow")
    of_people = newest(house)

    in_thread(house, "and yesterday?", addressed=False)

    assert newest(house).id == of_people.id


@pytest.mark.parametrize(
    ("said", "heading"),
    [
        ("how do you know?", "Why"),
        ("explain", "Why"),
        ("what else could it be?", "What else it may be"),
        ("anything else?", "What else it may be"),
        ("ok so what do we do now?", "What to do"),
        ("what next?", "What to do"),
        ("show me the logs", "Log lines"),
        ("are you sure?", "How sure"),
    ],
)
def test_what_people_ask_next_is_answered(house: DeskHouse, said: str, heading: str) -> None:
    in_thread(house, said)

    assert house.cards_to_all()[-1].title == heading


@pytest.mark.parametrize(
    "said",
    [
        "how do we restart it?",
        "what do we do with the old files?",
        "who else can approve this?",
        "what should the timeout be?",
    ],
)
def test_other_questions_are_left_to_the_library(said: str) -> None:
    report = make_report(IncidentId("i1"), 1, a_case(), None, made_at=NOW)

    assert answer_from(an_incident(), report, [], {}, said) is None


def test_what_is_shown_without_a_question_mark_is_answered_among_people(house: DeskHouse) -> None:
    in_thread(house, "show the numbers", addressed=False)

    assert house.cards_to_all()[-1].title == "Numbers"


def test_lines_that_were_not_there_are_told_from_lines_that_say_nothing() -> None:
    without, calm = a_case(), a_case()
    line = LogTable([-1000.0], ["web"], ["INFO"], [""], [""], ["GET / 200"])
    calm = replace(calm, telemetry=replace(calm.telemetry, logs=line))

    assert _said(without, "show me the logs") == ["I saw no log lines of these hours: no logs."]
    assert _said(calm, "show me the logs") == ["I read 1 log line; nothing in them speaks for a cause."]


def test_how_sure_names_who_comes_next() -> None:
    assert "2. **web**" in " ".join(_said(a_case(), "are you sure?"))


def test_whoever_has_no_answer_admits_it() -> None:
    nothing = replace(a_case(), telemetry=Telemetry(), reference=None)

    said = _said(nothing, "are you sure?")

    assert said[0] == "No: nothing that was measured carries an answer."
    assert len(said) > 1, "and says what would decide it"
    assert "%" not in " ".join(said)
    assert _said(nothing, "how do you know?") == ["I have no evidence for any cause."]


def _said(case: IncidentCase, question: str) -> list[str]:
    report = make_report(IncidentId("i1"), 1, case, None, made_at=NOW)
    found = answer_from(an_incident(), report, [], {}, question)
    assert found is not None
    return found[1]


def _made_an_incident(house: DeskHouse) -> None:
    opened = Action(verb="incident.open", label="Open an incident", subject=newest(house).subject)
    house.press("erin", house.mint(opened, place_of("web")))


@pytest.mark.parametrize(
    "said",
    [
        "give me five minutes, the deploy is running",
        "give me a minute to look at the logs",
        "tell Ada the numbers look fine",
        "tell me when the deploy is done",
        "list is growing with errors",
        "can you restart it and the database?",
        "could it wait until we restarted the db?",
        "is it ok to restart the cache?",
        "is it the cache?",
        "can you ask someone else?",
        "anybody else?",
        "ok, what next?",
        "details?",
        "are you sure?",
        "is Ben sure it holds?",
        "what about yesterday?",
    ],
)
def test_what_people_who_work_on_an_incident_say_to_each_other_is_not_answered(
    house: DeskHouse, said: str
) -> None:
    _made_an_incident(house)
    before, first = len(house.cards_to_all()), newest(house).id
    assert newest(house).kind is IncidentKind.INCIDENT

    in_thread(house, said, addressed=False)

    assert len(house.cards_to_all()) == before
    assert newest(house).id == first


def test_what_is_asked_of_the_evidence_is_answered_among_people_too(house: DeskHouse) -> None:
    _made_an_incident(house)

    in_thread(house, "show me the logs", addressed=False)
    assert house.cards_to_all()[-1].title == "Log lines"
    in_thread(house, "how sure are you?", addressed=False)
    assert house.cards_to_all()[-1].title == "How sure"


@pytest.mark.parametrize(
    ("said", "title"),
    [("timeline since 10:00", "Timeline"), ("summary for my manager", "Summary"), ("review", "Review")],
)
def test_in_its_thread_whatever_follows_is_of_the_incident(house: DeskHouse, said: str, title: str) -> None:
    in_thread(house, said)

    assert house.cards_to_all()[-1].title.startswith(title)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("is it really the cache?", "user-redis"),
        ("can you restart the app and the database?", ""),
        ("did you check the app and the db?", ""),
        ("can this wait for the queue?", ""),
        ("can we drain the topic but not the queue?", ""),
        ("ok, so could it have been caused by the database?", "orders-postgres"),
        ("could it be the database?", "orders-postgres"),
        ("and the db?", "orders-postgres"),
        ("why not the queue?", "the queue"),
        ("which queries did the database run?", ""),
        ("is it the checkout?", ""),
        ("restart the cache", ""),
    ],
)
def test_a_store_is_found_by_its_kind(said: str, meant: str) -> None:
    names = ["checkout", "dbz-archive", "orders-postgres", "user-redis"]

    assert kind_asked_about(said, names) == meant


def test_a_service_of_a_store_like_name_is_no_store() -> None:
    assert of_kind_of("the database", ["store-front", "dbz", "cachet"]) == ""
    assert of_kind_of("the cache", ["store-front", "dbz", "cachet"]) == ""
    assert of_kind_of("the owner", ["orders-postgres"]) == ""


def test_of_a_kind_that_nothing_speaks_for_it_is_said(house: DeskHouse) -> None:
    assert "no evidence about the cache" in whispered(in_thread(house, "is it the cache?"))
