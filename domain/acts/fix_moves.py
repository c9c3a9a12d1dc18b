"""The moves of an attempt that commands and stories share: keep it, plan it anew, end its approval."""

from datetime import datetime

from domain.acts.incident_fixes import note_fix
from domain.approval.approvals import ApprovalRequest, Verdict
from domain.ids import PersonId, PlanId, RequestId
from domain.ports.transactions import UnitOfWork
from domain.remediation.fixes import ON_TARGET, Fix, FixState, Override, PlanVersion
from domain.remediation.run_reports import Word
from domain.stories import StoryCall, StoryKind

_IN_LINE = ON_TARGET | {FixState.APPROVED}
"""Others on the same targets wait for one in these states."""


def keep_fix(uow: UnitOfWork, fix: Fix, now: datetime) -> Fix:
    """Save an attempt, have its cards redrawn, and tell who waits for its end; return it as saved."""
    ended = {} if fix.is_open else {"ended_at": fix.ended_at or now}
    kept = fix.model_copy(update={"updated_at": now, **ended})
    uow.fixes.save(kept)
    uow.postings.refresh(kept.subject, now)
    if kept.undoes is not None:  # its card says how its taking back stands, and offers it again
        uow.postings.refresh(f"plan/{kept.undoes}", now)
    note_fix(uow, kept, now)
    if kept.incident and not kept.is_open:
        _call(uow, StoryKind.INCIDENT, kept.incident, kept, now)
    if kept.state not in _IN_LINE:
        _tell_those_who_wait(uow, kept, now)
    return kept


def planned_anew(version: PlanVersion, *, by: PersonId, now: datetime, note: str) -> PlanVersion:
    """Return the same plan as a new version without dry run: what is approved has a name of its own."""
    revision = version.revision + 1
    return version.model_copy(
        update={
            "revision": revision,
            "plan": version.plan.model_copy(update={"id": plan_id(version.fix, revision)}),
            "dry_run": None,
            "policy_version": "",
            "subject_hash": "",
            "made_by": by,
            "made_at": now,
            "note": note,
        }
    )


def plan_id(fix: RequestId, revision: int) -> PlanId:
    """Return the name of one version of a plan."""
    return PlanId(f"{fix}.{revision}")


def ask_anew(uow: UnitOfWork, fix: Fix, note: str, now: datetime) -> Fix:
    """Let an attempt be dry-run and approved once more, because its yes no longer fits."""
    return _asked_anew(uow, fix, uow.plans.get(fix.id, fix.revision), note, now)


def ask_people_anew(uow: UnitOfWork, fix: Fix, note: str, now: datetime) -> Fix:
    """Do the same, and from now on let no rule take people's place."""
    version = uow.plans.get(fix.id, fix.revision).model_copy(update={"asks_people": True})
    return _asked_anew(uow, fix, version, note, now)


def _asked_anew(uow: UnitOfWork, fix: Fix, before: PlanVersion, note: str, now: datetime) -> Fix:
    version = planned_anew(before, by=fix.requested_by, now=now, note=note)
    uow.plans.save(version)
    moved: dict[str, object] = {
        "state": FixState.DRY_RUNNING,
        "revision": version.revision,
        "approval": None,
        "approved_at": None,
        "order": "",
        "override": "",
        "rule": "",
        "sentence": note,
    }
    return keep_fix(uow, fix.model_copy(update=moved), now)


def end_approval_of_plan(
    uow: UnitOfWork, request: ApprovalRequest, verdict: Verdict, words: str, now: datetime
) -> tuple[StoryKind, str] | None:
    """Move an attempt to where the verdict on its plan puts it."""
    fix = uow.fixes.get(RequestId(request.subject.removeprefix("plan/")))
    if fix.approval != request.id or fix.state is not FixState.IN_APPROVAL:
        return None
    if verdict is Verdict.SUPERSEDED:
        ask_anew(uow, fix, "The approval policy changed, so it is asked anew.", now)
    elif verdict is Verdict.APPROVED:
        approved = {"state": FixState.APPROVED, "approved_at": now, "sentence": ""}
        keep_fix(uow, fix.model_copy(update=approved), now)
    elif verdict is Verdict.EXPIRED:
        text = "Nobody decided in time, so nothing was changed. To ask anew, press Try again on the plan."
        keep_fix(uow, fix.model_copy(update={"state": FixState.EXPIRED, "sentence": text}), now)
    else:
        keep_fix(uow, fix.model_copy(update={"state": FixState.REJECTED, "sentence": words}), now)
    return StoryKind.REMEDIATION, fix.id


def owed_reviews(uow: UnitOfWork, fix: Fix) -> list[Override]:
    """Return the overrides of an attempt that nobody has reviewed, oldest first.

    Each stays owed when the plan is changed or asked anew and no longer starts by it.
    """
    return [override for override in uow.guards.unreviewed() if override.fix == fix.id]


def must_stop(uow: UnitOfWork, fix: Fix) -> bool:
    """Tell whether what runs of an attempt has to end: somebody said so, or a freeze holds.

    A freeze may have come while the order was being signed, when nothing ran yet that it could stop. What a
    person had rolled back goes on.
    """
    if fix.stop_wished_by is not None:
        return True
    is_running = fix.state is FixState.RUNNING and fix.word is not Word.ROLL_BACK
    return is_running and uow.guards.freeze() is not None


def holder_of(uow: UnitOfWork, fix: Fix) -> Fix | None:
    """Return the attempt that is changing one of the same targets now, or None."""
    mine = set(fix.targets)
    for other in uow.fixes.every_open():
        if other.id != fix.id and other.state in ON_TARGET and mine & set(other.targets):
            return other
    return None


def ahead_of(uow: UnitOfWork, fix: Fix) -> list[Fix]:
    """Return attempts on the same targets that were approved before this one and have not started."""
    mine = set(fix.targets)
    if fix.approved_at is None:
        return []
    since = (fix.approved_at, fix.id)
    return [
        other
        for other in uow.fixes.every_open()
        if other.state is FixState.APPROVED
        and other.approved_at is not None
        and (other.approved_at, other.id) < since
        and mine & set(other.targets)
    ]


def _tell_those_who_wait(uow: UnitOfWork, fix: Fix, now: datetime) -> None:
    """Let plans on the same targets look again: this one has left the line, for good or to be asked anew."""
    for other in uow.fixes.every_open():
        if other.state is FixState.APPROVED and set(other.targets) & set(fix.targets):
            _call(uow, StoryKind.REMEDIATION, other.id, fix, now)


def _call(uow: UnitOfWork, kind: StoryKind, subject: str, about: Fix, now: datetime) -> None:
    key = f"{kind}/{subject}#{about.id}:{about.state}:{about.revision}"
    uow.stories.add(StoryCall(key=key, kind=kind, subject_id=subject, at=now))
