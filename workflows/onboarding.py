"""The story of a configuration change: read, ask, build, review, approve, merge.

The state in SQL says which step is next; each step moves that state in one transaction and does nothing
when it is behind already. So a kill at any moment, or a story started anew, goes on where it was.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ChildWorkflowError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from activities import policies
from activities.approving import ApprovalRef
from activities.configuring import ChangeRef, Configuring, Where
from activities.reviewing import Reviewing
from domain.configuration.changes import ENDED, ChangeState
from workflows import names
from workflows.approval import ApprovalWorkflow

_ENDED = frozenset(state.value for state in ENDED)
_LOOK_AGAIN = timedelta(days=7)
_SOON = timedelta(minutes=5)
_AT_ONCE = timedelta(seconds=1)
"""So soon a clock is begun while the one of the former history ends; each time later, up to `_SOON`."""
_NONE = -1
_HOST_FIRST, _HOST_LAST = timedelta(minutes=5), timedelta(hours=1)
"""How soon, and in the end how often, a review that waits for approval is looked at on its host."""
Clock = workflow.ChildWorkflowHandle[ApprovalWorkflow, str]


@workflow.defn
class OnboardingWorkflow:
    """Ends when the change has ended."""

    @workflow.init
    def __init__(self, ref: ChangeRef) -> None:
        self._ref = ref
        self._nudges = 0
        self._again = _AT_ONCE

    @workflow.run
    async def run(self, ref: ChangeRef) -> str:
        """Carry the change to its end and return the state it ended in."""
        # Nudges are counted from before each look: one that arrives during it may be newer than what it read.
        seen = self._nudges
        where = await self._look()
        while where.state not in _ENDED:
            workflow.set_current_details(f"the change is {where.state.replace('_', ' ')}")
            counted = self._nudges
            where = await self._next(where, seen)
            seen = counted
            self._begin_anew_when_long()
        if where.state != ChangeState.MERGED.value:
            await workflow.execute_activity_method(Reviewing.close, ref, **policies.CALL_HOST)
        return where.state

    @workflow.signal
    def nudge(self) -> None:
        """Something changed: look again."""
        self._nudges += 1

    async def _next(self, where: Where, seen: int) -> Where:
        state = ChangeState(where.state)
        if state is ChangeState.READING:
            return await workflow.execute_activity_method(
                Configuring.read_sample, self._ref, **policies.on(names.HEAVY_QUEUE, policies.READ_SAMPLE)
            )
        if state is ChangeState.BUILDING:
            return await workflow.execute_activity_method(
                Configuring.build, self._ref, **policies.on(names.HEAVY_QUEUE, policies.READ_SAMPLE)
            )
        if state is ChangeState.OPENING:
            return await workflow.execute_activity_method(
                Reviewing.open_review, self._ref, **policies.CALL_HOST
            )
        if state is ChangeState.MERGING:
            return await workflow.execute_activity_method(Reviewing.merge, self._ref, **policies.CALL_HOST)
        if state is ChangeState.IN_REVIEW and where.approval:
            await self._decided(where.approval, seen)
            return await self._look()
        await self._nudged(seen)
        return await self._look()

    async def _decided(self, approval: str, seen: int) -> None:
        is_patched = workflow.patched(names.CLOCK_ENDS_FIRST)
        if not is_patched:
            seen = self._nudges  # lost a nudge that came during the look
        try:
            clock = await workflow.start_child_workflow(
                ApprovalWorkflow.run,
                ApprovalRef(id=approval),
                id=names.approval_id(approval),
                parent_close_policy=ParentClosePolicy.REQUEST_CANCEL,
            )
        except WorkflowAlreadyStartedError:
            # A story that was opened anew finds the clock of the former one still walking: it ends with that.
            await self._nudged(seen, self._again if is_patched else _SOON)
            self._again = min(2 * self._again, _SOON)
            return
        self._again = _AT_ONCE
        if is_patched and workflow.info().continued_run_id:
            seen = _NONE  # the former history may have taken a nudge without a look at the host
        if workflow.patched("looks-at-the-review"):
            await self._ended_or_taken_away(clock, approval, seen)
        else:
            await clock

    async def _ended_or_taken_away(self, clock: Clock, approval: str, seen: int) -> None:
        """Wait for the verdict; look at times, and when nudged, whether it ended on the host."""
        wait = _HOST_FIRST
        while not clock.done():
            if not await self._decided_or_nudged(clock, seen, wait):
                wait = min(2 * wait, _HOST_LAST)
            if clock.done():
                break
            seen = self._nudges
            where = await workflow.execute_activity_method(
                Reviewing.look_at_review, self._ref, **policies.CALL_HOST
            )
            if where.state in _ENDED or where.approval != approval:
                return
            self._begin_anew_when_long()
        try:
            await clock
        except ChildWorkflowError as error:
            if not workflow.patched(names.OUTLIVES_CLOCKS):
                raise
            # Somebody ended the clock on the server's own page: people are still asked, so another one walks.
            workflow.logger.warning("the clock of approval %s ended: %s", approval, error.cause)
            await self._nudged(seen, _SOON)

    def _begin_anew_when_long(self) -> None:
        """Begin a new history: a review is looked at every hour, and may wait two months for its approval.

        The next run looks at the truth first, and on the host, so a nudge that came meanwhile is not lost.
        """
        if workflow.info().is_continue_as_new_suggested() and workflow.patched(names.CHANGE_BEGINS_ANEW):
            workflow.continue_as_new(self._ref)

    async def _decided_or_nudged(self, clock: Clock, seen: int, at_most: timedelta) -> bool:
        try:
            await workflow.wait_condition(lambda: clock.done() or self._nudges > seen, timeout=at_most)
        except TimeoutError:
            return False
        return True

    async def _nudged(self, seen: int, at_most: timedelta = _LOOK_AGAIN) -> None:
        try:
            await workflow.wait_condition(lambda: self._nudges > seen, timeout=at_most)
        except TimeoutError:
            return

    async def _look(self) -> Where:
        return await workflow.execute_activity_method(Reviewing.look, self._ref, **policies.READ)
