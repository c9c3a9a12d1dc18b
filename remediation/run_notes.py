"""What one run knows of itself: its order, whom to tell, and the reports so far."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from domain.ports.execution import Told
from domain.ports.sandbox import SandboxJob, SandboxMode
from domain.remediation.orders import VerifiedOrder
from domain.remediation.plans import Plan, Script, Step, Value
from domain.remediation.run_reports import RunReport, RunState, StepReport, StepState
from remediation.journal import Act, Place
from remediation.recalling import key_of, known_as
from remediation.step_work import Done

_MOST_OUTPUT = 8_000


@dataclass(slots=True)
class Run:
    """One call of the executor for one order."""

    order: VerifiedOrder
    told: Told | None = None
    reports: list[StepReport] = field(default_factory=list)
    reason: str = ""
    """Why it goes back, in words for people."""

    @property
    def id(self) -> str:
        """Return the order's id."""
        return self.order.order.id

    @property
    def plan(self) -> Plan:
        """Return the plan that was approved."""
        return self.order.plan

    def step(self, number: int) -> Step:
        """Return the step; they count from 1."""
        return self.plan.steps[number - 1]

    def place(self, number: int, act: Act, try_number: int) -> Place:
        """Return the place of one try."""
        return Place(self.id, number, act, try_number)

    def job(
        self, number: int, script: Script, mode: SandboxMode, kept: Mapping[str, Value] | None = None
    ) -> SandboxJob:
        """Return a script of the step as a job; its key is the same for every try."""
        return SandboxJob(
            script=script,
            mode=mode,
            arguments=self.step(number).arguments,
            kept=dict(kept or {}),
            key=key_of(self.id, number),
            known_as=known_as(self.step(number)),
        )

    def listener(self, number: int, *, is_undo: bool) -> Callable[[str], None] | None:
        """Return who gets the output lines of the step as they come."""
        if self.told is None:
            return None
        told = self.told
        return lambda line: told(
            StepReport(step=number, state=StepState.RUNNING, say="", output=line, is_undo=is_undo)
        )

    def note(self, number: int, done: Done, say: str, *, began: float, is_undo: bool = False) -> StepState:
        """Report how a step ended, and return its state."""
        output, digest = "", ""
        if done.row is not None:
            output, digest = done.row.output, done.row.output_digest
        elif done.outcome is not None:
            output = f"{done.outcome.output}\n{done.outcome.errors}".strip()[-_MOST_OUTPUT:]
        report = StepReport(
            step=number,
            state=done.state,
            say=say,
            output=output,
            output_digest=digest,
            is_undo=is_undo,
            took_ms=int((time.monotonic() - began) * 1000),
        )
        self.reports.append(report)
        if self.told is not None:
            self.told(report)
        return done.state

    def ended(
        self,
        state: RunState,
        say: str,
        *,
        waits_for: tuple[int, int] | None = None,
        recorded: tuple[str, ...] = (),
    ) -> RunReport:
        """Return the report of the whole run; `waits_for` are step and try that a person has to decide."""
        step, try_number = waits_for or (None, 0)
        return RunReport(
            order_id=self.id,
            state=state,
            say=say,
            steps=tuple(self.reports),
            waiting_step=step,
            waiting_try=try_number,
            recorded=recorded,
        )


def sentence_for(step: Step, done: Done) -> str:
    """Return what people read about a step that has ended."""
    name = f"“{step.summary}”"
    why = ""
    if done.outcome is not None and not done.outcome.is_good:
        lines = (done.outcome.errors or done.outcome.output).strip().splitlines()
        why = f": {lines[-1][:300]}" if lines else ""
    match done.state:
        case StepState.DONE:
            return f"{name} is done."
        case StepState.FAILED:
            return f"{name} failed{why or '.'}"
        case StepState.TIMED_OUT:
            return f"{name} took longer than its {step.run.timeout_seconds} s and was ended."
        case StepState.CANCELLED:
            return f"{name} was stopped, and every process of it has ended."
        case StepState.UNKNOWN:
            return f"I don't know whether {name} happened: its runner died while it ran."
        case StepState.BUSY:
            return f"{name} may still be running on a runner that doesn't answer."
        case _:
            return f"{name} never ran{why or '.'}"
