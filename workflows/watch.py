"""The standing story of the watch: look over all feeds, wait, look again; sooner when something was reported.

One round scores all feeds; what follows from it is kept in SQL and told by the stories of the alerts.
"""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities import policies
from activities.training import Training, TrainingRef
from activities.watching import Round, Watching, WatchRef
from workflows import names

_EVERY = timedelta(seconds=20)
_NOTHING_TO_WATCH = timedelta(minutes=10)
_ROUNDS = 200
# The scorecard is counted anew, and whether estimates still come true. Rounds last from a second to minutes.
_REVIEWED_EVERY = timedelta(minutes=30)
# A review may wait long for its place; the server ends a history at some fifty thousand events.
_MOST_EVENTS = 20_000
# Stories begun before reviews went by the clock.
_ROUNDS_TO_A_REVIEW = 90
_LEAST_GAP = timedelta(seconds=1)
# A burst of reports must not keep the worker at nothing but sweeping.
_SHARE_OF_TIME = 4.0


@workflow.defn
class WatchWorkflow:
    """Never ends; continues as new after some hundred rounds."""

    @workflow.init
    def __init__(self, ref: WatchRef) -> None:
        self._nudges = 0
        self._reviewed_at = ref.reviewed_at or workflow.now()
        self._reviewing: asyncio.Task[None] | None = None

    @workflow.run
    async def run(self, ref: WatchRef) -> None:
        """Watch until the end of this history, then go on in a new one."""
        if workflow.patched(names.REVIEWS_BESIDE):
            await self._watch()
        else:
            await self._watch_by_rounds()
        await workflow.wait_condition(workflow.all_handlers_finished)
        # A review that this history has to leave behind is begun again by the next one.
        workflow.continue_as_new(WatchRef(reviewed_at=self._reviewed_at))

    async def _watch(self) -> None:
        number = 0
        while not self._is_over(number):
            seen = self._nudges
            found = await self._sweep(number)
            if self._reviewing is None and workflow.now() - self._reviewed_at >= _REVIEWED_EVERY:
                self._reviewing = asyncio.create_task(self._review())
            await self._pause(found, seen)
            number += 1

    def _is_over(self, number: int) -> bool:
        info = workflow.info()
        if self._reviewing is not None:
            return info.get_current_history_length() >= _MOST_EVENTS
        return number >= _ROUNDS or (number > 0 and info.is_continue_as_new_suggested())

    async def _watch_by_rounds(self) -> None:
        for number in range(_ROUNDS):
            seen = self._nudges
            found = await self._sweep(number)
            if workflow.info().is_continue_as_new_suggested():
                break
            if number % _ROUNDS_TO_A_REVIEW == _ROUNDS_TO_A_REVIEW - 1:
                await self._review()
            await self._pause(found, seen)

    @workflow.signal
    def nudge(self) -> None:
        """Something was reported: look soon."""
        self._nudges += 1

    async def _sweep(self, number: int) -> Round | None:
        try:
            return await workflow.execute_activity_method(
                Watching.sweep, WatchRef(round=number), **policies.on(names.SWEEP_QUEUE, policies.SWEEP)
            )
        except ActivityError as error:
            workflow.logger.warning("a sweep failed: %s", error)
            return None

    async def _review(self) -> None:
        begun = workflow.now()
        try:
            await workflow.execute_activity_method(
                Training.review, TrainingRef(), **policies.on(names.HEAVY_QUEUE, policies.REVIEW)
            )
        except ActivityError as error:
            workflow.logger.warning("a review failed: %s", error)
        self._reviewed_at, self._reviewing = begun, None

    async def _pause(self, found: Round | None, seen: int) -> None:
        waits = _NOTHING_TO_WATCH if found is not None and not found.feeds else _EVERY
        gap = max(_LEAST_GAP, timedelta(seconds=_SHARE_OF_TIME * (found.seconds if found else 1.0)))
        workflow.set_current_details(f"watches {found.feeds if found else 'no'} feeds")
        begun = workflow.now()
        try:
            await workflow.wait_condition(lambda: self._nudges > seen, timeout=waits)
        except TimeoutError:
            return
        left = gap - (workflow.now() - begun)
        if left > timedelta(0):
            await workflow.sleep(left)
