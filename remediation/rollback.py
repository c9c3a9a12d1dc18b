"""Put it back: undo the steps that began, the last one first, each undo checked.

Undo scripts stand in the approved plan. If one fails, everything stops there, and the report says the
exact state.
"""

import time
from collections.abc import Sequence

from domain.ports.sandbox import Sandbox, SandboxMode
from domain.remediation.plans import Access, Step
from domain.remediation.run_reports import RunReport, RunState, StepState
from remediation.journal import Act, Journal, Mark, Try
from remediation.run_notes import Run
from remediation.step_work import Done, StepWork

_NOTHING_HAPPENED = frozenset({Mark.VOID, Mark.ABSENT})
_OVER = frozenset({Mark.DONE, Mark.FAILED, Mark.TIMED_OUT})
"""How an undo ended for good: half of a failed one may have happened, so it is not begun again."""


class Rollback:
    """Undoes what an order did."""

    def __init__(self, journal: Journal, work: StepWork, sandbox: Sandbox) -> None:
        self._journal = journal
        self._work = work
        self._sandbox = sandbox

    async def undo_all(self, run: Run) -> RunReport:
        """Undo every step that began, in reverse."""
        begun = [number for number in range(1, len(run.plan.steps) + 1) if self._last(run, number, Act.DO)]
        last = max(begun, default=0)
        if last < len(run.plan.steps):
            # A runner that was stopped before it began the next step must find it forbidden when it wakes up.
            settled = await self._work.settle(run.place(last + 1, Act.DO, 1))
            if settled.state is StepState.BUSY:
                return run.ended(RunState.BUSY, f"Step {last + 1} may still be running, so I can't undo yet.")
        stuck: list[str] = []
        is_any_undone = False
        for number in reversed(begun):
            began = time.monotonic()
            done, say = await self._undo(run, number)
            if done is None:
                if say:
                    stuck.append(say)
                continue
            run.note(number, done, say, began=began, is_undo=True)
            if done.state is StepState.BUSY:
                return run.ended(RunState.BUSY, say)
            if done.state is not StepState.DONE:
                stands = _what_stands(number, stuck, is_any_undone=is_any_undone)
                return run.ended(RunState.UNDO_FAILED, f"{_because(run)}{say} {stands}")
            is_any_undone = True
        if stuck:
            rest = " Everything else was undone." if is_any_undone else ""
            return run.ended(RunState.UNDO_FAILED, f"{_because(run)}{' '.join(stuck)}{rest}")
        all_back = "Everything was undone, and each undo was checked."
        if run.plan.takes_back:
            all_back = "So what the earlier plan did stands again, and that was checked."
        return run.ended(RunState.ROLLED_BACK, f"{_because(run)}{all_back}")

    async def _undo(self, run: Run, number: int) -> tuple[Done | None, str]:
        """Undo one step; None means that there was nothing to undo, with a sentence when nothing can be."""
        step = run.step(number)
        did = self._last(run, number, Act.DO)
        if did is None or did.mark in _NOTHING_HAPPENED:
            return None, ""
        settled = await self._work.settle(run.place(number, Act.DO, did.number))
        if settled.state is StepState.BUSY:
            return settled, f"Step {number} may still be running, so I can't undo it yet."
        if step.undo is None:
            is_change = any(use.access is Access.WRITE for use in step.run.targets)
            return None, f"“{step.summary}” can't be undone and stays as it is." if is_change else ""
        done = await self._run_undo(run, number, step, did)
        if done.state is not StepState.DONE:
            return done, f"Undoing “{step.summary}” {_manner(done)}."
        broken = await self._broken_undo(run, number, step, did)
        if broken:
            return Done(StepState.FAILED, done.outcome, done.row), broken
        return done, f"“{step.summary}” is undone."

    async def _run_undo(self, run: Run, number: int, step: Step, did: Try) -> Done:
        last = self._last(run, number, Act.UNDO)
        if last is not None and last.mark is Mark.INTENT:
            place = run.place(number, Act.UNDO, last.number)
            settled = await self._work.settle(place)
            if settled.state is not StepState.UNKNOWN:
                return settled
            if step.undo_check is None:
                return settled
            is_undone = not await self._broken_undo(run, number, step, did)
            self._journal.conclude(
                place, Mark.DONE if is_undone else Mark.ABSENT, output="looked at afterwards"
            )
            last = self._last(run, number, Act.UNDO)
        if last is not None and last.mark in _OVER:
            return Done(StepState(last.mark.value), row=last)
        if step.undo is None:
            return Done(StepState.FAILED)
        try_number = 1 if last is None else last.number + 1
        job = run.job(number, step.undo, SandboxMode.RUN, did.kept)
        place = run.place(number, Act.UNDO, try_number)
        return await self._work.execute(place, job, told=run.listener(number, is_undo=True))

    async def _broken_undo(self, run: Run, number: int, step: Step, did: Try) -> str:
        if step.undo_check is None:
            return ""
        outcome = await self._sandbox.run(run.job(number, step.undo_check, SandboxMode.READ, did.kept))
        if outcome.is_good:
            return ""
        lines = (outcome.errors or outcome.output).strip().splitlines()
        why = lines[-1][:300] if lines else "no word"
        return f"Undoing “{step.summary}” ran, but its check does not hold: {why}."

    def _last(self, run: Run, number: int, act: Act) -> Try | None:
        tries = self._journal.tries(run.id, number, act)
        return tries[-1] if tries else None


def _because(run: Run) -> str:
    return f"{run.reason.rstrip('.')}. " if run.reason else ""


def _manner(done: Done) -> str:
    match done.state:
        case StepState.UNKNOWN:
            return "may or may not have happened"
        case StepState.TIMED_OUT:
            return "took too long and was ended"
        case StepState.CANCELLED:
            return "was stopped"
        case _:
            lines = _said(done).strip().splitlines()
            return f"failed: {lines[-1][:300]}" if lines else "failed"


def _said(done: Done) -> str:
    """Return what a failed undo said; after its runner died only the journal knows."""
    if done.outcome is not None:
        return done.outcome.errors
    return done.row.output if done.row is not None else ""


def _what_stands(number: int, stuck: Sequence[str], *, is_any_undone: bool) -> str:
    """Return how things are where the undo of a step failed: up to it, and behind it."""
    said = "Step 1 stands as it was left" if number == 1 else f"Steps 1 to {number} stand as they were left"
    if stuck:
        rest = " Every other later one is undone." if is_any_undone else ""
        return f"{said}. {' '.join(stuck)}{rest}"
    return f"{said}; the later ones are undone." if is_any_undone else f"{said}."
