"""The story of a day's work that nobody asks for: tidy files away, make the comparisons that feeds owe.

Started by a schedule. The sweeps open comparisons as well; this is the net for days on which they could not.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities import policies
from activities.reconciling import DailyRef, Reconciling
from activities.tidying import Tidying
from workflows import names

_EVERY = timedelta(minutes=1)
_ROUNDS = 360


@workflow.defn
class DailyWorkflow:
    """Ends when nothing is owed any more, or after six hours: then the next day goes on."""

    @workflow.init
    def __init__(self, ref: DailyRef) -> None:
        self._left = 0

    @workflow.run
    async def run(self, ref: DailyRef) -> int:
        """Tidy up, then open what is owed, a few at a time; return how many are left."""
        try:
            heavy = policies.on(names.HEAVY_QUEUE, policies.LEARN)
            await workflow.execute_activity_method(Tidying.tidy_files, ref, **heavy)
        except ActivityError as error:
            workflow.logger.warning("files were not tidied away today: %s", error.cause)
        for number in range(_ROUNDS):
            if await self._is_over(number):
                break
            await workflow.sleep(_EVERY)
        return self._left

    async def _is_over(self, number: int) -> bool:
        """Open what is owed; a round that fails is followed by the next one."""
        try:
            found = await workflow.execute_activity_method(
                Reconciling.open_owed_comparisons,
                DailyRef(round=number),
                **policies.on(names.HEAVY_QUEUE, policies.SWEEP),
            )
        except ActivityError as error:
            workflow.logger.warning("comparisons could not be opened: %s", error.cause)
            return False
        self._left = found.comparisons
        workflow.set_current_details(f"{self._left} comparisons are owed or under way")
        return not self._left
