"""What an incident becomes when it grows worse or comes back, and how it gets an id of its own."""

from datetime import datetime
from hashlib import sha256

from domain.errors import NotFound
from domain.ids import IncidentId
from domain.investigation.incidents import Incident, Severity
from domain.ports.incident_stores import IncidentStore
from domain.stories import StoryCall, StoryKind

_ID_DIGITS = 8


def free_id(incidents: IncidentStore, seed: str) -> IncidentId:
    """Return the id that a seed gives, or the next one that no incident has: ids are short.

    What is saved under an id that is taken would replace what people found out there.
    """
    digest = sha256(seed.encode()).hexdigest()
    while True:
        found = IncidentId("i" + digest[:_ID_DIGITS])
        try:
            incidents.get(found)
        except NotFound:
            return found
        digest = sha256(digest.encode()).hexdigest()


def with_severity(incident: Incident, severity: Severity, now: datetime) -> Incident:
    """Return the incident with another severity; a worse one calls people anew, from now on."""
    moved = incident.model_copy(update={"severity": severity})
    return called_anew(moved, now) if severity.value < incident.severity.value else moved


def called_anew(incident: Incident, now: datetime) -> Incident:
    """Return the incident with its calls ahead of it again; while somebody leads it nobody is called."""
    ahead = {"escalated": 0, "escalated_at": None, "own_called_at": None, "called_from": now}
    return incident.model_copy(update=ahead)


def call_key(incident: Incident, step: str) -> str:
    """Return under which key a step of the calls is kept, a new one each time that they begin anew."""
    anew = f"@{incident.called_from:%Y%m%dT%H%M%S}" if incident.called_from else ""
    return f"{incident.id}/escalation{anew}/{step}"


def learning_call(incident: Incident, now: datetime) -> StoryCall:
    """Return the call that lets the learning story make an article of what was found out."""
    return StoryCall(
        key=f"learn/{incident.id}/{now.timestamp():.6f}",
        kind=StoryKind.LEARNING,
        subject_id=incident.id,
        at=now,
    )
