"""Give back what somebody has who is not here any more: a leaver's alert would call nobody for good.

Looked at where alerts and rows are looked at anyway, so that it holds however a person left: by the people's
file, a verb, or a restored backup.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from domain.data_quality.row_care import RowCare
from domain.ids import PersonId
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.stories import StoryCall, StoryKind
from domain.watch.alerts import Alert, AlertCall


def alerts_given_back(uow: UnitOfWork, alerts: Sequence[Alert], now: datetime) -> list[Alert]:
    """Return alerts as they then are; those of leavers are kept so, drawn anew, and call people anew."""
    found = []
    here = _here(uow, {one.acknowledged_by for one in alerts if one.acknowledged_by is not None})
    for alert in alerts:
        had = alert.acknowledged_by
        if had is None or had in here:
            found.append(alert)
            continue
        back = {"acknowledged_by": None, "acknowledged_at": None, "resumed_at": now}
        given = alert.model_copy(update={**back, "calls": _former(alert.calls, had)})
        uow.alerts.save(given)
        _tell(uow, alert.subject, had, now)
        key = f"alert/{alert.id}#left@{now.timestamp():.3f}"
        uow.stories.add(StoryCall(key=key, kind=StoryKind.ALERT, subject_id=alert.id, at=now))
        found.append(given)
    return found


def is_left(uow: UnitOfWork, care: RowCare) -> bool:
    """Return whether who has the rows of a feed is not here any more."""
    return care.acknowledged_by is not None and not _here(uow, {care.acknowledged_by})


def care_given_back(uow: UnitOfWork, care: RowCare, now: datetime) -> RowCare:
    """Return a care that nobody has any more, drawn anew; who may have it is called anew."""
    had = care.acknowledged_by
    if had is None:
        return care
    back = {"acknowledged_by": None, "acknowledged_at": None, "announced_at": now}
    given = care.model_copy(update={**back, "calls": _former(care.calls, had)})
    uow.row_cares.save(given)
    _tell(uow, care.subject, had, now)
    return given


def _here(uow: UnitOfWork, people: Collection[PersonId]) -> set[PersonId]:
    """Return those who are here, in one question, and without any in none: sweeps come by the second."""
    return {one.id for one in uow.people.those(people).values() if one.is_active} if people else set()


def _former(calls: Sequence[AlertCall], had: PersonId) -> tuple[AlertCall, ...]:
    """Return calls as those of the time before: the same rungs may be called again."""
    return tuple(call.model_copy(update={"rung": f"{call.rung}@{had}"}) for call in calls)


def _tell(uow: UnitOfWork, subject: str, had: PersonId, now: datetime) -> None:
    uow.postings.refresh(subject, now)
    facts = {"did": "given back", "had": had, "why": "who had it is not here any more"}
    uow.audit.append(
        AuditEntry(at=now, act=AuditAct.ALERT_CHANGED, actor="dogwatch", subject=subject, facts=facts)
    )
