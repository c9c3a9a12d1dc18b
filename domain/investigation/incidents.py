"""An incident: what is wrong, how bad, who works on it, how far they are, and what people said was true.

A question ("why is checkout slow?") is the small form of the same thing: it is diagnosed and shown, but
nobody is called and no board lists it until somebody makes an incident of it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from domain.clock.asked_hours import AskedHours
from domain.errors import NotNow
from domain.identity.chat import Place
from domain.identity.people import MAIL_FIRST, PHONE_FIRST, Role, Way
from domain.ids import BlobId, IncidentId, PersonId


class IncidentKind(StrEnum):
    """Whether people are called for it."""

    QUESTION = "question"
    INCIDENT = "incident"


class IncidentState(StrEnum):
    """How far the work is."""

    OPEN = "open"
    INVESTIGATING = "investigating"
    MITIGATING = "mitigating"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Severity(StrEnum):
    """How bad it is; one is worst."""

    SEV1 = "sev1"
    SEV2 = "sev2"
    SEV3 = "sev3"
    SEV4 = "sev4"


class IncidentRole(StrEnum):
    """Parts that people take in an incident."""

    LEAD = "lead"
    COMMUNICATIONS = "communications"
    SCRIBE = "scribe"


class LabelKind(StrEnum):
    """What people said about a cause."""

    NOT_THIS = "not_this"
    WAS = "was"


_WORKING = frozenset({IncidentState.INVESTIGATING, IncidentState.MITIGATING, IncidentState.MONITORING})
_ENDS = frozenset({IncidentState.RESOLVED, IncidentState.CLOSED})
_AFTER: Mapping[IncidentState, frozenset[IncidentState]] = MappingProxyType(
    {
        IncidentState.OPEN: _WORKING | _ENDS,
        IncidentState.INVESTIGATING: _WORKING | _ENDS,
        IncidentState.MITIGATING: _WORKING | _ENDS,
        IncidentState.MONITORING: _WORKING | _ENDS,
        IncidentState.RESOLVED: _WORKING | {IncidentState.CLOSED},
        IncidentState.CLOSED: frozenset(),
    }
)

ESCALATE_AFTER: Mapping[Severity, tuple[timedelta, ...]] = MappingProxyType(
    {
        Severity.SEV1: (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=30)),
        Severity.SEV2: (timedelta(minutes=15), timedelta(minutes=45)),
        Severity.SEV3: (timedelta(hours=4),),
        Severity.SEV4: (),
    }
)
"""How long an incident may be without a lead before further people are called, step by step."""

TOLD: tuple[Role, ...] = (Role.ON_CALL, Role.LEAD, Role.ADMINISTRATOR)
"""Whom each step of the escalation calls."""

TOLD_BY: Mapping[Severity, tuple[tuple[Way, ...], ...]] = MappingProxyType(
    {
        Severity.SEV1: (PHONE_FIRST,) * 3,
        Severity.SEV2: (MAIL_FIRST, PHONE_FIRST),
        Severity.SEV3: (MAIL_FIRST,),
        Severity.SEV4: (),
    }
)
"""How each step tells them outside of the chats as well: people by the first way that works."""

URGENT = frozenset({Severity.SEV1, Severity.SEV2})
"""What is told at any hour; the rest waits until the quiet hours are over."""

LOOK_AGAIN_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""When an incident is diagnosed again by itself: metrics, logs and run reports arrive late."""

CLOSE_AFTER = timedelta(days=7)
QUESTION_CLOSES_AFTER = timedelta(hours=12)


class Label(BaseModel):
    """What somebody said about a cause: the truth that later diagnoses are measured by."""

    model_config = ConfigDict(frozen=True)

    kind: LabelKind
    cause: str = Field(max_length=200)
    by: PersonId
    at: datetime
    note: str = Field(default="", max_length=500)


class AttachedAlert(BaseModel):
    """An alert of another system that belongs to the incident."""

    model_config = ConfigDict(frozen=True)

    key: str = Field(max_length=300)
    name: str = Field(max_length=200)
    is_firing: bool
    started_at: datetime
    summary: str = Field(default="", max_length=300)
    link: str = Field(default="", max_length=500)


class Incident(BaseModel):
    """One incident or question."""

    model_config = ConfigDict(frozen=True)

    id: IncidentId
    kind: IncidentKind
    title: str = Field(min_length=1, max_length=200)
    about: str = Field(default="", max_length=200)
    """`feed/<name>`, `service/<name>`, `alert/<id>`, or empty for the system as a whole."""
    state: IncidentState = IncidentState.OPEN
    severity: Severity = Severity.SEV3
    opened_by: str = Field(max_length=120)
    """A person id, or `dogwatch` when an alert opened it."""
    place: Place
    opened_at: datetime
    updated_at: datetime
    began_at: datetime
    """When the trouble began as far as people or the alert say; the diagnosis finds the onset by itself."""
    asked_until: datetime | None = None
    """The end of the hours that a question names, where they are over; None: it asks about now."""
    asked_hours: AskedHours | None = None
    resolved_at: datetime | None = None
    roles: dict[IncidentRole, PersonId] = {}
    alerts: tuple[AttachedAlert, ...] = Field(default=(), max_length=200)
    related: tuple[IncidentId, ...] = Field(default=(), max_length=50)
    duplicate_of: IncidentId | None = None
    labels: tuple[Label, ...] = ()
    cause: str = Field(default="", max_length=300)
    """What it was, in the words of whoever resolved it."""
    plans: tuple[str, ...] = ()
    wanted: int = 1
    """How many diagnoses were asked for; one is due while `diagnosed` is behind."""
    diagnosed: int = 0
    report: BlobId | None = None
    """The newest diagnosis with its evidence, as JSON of `DiagnosisReport`."""
    words: str = Field(default="", max_length=2100)
    """What a language model has written of the newest diagnosis so far; in the report once it is whole."""
    finding: str = Field(default="", max_length=500)
    """What the newest diagnosis rests on, in words; empty when it is inconclusive."""
    trouble: str = Field(default="", max_length=60)
    """The kind of trouble that the newest diagnosis says it is, as runbooks name it (`schema_changed`)."""
    pictures: tuple[BlobId, ...] = ()
    """PNG files: the series that turned, then the path of the trouble."""
    escalated: int = 0
    escalated_at: datetime | None = None
    first_call_minutes: int | None = None
    """After how many minutes the feed's configuration wants its people called, if that is sooner."""
    own_called_at: datetime | None = None
    """When the feed's own people were called; the others of the first step follow half a step later."""
    called_from: datetime | None = None
    """Since when a lead is waited for, where that is not since it was opened: it grew worse, or came back."""
    looked_again: int = 0
    is_learned: bool = False
    status: str = Field(default="", max_length=1000)
    """The last update for people outside."""
    sentence: str = Field(default="", max_length=500)
    """What could not be done last, for people."""

    @property
    def subject(self) -> str:
        """Return the name under which cards and audit speak of it."""
        return f"incident/{self.id}"

    @property
    def is_open(self) -> bool:
        """Return whether people still work on it."""
        return self.state not in _ENDS

    @property
    def name(self) -> str:
        """Return the name of the feed, service or alert it is about; empty for the whole system."""
        return self.about.partition("/")[2]

    def next_escalation(self) -> datetime | None:
        """Return when further people are called, None when nobody needs to be."""
        steps = ESCALATE_AFTER[self.severity]
        is_settled = not self.is_open or IncidentRole.LEAD in self.roles
        if self.kind is IncidentKind.QUESTION or is_settled or self.escalated >= len(steps):
            return None
        since = self.called_from or self.opened_at
        if self.escalated:
            due, gap = since + steps[self.escalated], steps[self.escalated] - steps[self.escalated - 1]
            if self.escalated == 1 and self.own_called_at not in (None, self.escalated_at):
                gap /= 2  # the feed's own people had the other half
            # Whoever was called late, after an outage, has as long as ever to answer.
            return due if self.escalated_at is None else max(due, self.escalated_at + gap)
        if self.own_called_at is not None:
            return self.own_called_at + (steps[1] - steps[0] if len(steps) > 1 else steps[0]) / 2
        sooner = timedelta(minutes=self.first_call_minutes) if self.first_call_minutes else steps[0]
        return since + min(steps[0], sooner)

    def next_look(self) -> datetime | None:
        """Return when it is diagnosed again by itself, None when it will not be."""
        if not self.is_open or self.looked_again >= self._most_looks():
            return None
        return self.opened_at + LOOK_AGAIN_AFTER[self.looked_again]

    def closes_at(self) -> datetime | None:
        """Return when time alone closes it."""
        if self.kind is IncidentKind.QUESTION:
            return self.opened_at + QUESTION_CLOSES_AFTER
        return None if self.resolved_at is None else self.resolved_at + CLOSE_AFTER

    def is_ruled_out(self, cause: str) -> bool:
        """Return whether people said that this was not the cause."""
        said = [label.kind for label in self.labels if label.cause == cause]
        return bool(said) and said[-1] is LabelKind.NOT_THIS

    def true_cause(self) -> str:
        """Return the cause that people named last, empty when none did."""
        return next((label.cause for label in reversed(self.labels) if label.kind is LabelKind.WAS), "")

    def _most_looks(self) -> int:
        return 1 if self.kind is IncidentKind.QUESTION else len(LOOK_AGAIN_AFTER)


class EntryKind(StrEnum):
    """What a line of the timeline tells."""

    OPENED = "opened"
    STATE = "state"
    SEVERITY = "severity"
    ROLE = "role"
    NOTE = "note"
    STATUS = "status"
    ALERT = "alert"
    DIAGNOSIS = "diagnosis"
    LABEL = "label"
    ESCALATION = "escalation"
    FIX = "fix"
    LINK = "link"


class TimelineEntry(BaseModel):
    """One thing that happened, in one sentence."""

    model_config = ConfigDict(frozen=True)

    key: str = Field(max_length=300)
    """Unique: the same event told twice is one line."""
    incident: IncidentId
    at: datetime
    kind: EntryKind
    by: str = Field(max_length=120)
    text: str = Field(max_length=1000)


def moved(incident: Incident, state: IncidentState, now: datetime) -> Incident:
    """Return the incident in another state.

    Raises:
        NotNow: It can't go there from where it is.
    """
    if state is incident.state:
        return incident
    if state not in _AFTER[incident.state]:
        raise NotNow(
            f"{incident.id}: {incident.state} to {state}",
            say=f"This incident is {incident.state.value}, so it can't become {state.value}.",
            next_step="Open a new one: `incident …`.",
        )
    resolved = now if state in _ENDS and incident.resolved_at is None else incident.resolved_at
    if state in _WORKING:
        resolved = None
    changes = {"state": state, "updated_at": now, "resolved_at": resolved}
    return incident.model_copy(update=changes)
