"""What a plan that moved a feed's deadline does: estimates and alerts of the run follow it, raised or not."""

from datetime import datetime

from domain.ids import FeedName
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.remediation.fixes import Fix
from domain.running.feeds import Extension
from domain.watch.alerts import Alert

_FEED, _DEADLINE = "feed", "deadline"


def follow_deadline(uow: UnitOfWork, fix: Fix, now: datetime) -> Alert | None:
    """Let the feed's run have until the deadline that a plan set; return the open alert that waits for it.

    Any runbook with the parameters `feed` and `deadline` counts, of the catalogue or of the house.
    """
    told = uow.plans.get(fix.id, fix.revision).plan.parameters
    deadline = _moment(str(told.get(_DEADLINE, "")))
    feed = str(told.get(_FEED, "")) or fix.subject_name.removeprefix("feed/")
    if deadline is None or deadline <= now:
        return None
    uow.watched.extend(Extension(FeedName(feed), deadline, now, fix.requested_by, fix.id))
    alert = next((one for one in uow.alerts.every_open() if one.root == feed), None)
    if alert is None:
        return None
    current = alert.extended_until or alert.overdue_at or alert.due_at
    if current is not None and deadline <= current:
        return None
    moved = {"extended_until": deadline, "extended_by": fix.requested_by, "extended_with": fix.id}
    alert = uow.alerts.get(alert.id).model_copy(update=moved)
    uow.alerts.save(alert)
    uow.postings.refresh(alert.subject, now)
    facts = {"did": "extended", "until": deadline.isoformat(), "plan": fix.id}
    entry = AuditEntry(
        at=now, act=AuditAct.ALERT_CHANGED, actor=fix.requested_by, subject=alert.subject, facts=facts
    )
    uow.audit.append(entry)
    return alert


def take_back_deadline(uow: UnitOfWork, fix: Fix, now: datetime) -> None:
    """Let the feed's run be late again when it was, because the plan that gave it longer was taken back."""
    uow.watched.end_extension(fix.id)
    given = (one for one in uow.alerts.every_open() if one.extended_with == fix.id)
    for alert in [uow.alerts.get(one.id) for one in given]:
        uow.alerts.save(
            alert.model_copy(update={"extended_until": None, "extended_by": None, "extended_with": ""})
        )
        uow.postings.refresh(alert.subject, now)
        facts = {"did": "extension taken back", "plan": fix.id}
        uow.audit.append(
            AuditEntry(
                at=now, act=AuditAct.ALERT_CHANGED, actor="dogwatch", subject=alert.subject, facts=facts
            )
        )


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
