"""What a plan's progress means to the incident that it was begun for: a line, and how far the work is."""

from datetime import datetime

from domain.errors import NotFound
from domain.fixes import Fix, FixState
from domain.ids import IncidentId
from domain.incidents import EntryKind, IncidentState, TimelineEntry, moved
from domain.ports.transactions import UnitOfWork
from domain.stories import StoryCall, StoryKind

_MEANS = {
    FixState.RUNNING: IncidentState.MITIGATING,
    FixState.VERIFIED: IncidentState.MONITORING,
    FixState.ROLLED_BACK: IncidentState.INVESTIGATING,
    FixState.UNDO_FAILED: IncidentState.INVESTIGATING,
}


def note_fix(uow: UnitOfWork, fix: Fix, now: datetime) -> None:
    """Add a line to the incident's timeline and move its state; each state of a plan counts once."""
    if not fix.incident:
        return
    try:
        incident = uow.incidents.get(IncidentId(fix.incident))
    except NotFound:
        return
    added = uow.timeline.add(
        TimelineEntry(
            key=f"{incident.id}/fix/{fix.id}/{fix.state.value}",
            incident=incident.id,
            at=now,
            kind=EntryKind.FIX,
            by="dogwatch",
            text=f"Plan {fix.id}, “{fix.title or fix.subject_name}”: {fix.state.value.replace('_', ' ')}."[
                :1000
            ],
        )
    )
    if not added:
        return
    if incident.is_open and fix.state in _MEANS:
        incident = moved(incident, _MEANS[fix.state], now)
    plans = tuple(dict.fromkeys([*incident.plans, fix.id]))
    uow.incidents.save(incident.model_copy(update={"plans": plans, "updated_at": now}))
    uow.postings.refresh(incident.subject, now)
    key = f"{incident.id}/fix/{fix.id}/{fix.state.value}"
    uow.stories.add(StoryCall(key=key, kind=StoryKind.INCIDENT, subject_id=incident.id, at=now))
