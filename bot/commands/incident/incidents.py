"""Ask why, open incidents, and look at them: the list, one incident, its timeline, summary and review."""

from bot.cards.model import Card, Link, Reply, Section
from bot.cards.text import md, quote
from bot.commands.incident.another_time import why_at_another_time
from bot.commands.incident.incident_acts import merge, refuse_when_closed, severity_said
from bot.commands.incident.incident_from_alert import open_from_alert
from bot.commands.incident.incident_names import about_of, hours_asked_about, means_everything
from bot.commands.incident.incident_subjects import (
    about_of_button,
    begin,
    incident_of,
    incident_of_thread,
    keep,
    named_incident,
    promoted,
    report_of,
    sentence_of,
    show,
)
from bot.presenters.incident_answers import causes_of
from bot.presenters.incident_review import review_document
from bot.presenters.incident_views import board_card, evidence_card, summary_card, timeline_card
from bot.presenters.sentences import sentence
from bot.store_kinds import of_kind_of
from bot.turn import Turn
from domain.errors import BadInput, NotFound
from domain.identity.access import Act
from domain.identity.people import Person
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.investigation.incidents import Incident, IncidentKind, Severity


def why(turn: Turn) -> Reply:
    """Answer why something is slow, late or broken, with evidence, within seconds."""
    turn.require(Act.SEE_FEEDS)
    about = about_of(turn, turn.words, guess=True)
    if not about:
        incident = incident_of_thread(turn)
        if incident is not None:
            refuse_when_closed(incident)
            keep(turn, incident.model_copy(update={"wanted": incident.wanted + 1}), "asked again")
            show(turn, incident)
            return Reply()
        if not means_everything(turn.words):
            raise BadInput(
                "why without a name",
                say="Why what?",
                next_step="Name a feed or a service: `why did fx_trades fail?`, `why is checkout slow?`.",
            )
    title = f"Why {sentence_of(turn.words).rstrip(' ?')}?"
    begin(turn, IncidentKind.QUESTION, about, title, Severity.SEV4, hours_asked_about(turn, about))
    return Reply()


def incident(turn: Turn) -> Reply:
    """Open an incident in words, or look at the one that is named."""
    turn.require(Act.SEE_FEEDS)
    named = named_incident(turn.words[0]) if turn.words else None
    if named is not None:
        return _look(turn, turn.uow.incidents.get(named), turn.words[1:])
    if not turn.words:
        return board(turn)
    severity = severity_said(turn.words) or Severity.SEV3
    words = tuple(word for word in turn.words if word.lower().strip(":,") != severity.value)
    title = sentence_of(words) or f"{severity.value} without a word"
    begin(turn, IncidentKind.INCIDENT, about_of(turn, words, guess=False), title, severity)
    return Reply()


def open_incident(turn: Turn) -> Reply:
    """Open an incident from a button: about a feed, a service, an alert, or from a question's card."""
    turn.require(Act.SEE_FEEDS)
    if turn.subject.startswith("incident/"):
        found = incident_of(turn)
        if found.kind is not IncidentKind.QUESTION:
            show(turn, found)
            return Reply()
        is_about = found.about and turn.uow.incidents.open_about(found.about, IncidentKind.INCIDENT)
        if is_about:  # of the same thing there is one already, since before it was asked about
            show(turn, is_about)
            return _opened(turn, is_about)
        found = promoted(turn, found, Severity.SEV3)
        keep(turn, found, "promoted")
        show(turn, found)
        return Reply()
    if turn.subject.startswith("alert/"):
        return _opened(turn, open_from_alert(turn))
    about, title = about_of_button(turn)
    return _opened(turn, begin(turn, IncidentKind.INCIDENT, about, title, Severity.SEV3))


def _opened(turn: Turn, incident: Incident) -> Reply:
    """Tell whoever pressed where the incident is: its card need not stand where the button does."""
    verb = "is open" if incident.opened_at == turn.now else "was open already"
    where = "Its card is in this thread and where incidents are worked on."
    said = md("`{id}` {verb}: **{title}**. ", id=incident.id, verb=verb, title=incident.title) + where
    return Reply(whispers=(sentence("Incident", said),))


def board(turn: Turn) -> Reply:
    """Say which incidents are open."""
    turn.require(Act.SEE_FEEDS)
    open_ones = [i for i in turn.uow.incidents.every_open() if i.kind is IncidentKind.INCIDENT]
    turn.say(board_card(open_ones, people_of(turn)))
    return Reply()


def evidence(turn: Turn) -> Reply:
    """Open a claim: the numbers, lines, spans and changes behind a cause."""
    turn.require(Act.SEE_FEEDS)
    found = incident_of(turn)
    report = report_of(turn, found)
    wanted = turn.arguments.get("cause") or " ".join(turn.words)
    causes = causes_of(report)
    here = incident_of_thread(turn)
    is_to_us = here is not None and (turn.incoming.addressed or here.kind is IncidentKind.QUESTION)
    asked = why_at_another_time(turn, here) if here and is_to_us and not turn.arguments else None
    if asked is not None:
        return asked  # "what about yesterday?"
    of_kind = of_kind_of(wanted, [h.service for h in causes]) or wanted
    named = next((h for h in causes if h.service.lower() == of_kind.lower().strip("`*?")), None)
    if named is None and (not wanted or wanted.isdecimal()):
        place = int(wanted or 1) - 1
        named = causes[place] if 0 <= place < len(causes) else None
    if named is None:
        names = ", ".join(h.service for h in causes[:6])
        raise NotFound(
            f"no cause {wanted[:60]!r}",
            say=f"I have no evidence about {wanted[:60]}." if wanted else "I have no evidence for any cause.",
            next_step=f"There is some about {names}." if names else "The card says what would decide it.",
        )
    turn.say(evidence_card(found, report, named))
    return Reply()


def timeline(turn: Turn) -> Reply:
    """Say what happened so far."""
    turn.require(Act.SEE_FEEDS)
    return _timeline(turn, incident_of(turn))


def people_of(turn: Turn) -> dict[str, Person]:
    """Return everybody by id."""
    return {person.id: person for person in turn.uow.people.everybody()}


def _look(turn: Turn, found: Incident, words: tuple[str, ...]) -> Reply:
    what = words[0].lower() if words else ""
    if what == "timeline":
        return _timeline(turn, found)
    if what == "summary":
        return show_summary(turn, found)
    if what == "review":
        return show_review(turn, found)
    if what == "merge":
        return merge(turn, found, words[1:])
    turn.subject = found.subject
    show(turn, found)
    return Reply()


def _timeline(turn: Turn, found: Incident) -> Reply:
    turn.say(timeline_card(found, turn.uow.timeline.of(found.id), people_of(turn)))
    return Reply()


def show_summary(turn: Turn, found: Incident) -> Reply:
    """Tell an incident in a few sentences."""
    entries = turn.uow.timeline.of(found.id)
    turn.say(summary_card(found, _report(turn, found), entries, people_of(turn)))
    return Reply()


def show_review(turn: Turn, found: Incident) -> Reply:
    """Show the draft of the review document."""
    text = review_document(found, _report(turn, found), turn.uow.timeline.of(found.id), people_of(turn))
    said, page = "A draft to work on; the page has all of it.", f"/incidents/{found.id}/review"
    turn.say(
        Card(
            title=f"Review: {found.title}",
            lead=said,
            sections=(Section(text=text[:2800], is_code=True),),
            links=(Link(label="The whole draft", target=page),),
            full_view=page,
            plain=f"{said} {page}\n{quote(text[:1500])}",
        )
    )
    return Reply()


def _report(turn: Turn, found: Incident) -> DiagnosisReport | None:
    return None if found.report is None else report_of(turn, found)
