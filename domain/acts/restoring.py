"""After a restore: what was under way in the backup may have ended since, so nothing of it goes on alone.

An approval that nobody had decided stays open. A plan whose yes was given, or that needs none, is ended: its
steps may have run after the backup was made, and no finished step may run again.
"""

from datetime import datetime

from domain.acts.fix_moves import keep_fix
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.remediation.fixes import ON_TARGET, Fix, FixState

_MAY_GO_ON_ALONE = frozenset({FixState.DRY_RUNNING, FixState.APPROVED, *ON_TARGET})


def end_what_may_have_run(uow: UnitOfWork, taken_at: datetime, now: datetime) -> list[Fix]:
    """End every plan that would go on without another press; return them as they ended."""
    ended = []
    for fix in uow.fixes.every_open():
        if fix.state not in _MAY_GO_ON_ALONE:
            continue
        was_ordered = fix.state in ON_TARGET
        state = FixState.STOPPED if was_ordered else FixState.WITHDRAWN
        moved = {"state": state, "sentence": _sentence(was_ordered, taken_at), "waiting_step": None}
        ended.append(keep_fix(uow, fix.model_copy(update=moved), now))
        act = AuditAct.RUN_ENDED if was_ordered else AuditAct.PLAN_WITHDRAWN
        facts = {"state": state.value, "why": "restored from a backup"}
        uow.audit.append(AuditEntry(at=now, act=act, actor="dogwatch", subject=fix.subject, facts=facts))
    return ended


def _sentence(was_ordered: bool, taken_at: datetime) -> str:
    known = "was running" if was_ordered else "had not started"
    return (
        f"I was restored from a backup of {taken_at:%Y-%m-%d %H:%M} UTC. Then it {known}; what happened "
        "since I don't know, so I won't go on by myself. Look at the target, then ask for a fix again."
    )
