"""The dialogs of an incident: what it was, who takes over, where it stands, how it ended."""

from collections.abc import Sequence

from bot.cards.model import Action, ActionStyle, Choice, Dialog, Input, InputKind
from bot.cards.text import md, quote
from bot.commands.incident.incident_subjects import report_of
from bot.turn import Turn
from domain.acts.incident_fixes import fixes_of
from domain.identity.people import Person
from domain.investigation.incidents import Incident, IncidentRole, IncidentState, Severity

OTHER = "something else"


def _cause_choices(turn: Turn, incident: Incident) -> tuple[Choice, ...]:
    causes = []
    if incident.report is not None:
        causes = [h.service for h in report_of(turn, incident).diagnosis.hypotheses if h.claims][:8]
    return tuple(Choice(value=c[:150], label=quote(c)) for c in (*causes, OTHER))


def was_dialog(turn: Turn, incident: Incident) -> Dialog:
    choices = _cause_choices(turn, incident)
    return Dialog(
        title="What was it?",
        intro="Your answer is what later diagnoses are measured by.",
        inputs=(
            Input(
                name="cause", kind=InputKind.CHOICE, label="Cause", value=choices[0].value, choices=choices
            ),
            Input(name="other", label="Something else, in a word or two"),
        ),
        submit=Action(
            verb="incident.was", label="Say so", subject=incident.subject, style=ActionStyle.PRIMARY
        ),
    )


def resolve_dialog(turn: Turn, incident: Incident) -> Dialog:
    choices = _cause_choices(turn, incident)
    return Dialog(
        title="Resolve the incident",
        intro=md("{title}", title=incident.title),
        inputs=(
            Input(name="cause", kind=InputKind.CHOICE, label="What was it?", value=choices[0].value,
                  choices=choices),
            Input(name="other", label="Something else, in a word or two"),
            Input(name="note", kind=InputKind.LONG_TEXT, label="What was done about it?",
                  value=_done(turn, incident)),
        ),
        submit=Action(
            verb="incident.resolve", label="Resolve", subject=incident.subject, style=ActionStyle.PRIMARY
        ),
    )  # fmt: skip


def _done(turn: Turn, incident: Incident) -> str:
    """Return what fixed it as far as we saw it, for people to change."""
    helped = [fix for fix in fixes_of(turn.uow, incident) if fix.has_helped]
    return "; ".join(f"{fix.title} (plan {fix.id}), and its checks held" for fix in helped)[:300]


def roles_dialog(incident: Incident, able: Sequence[Person]) -> Dialog:
    parts = tuple(Choice(value=role.value, label=role.value) for role in IncidentRole)
    people = tuple(Choice(value=p.id[:150], label=quote(p.name)) for p in able[:80])
    return Dialog(
        title="Hand over",
        inputs=(
            Input(name="role", kind=InputKind.CHOICE, label="Part", value=parts[0].value, choices=parts),
            Input(name="person", kind=InputKind.CHOICE, label="To whom", value=people[0].value,
                  choices=people),
            Input(name="note", kind=InputKind.LONG_TEXT, label="What they need to know"),
        ),
        submit=Action(verb="incident.roles", label="Hand over", subject=incident.subject,
                      style=ActionStyle.PRIMARY),
    )  # fmt: skip


def update_dialog(incident: Incident) -> Dialog:
    states = [s for s in IncidentState if s not in (IncidentState.RESOLVED, IncidentState.CLOSED)]
    return Dialog(
        title="Update the incident",
        inputs=(
            Input(name="state", kind=InputKind.CHOICE, label="State",
                  value=incident.state.value if incident.state in states else states[1].value,
                  choices=tuple(Choice(value=s.value, label=s.value) for s in states)),
            Input(name="severity", kind=InputKind.CHOICE, label="Severity", value=incident.severity.value,
                  choices=tuple(Choice(value=s.value, label=s.value) for s in Severity)),
            Input(name="status", kind=InputKind.LONG_TEXT, label="Status for everybody", value=""),
        ),
        submit=Action(verb="incident.update", label="Update", subject=incident.subject,
                      style=ActionStyle.PRIMARY),
    )  # fmt: skip
