"""Keep in the audit trail who of a ladder was called, and whether anybody of them could hear it."""

from datetime import datetime

from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.watch.alerts import AlertCall


def kept_call(uow: UnitOfWork, subject: str, call: AlertCall, now: datetime, *, is_heard: bool) -> AlertCall:
    """Return a call that was just made, with why nobody could hear it if so.

    Args:
        uow: The transaction.
        subject: What the call is about.
        call: As it was made.
        now: The moment.
        is_heard: Whether a person or a system of it can hear it.
    """
    if not is_heard:
        why = "nobody there" if not call.people else "no account here and no confirmed address"
        call = call.model_copy(update={"is_heard": False, "trouble": why})
    names = ",".join(uow.people.get(person).name for person in call.people)
    facts = {"step": str(call.number), "whom": call.whom, "told": names}
    facts |= {} if call.is_heard else {"not_heard": call.trouble}
    uow.audit.append(
        AuditEntry(at=now, act=AuditAct.ESCALATED, actor="dogwatch", subject=subject, facts=facts)
    )
    return call
