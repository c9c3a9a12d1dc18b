"""What runs by the calendar: one training a day. Created at the start, changed with the setting."""

import logging
from datetime import time, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError

from activities.training import TrainingRef
from runtime.settings import Settings
from workflows import names
from workflows.training import TrainingWorkflow

log = logging.getLogger("dogwatch.watch")

_DAILY_TRAINING = "daily-training"


async def keep_schedules(client: Client, settings: Settings) -> None:
    """Create or change the schedules; harmless when repeated, and a server without them is only noted."""
    at = time.fromisoformat(settings.watch.train_at)
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            TrainingWorkflow.run,
            TrainingRef(reason="daily"),
            id=names.training_id("daily"),
            task_queue=names.FRONT_QUEUE,
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(hour=[ScheduleRange(at.hour)], minute=[ScheduleRange(at.minute)])
            ],
            jitter=timedelta(minutes=5),
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(days=1)),
    )
    try:
        try:
            await client.create_schedule(_DAILY_TRAINING, schedule)
        except ScheduleAlreadyRunningError:
            await client.get_schedule_handle(_DAILY_TRAINING).update(lambda found: _changed(found, schedule))
    except RPCError as error:
        log.warning("the daily training could not be scheduled: %s", error)


def _changed(found: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate:
    wanted.state = found.description.schedule.state  # one that somebody paused stays paused
    return ScheduleUpdate(schedule=wanted)
