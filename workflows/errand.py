"""The story of an errand: done once on the heavy queue; a delivery that is held back waits for its yes."""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ChildWorkflowError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from activities import policies
from activities.approving import ApprovalRef
from activities.errands import ErrandRef, Errands
from domain.approval.approvals import Verdict
from workflows import names
from workflows.approval import ApprovalWorkflow

_SOON = timedelta(minutes=5)
"""After this long it is looked again how a request stands whose clock is not ours, or was ended."""


@workflow.defn
class ErrandWorkflow:
    """Ends when the errand is done and nothing waits any more."""

    @workflow.init
    def __init__(self, ref: ErrandRef) -> None:
        self._nudges = 0

    @workflow.run
    async def run(self, ref: ErrandRef) -> str:
        """Do it, as often as what it asked was superseded, and return how it ended."""
        while True:
            done = await workflow.execute_activity_method(
                Errands.run_errand, ref, **policies.on(names.HEAVY_QUEUE, policies.ERRAND)
            )
            seen = self._nudges
            verdict = await self._decided(done.approval) if done.approval else ""
            if verdict is None:
                await self._nudged(seen)
                await self._begin_anew_when_long(ref)
            elif verdict != Verdict.SUPERSEDED.value or not workflow.patched(names.ASKS_AGAIN):
                return done.state

    async def _decided(self, approval: str) -> str | None:
        """Return the verdict; None when it is not known yet, and to be looked for again."""
        try:
            return await workflow.execute_child_workflow(
                ApprovalWorkflow.run,
                ApprovalRef(id=approval),
                id=names.approval_id(approval),
                parent_close_policy=ParentClosePolicy.ABANDON,
            )
        except WorkflowAlreadyStartedError:
            # A story that was opened anew finds the clock of the former one still walking.
            return None if workflow.patched(names.OUTLIVES_CLOCKS) else ""
        except ChildWorkflowError as error:
            if not workflow.patched(names.OUTLIVES_CLOCKS):
                raise
            # Somebody ended the clock on the server's own page: people are still asked, so another one walks.
            workflow.logger.warning("the clock of approval %s ended: %s", approval, error.cause)
            return None

    async def _nudged(self, seen: int) -> None:
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._nudges > seen, timeout=_SOON)

    async def _begin_anew_when_long(self, ref: ErrandRef) -> None:
        if workflow.info().is_continue_as_new_suggested():
            await workflow.wait_condition(workflow.all_handlers_finished)
            workflow.continue_as_new(ref)

    @workflow.signal
    def nudge(self) -> None:
        """Something changed; the errand's activity looks at the truth by itself."""
        self._nudges += 1
