"""What follows when a plan was taken back: its card says so, and what hung on it is as it was before."""

from datetime import datetime

from domain.acts.deadline_moves import take_back_deadline
from domain.acts.fix_moves import keep_fix
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.remediation.fixes import Fix


def note_undone(uow: UnitOfWork, undo: Fix, now: datetime) -> None:
    """Mark the attempt that a verified undo took back, in the trail as well."""
    if undo.undoes is None:
        return
    first = uow.fixes.get(undo.undoes)
    keep_fix(uow, first.model_copy(update={"undone_by": undo.id, "undone_at": now}), now)
    take_back_deadline(uow, first, now)
    uow.audit.append(
        AuditEntry(
            at=now,
            act=AuditAct.PLAN_UNDONE,
            actor="dogwatch",
            subject=first.subject,
            facts={"by": undo.id, "order": undo.order},
        )
    )
