"""Who may do nothing any more has no part in an incident: its people are called as if nobody ever led it."""

from datetime import datetime

from domain.acts.incident_moves import called_anew
from domain.identity.people import Person
from domain.investigation.incidents import EntryKind, IncidentRole, TimelineEntry
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.stories import StoryCall, StoryKind


def take_from_incidents(uow: UnitOfWork, person: Person, now: datetime) -> int:
    """Take a person's parts in open incidents away; return in how many there were some.

    An incident that is left without its lead calls people anew, from now on.
    """
    left = [one for one in uow.incidents.every_open() if person.id in one.roles.values()]
    for seen in left:
        incident = uow.incidents.get(seen.id)
        parts = [role for role, whom in incident.roles.items() if whom == person.id]
        kept = {role: whom for role, whom in incident.roles.items() if whom != person.id}
        incident = incident.model_copy(update={"roles": kept, "updated_at": now})
        if IncidentRole.LEAD in parts:
            incident = called_anew(incident, now)
        uow.incidents.save(incident)
        said = " and ".join(role.value for role in parts)
        key = f"{incident.id}/left/{person.id}/{now.timestamp():.6f}"
        uow.timeline.add(
            TimelineEntry(
                key=key[:300],
                incident=incident.id,
                at=now,
                kind=EntryKind.ROLE,
                by="dogwatch",
                text=f"{person.name} was deactivated and is no longer {said}."[:1000],
            )
        )
        uow.audit.append(
            AuditEntry(
                at=now,
                act=AuditAct.INCIDENT_CHANGED,
                actor="dogwatch",
                subject=incident.subject,
                facts={"step": "left", "person": person.id},
            )
        )
        uow.postings.refresh(incident.subject, now)
        uow.stories.add(StoryCall(key=key, kind=StoryKind.INCIDENT, subject_id=incident.id, at=now))
    return len(left)
