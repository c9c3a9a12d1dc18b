"""The story of an incident: diagnose, show, look again when late evidence is there, call people, close.

What people do is decided and recorded in SQL at the press. This story follows the truth and walks the clock.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities import policies
from activities.diagnosing import Diagnosing
from activities.incident_clock import IncidentClock, IncidentRef, Moment, Standing
from domain.investigation.incidents import IncidentState
from workflows import names

_LOOK_AGAIN = timedelta(days=7)


@workflow.defn
class IncidentWorkflow:
    """Ends when the incident is closed."""

    @workflow.init
    def __init__(self, ref: IncidentRef) -> None:
        self._ref = ref
        self._nudges = 0
        self._is_learned = False

    @workflow.run
    async def run(self, ref: IncidentRef) -> str:
        """Follow the incident to its end and return the state it ended in."""
        seen = self._nudges
        where = await self._look()
        while where.state != IncidentState.CLOSED.value:
            workflow.set_current_details(f"the incident is {where.state}")
            counted = self._nudges
            where = await self._next(where, seen)
            seen = counted
            if self._is_long():
                # The next run looks at the truth first, so a nudge that came meanwhile is not lost.
                workflow.continue_as_new(ref)
        return where.state

    @workflow.signal
    def nudge(self) -> None:
        """Something changed: look again."""
        self._nudges += 1

    async def _next(self, where: Standing, seen: int) -> Standing:
        if where.is_diagnosis_due:
            if workflow.patched(names.CALLS_WHILE_DIAGNOSING):
                return await self._accompanied(asyncio.create_task(self._diagnose(where.wanted)), where)
            return await self._diagnose(where.wanted)
        if where.state == IncidentState.RESOLVED.value and not self._is_learned:
            self._is_learned = True
            learned = await workflow.execute_activity_method(
                IncidentClock.let_learn, self._ref, **policies.WRITE_TRUTH
            )
            return await self._keep_case() if workflow.patched(names.KEEPS_CASE) else learned
        if where.due_at is not None and where.due_at <= workflow.now():
            return await self._pass_time()
        at_most = _LOOK_AGAIN if where.due_at is None else where.due_at - workflow.now()
        await self._nudged(seen, min(at_most, _LOOK_AGAIN))
        if where.state != IncidentState.RESOLVED.value:
            self._is_learned = False
        return await self._look()

    async def _accompanied(self, diagnosis: asyncio.Task[Standing], where: Standing) -> Standing:
        """Let the clock walk while a diagnosis is made: people are called also when nobody can compute."""
        while not diagnosis.done():
            if where.state == IncidentState.CLOSED.value:
                diagnosis.cancel()
                return where
            seen = self._nudges
            left = None if where.due_at is None else max(where.due_at - workflow.now(), timedelta(0))
            with suppress(TimeoutError):
                await workflow.wait_condition(
                    lambda seen=seen: diagnosis.done() or self._nudges > seen,  # type: ignore[misc]
                    timeout=left,
                )
            if not diagnosis.done():
                where = await self._pass_time()
        return await diagnosis

    async def _pass_time(self) -> Standing:
        moment = Moment(id=self._ref.id, at=workflow.now())
        return await workflow.execute_activity_method(IncidentClock.pass_time, moment, **policies.WRITE_TRUTH)

    async def _diagnose(self, wanted: int) -> Standing:
        heavy = policies.on(names.HEAVY_QUEUE, policies.DIAGNOSE)
        try:
            await workflow.execute_activity_method(Diagnosing.diagnose, self._ref, **heavy)
        except ActivityError:
            return await workflow.execute_activity_method(
                IncidentClock.give_up_diagnosis,
                self._ref.model_copy(update={"wanted": wanted or None}),
                **policies.WRITE_TRUTH,
            )
        # The ranking stands in the chat by now; what makes it nicer may fail without harm.
        for method in (Diagnosing.draw, Diagnosing.reword):
            try:
                await workflow.execute_activity_method(method, self._ref, **heavy)
            except ActivityError as error:
                workflow.logger.warning("a diagnosis stays plain: %s", error.cause)
        return await self._look()

    async def _keep_case(self) -> Standing:
        """Let the evidence be kept while its sources still hold it; without it an export gathers anew."""
        heavy = policies.on(names.HEAVY_QUEUE, policies.DIAGNOSE)
        try:
            await workflow.execute_activity_method(Diagnosing.keep_case, self._ref, **heavy)
        except ActivityError as error:
            workflow.logger.warning("the case of an incident is not kept: %s", error.cause)
        return await self._look()

    async def _nudged(self, seen: int, at_most: timedelta) -> None:
        try:
            await workflow.wait_condition(lambda: self._nudges > seen, timeout=at_most)
        except TimeoutError:
            return

    async def _look(self) -> Standing:
        return await workflow.execute_activity_method(
            IncidentClock.look_at_incident, self._ref, **policies.READ
        )

    def _is_long(self) -> bool:
        info = workflow.info()
        return (
            info.is_continue_as_new_suggested() or info.get_current_history_length() > self._ref.most_events
        )
