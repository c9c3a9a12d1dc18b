"""End one session, with whatever was remembered for it; the trail says why."""

from collections.abc import Mapping
from datetime import datetime

from domain.identity.web_access import MarkKind
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry


def end_sign_in(
    uow: UnitOfWork, sid: str, now: datetime, facts: Mapping[str, str], *, by: str = "", door: str = ""
) -> bool:
    """End a session; False when there was none that had not ended.

    Args:
        uow: The transaction.
        sid: Whose session.
        now: The time.
        facts: What the trail says of it, such as the reason.
        by: Who ended it; empty: its own person.
        door: Where.
    """
    uow.sign_in_marks.drop(MarkKind.DIRECTORY_SESSION, sid)
    found = uow.sign_ins.sign_in(sid)
    if found is None or found.ended_at is not None:
        return False
    uow.sign_ins.save_sign_in(found.model_copy(update={"ended_at": now}))
    told = dict(facts) | ({"person": found.person} if by else {})
    uow.audit.append(
        AuditEntry(
            at=now,
            act=AuditAct.SESSION_ENDED,
            actor=by or found.person,
            subject="sign-in",
            door=door,
            facts=told,
        )
    )
    return True
