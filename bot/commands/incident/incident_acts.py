"""What people do in an incident: say what it was, lead, hand over, update, note, resolve, merge."""

from collections.abc import Sequence

from bot.cards.model import Action, ActionStyle, Dialog, Input, InputKind, Reply
from bot.commands.incident.incident_dialogs import (
    OTHER,
    resolve_dialog,
    roles_dialog,
    update_dialog,
    was_dialog,
)
from bot.commands.incident.incident_subjects import incident_of, keep, named_incident, report_of, tell
from bot.turn import Turn
from domain.acts.incident_moves import called_anew, with_severity
from domain.errors import BadInput, NotNow
from domain.identity.access import Act, may
from domain.identity.people import Person
from domain.ids import PersonId
from domain.investigation.incidents import (
    EntryKind,
    Incident,
    IncidentKind,
    IncidentRole,
    IncidentState,
    Label,
    LabelKind,
    Severity,
    moved,
)
from domain.ports.incident_stores import Judged
from domain.text.redaction import mask_shapes


def not_this(turn: Turn) -> Reply:
    """Note that a cause is not it; the diagnosis is made again without it."""
    person = turn.require(Act.RUN_INCIDENT)
    incident = incident_of(turn)
    cause = turn.arguments.get("cause") or _cause_said(turn, incident)
    incident = _labelled(turn, incident, person, LabelKind.NOT_THIS, cause)
    tell(turn, incident, EntryKind.LABEL, f"It is not {cause}.")
    again = int(incident.state is not IncidentState.CLOSED)  # its story is over: nobody would look
    moved_on = incident.model_copy(update={"wanted": incident.wanted + again})
    keep(turn, moved_on, "label", label="not_this", cause=cause)
    return Reply()


def it_was(turn: Turn) -> Reply:
    """Note what it was, as said in words or in the dialog; without either, ask."""
    person = turn.require(Act.RUN_INCIDENT)
    incident = incident_of(turn)
    said = turn.incoming.inputs
    cause = " ".join(turn.words) or said.get("other", "").strip() or said.get("cause", "")
    if not cause or cause == OTHER:
        if "cause" in said:
            return Reply(input_errors={"other": "Say in a word or two what it was."})
        return Reply(dialog=was_dialog(turn, incident))
    incident = _labelled(turn, incident, person, LabelKind.WAS, _known_cause(turn, incident, cause))
    tell(turn, incident, EntryKind.LABEL, f"It was {cause}.")
    keep(turn, incident, "label", label="was", cause=cause[:200])
    return Reply()


def take_lead(turn: Turn) -> Reply:
    """Take the lead; further people are no longer called."""
    person = turn.require(Act.RUN_INCIDENT)
    incident = incident_of(turn)
    if not incident.is_open:
        raise NotNow("incident is over", say="This incident is over.", next_step="Reopen it first.")
    incident = assign(turn, incident, IncidentRole.LEAD, person)
    if incident.state is IncidentState.OPEN:
        incident = moved(incident, IncidentState.INVESTIGATING, turn.now)
    keep(turn, incident, "lead", person=person.id)
    return Reply()


def roles(turn: Turn) -> Reply:
    """Hand a part over to somebody: a dialog, then the change."""
    turn.require(Act.RUN_INCIDENT)
    incident = incident_of(turn)
    said = turn.incoming.inputs
    able = [p for p in turn.uow.people.everybody() if may(p, Act.RUN_INCIDENT)]
    if "person" not in said:
        return Reply(dialog=roles_dialog(incident, able))
    person = next((p for p in able if p.id == said["person"]), None)
    if person is None or said.get("role") not in set(IncidentRole):
        return Reply(input_errors={"person": "Choose somebody."})
    incident = assign(turn, incident, IncidentRole(said["role"]), person)
    note = said.get("note", "").strip()
    if note:
        tell(turn, incident, EntryKind.NOTE, f"Handed over: {note}")
    keep(turn, incident, "role", role=said["role"], person=person.id)
    return Reply()


def severity_said(words: Sequence[str]) -> Severity | None:
    """Return the severity among some words: `sev1`, or None."""
    known = {severity.value: severity for severity in Severity}
    return next((known[w] for word in words if (w := word.lower().strip(":,.")) in known), None)


def update(turn: Turn) -> Reply:
    """Change state and severity and tell people where things stand: a dialog, then the change."""
    turn.require(Act.RUN_INCIDENT)
    incident = incident_of(turn)
    said = turn.incoming.inputs
    if "state" not in said:
        return Reply(dialog=update_dialog(incident))
    if said["state"] not in set(IncidentState) or said.get("severity") not in set(Severity):
        return Reply(input_errors={"state": "Choose one of the answers."})
    state, severity = IncidentState(said["state"]), Severity(said["severity"])
    before = incident
    incident = with_severity(moved(incident, state, turn.now), severity, turn.now)
    if state is not before.state:
        tell(turn, incident, EntryKind.STATE, f"{before.state.value} → {state.value}")
    if severity is not before.severity:
        tell(turn, incident, EntryKind.SEVERITY, f"{before.severity.value} → {severity.value}")
    status = said.get("status", "").strip()
    if status:
        incident = incident.model_copy(update={"status": status[:1000]})
        tell(turn, incident, EntryKind.STATUS, status)
    keep(turn, incident, "update", state=state.value, severity=severity.value)
    return Reply()


def status_update(turn: Turn) -> Reply:
    """Tell people outside where things stand, in words."""
    turn.require(Act.RUN_INCIDENT)
    incident, text = incident_of(turn), " ".join(turn.words)
    if not text:
        raise BadInput("empty status", say="Say the update itself: `status update we roll back, 10 minutes`.")
    tell(turn, incident, EntryKind.STATUS, text)
    keep(turn, incident.model_copy(update={"status": text[:1000]}), "status")
    return Reply()


def note(turn: Turn) -> Reply:
    """Add a line to the timeline, from words or a dialog."""
    turn.require(Act.RUN_INCIDENT)
    incident = incident_of(turn)
    text = " ".join(turn.words).strip(" :") or turn.incoming.inputs.get("text", "").strip()
    if not text:
        if "text" in turn.incoming.inputs:
            return Reply(input_errors={"text": "Say what happened."})
        asked = Input(name="text", kind=InputKind.LONG_TEXT, label="What happened?", is_required=True)
        submit = Action(
            verb="incident.note", label="Add", subject=incident.subject, style=ActionStyle.PRIMARY
        )
        return Reply(dialog=Dialog(title="Add to the timeline", inputs=(asked,), submit=submit))
    tell(turn, incident, EntryKind.NOTE, text)
    keep(turn, incident, "note")
    return Reply()


def again(turn: Turn) -> Reply:
    """Let the diagnosis be made again, with what is there now."""
    turn.require(Act.SEE_FEEDS)
    incident = incident_of(turn)
    refuse_when_closed(incident)
    if incident.diagnosed < incident.wanted:
        raise NotNow("diagnosis under way", say="I'm looking already.")
    keep(turn, incident.model_copy(update={"wanted": incident.wanted + 1}), "again")
    return Reply()


def refuse_when_closed(incident: Incident) -> None:
    """Refuse to look again at what is closed: nobody follows it any more."""
    if incident.state is not IncidentState.CLOSED:
        return
    if incident.kind is IncidentKind.QUESTION:
        raise NotNow(
            "the question is closed",
            say="This question is closed: its answer stays as it is.",
            next_step=f"Ask anew: `why {incident.about.removeprefix('feed/').replace('/', ' ') or 'NAME'}`.",
        )
    raise NotNow(
        "the incident is closed",
        say="This one is closed: its diagnosis stays as it is.",
        next_step="An operator can measure today's engine on it: `dogwatch incidents export --to DIR`,"
        " then `dogwatch bench rca --cases DIR`.",
    )


def resolve(turn: Turn) -> Reply:
    """End the incident with what it was: a dialog, or words."""
    person = turn.require(Act.RUN_INCIDENT)
    incident = incident_of(turn)
    said = turn.incoming.inputs
    words = " ".join(turn.words)
    if not words and "cause" not in said:
        return Reply(dialog=resolve_dialog(turn, incident))
    cause = said.get("other", "").strip() or said.get("cause", "")
    if cause and cause != OTHER:
        incident = _labelled(turn, incident, person, LabelKind.WAS, _known_cause(turn, incident, cause))
    said_so = words or said.get("note", "").strip() or (cause if cause != OTHER else "")
    incident = moved(incident, IncidentState.RESOLVED, turn.now)
    incident = incident.model_copy(update={"cause": said_so[:300]})
    tell(turn, incident, EntryKind.STATE, f"Resolved. {said_so}".strip())
    keep(turn, incident, "resolved", cause=said_so[:200])
    return Reply()


def reopen(turn: Turn) -> Reply:
    """Take up an incident that was thought to be over."""
    turn.require(Act.RUN_INCIDENT)
    incident = incident_of(turn)
    incident = called_anew(moved(incident, IncidentState.INVESTIGATING, turn.now), turn.now)
    incident = incident.model_copy(update={"is_learned": False, "wanted": incident.wanted + 1})
    tell(turn, incident, EntryKind.STATE, "Reopened.")
    keep(turn, incident, "reopened")
    return Reply()


def merge(turn: Turn, incident: Incident, words: Sequence[str]) -> Reply:
    """Make an incident the duplicate of another one: its alerts and timeline go on there."""
    turn.require(Act.RUN_INCIDENT)
    other_id = named_incident(words[0]) if words else None
    if other_id is None or other_id == incident.id:
        raise BadInput("merge into what", say=f"Into which one? Say `incident {incident.id} merge ID`.")
    other = turn.uow.incidents.get(other_id)
    if not other.is_open:
        raise NotNow("target is over", say=f"{other.id} is {other.state.value}, so nothing can go on there.")
    known = {alert.key for alert in other.alerts}
    alerts = (*other.alerts, *(alert for alert in incident.alerts if alert.key not in known))[:200]
    tell(turn, other, EntryKind.LINK, f"{incident.id}, “{incident.title}”, is the same and goes on here.")
    tell(turn, incident, EntryKind.LINK, f"The same as {other.id}, “{other.title}”; it goes on there.")
    closed = moved(incident, IncidentState.CLOSED, turn.now).model_copy(update={"duplicate_of": other.id})
    keep(turn, closed, "merged", into=other.id)
    keep(
        turn,
        other.model_copy(update={"alerts": alerts, "wanted": other.wanted + 1}),
        "merged",
        other=closed.id,
    )
    return Reply()


def _labelled(turn: Turn, incident: Incident, person: Person, kind: LabelKind, cause: str) -> Incident:
    """Return the incident with one more label, and note whether its diagnosis was right."""
    label = Label(kind=kind, cause=cause[:200], by=person.id, at=turn.now)
    if incident.report is not None:
        diagnosis = report_of(turn, incident).diagnosis
        first = next((h.service for h in diagnosis.hypotheses if h.claims), "")
        # What people had to rule out first was wrong, also when the next one was right.
        was_helped = any(one.kind is LabelKind.NOT_THIS and one.cause != cause for one in incident.labels)
        is_told = first == cause if kind is LabelKind.NOT_THIS else not was_helped
        if first and is_told:
            was_right = kind is LabelKind.WAS and first.lower() == cause.lower()
            turn.uow.incidents.judge(incident.id, Judged(diagnosis.confidence, was_right), turn.now)
    return incident.model_copy(update={"labels": (*incident.labels, label)[-50:]})


def _cause_said(turn: Turn, incident: Incident) -> str:
    if turn.words:
        return _known_cause(turn, incident, " ".join(turn.words))
    causes = [h.service for h in report_of(turn, incident).diagnosis.hypotheses if h.claims]
    if not causes:
        raise BadInput("no cause to rule out", say="There is no cause to rule out yet.")
    return causes[0]


def _known_cause(turn: Turn, incident: Incident, said: str) -> str:
    """Return the cause as the diagnosis spells it, or what was said, without secrets."""
    if incident.report is None:
        return mask_shapes(said)[:200]
    names = [h.service for h in report_of(turn, incident).diagnosis.hypotheses]
    spelt = next((name for name in names if name.lower() == said.lower().strip("`*. ")), None)
    return spelt or mask_shapes(said)[:200]


def assign(turn: Turn, incident: Incident, role: IncidentRole, person: Person) -> Incident:
    """Return the incident with a part taken by somebody; the timeline says so."""
    part = "the lead" if role is IncidentRole.LEAD else role.value
    mine = turn.person is not None and turn.person.id == person.id
    tell(turn, incident, EntryKind.ROLE, f"takes {part}." if mine else f"hands {part} to {person.name}.")
    return incident.model_copy(update={"roles": {**incident.roles, role: PersonId(person.id)}})
