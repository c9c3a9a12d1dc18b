"""What people say and press about incidents: asked, opened once, labelled, led, resolved, merged."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cards.model import Action, Reply
from bot.presenters.drawing import Drawing
from domain.clock.asked_hours import AskedHours
from domain.configuration.changes import FeedEntry
from domain.identity.chat import Incoming, IncomingKind
from domain.identity.people import Role
from domain.ids import FeedName, RunId
from domain.investigation.diagnosis_report import MapSlice
from domain.investigation.incidents import (
    Incident,
    IncidentKind,
    IncidentRole,
    IncidentState,
    LabelKind,
    Severity,
)
from domain.running.feed_facts import FeedFacts
from domain.running.runs import Outcome, Run
from rca.report import make_report
from tests.bot.desk_house import DeskHouse, account_of, place_of, whispered
from tests.domain.builders import a_person
from tests.rca.builders import a_case


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    started = DeskHouse(tmp_path)
    started.knows(a_person("erin", Role.ENGINEER, Role.ON_CALL), "web")
    return started


def newest(house: DeskHouse) -> Incident:
    with house.transactions.reading() as uow:
        return uow.incidents.every_open()[-1]


def hours_of(incident: Incident) -> AskedHours:
    assert incident.asked_hours is not None
    return incident.asked_hours


def diagnosed(house: DeskHouse) -> Incident:
    """Give the newest incident a diagnosis that names `stock`."""
    incident = newest(house)
    report = make_report(incident.id, 1, a_case(), None, made_at=house.clock.at)
    blob = house.blobs.put(report.model_dump_json().encode())
    with house.transactions.writing() as uow:
        uow.incidents.save(incident.model_copy(update={"report": blob, "diagnosed": incident.wanted}))
    return newest(house)


def press(house: DeskHouse, verb: str, incident: Incident, inputs: dict[str, str] | None = None, **said: str):  # type: ignore[no-untyped-def]
    action = Action(verb=verb, label="x", subject=incident.subject, arguments=said)
    kind = IncomingKind.SUBMIT if inputs is not None else IncomingKind.PRESS
    house.counter = getattr(house, "counter", 0) + 1  # type: ignore[attr-defined]
    return house.act(
        Incoming(
            key=f"press:{house.counter}",  # type: ignore[attr-defined]
            kind=kind,
            account=account_of("erin", "web"),
            place=place_of("web"),
            at=house.clock.at,
            token=house.mint(action, place_of("web")),
            inputs=inputs or {},
        )
    )


def in_thread(house: DeskHouse, text: str, *, addressed: bool = True) -> Reply:
    """Say something in the thread that the first card stands in."""
    place = place_of("web").model_copy(update={"thread": "m1"})
    house.counter = getattr(house, "counter", 0) + 1  # type: ignore[attr-defined]
    return house.act(
        Incoming(
            key=f"thread:{house.counter}",  # type: ignore[attr-defined]
            kind=IncomingKind.MESSAGE,
            account=account_of("erin", "web"),
            place=place,
            at=house.clock.at,
            text=text,
            message="m2",
            addressed=addressed,
        )
    )


def card(house: DeskHouse, incident: Incident) -> str:
    with house.transactions.reading() as uow:
        posting = uow.posting_lookup.about(incident.subject)[0]
        drawn = Drawing(house.blobs).draw(posting, uow)
    facts = [str(fact.value) for fact in drawn.facts]
    return " ".join([drawn.title, drawn.lead, *facts, *(section.text for section in drawn.sections)])


def test_a_question_is_taken_with_the_thing_it_is_about(house: DeskHouse) -> None:
    house.say("erin", "why is checkout slow?")

    found = newest(house)
    assert (found.kind, found.about) == (IncidentKind.QUESTION, "service/checkout")
    assert "gathering evidence" in card(house, found)
    assert "Why what" in whispered(house.say("erin", "why"))


def test_why_everything_is_slow_is_a_question_about_the_system_as_a_whole(house: DeskHouse) -> None:
    assert house.say("erin", "why is everything slow?").whispers == ()

    found = newest(house)
    assert (found.kind, found.about) == (IncidentKind.QUESTION, "")
    assert found.title == "Why is everything slow?"
    house.clock.at += timedelta(minutes=1)
    assert house.say("erin", "why was everything slow yesterday at 14:00?").whispers == ()
    assert hours_of(newest(house)).words == "21 Nov 14:00 UTC"
    assert "Why what" in whispered(house.say("erin", "why at all"))


@pytest.mark.parametrize("when", ["since the deploy", "after our release", "since the migration"])
def test_when_a_trouble_began_is_no_service(house: DeskHouse, when: str) -> None:
    assert house.say("erin", f"why is everything slow {when}?").whispers == ()

    assert newest(house).about == ""


@pytest.mark.parametrize("name", ["deploy-bot", "release-notes", "update-feed-svc"])
def test_a_service_may_be_called_after_a_deploy(house: DeskHouse, name: str) -> None:
    house.say("erin", f"why is {name} slow?")

    assert newest(house).about == f"service/{name}"


def test_a_service_may_be_called_with_its_namespace(house: DeskHouse) -> None:
    house.say("erin", "why is prod/checkout slow?")

    assert newest(house).about == "service/prod/checkout"


@pytest.mark.parametrize("word", ["24/7", "slow/late", "and/or", "/api/pay", "1/2"])
def test_not_every_word_with_a_slash_is_a_service(house: DeskHouse, word: str) -> None:
    assert "Why what" in whispered(house.say("erin", f"why is it down {word}"))


def test_a_service_of_such_a_name_is_looked_for_where_it_is_called_one(house: DeskHouse) -> None:
    house.say("erin", "why service release")

    assert newest(house).about == "service/release"


class Mapped:
    """A map that knows three services once somebody asked for a part of it; a double of the lazy map."""

    asked = False

    def names(self) -> tuple[str, ...]:
        return ("checkout", "payments-api", "orders-db") if self.asked else ()

    def around(self, name: str) -> MapSlice:
        self.asked = True
        return MapSlice()

    async def draw(self, around: MapSlice, title: str) -> bytes:
        return b""


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ("what is wrong with checkout?", "service/checkout"),
        ("checkout is down, why?", "service/checkout"),
        ("root cause of payments api latency", "service/payments-api"),
        ("warum ist orders-db langsam?", "service/orders-db"),
        ("how do i fix a slow checkout?", ""),
        ("who owns checkout?", ""),
        ("what failed yesterday?", ""),
        ("checkout is down again since the restart", "service/checkout"),
        ("which feeds fail for checkout?", ""),
        ("runbooks about checkout errors", ""),
        ("what is error CHK-5021 of checkout", ""),
        ("where are the error logs of checkout?", ""),
        ("take the checkout node down", ""),
        ("checkout is not slow any more, thanks", ""),
        ("what is wrong with you?", ""),
        ("root cause of the outage last week", ""),
        ("warum ist der Himmel blau?", ""),
    ],
)
def test_trouble_of_a_service_is_diagnosed_in_whatever_words_it_is_asked_about(
    tmp_path: Path, said: str, about: str
) -> None:
    house = DeskHouse(tmp_path, cartographer=Mapped())
    house.knows(a_person("erin", Role.ENGINEER), "web")

    house.say("erin", said)

    with house.transactions.reading() as uow:
        assert [found.about for found in uow.incidents.every_open()] == [about] * bool(about)


def test_hours_that_are_over_are_understood_in_whatever_words_trouble_is_asked_about(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path, cartographer=Mapped())
    house.knows(a_person("erin", Role.ENGINEER), "web")

    house.say("erin", "what was wrong with checkout yesterday at 3pm?")
    one = newest(house)
    house.clock.at += timedelta(minutes=1)
    house.say("erin", "warum war orders-db gestern langsam?")

    assert (one.title, hours_of(one).words) == (
        "Why was checkout in trouble yesterday at 3pm?",
        "21 Nov 15:00 UTC",
    )
    assert hours_of(newest(house)).words == "21 Nov 00:00 to 22 Nov 00:00 UTC"


def test_a_visitor_can_ask_nothing_about_incidents(house: DeskHouse) -> None:
    assert "don't know who you are" in whispered(house.say("nobody", "why is checkout slow?"))
    with house.transactions.reading() as uow:
        assert uow.incidents.every_open() == []


def test_the_same_trouble_asked_and_reported_is_one_incident(house: DeskHouse) -> None:
    house.say("erin", "why is checkout slow?")
    house.say("sam", "incident sev2 service checkout is down")

    with house.transactions.reading() as uow:
        (found,) = uow.incidents.every_open()
        lines = [entry.text for entry in uow.timeline.of(found.id)]
    assert (found.kind, found.severity) == (IncidentKind.INCIDENT, Severity.SEV2)
    assert "Made an incident of the question." in lines
    assert found.wanted == 2


def test_not_this_is_a_label_that_is_judged_and_asks_again(house: DeskHouse) -> None:
    house.say("erin", "incident things are slow")
    found = diagnosed(house)

    press(house, "incident.not_this", found, cause="stock")

    after = newest(house)
    assert [(label.kind, label.cause) for label in after.labels] == [(LabelKind.NOT_THIS, "stock")]
    assert after.wanted == found.wanted + 1
    assert "not this" in card(house, after)
    with house.transactions.reading() as uow:
        assert [judged.was_right for judged in uow.incidents.judged()] == [False]


def test_it_was_in_words_in_the_thread_judges_the_diagnosis(house: DeskHouse) -> None:
    house.say("erin", "incident things are slow")
    diagnosed(house)

    in_thread(house, "it was Stock")

    assert newest(house).true_cause() == "stock"
    with house.transactions.reading() as uow:
        assert [judged.was_right for judged in uow.incidents.judged()] == [True]


def test_the_evidence_of_a_cause_opens_with_its_numbers(house: DeskHouse) -> None:
    house.say("erin", "why is web slow?")
    found = diagnosed(house)

    press(house, "incident.evidence", found, cause="stock")

    assert any("Evidence for" not in said and "stock" in said for said in house.said_to_all())
    reply = press(house, "incident.evidence", found, cause="billing")
    assert "no evidence about billing" in whispered(reply)


def test_an_incident_is_led_updated_resolved_and_reopened(house: DeskHouse) -> None:
    house.say("erin", "incident orders are late")
    found = newest(house)

    press(house, "incident.lead", found)
    press(
        house, "incident.update", found, {"state": "mitigating", "severity": "sev1", "status": "rolling back"}
    )
    found = newest(house)
    assert found.roles == {IncidentRole.LEAD: "erin"}
    assert (found.state, found.severity, found.status) == (
        IncidentState.MITIGATING,
        Severity.SEV1,
        "rolling back",
    )

    press(house, "incident.roles", found, {"role": "scribe", "person": "ada", "note": "read the thread"})
    in_thread(house, "add to timeline: we called the vendor")
    press(
        house, "incident.resolve", found, {"cause": "something else", "other": "a vendor", "note": "waited"}
    )
    with house.transactions.reading() as uow:
        (ended,) = uow.incidents.newest(5)
        lines = [entry.text for entry in uow.timeline.of(ended.id)]
    assert (ended.state, ended.cause) == (IncidentState.RESOLVED, "waited")
    assert "we called the vendor" in lines
    press(house, "incident.reopen", ended)
    assert newest(house).state is IncidentState.INVESTIGATING


@pytest.mark.proves("K4")
def test_a_secret_that_somebody_pasted_is_kept_in_no_incident(house: DeskHouse) -> None:
    secret = "sW0rdfish-of-orders"
    house.say("erin", f"incident orders are late: postgresql://app:{secret}@db/orders refuses")
    found = newest(house)

    in_thread(house, f"add to timeline: they set DB_PASSWORD={secret}")
    in_thread(house, f"status update they said password={secret} again")
    press(
        house, "incident.resolve", found, {"cause": "something else", "other": f"token={secret}", "note": ""}
    )

    with house.transactions.reading() as uow:
        (ended,) = uow.incidents.newest(5)
        told = [ended.model_dump_json(), *(entry.text for entry in uow.timeline.of(ended.id))]
    assert [text for text in told if secret in text] == []
    assert ended.title == "orders are late: •••db/orders refuses"
    assert ended.status == "they said password=••• again"


def test_a_dialog_with_choices_that_do_not_exist_stays_open(house: DeskHouse) -> None:
    house.say("erin", "incident orders are late")
    found = newest(house)

    assert press(house, "incident.update", found, {"state": "gone", "severity": "sev1"}).input_errors
    assert press(house, "incident.roles", found, {"role": "king", "person": "ada"}).input_errors
    assert press(house, "incident.note", found, {"text": " "}).input_errors
    assert press(house, "incident.was", found, {"cause": "something else", "other": ""}).input_errors


def test_a_duplicate_goes_on_in_the_other_incident(house: DeskHouse) -> None:
    house.say("erin", "incident orders are late")
    first = newest(house)
    house.clock.at = house.clock.at.replace(minute=1)
    house.say("erin", "incident parcels are late")
    second = newest(house)

    house.say("erin", f"incident {second.id} merge {first.id}")

    with house.transactions.reading() as uow:
        merged = uow.incidents.get(second.id)
    assert (merged.state, merged.duplicate_of) == (IncidentState.CLOSED, first.id)
    assert newest(house).id == first.id


def test_words_outside_an_incidents_thread_say_what_is_missing(house: DeskHouse) -> None:
    assert "which incident" in whispered(house.say("erin", "not this"))


@pytest.mark.proves("D6")
def test_a_title_from_outside_stays_text_on_every_card(house: DeskHouse) -> None:
    house.say("erin", "incident **bold** <!channel> <@U1> [x](https://evil.example)")
    found = diagnosed(house)
    hostile = replace(make_report(found.id, 1, a_case(), None, made_at=house.clock.at).diagnosis)
    assert hostile.hypotheses

    for what in ("", " timeline", " summary", " review"):
        house.say("erin", f"incident {found.id}{what}")
    house.say("erin", "incidents")

    assert house.say("erin", "incidents").whispers == ()
    assert found.title.startswith("**bold**")


def test_a_name_that_nobody_knows_is_said_to_be_none_and_opens_nothing(house: DeskHouse) -> None:
    entry = FeedEntry(name="fx_trades", owner="fx", facts=FeedFacts(), updated_at=house.clock.at)
    with house.transactions.writing() as uow:
        uow.feeds.save(entry)

    assert "no feed or service named chekout" in whispered(house.say("erin", "why is chekout slow?"))
    assert "Did you mean fx_trades" in whispered(house.say("erin", "why did fx_trade fail?"))
    assert "Why what" in whispered(house.say("erin", "why did nothing fail?"))
    assert "no feed named ghost" in whispered(house.say("erin", "why did feed ghost fail?"))
    with house.transactions.reading() as uow:
        assert uow.incidents.every_open() == []

    house.say("erin", "why did fx trades fail yesterday?")
    assert newest(house).about == "feed/fx_trades"
    house.clock.at += timedelta(minutes=1)
    house.say("erin", "why service checkout")
    assert newest(house).about == "service/checkout"


def test_hours_that_are_over_are_looked_at_and_said_on_the_card(house: DeskHouse) -> None:
    house.say("erin", "why was service checkout slow yesterday between 2 and 3?")
    asked = newest(house)
    shown = card(house, asked)
    house.clock.at += timedelta(minutes=1)
    house.say("erin", "why was service checkout slow between 02:00 and 03:00 yesterday")
    again = newest(house)
    house.say("erin", "why is service checkout slow since yesterday?")

    hours = (hours_of(asked).since, asked.asked_until, asked.began_at)
    day = house.clock.at.replace(day=21, minute=0, second=0, microsecond=0)
    assert hours == (day.replace(hour=2), day.replace(hour=3), day.replace(hour=2))
    assert "21 Nov 02:00 to 03:00 UTC; read as 02:00; for 14:00 say 14:00" in shown
    assert again.id == asked.id
    assert newest(house).asked_hours is None


def test_of_a_feed_an_hour_that_can_mean_two_is_the_one_with_a_run(house: DeskHouse) -> None:
    due = house.clock.at.replace(day=21, hour=15, minute=0, second=0, microsecond=0)
    with house.transactions.writing() as uow:
        run = Run(FeedName("fx_trades"), RunId("r1"), due, Outcome.FAILED, started_at=due, finished_at=due)
        uow.runs.add_history([run], house.clock.at)

    house.say("erin", "why did fx_trades fail yesterday at 3?")

    assert (
        hours_of(newest(house)).words == "21 Nov 15:00 UTC; no run of fx_trades went on at 21 Nov 03:00 UTC"
    )


def test_who_asks_again_hours_later_is_answered_about_now(house: DeskHouse) -> None:
    house.say("erin", "why is checkout slow?")
    morning = newest(house)
    house.clock.at += timedelta(minutes=20)
    house.say("erin", "why is checkout slow?")
    assert newest(house).id == morning.id

    house.clock.at += timedelta(hours=9)
    house.say("erin", "why is checkout slow?")
    evening = newest(house)
    assert (evening.id != morning.id, evening.began_at) == (True, house.clock.at)

    house.say("erin", "incident service checkout is down")
    with house.transactions.reading() as uow:
        kinds = [one.kind for one in uow.incidents.every_open()]
    assert kinds == [IncidentKind.QUESTION, IncidentKind.INCIDENT]
    house.clock.at += timedelta(hours=9)
    house.say("erin", "incident service checkout is down again")
    assert newest(house).id == evening.id


def test_a_question_of_what_has_an_incident_by_now_leads_to_that_one(house: DeskHouse) -> None:
    house.say("erin", "why is checkout slow?")
    question = newest(house)
    house.clock.at += timedelta(hours=2)
    house.say("erin", "incident service checkout is down")
    incident = newest(house)

    told = whispered(press(house, "incident.open", question))

    assert incident.id in told
    with house.transactions.reading() as uow:
        assert uow.incidents.get(question.id).kind is IncidentKind.QUESTION


def test_a_question_that_is_closed_says_how_to_ask_anew(house: DeskHouse) -> None:
    house.say("erin", "why is checkout slow?")
    found = diagnosed(house)
    with house.transactions.writing() as uow:
        uow.incidents.save(found.model_copy(update={"state": IncidentState.CLOSED}))

    assert "Ask anew: why service checkout" in whispered(press(house, "incident.again", found))
    with house.transactions.reading() as uow:
        assert uow.incidents.get(found.id).wanted == found.wanted


def test_a_part_is_not_handed_to_somebody_who_may_not_work_on_it(house: DeskHouse) -> None:
    house.knows(a_person("vic", Role.ADMINISTRATOR), "web")
    house.say("erin", "incident orders are late")
    found = newest(house)

    assert "no role" in whispered(house.say("erin", f"hand over {found.id} to vic"))
    assert press(house, "incident.roles", found, {"role": "lead", "person": "vic"}).input_errors
    assert newest(house).roles == {}


def test_what_had_to_be_ruled_out_first_stays_a_wrong_answer(house: DeskHouse) -> None:
    house.say("erin", "incident things are slow")
    found = diagnosed(house)
    press(house, "incident.not_this", found, cause="stock")
    press(house, "incident.was", newest(house), {"cause": "search", "other": ""})

    with house.transactions.reading() as uow:
        assert [judged.was_right for judged in uow.incidents.judged()] == [False]


def test_a_reopened_incident_calls_people_from_then_on(house: DeskHouse) -> None:
    house.say("erin", "incident sev2 orders are late")
    found = newest(house)
    with house.transactions.writing() as uow:
        uow.incidents.save(found.model_copy(update={"escalated": 2}))
    press(house, "incident.resolve", found, {"cause": "something else", "other": "a vendor", "note": ""})
    house.clock.at += timedelta(hours=2)

    press(house, "incident.reopen", found)

    assert newest(house).next_escalation() == house.clock.at + timedelta(minutes=15)


def test_a_question_beside_it_does_not_hide_the_channels_only_incident(house: DeskHouse) -> None:
    house.say("erin", "incident orders are late")
    found = newest(house)
    house.clock.at += timedelta(minutes=1)
    house.say("erin", "why is checkout slow?")

    house.say("erin", "severity sev1")

    with house.transactions.reading() as uow:
        assert uow.incidents.get(found.id).severity is Severity.SEV1
