"""Taking back a plan that was run and verified: whether it can be, for how long, and why not.

It is a plan of its own, with its own dry run, hash, approval and order. This rule decides for every door
whether there may be one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from domain.errors import NotNow
from domain.ports.transactions import UnitOfWork
from domain.remediation.fixes import Fix, FixState
from domain.remediation.plans import Later, Plan, Step

UNDO_OFFERED = timedelta(days=3)
"""Later too much rests on what was changed; and what was recorded before it is no longer how things were."""

_LEFT_ITS_MARK = frozenset(
    {FixState.RUNNING, FixState.UNKNOWN, FixState.VERIFIED, FixState.UNDO_FAILED, FixState.STOPPED}
)


def steps_to_undo(plan: Plan, recorded: Sequence[str]) -> tuple[tuple[int, Step], ...]:
    """Return the steps that can be undone, with their numbers from 1, the last one first."""
    if len(recorded) != len(plan.steps):
        return ()  # ran before recording was reported
    numbered = reversed(list(enumerate(plan.steps, start=1)))
    return tuple((n, step) for n, step in numbered if step.undo is not None and step.later is Later.UNDO)


def undo_until(fix: Fix, plan: Plan) -> datetime | None:
    """Return until when a plan's card offers to take it back; None when it does not.

    Whether it still makes sense is looked at when somebody presses.
    """
    if not fix.has_helped or fix.ended_at is None:
        return None
    can_be_undone = bool(fix.reverse or steps_to_undo(plan, fix.recorded))
    return fix.ended_at + UNDO_OFFERED if can_be_undone else None


def plans_since(uow: UnitOfWork, fix: Fix) -> list[Fix]:
    """Return the plans that have changed one of the same targets since this one ended, oldest first.

    What was rolled back, or taken back by a plan of its own, left nothing and does not count.
    """
    if fix.ended_at is None:
        return []
    mine = set(fix.targets)
    return [
        other
        for other in uow.fixes.ordered_since(fix.ended_at)
        if other.id != fix.id and mine & set(other.targets) and _stands(other, fix)
    ]


def objection_to_undo(
    fix: Fix, plan: Plan, *, undoing: Fix | None, since: Iterable[Fix], now: datetime
) -> NotNow | None:
    """Return why a plan can't be taken back now, or None when it can be.

    Args:
        fix: The attempt.
        plan: The plan that it ran.
        undoing: The newest attempt that takes it back already, if there is one.
        since: Plans that have changed one of its targets since.
        now: The moment.
    """
    if fix.undoes is not None:
        return NotNow(
            f"{fix.id} is an undo",
            say=f"This plan took plan {fix.undoes} back; it is not taken back itself.",
            next_step="Say `fix` to run the runbook again.",
        )
    if fix.undone_at is not None:
        when = f"{fix.undone_at:%d %b %H:%M} UTC"
        return NotNow(f"{fix.id} undone", say=f"Plan {fix.undone_by} took this one back at {when}.")
    if fix.state is not FixState.VERIFIED or fix.ended_at is None:
        return NotNow(
            f"{fix.id} is {fix.state}",
            say=f"Only a plan that was verified is taken back; this one is {_words(fix.state)}.",
            next_step="Press Stop while it runs: then it is undone.",
        )
    if undoing is not None and undoing.is_open:
        return NotNow(
            f"{undoing.id} is open",
            say=f"Plan {undoing.id} is to take this one back already: it is {_words(undoing.state)}.",
            next_step=f"Say `plan {undoing.id}` for its card.",
        )
    if not fix.reverse and not steps_to_undo(plan, fix.recorded):
        return NotNow(
            f"{fix.id} can't be undone",
            say="Nothing of this plan can be undone: its runbook says what stays as it is.",
            next_step="Say `fix` for another way out.",
        )
    if now >= fix.ended_at + UNDO_OFFERED:
        return NotNow(
            f"{fix.id} is too old",
            say=f"It ended on {fix.ended_at:%d %b at %H:%M} UTC, and a plan is taken back within"
            f" {UNDO_OFFERED.days} days: later too much may rest on it.",
            next_step="Say `fix` to plan what is right now.",
        )
    return _objection_for(since)


def _objection_for(since: Iterable[Fix]) -> NotNow | None:
    other = next(reversed(list(since)), None)
    if other is None:
        return None
    targets = ", ".join(other.targets)
    return NotNow(
        f"{other.id} ran since",
        say=f"Plan {other.id} ({other.title}) has changed {targets} since; undoing this could break that.",
        next_step=f"Undo plan {other.id} first, or say `fix` to plan what is right now.",
    )


def _stands(other: Fix, fix: Fix) -> bool:
    if other.undone_at is not None or other.state not in _LEFT_ITS_MARK:
        return False
    # What took back another plan left the target as it was before that one.
    return other.undoes is None or (other.state is not FixState.VERIFIED and other.undoes != fix.id)


def _words(state: FixState) -> str:
    return state.value.replace("_", " ")
