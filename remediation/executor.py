"""Carry out one verified order, step by step, to an end or to a question for a person.

Everything is read from the journal first, so a run that was interrupted continues where it stopped, also in
another process. A step whose outcome is unknown is never repeated: it is probed, and then a person is asked.
"""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from domain.ports.execution import Told
from domain.ports.sandbox import Sandbox, SandboxMode
from domain.remediation.orders import VerifiedOrder
from domain.remediation.plans import Script
from domain.remediation.run_reports import RunReport, RunState, StepReport, StepState, Word
from remediation.checks import broken_claim, broken_within
from remediation.fingerprints import Fingerprints
from remediation.journal import Act, Journal, Mark, Phase, Try
from remediation.recalling import recalled, recorded_by
from remediation.reports import ProbeWord, probe_word_in
from remediation.rollback import Rollback
from remediation.run_notes import Run, sentence_for
from remediation.step_work import Done, StepWork

_T = TypeVar("_T")
_FAILED = frozenset({StepState.FAILED, StepState.TIMED_OUT, StepState.CANCELLED, StepState.NEVER_BEGAN})


class _StoppedError(Exception):
    """A person pressed stop; what ran has ended."""


class Executor:
    """Carries out orders that were verified, and nothing else."""

    def __init__(
        self, journal: Journal, work: StepWork, sandbox: Sandbox, fingerprints: Fingerprints
    ) -> None:
        self._journal = journal
        self._work = work
        self._sandbox = sandbox
        self._fingerprints = fingerprints
        self._rollback = Rollback(journal, work, sandbox)
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._stopped: set[str] = set()
        self._at: dict[str, int] = {}

    async def carry_out(self, order: VerifiedOrder, *, is_first: bool, told: Told | None = None) -> RunReport:
        """Run or continue the order.

        Args:
            order: The proof that it may run.
            is_first: True when this process has just accepted it, so that no other can be at work on it.
            told: Gets the reports as they come.
        """
        run = Run(order, told)
        phase = self._journal.phase_of(run.id)
        if phase is Phase.FORWARD:
            report = await self._forward(run, is_careful=not is_first)
            if report is not None:
                return report
            phase = self._journal.phase_of(run.id)
        if phase is Phase.WATCHING:
            report = await self._watch(run)
            if report is not None:
                return report
            phase = self._journal.phase_of(run.id)
        if phase is not Phase.BACK:
            return _overtaken(run)
        return self._closed(run, await self._rollback.undo_all(run))

    async def stop(self, order_id: str) -> StepReport | None:
        """End what runs for the order and wait until it has ended; None when it is over.

        Where nothing runs, because it has not begun or is between two steps, nothing of it begins any more.
        """
        if self._journal.phase_of(order_id) is Phase.OVER:
            return None
        began = time.monotonic()
        self._stopped.add(order_id)
        step = self._at.get(order_id, 0)
        task = self._running.get(order_id)
        if task is None:
            return StepReport(step=step, state=StepState.CANCELLED, say=f"Nothing begins after step {step}.")
        task.cancel()
        await asyncio.wait([task])
        step = self._at.get(order_id, 0)
        took = int((time.monotonic() - began) * 1000)
        return StepReport(
            step=step,
            state=StepState.CANCELLED,
            say=f"Stopped at step {step}; all of it has ended.",
            took_ms=took,
        )

    def word(self, order: VerifiedOrder, *, step: int, try_number: int, word: Word) -> bool:
        """Write down what a person says about an unknown try; tell whether that one was still unknown."""
        run = Run(order)
        last = self._last(run, step)
        if last is None or last.number != try_number or last.mark is not Mark.INTENT:
            return False
        self._stopped.discard(run.id)  # who decides now has seen that it was stopped
        marks = {Word.DONE: Mark.DONE, Word.ABSENT: Mark.ABSENT, Word.ROLL_BACK: Mark.FAILED}
        self._journal.conclude(
            run.place(step, Act.DO, last.number), marks[word], output=f"a person said {word}"
        )
        if word is Word.ROLL_BACK:
            self._journal.move(run.id, Phase.BACK)
        return True

    async def _forward(self, run: Run, *, is_careful: bool) -> RunReport | None:
        for number, step in enumerate(run.plan.steps, start=1):
            self._at[run.id] = number
            began = time.monotonic()
            try:
                done = await self._stoppable(run, self._step(run, number, is_careful=is_careful))
            except _StoppedError:
                done = Done(StepState.CANCELLED)
                if number == 1 and self._last(run, 1) is None:
                    return await self._never_begun(run)
            if done is None:  # done before, by an earlier process
                continue
            if done.is_overtaken:
                return _overtaken(run)
            if done.outcome is not None:  # ours: nobody else can be between two steps of this order
                is_careful = False
            has_begun = done.state is not StepState.CANCELLED or self._last(run, number) is not None
            say = sentence_for(step, done) if has_begun else f"Stopped before “{step.summary}” began."
            state = run.note(number, done, say, began=began)
            if state is StepState.BUSY:
                return run.ended(RunState.BUSY, say)
            if state is StepState.UNKNOWN:
                last = self._last(run, number)
                waits_for = (number, 0 if last is None else last.number)
                return run.ended(
                    RunState.UNKNOWN, f"{say} Look at the evidence and decide.", waits_for=waits_for
                )
            if state is StepState.CANCELLED and not run.plan.rolls_back_on_stop:
                return self._closed(run, run.ended(RunState.STOPPED, f"{say} What was done before it stays."))
            broken = say if state in _FAILED else await self._broken_check(run, number)
            if broken:
                return self._turned_back(run, broken)
        return None if self._journal.move(run.id, Phase.WATCHING) else _overtaken(run)

    async def _never_begun(self, run: Run) -> RunReport:
        """End an order that was stopped before its first step, so that no other process begins it either."""
        settled = await self._work.settle(run.place(1, Act.DO, 1))
        if settled.state is not StepState.NEVER_BEGAN:
            return _overtaken(run)
        say = "Stopped before its first step; nothing was changed."
        return self._closed(run, run.ended(RunState.STOPPED, say))

    async def _step(self, run: Run, number: int, *, is_careful: bool) -> Done | None:
        """Do the step, or find out how far an earlier try came; None when it was done before."""
        last = self._last(run, number)
        try_number = 1 if last is None else last.number + 1
        if last is None and is_careful:
            settled = await self._work.settle(run.place(number, Act.DO, 1))
            if settled.state is not StepState.NEVER_BEGAN:
                return settled
            try_number = 2
        if last is not None and last.mark is Mark.DONE:
            is_latest = number == len(run.plan.steps) or self._last(run, number + 1) is None
            return Done(StepState.DONE, row=last) if is_latest else None
        if last is not None and last.mark is Mark.INTENT:
            found = await self._unknown(run, number, last)
            if found is not None:
                return found
        elif last is not None and last.mark not in (Mark.VOID, Mark.ABSENT):
            return Done(_state(last.mark), row=last)
        step = run.step(number)
        remember = step.remember
        return await self._work.execute(
            run.place(number, Act.DO, try_number),
            run.job(number, step.run, SandboxMode.RUN, recalled(self._journal, step, self._fingerprints)),
            remember=None if remember is None else lambda: run.job(number, remember, SandboxMode.READ),
            told=run.listener(number, is_undo=False),
        )

    async def _unknown(self, run: Run, number: int, last: Try) -> Done | None:
        """Settle and probe a try whose outcome was lost; None when it had no effect and may run again."""
        place = run.place(number, Act.DO, last.number)
        settled = await self._work.settle(place)
        step = run.step(number)
        if settled.state is StepState.UNKNOWN and step.recorded is not None and step.check is not None:
            return await self._seen(run, number, step.check, last)
        probe = step.probe if step.recorded is None else None
        if settled.state is not StepState.UNKNOWN or probe is None:
            return settled
        outcome = await self._sandbox.run(run.job(number, probe, SandboxMode.READ, last.kept))
        match probe_word_in(outcome):
            case ProbeWord.DONE:
                self._journal.conclude(place, Mark.DONE, output="a probe found it done")
                return Done(StepState.DONE, row=self._journal.find(place))
            case ProbeWord.ABSENT:
                self._journal.conclude(place, Mark.ABSENT, output="a probe found no trace of it")
                return None
        return Done(StepState.UNKNOWN, outcome, settled.row)

    async def _seen(self, run: Run, number: int, check: Script, last: Try) -> Done | None:
        """Look whether a lost try took the earlier step back; an undo that did not may be run again."""
        place = run.place(number, Act.DO, last.number)
        outcome = await self._sandbox.run(run.job(number, check, SandboxMode.READ, last.kept))
        mark = Mark.DONE if outcome.is_good else Mark.ABSENT
        self._journal.conclude(place, mark, output="looked at afterwards")
        return Done(StepState.DONE, row=self._journal.find(place)) if outcome.is_good else None

    async def _broken_check(self, run: Run, number: int) -> str:
        check = run.step(number).check
        if check is None:
            return ""
        last = self._last(run, number)
        job = run.job(number, check, SandboxMode.READ, {} if last is None else last.kept)
        try:
            outcome = await self._stoppable(run, self._sandbox.run(job))
        except _StoppedError:
            return f"Stopped while step {number} was checked."
        if outcome.is_good:
            return ""
        lines = (outcome.errors or outcome.output).strip().splitlines()
        why = lines[-1][:300] if lines else outcome.ending.value.replace("_", " ")
        return f"“{run.step(number).summary}” ran, but its check does not hold: {why}"

    async def _watch(self, run: Run) -> RunReport | None:
        try:
            broken = await self._stoppable(run, broken_within(run.plan.checks, run.plan.watch, self._sandbox))
        except _StoppedError:
            broken = "Stopped while the checks were watched."
        if not broken:
            watched = f"Every check held for {run.plan.watch.seconds} s."
            say = watched if run.plan.checks else "Each step's own check held."
            recorded = recorded_by(self._journal, run.id, len(run.plan.steps), self._fingerprints)
            return self._closed(run, run.ended(RunState.VERIFIED, say, recorded=recorded))
        return self._turned_back(run, broken)

    def _turned_back(self, run: Run, reason: str) -> RunReport | None:
        run.reason = reason
        return None if self._journal.move(run.id, Phase.BACK) else _overtaken(run)

    def _closed(self, run: Run, report: RunReport) -> RunReport:
        if report.state not in (RunState.BUSY, RunState.UNKNOWN):
            self._journal.move(run.id, Phase.OVER, report=report.model_dump_json())
        self._stopped.discard(run.id)
        return report

    async def _stoppable(self, run: Run, work: Coroutine[Any, Any, _T]) -> _T:
        """Await the work so that `stop` can end it; cancelling us ends it too, and waits for that."""
        if run.id in self._stopped:
            work.close()
            raise _StoppedError
        task = asyncio.ensure_future(work)
        self._running[run.id] = task
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])
            if run.id in self._stopped:
                self._stopped.discard(run.id)
                raise _StoppedError from None
            raise
        finally:
            self._running.pop(run.id, None)

    def _last(self, run: Run, number: int) -> Try | None:
        tries = self._journal.tries(run.id, number, Act.DO)
        return tries[-1] if tries else None


def _overtaken(run: Run) -> RunReport:
    return run.ended(RunState.BUSY, "Another runner process has taken this order over; its report counts.")


def _state(mark: Mark) -> StepState:
    return StepState(mark.value)


async def broken_precondition(order: VerifiedOrder, sandbox: Sandbox) -> str:
    """Return the sentence of the first precondition that does not hold; empty when all do."""
    return await broken_claim(order.plan.preconditions, sandbox)
