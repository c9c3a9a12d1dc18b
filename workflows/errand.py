"""The story of an errand: done once on the heavy queue; a delivery that is held back waits for its yes."""

from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from activities import policies
from activities.approving import ApprovalRef
from activities.errands import ErrandRef, Errands
from domain.approvals import Verdict
from workflows import names
from workflows.approval import ApprovalWorkflow


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
            verdict = await self._decided(done.approval) if done.approval else ""
            if verdict != Verdict.SUPERSEDED.value or not workflow.patched(names.ASKS_AGAIN):
                return done.state

    async def _decided(self, approval: str) -> str:
        """Return the verdict; empty when another story waits for it already."""
        try:
            return await workflow.execute_child_workflow(
                ApprovalWorkflow.run,
                ApprovalRef(id=approval),
                id=names.approval_id(approval),
                parent_close_policy=ParentClosePolicy.ABANDON,
            )
        except WorkflowAlreadyStartedError:
            return ""

    @workflow.signal
    def nudge(self) -> None:
        """Something changed; the errand's activity looks at the truth by itself."""
        self._nudges += 1
