"""Cards of incidents on every platform: the answer first, all buttons there, text from outside only text."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.cards import adaptive, blockkit, html
from bot.cards.model import Card
from bot.presenters.incident_questions import answer_from
from bot.presenters.incident_review import review_document
from bot.presenters.incident_views import board_card, evidence_card, summary_card, timeline_card
from bot.presenters.incidents import incident_card
from domain.identity.chat import Place, Platform
from domain.ids import BlobId, IncidentId, PersonId
from domain.investigation.diagnosis_report import DiagnosisReport, TrackRecord
from domain.investigation.evidence import Alert, IncidentCase, LogTable, MetricTable, Telemetry
from domain.investigation.incidents import EntryKind, Incident, IncidentKind, Label, LabelKind, TimelineEntry
from rca.report import make_report
from tests.bot.cards.builders import an_ink
from tests.bot.cards.slack_rules import buttons, check_blocks, texts
from tests.rca.builders import ANOMALY, a_case

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOSTILE = "**x** <!channel> `y` <script>alert(1)</script> \u202egnp.exe https://evil.example"


def an_incident(title: str = "orders are late") -> Incident:
    return Incident(
        id=IncidentId("i00000001"),
        kind=IncidentKind.INCIDENT,
        title=title,
        about="service/orders",
        opened_by="erin",
        place=Place(platform=Platform.WEB, workspace="web", channel="incidents"),
        opened_at=NOW,
        updated_at=NOW,
        began_at=NOW,
        pictures=(BlobId("a" * 64), BlobId("b" * 64)),
    )


def a_report(case: IncidentCase | None = None) -> DiagnosisReport:
    made = make_report(IncidentId("i00000001"), 1, case or a_case(), None, made_at=NOW)
    return made.model_copy(update={"record": TrackRecord(right=9, judged=10, source="here")})


def a_hostile_case() -> IncidentCase:
    times = [ANOMALY + (row - 20) * 60.0 for row in range(26)]
    values = [20.0 if row < 20 else 97.0 for row in range(26)]
    logs = LogTable([500.0], [HOSTILE], ["ERROR"], [""], [""], [f"ERROR failed {HOSTILE}"])
    metrics = MetricTable(times, {(HOSTILE, "cpu_pct"): values, (HOSTILE, "errors"): values})
    return IncidentCase("c", ANOMALY, 60.0, telemetry=Telemetry(metrics=metrics, logs=logs))


def words(card: Card) -> str:
    return " ".join([card.title, card.lead, *(section.text for section in card.sections)])


def test_the_answer_comes_first_with_how_sure_and_what_was_looked_at() -> None:
    card = incident_card(an_incident(), a_report(), (), {})

    assert card.lead.startswith("Most likely **stock**")
    assert "9 of 10 judged here" in next(fact.value for fact in card.facts if fact.label == "How sure")
    assert card.sections[0].heading.startswith("Causes")
    assert "What I looked at" in [section.heading for section in card.sections]
    assert card.picture is not None
    assert [action.verb for action in card.actions][:3] == ["incident.evidence"] * 3


def test_nothing_measured_names_nobody_and_offers_no_fix() -> None:
    card = incident_card(an_incident(), a_report(IncidentCase("c", ANOMALY)), (), {})

    assert card.lead.startswith("**Inconclusive.**")
    assert "What would decide it" in [section.heading for section in card.sections]
    assert {"fix.open", "incident.not_this"}.isdisjoint(action.verb for action in card.actions)


def test_what_people_ruled_out_stands_on_the_card_also_where_nothing_else_is_left() -> None:
    causes = [one.service for one in a_report().diagnosis.hypotheses]
    said = [Label(kind=LabelKind.NOT_THIS, cause=one, by=PersonId("erin"), at=NOW) for one in causes]
    incident = an_incident().model_copy(update={"labels": tuple(said)})
    report = make_report(incident.id, 2, a_case(), None, made_at=NOW, ruled_out=causes)

    card = incident_card(incident, report, (), {})

    assert card.lead.startswith("**Inconclusive.**")
    assert "**stock**" in card.sections[0].text
    assert "people say: not this" in card.sections[0].text
    assert {"fix.open", "incident.not_this"}.isdisjoint(action.verb for action in card.actions)


def test_who_asks_why_while_nothing_is_wrong_reads_what_was_looked_at_and_no_cause() -> None:
    calm = replace(a_case({}), alert=Alert("orders"))

    card = incident_card(an_incident(), a_report(calm), (), {})

    assert card.lead.startswith(
        "**Nothing stands out**: 16 series of 4 services are as usual since 14 Nov 22:13 UTC"
    )
    assert [section.heading for section in card.sections] == ["What would decide it", "What I looked at"]
    assert {"fix.open", "incident.not_this", "incident.evidence"}.isdisjoint(a.verb for a in card.actions)
    assert "Nothing stood out: 16 series" in review_document(an_incident(), a_report(calm), (), {})
    for asked in ("how sure are you?", "why?"):
        found = answer_from(an_incident(), a_report(calm), (), {}, asked)
        assert found is not None
        assert found[0] == "Nothing stands out"


def test_the_words_say_how_sure_it_is() -> None:
    sure = a_report()
    unsure = sure.model_copy(update={"diagnosis": replace(sure.diagnosis, confidence=0.6)})
    own = replace(sure.diagnosis, hypotheses=(replace(sure.diagnosis.hypotheses[0], service="orders"),))
    about_itself = an_incident().model_copy(update={"about": "feed/orders"})

    assert incident_card(an_incident(), sure, (), {}).lead.startswith("Most likely **stock**: ")
    assert incident_card(an_incident(), unsure, (), {}).lead.startswith("Perhaps **stock**: ")
    assert [replace(own, confidence=at).how_likely for at in (0.5, 0.79, 0.8)] == [
        "perhaps",
        "perhaps",
        "most likely",
    ]
    failed = sure.model_copy(update={"diagnosis": own})
    assert incident_card(about_itself, failed, (), {}).lead.startswith("Most likely **orders** itself: ")


@pytest.mark.proves("D6")
def test_every_card_of_a_hostile_incident_is_taken_by_every_platform() -> None:
    incident, report = an_incident(HOSTILE), a_report(a_hostile_case())
    entry = TimelineEntry(
        key="k", incident=incident.id, at=NOW, kind=EntryKind.NOTE, by=HOSTILE[:100], text=HOSTILE
    )
    cause = report.diagnosis.hypotheses[0]
    shown = [
        incident_card(incident, report, (entry,), {}),
        evidence_card(incident, report, cause),
        timeline_card(incident, (entry,), {}),
        summary_card(incident, report, (entry,), {}),
        board_card((incident,), {}),
    ]

    for card in shown:
        message = blockkit.render_message(card, an_ink())
        check_blocks(message.blocks, most=50)
        assert len(buttons(message.blocks)) == len(card.actions)
        marked = [text["text"] for text in texts(message.blocks) if text["type"] == "mrkdwn"]
        assert not any("<!channel>" in text for text in marked)
        assert len(json.dumps(adaptive.render_message(card, an_ink()).card).encode()) < 28_000
        page = html.render_message(card, an_ink()).fragment
        assert "<script>" not in page
        assert "\u202e" not in page


def test_the_summary_says_the_status_once_and_gives_its_room_to_what_else_happened() -> None:
    incident = an_incident().model_copy(update={"status": "we look at the sender"})
    told = (
        (EntryKind.NOTE, "the sender renamed a column"),
        (EntryKind.SEVERITY, "sev2 → sev1"),
        (EntryKind.ROLE, "hands scribe to Erin."),
        (EntryKind.STATUS, "we look at the sender"),
    )
    entries = [
        TimelineEntry(key=str(number), incident=incident.id, at=NOW, kind=kind, by="sam", text=text)
        for number, (kind, text) in enumerate(told)
    ]

    text = summary_card(incident, None, entries, {}).sections[0].text

    assert text.count("we look at the sender") == 1
    assert "the sender renamed a column; sev2 → sev1; hands scribe to Erin" in text


def test_the_review_names_what_was_not_recorded() -> None:
    text = review_document(an_incident(), None, (), {})

    assert "Nobody has said yet what it was." in text
    assert "No diagnosis was made." in text
    assert "Nothing was ruled out." in text


def test_what_was_done_by_itself_is_ours_by_name_on_card_timeline_and_review() -> None:
    incident = an_incident().model_copy(update={"opened_by": "dogwatch"})
    entry = TimelineEntry(
        key="k", incident=incident.id, at=NOW, kind=EntryKind.DIAGNOSIS, by="dogwatch", text="Diagnosis 1: x"
    )

    card = incident_card(incident, None, [entry], {})
    drawn = (
        f"{words(card)} {[fact.value for fact in card.facts]} {words(timeline_card(incident, [entry], {}))}"
    )
    review = review_document(incident, None, [entry], {})

    assert "UTC by Dogwatch" in drawn
    assert drawn.count("**Dogwatch** Diagnosis 1") == 2
    assert "Dogwatch: Diagnosis 1" in review
    assert "dogwatch" not in drawn


def test_what_no_single_service_did_is_the_answer_and_is_not_said_twice() -> None:
    failing = {(name, "error_ratio"): 0.5 for name in ("web", "orders", "search")}
    said = {"web": "orders", "orders": "stock", "search": "index"}
    lines = [(5_000.0 * n, who, f"lookup {of}: no such host") for n in range(30) for who, of in said.items()]
    at, who, text = (list(column) for column in zip(*lines, strict=True))
    blank = [""] * len(lines)
    logs = LogTable(at, who, ["error"] * len(lines), blank, blank, text)
    case = a_case(failing)
    report = a_report(replace(case, telemetry=replace(case.telemetry, logs=logs)))
    card, why = (
        incident_card(an_incident(), report, (), {}),
        answer_from(an_incident(), report, (), {}, "why do you think so?"),
    )

    assert why is not None
    assert why[1][0].startswith("No single service: orders, search and web can no longer")
    assert card.lead.startswith("**No single service**: orders, search and web can no longer look up several")
    assert words(card).count("can no longer look up several names") == 1
    assert card.sections[0].heading == "Where it shows"
    assert "of the blame" not in card.sections[0].text
