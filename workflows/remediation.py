"""The story of a plan: dry run, approval, gate, run step by step, proof or undo, question to a person.

The state in SQL says what is next; each step moves it in one transaction and does nothing when it is behind
already. A runner that dies while it works is asked again until it answers: it never does a step twice.
"""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ChildWorkflowError, WorkflowAlreadyStartedError
from temporalio.workflow import ActivityHandle, ChildWorkflowHandle, ParentClosePolicy

from activities import policies
from activities.approving import ApprovalRef
from activities.ordering import Ordering
from activities.planning import FixRef, Planning, PreviewNote, Standing
from activities.reporting_runs import LostNote, ReportingRuns, ReportNote
from activities.running import Running
from domain.remediation.fixes import ENDED, FixState
from domain.remediation.parcels import OrderParcel, Preview, RunAnswer
from domain.remediation.run_reports import RunState
from workflows import names
from workflows.approval import ApprovalWorkflow

_ENDED = frozenset(state.value for state in ENDED)
_LOOK_AGAIN = timedelta(days=7)
_SOON = timedelta(minutes=5)
_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(seconds=30)
_ANEW_AT_GATE = "a-wait-at-the-gate-begins-anew"
_ANEW_IN_APPROVAL = "a-wait-for-a-decision-begins-anew"
_SILENT = "The runner doesn't answer. I ask it again; no step is done twice."
_NO_RUNNER = (
    "No runner of this environment answers, so there is no dry run. Nothing was changed. "
    "dogwatch doctor says what a runner needs."
)


@workflow.defn
class RemediationWorkflow:
    """Ends when the attempt has ended and an override, if there was one, is reviewed or escalated."""

    @workflow.init
    def __init__(self, ref: FixRef) -> None:
        self._ref = ref
        self._nudges = 0
        self._clocks: dict[str, ChildWorkflowHandle[ApprovalWorkflow, str]] = {}
        self._pause = _PAUSE

    @workflow.run
    async def run(self, ref: FixRef) -> str:
        """Carry the attempt to its end and return the state it ended in."""
        # Nudges are counted from before each look: one that arrives during it may be newer than what it read.
        seen = self._nudges
        standing = await self._look()
        while standing.state not in _ENDED:
            workflow.set_current_details(f"the plan is {standing.state.replace('_', ' ')}")
            counted = self._nudges
            standing = await self._next(standing, seen)
            seen = counted
        while standing.review_due is not None and not standing.is_escalated:
            counted = self._nudges
            standing = await self._review(standing, seen)
            seen = counted
        return standing.state

    @workflow.signal
    def nudge(self) -> None:
        """Something changed: look again."""
        self._nudges += 1

    async def _next(self, standing: Standing, seen: int) -> Standing:
        state = FixState(standing.state)
        ref = FixRef(id=self._ref.id, revision=standing.revision)
        if state is FixState.DRY_RUNNING:
            return await self._preview(ref, standing.environment)
        if state is FixState.IN_APPROVAL and standing.approval:
            await self._decided(standing.approval, seen)
            await self._begin_anew_when_long(_ANEW_IN_APPROVAL)
            return await self._look()
        if state in (FixState.APPROVED, FixState.RUNNING):
            return await self._run(ref, standing.environment, seen)
        await self._nudged(seen)
        return await self._look()

    async def _preview(self, ref: FixRef, environment: str) -> Standing:
        parcel = await workflow.execute_activity_method(Planning.plan_to_preview, ref, **policies.READ)
        try:
            preview = await workflow.execute_activity_method(
                Running.preview, parcel, **policies.on(names.run_queue(environment), policies.ASK_RUNNER)
            )
        except ActivityError:
            preview = Preview(refusal=_NO_RUNNER)
        return await workflow.execute_activity_method(
            Planning.take_preview, PreviewNote(ref=ref, preview=preview), **policies.WRITE_TRUTH
        )

    async def _run(self, ref: FixRef, environment: str, seen: int) -> Standing:
        gate = await workflow.execute_activity_method(Ordering.pass_gate, ref, **policies.WRITE_TRUTH)
        if gate.parcel is None:
            if gate.wait_seconds:
                await self._nudged(seen, timedelta(seconds=gate.wait_seconds))
                await self._begin_anew_when_long(_ANEW_AT_GATE)
            return await self._look()
        answer = await self._carried_out(ref, environment, gate.parcel)
        if answer is None:
            note = LostNote(ref=ref, sentence=_SILENT)
            standing = await workflow.execute_activity_method(
                ReportingRuns.note_silence, note, **policies.WRITE_TRUTH
            )
            await self._rest()
            return standing
        standing = await workflow.execute_activity_method(
            ReportingRuns.take_report, ReportNote(ref=ref, report=answer.report), **policies.WRITE_TRUTH
        )
        if answer.report.state is RunState.BUSY:
            await self._rest()
        else:
            self._pause = _PAUSE
        return standing

    async def _carried_out(self, ref: FixRef, environment: str, parcel: OrderParcel) -> RunAnswer | None:
        """Return the runner's answer; None when it was lost, so that nobody knows how far it came."""
        run = workflow.start_activity_method(
            Running.execute, parcel, **policies.on(names.run_queue(environment), policies.CHANGE_SYSTEM)
        )
        following = workflow.start_activity_method(ReportingRuns.follow, ref, **policies.FOLLOW)
        following.add_done_callback(_expected_end)
        try:
            await self._watched(run)
            answer: RunAnswer = await run
            return answer
        except ActivityError:
            return None
        finally:
            following.cancel()

    async def _watched(self, run: ActivityHandle[RunAnswer]) -> None:
        """Wait for the run; a nudge may mean that somebody pressed stop."""
        is_stopping = False
        while not run.done():
            seen = self._nudges
            if not is_stopping and (await self._look()).is_stopping:
                is_stopping = True
                run.cancel()
            await workflow.wait_condition(lambda seen=seen: run.done() or self._nudges > seen)  # type: ignore[misc]

    async def _rest(self) -> None:
        """Wait a little longer each time, and begin a new history before this one grows too long."""
        await workflow.sleep(self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        if workflow.info().is_continue_as_new_suggested():
            await self._begin_anew()

    async def _begin_anew_when_long(self, patch: str) -> None:
        """Begin a new history while a plan waits: a freeze, a window or approvers may take days or weeks."""
        if workflow.info().is_continue_as_new_suggested() and workflow.patched(patch):
            await self._begin_anew()

    async def _begin_anew(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(self._ref)

    async def _review(self, standing: Standing, seen: int) -> Standing:
        wait = (standing.review_due or workflow.now()) - workflow.now()
        if wait > timedelta(0):
            await self._nudged(seen, wait)
            return await self._look()
        return await workflow.execute_activity_method(
            ReportingRuns.escalate_review, self._ref, **policies.WRITE_TRUTH
        )

    async def _decided(self, approval: str, seen: int) -> None:
        """Let the request's clock walk; return when it has ended or somebody nudged us."""
        if approval not in self._clocks:
            try:
                self._clocks[approval] = await workflow.start_child_workflow(
                    ApprovalWorkflow.run,
                    ApprovalRef(id=approval),
                    id=names.approval_id(approval),
                    parent_close_policy=ParentClosePolicy.REQUEST_CANCEL,
                )
            except WorkflowAlreadyStartedError:
                # A story that was opened anew finds the clock of the former one still walking.
                await self._nudged(seen, _SOON)
                return
        clock = self._clocks[approval]
        await workflow.wait_condition(lambda: clock.done() or self._nudges > seen)
        if not clock.done():
            return
        try:
            await clock
        except ChildWorkflowError as error:
            if not workflow.patched(names.OUTLIVES_CLOCKS):
                raise
            # Somebody ended the clock on the server's own page: people are still asked, so another one walks.
            workflow.logger.warning("the clock of approval %s ended: %s", approval, error.cause)
            del self._clocks[approval]
            await self._nudged(seen, _SOON)

    async def _nudged(self, seen: int, at_most: timedelta = _LOOK_AGAIN) -> None:
        try:
            await workflow.wait_condition(lambda: self._nudges > seen, timeout=at_most)
        except TimeoutError:
            return

    async def _look(self) -> Standing:
        return await workflow.execute_activity_method(Planning.look_at_fix, self._ref, **policies.READ)


def _expected_end(following: "asyncio.Task[None]") -> None:
    # Cancelling is how it ends; what nobody reads would be logged as an error.
    if not following.cancelled():
        following.exception()
