"""The story of what an incident taught: a draft for its owner, reminded of until it is published or not."""

from datetime import datetime

from temporalio import workflow

from activities import policies
from activities.remembering import LearningRef, Remembering

_DRAFT = "draft"


@workflow.defn
class LearningWorkflow:
    """Ends when the draft has been decided about, or nobody wants to decide any more."""

    @workflow.init
    def __init__(self, ref: LearningRef) -> None:
        self._ref = ref
        self._nudges = 0

    @workflow.run
    async def run(self, ref: LearningRef) -> str:
        """Carry the article to its end and return the state it ended in."""
        # Counted before each look: a nudge that arrives meanwhile may be newer than what was read.
        seen = self._nudges
        learnt = await workflow.execute_activity_method(
            Remembering.draft_article, ref, **policies.WRITE_TRUTH
        )
        while learnt.state == _DRAFT and learnt.remind_at is not None:
            nudged = await self._nudged_before(learnt.remind_at, seen)
            seen = self._nudges
            activity = Remembering.look_at_article if nudged else Remembering.remind_of_article
            now = LearningRef(id=ref.id, step=learnt.step)
            learnt = await workflow.execute_activity_method(activity, now, **policies.WRITE_TRUTH)
        return learnt.state

    @workflow.signal
    def nudge(self) -> None:
        """Something changed: look again."""
        self._nudges += 1

    async def _nudged_before(self, due: datetime, seen: int) -> bool:
        workflow.set_current_details(f"the draft waits for its owner, reminder at {due:%Y-%m-%d %H:%M} UTC")
        if due <= workflow.now():
            return False
        try:
            await workflow.wait_condition(lambda: self._nudges > seen, timeout=due - workflow.now())
        except TimeoutError:
            return False
        return True
