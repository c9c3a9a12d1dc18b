"""The story of an alert: its card is posted, people are called while nobody answers, until it is over.

Whether it is over is said by the sweeps, in SQL; this story only walks the clock and looks when nudged.
"""

from datetime import datetime, timedelta

from temporalio import workflow

from activities import policies
from activities.alerting import Alerting, AlertRef, AlertWhere
from workflows import names

_LOOK_AGAIN = timedelta(days=1)


@workflow.defn
class AlertWorkflow:
    """Ends when the alert is closed."""

    @workflow.init
    def __init__(self, ref: AlertRef) -> None:
        self._ref = ref
        self._nudges = 0

    @workflow.run
    async def run(self, ref: AlertRef) -> str:
        """Accompany the alert to its end and return the state it ended in."""
        # Counted before each look: a nudge that arrives meanwhile may be newer than what was read.
        seen = self._nudges
        where = await self._look()
        while where.is_open:
            due = min(filter(None, (where.announce_at, where.call_at)), default=None)
            nudged = await self._nudged_before(due, seen)
            seen = self._nudges
            where = await self._look() if nudged or due is None else await self._act(where)
            self._begin_anew_when_long()
        return where.state

    @workflow.signal
    def nudge(self) -> None:
        """Something changed: look again."""
        self._nudges += 1

    async def _act(self, where: AlertWhere) -> AlertWhere:
        if where.announce_at is not None and self._may_announce(where.announce_at):
            return await workflow.execute_activity_method(
                Alerting.announce_alert, self._ref, **policies.WRITE_TRUTH
            )
        ref = AlertRef(id=self._ref.id, step=where.step, at=workflow.now())
        return await workflow.execute_activity_method(Alerting.call_people, ref, **policies.WRITE_TRUTH)

    def _begin_anew_when_long(self) -> None:
        """Begin a new history: an estimate that goes up and down for days nudges every minute.

        The next run looks at the truth first, so a nudge that came meanwhile is not lost.
        """
        if workflow.info().is_continue_as_new_suggested() and workflow.patched(names.ALERT_BEGINS_ANEW):
            workflow.continue_as_new(self._ref)

    def _may_announce(self, at: datetime) -> bool:
        # A feed that joined in the quiet hours waits for their end; who is to be called meanwhile is called.
        return at <= workflow.now() or not workflow.patched(names.CALLS_WHILE_UNTOLD)

    async def _nudged_before(self, due: datetime | None, seen: int) -> bool:
        until = due if due is not None else workflow.now() + _LOOK_AGAIN
        if until <= workflow.now():
            return False
        workflow.set_current_details(f"waits until {until:%Y-%m-%d %H:%M} UTC or for news")
        try:
            await workflow.wait_condition(lambda: self._nudges > seen, timeout=until - workflow.now())
        except TimeoutError:
            return False
        return True

    async def _look(self) -> AlertWhere:
        return await workflow.execute_activity_method(Alerting.look_at_alert, self._ref, **policies.READ)
