"""Do one try of one step at most once, and find out afterwards how far a lost one came.

*Execute* and *settle* begin alike, with the lock of the step, which falls only when the script is dead.
Execute runs a try that is absent; settle ends what is left of a lost try and voids one that never began,
so that a late one can no longer begin.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from domain.errors import BadInput
from domain.ports.sandbox import Ending, Sandbox, SandboxJob, SandboxOutcome
from domain.remediation.plans import Value
from domain.remediation.run_reports import StepState
from remediation import processes
from remediation.journal import Journal, Mark, Place, Try
from remediation.locks import StepLock
from remediation.reports import kept_in

_GONE_WITHIN_SECONDS = 5.0
_STATES = {
    Mark.INTENT: StepState.UNKNOWN,
    Mark.DONE: StepState.DONE,
    Mark.FAILED: StepState.FAILED,
    Mark.CANCELLED: StepState.CANCELLED,
    Mark.TIMED_OUT: StepState.TIMED_OUT,
    Mark.VOID: StepState.NEVER_BEGAN,
    Mark.ABSENT: StepState.NEVER_BEGAN,
}

Points = Callable[[str, int], None]
"""Called at named points of a step; only a fault harness gives one that does something."""


@dataclass(frozen=True, slots=True)
class Done:
    """What one try came to."""

    state: StepState
    outcome: SandboxOutcome | None = None
    row: Try | None = None
    is_overtaken: bool = False
    """The try was not absent any more when it was to begin: another process is at work on the order."""


class StepWork:
    """The journal protocol around the sandbox."""

    def __init__(
        self, journal: Journal, locks: Path, sandbox: Sandbox, *, at: Points = lambda point, step: None
    ) -> None:
        self._journal = journal
        self._locks = locks
        self._sandbox = sandbox
        self._at = at

    async def execute(
        self,
        place: Place,
        job: SandboxJob,
        *,
        remember: Callable[[], SandboxJob] | None = None,
        told: Callable[[str], None] | None = None,
    ) -> Done:
        """Run the try if it is absent, and answer what is known of it otherwise.

        Cancelling ends every process of the script, writes down `cancelled`, and then raises.
        """
        self._at("before_lock", place.step)
        lock = self.lock(place)
        if not lock.take():
            return Done(StepState.BUSY)
        try:
            return await self._execute_locked(place, job, remember, told)
        finally:
            lock.release()

    async def settle(self, place: Place) -> Done:
        """Find out how far a try came whose answer was lost; it can no longer act afterwards."""
        lock = self.lock(place)
        if not lock.take():
            return Done(StepState.BUSY)
        try:
            row = self._journal.find(place)
            if not await asyncio.to_thread(_is_ended, row, folder_name(place)):
                return Done(StepState.BUSY, row=row)
            if row is None:
                self.void(place)
                return Done(StepState.NEVER_BEGAN)
            return Done(_STATES[row.mark], row=row)
        finally:
            lock.release()

    def lock(self, place: Place) -> StepLock:
        """Return the lock of the place's step, not yet taken."""
        return StepLock(self._locks, place)

    def void(self, place: Place) -> None:
        """Forbid a try that never began."""
        self._journal.void(place)

    async def _execute_locked(
        self,
        place: Place,
        job: SandboxJob,
        remember: Callable[[], SandboxJob] | None,
        told: Callable[[str], None] | None,
    ) -> Done:
        row = self._journal.find(place)
        if row is not None:
            return Done(_STATES[row.mark], row=row, is_overtaken=True)
        kept: dict[str, Value] = dict(job.kept)
        if remember is not None:
            seen = await self._sandbox.run(remember())
            if not seen.is_good:
                return Done(StepState.FAILED, seen)
            try:
                kept = kept_in(seen)
            except BadInput as error:
                return Done(StepState.FAILED, replace(seen, exit_code=1, errors=error.say))
        self._at("before_intent", place.step)
        if not self._journal.intend(place, kept):
            return Done(StepState.NEVER_BEGAN, is_overtaken=True)
        self._at("after_intent", place.step)
        outcome = await self._run(place, job, kept, told)
        self._at("after_effect", place.step)
        mark = mark_of(outcome)
        self._conclude(place, mark, outcome)
        self._at("after_outcome", place.step)
        return Done(_STATES[mark], outcome, self._journal.find(place))

    async def _run(
        self, place: Place, job: SandboxJob, kept: dict[str, Value], told: Callable[[str], None] | None
    ) -> SandboxOutcome:
        def started(pid: int, word: str) -> None:
            began = processes.start_time_of(pid)
            self._journal.note_process(place, pid=pid, started=began or 0, word=word)
            self._at("during", place.step)

        full = SandboxJob(
            script=job.script,
            mode=job.mode,
            arguments=job.arguments,
            kept=kept,
            key=job.key,
            known_as=job.known_as,
            folder=folder_name(place),
        )
        try:
            return await self._sandbox.run(full, told=told, started=started)
        except asyncio.CancelledError:
            # The sandbox raises only when every process has ended, so the row may say so before the lock
            # falls.
            self._journal.conclude(place, Mark.CANCELLED)
            raise

    def _conclude(self, place: Place, mark: Mark, outcome: SandboxOutcome) -> None:
        text = outcome.output if outcome.is_good else f"{outcome.output}\n{outcome.errors}"
        digest = hashlib.sha256(f"{outcome.output}\0{outcome.errors}".encode()).hexdigest()
        self._journal.conclude(place, mark, output=text.strip(), output_digest=digest)


def folder_name(place: Place) -> str:
    """Return the job folder's name of this very try."""
    return f"job-{place.order_id[:24]}-{place.step}-{place.act.value}-{place.number}"


def mark_of(outcome: SandboxOutcome) -> Mark:
    """Return how the journal calls this outcome; a sandbox that never ran is no failed step."""
    if outcome.is_good:
        return Mark.DONE
    match outcome.ending:
        case Ending.NEVER_RAN:
            return Mark.ABSENT
        case Ending.TIMED_OUT:
            return Mark.TIMED_OUT
        case Ending.CANCELLED:
            return Mark.CANCELLED
        case _:
            return Mark.FAILED


def _is_ended(row: Try | None, word: str) -> bool:
    """End the noted process and whatever was begun for the try; tell whether all of it is gone."""
    if (
        row is not None
        and row.pid
        and not processes.end(row.pid, row.started, within_seconds=_GONE_WITHIN_SECONDS)
    ):
        return False
    left = (*processes.with_word(word), *processes.begun_for(word))
    return processes.end_all(left, within_seconds=_GONE_WITHIN_SECONDS)
