"""The story of a training: calendars first, then a model that has to win, then the scorecard."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities import policies
from activities.training import DAILY, JUST_TRAINED, Training, TrainingOutcome, TrainingRef
from workflows import names


@workflow.defn
class TrainingWorkflow:
    """Ends when a challenger was taken or refused."""

    @workflow.init
    def __init__(self, ref: TrainingRef) -> None:
        self._nudges = 0

    @workflow.run
    async def run(self, ref: TrainingRef) -> TrainingOutcome:
        """Learn once, and once more when somebody asked for it meanwhile; what is due daily is asked for."""
        if ref.reason == DAILY and workflow.patched(names.TRAINS_ALONE):
            await workflow.execute_activity_method(
                Training.call_for_training, ref, **policies.on(names.HEAVY_QUEUE, policies.WRITE_TRUTH)
            )
            return TrainingOutcome(sentence="The story that trains was called.")
        while True:
            seen = self._nudges
            try:
                outcome = await self._learn(ref)
            except ActivityError as error:
                if workflow.patched(names.TELLS_OF_FAILURE):
                    await self._tell(ref, error)
                raise
            if self._nudges == seen:
                return outcome

    @workflow.signal
    def nudge(self) -> None:
        """More was imported: learn again."""
        self._nudges += 1

    async def _tell(self, ref: TrainingRef, error: ActivityError) -> None:
        """Let operators hear that it failed: otherwise only Temporal's own page would know."""
        cause = error.cause
        kind = cause.type if isinstance(cause, ApplicationError) and cause.type else type(cause).__name__
        note = TrainingRef(id=ref.id, reason=f"{error.activity_type}: {kind}")
        await workflow.execute_activity_method(
            Training.note_failure, note, **policies.on(names.HEAVY_QUEUE, policies.WRITE_TRUTH)
        )

    async def _learn(self, ref: TrainingRef) -> TrainingOutcome:
        heavy = names.HEAVY_QUEUE
        await workflow.execute_activity_method(
            Training.learn_calendars, ref, **policies.on(heavy, policies.LEARN)
        )
        outcome = await workflow.execute_activity_method(
            Training.train, ref, **policies.on(heavy, policies.LEARN)
        )
        after = TrainingRef(id=ref.id, reason=JUST_TRAINED)
        await workflow.execute_activity_method(Training.review, after, **policies.on(heavy, policies.LEARN))
        return outcome
