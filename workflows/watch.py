"""The standing story of the watch: look over all feeds, wait, look again; sooner when something was reported.

One round scores all feeds; what follows from it is kept in SQL and told by the stories of the alerts.
"""

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
# About every half hour the scorecard is counted anew, and whether estimates still come true.
_REVIEWED_EVERY = 90
_LEAST_GAP = timedelta(seconds=1)
# A burst of reports must not keep the worker at nothing but sweeping.
_SHARE_OF_TIME = 4.0


@workflow.defn
class WatchWorkflow:
    """Never ends; continues as new after some hundred rounds."""

    @workflow.init
    def __init__(self, ref: WatchRef) -> None:
        self._nudges = 0

    @workflow.run
    async def run(self, ref: WatchRef) -> None:
        """Watch until the end of this history, then go on in a new one."""
        for number in range(_ROUNDS):
            seen = self._nudges
            found = await self._sweep(number)
            if workflow.info().is_continue_as_new_suggested():
                break
            if number % _REVIEWED_EVERY == _REVIEWED_EVERY - 1:
                await self._review()
            await self._pause(found, seen)
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(WatchRef())

    @workflow.signal
    def nudge(self) -> None:
        """Something was reported: look soon."""
        self._nudges += 1

    async def _sweep(self, number: int) -> Round | None:
        try:
            return await workflow.execute_activity_method(
                Watching.sweep, WatchRef(round=number), **policies.on(names.HEAVY_QUEUE, policies.SWEEP)
            )
        except ActivityError as error:
            workflow.logger.warning("a sweep failed: %s", error)
            return None

    async def _review(self) -> None:
        try:
            await workflow.execute_activity_method(
                Training.review, TrainingRef(), **policies.on(names.HEAVY_QUEUE, policies.REVIEW)
            )
        except ActivityError as error:
            workflow.logger.warning("a review failed: %s", error)

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
