"""What a plan's progress means to the incident that it was begun for: a line, and how far the work is."""

from datetime import datetime

from domain.errors import NotFound
from domain.ids import IncidentId, RequestId
from domain.investigation.incidents import EntryKind, Incident, IncidentState, TimelineEntry, moved
from domain.ports.transactions import UnitOfWork
from domain.remediation.fixes import Fix, FixState
from domain.stories import StoryCall, StoryKind

_MEANS = {
    FixState.RUNNING: IncidentState.MITIGATING,
    FixState.VERIFIED: IncidentState.MONITORING,
    FixState.ROLLED_BACK: IncidentState.INVESTIGATING,
    FixState.UNDO_FAILED: IncidentState.INVESTIGATING,
    FixState.STOPPED: IncidentState.INVESTIGATING,
}
_SAID = {
    FixState.DRY_RUNNING: "{what} is planned and being tried without effect.",
    FixState.IN_APPROVAL: "{what} waits for approval.",
    FixState.APPROVED: "{what} is approved.",
    FixState.RUNNING: "{what} is running.",
    FixState.UNKNOWN: "{what}: I don't know whether a step happened; somebody has to decide.",
    FixState.VERIFIED: "{what} worked: every check held.",
    FixState.ROLLED_BACK: "{what} did not help and was undone; the incident stays open.",
    FixState.UNDO_FAILED: "{what} did not help, and its undo failed; the incident stays open.",
    FixState.STOPPED: "{what} was stopped; the incident stays open.",
    FixState.REJECTED: "{what} was rejected.",
    FixState.EXPIRED: "{what} was not decided in time; nothing was changed.",
    FixState.WITHDRAWN: "{what} was withdrawn; nothing was changed.",
    FixState.FAILED: "{what} was not started; nothing was changed.",
}
_UNDO_MEANS = {FixState.VERIFIED: IncidentState.INVESTIGATING}
_UNDO_SAID = {
    FixState.VERIFIED: "{what} took back what plan {undoes} did; the incident stays open.",
    FixState.ROLLED_BACK: "{what} could not take it back: what plan {undoes} did stands.",
    FixState.UNDO_FAILED: "{what} could not take back all of plan {undoes}; somebody has to look.",
    FixState.STOPPED: "{what} was stopped; what plan {undoes} did may stand in part.",
}
_MOST_SHOWN = 5


def note_fix(uow: UnitOfWork, fix: Fix, now: datetime) -> None:
    """Add a line to the incident's timeline and move its state; each state of a plan counts once."""
    if not fix.incident or not fix.revision or fix.state not in _SAID:
        return  # ways out that were only looked at are no event
    try:
        incident = uow.incidents.get(IncidentId(fix.incident))
    except NotFound:
        return
    what = f"“{fix.title or fix.subject_name}” (plan {fix.id})"
    said = _SAID if fix.undoes is None else _SAID | _UNDO_SAID
    key = f"{incident.id}/fix/{fix.id}/{fix.state.value}"
    added = uow.timeline.add(
        TimelineEntry(
            key=key,
            incident=incident.id,
            at=now,
            kind=EntryKind.FIX,
            by="dogwatch",
            text=f"{said[fix.state].format(what=what, undoes=fix.undoes)} {_why(fix)}".strip()[:1000],
        )
    )
    if not added:
        return
    means = _MEANS if fix.undoes is None else _UNDO_MEANS
    if incident.is_open and fix.state in means:
        incident = moved(incident, means[fix.state], now)
    plans = tuple(dict.fromkeys([*incident.plans, fix.id]))
    uow.incidents.save(incident.model_copy(update={"plans": plans, "updated_at": now}))
    uow.postings.refresh(incident.subject, now)
    uow.stories.add(StoryCall(key=key, kind=StoryKind.INCIDENT, subject_id=incident.id, at=now))


def fixes_of(uow: UnitOfWork, incident: Incident) -> list[Fix]:
    """Return what was planned for an incident, oldest first, the newest few."""
    found = []
    for name in incident.plans[-_MOST_SHOWN:]:
        try:
            found.append(uow.fixes.get(RequestId(name)))
        except NotFound:
            continue
    return found


def _why(fix: Fix) -> str:
    """Return the sentence of an attempt that ended badly; what went well needs none."""
    return "" if fix.is_open or fix.state is FixState.VERIFIED else fix.sentence
