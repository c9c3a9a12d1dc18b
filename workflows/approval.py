"""The story of a request: it waits, reminds, calls further people, and expires.

The decision itself is made in SQL at the press. This story only walks the clock, and looks at the truth
whenever somebody nudges it.
"""

from datetime import datetime, timedelta

from temporalio import workflow

from activities import policies
from activities.approving import ApprovalRef, Approving, Waiting
from domain.approval.approvals import Verdict

_PENDING = Verdict.PENDING.value


@workflow.defn
class ApprovalWorkflow:
    """Ends with the verdict."""

    @workflow.init
    def __init__(self, ref: ApprovalRef) -> None:
        self._ref = ref
        self._nudges = 0

    @workflow.run
    async def run(self, ref: ApprovalRef) -> str:
        """Wait until the request is over and return its verdict."""
        # A nudge that arrives while we look may have come after what we read: it is counted before looking.
        seen = self._nudges
        waiting = await self._look()
        step = 0
        while waiting.verdict == _PENDING:
            due = self._next_due(waiting, step)
            if await self._nudged_before(due, seen):
                seen = self._nudges
                waiting = await self._look()
            elif due >= waiting.expires_at:
                waiting = await workflow.execute_activity_method(
                    Approving.expire, ApprovalRef(id=ref.id, step=step), **policies.WRITE_TRUTH
                )
            else:
                waiting = await workflow.execute_activity_method(
                    Approving.remind, ApprovalRef(id=ref.id, step=step), **policies.WRITE_TRUTH
                )
                step += 1
        return waiting.verdict

    @workflow.signal
    def nudge(self) -> None:
        """Something changed: look again."""
        self._nudges += 1

    def _next_due(self, waiting: Waiting, step: int) -> datetime:
        if step >= len(waiting.steps_after_minutes):
            return waiting.expires_at
        due = waiting.opened_at + timedelta(minutes=waiting.steps_after_minutes[step])
        return min(due, waiting.expires_at)

    async def _nudged_before(self, due: datetime, seen: int) -> bool:
        workflow.set_current_details(f"waits for a decision, next step at {due:%Y-%m-%d %H:%M} UTC")
        wait = due - workflow.now()
        if wait <= timedelta(0):
            return False
        try:
            await workflow.wait_condition(lambda: self._nudges > seen, timeout=wait)
        except TimeoutError:
            return False
        return True

    async def _look(self) -> Waiting:
        return await workflow.execute_activity_method(Approving.look_at_request, self._ref, **policies.READ)
