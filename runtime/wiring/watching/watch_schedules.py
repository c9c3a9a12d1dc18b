"""What runs by the calendar: one training and one round of daily work a day.

Created at the start, changed with the settings.
"""

import asyncio
import logging
from collections.abc import Mapping
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

from activities.reconciling import DailyRef
from activities.training import DAILY, TrainingRef
from runtime.settings.house import Settings
from workflows import names
from workflows.daily import DailyWorkflow
from workflows.training import TrainingWorkflow

log = logging.getLogger("dogwatch.watch")

_AGAIN_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 3_600.0


async def keep_schedules(client: Client, settings: Settings) -> None:
    """Create or change the schedules, and try until they stand; harmless when repeated."""
    missing, pause = dict(schedules(settings)), _AGAIN_SECONDS
    while True:
        for name, schedule in list(missing.items()):
            try:
                await _keep(client, name, schedule)
                del missing[name]
            except (RPCError, RuntimeError, OSError) as error:
                log.warning("%s could not be scheduled: %s", name, error)
        if not missing:
            return
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


async def _keep(client: Client, name: str, schedule: Schedule) -> None:
    try:
        await client.create_schedule(name, schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(name).update(_changing(schedule))


def schedules(settings: Settings) -> Mapping[str, Schedule]:
    """Return what is started when, by the name of the schedule."""
    training = ScheduleActionStartWorkflow(
        TrainingWorkflow.run,
        TrainingRef(reason=DAILY),
        id=names.training_id(DAILY),
        task_queue=names.FRONT_QUEUE,
    )
    work = ScheduleActionStartWorkflow(
        DailyWorkflow.run, DailyRef(), id=names.daily_id(), task_queue=names.FRONT_QUEUE
    )
    return {
        "daily-training": _every_day(training, settings.watch.train_at),
        "daily-work": _every_day(work, settings.watch.reconcile_at),
    }


def _every_day(action: ScheduleActionStartWorkflow, clock: str) -> Schedule:
    at = time.fromisoformat(clock)
    return Schedule(
        action=action,
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(hour=[ScheduleRange(at.hour)], minute=[ScheduleRange(at.minute)])
            ],
            jitter=timedelta(minutes=5),
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(days=1)),
    )


class _changing:  # noqa: N801  reads as a clause
    """One that somebody paused stays paused."""

    def __init__(self, wanted: Schedule) -> None:
        self._wanted = wanted

    def __call__(self, found: ScheduleUpdateInput) -> ScheduleUpdate:
        self._wanted.state = found.description.schedule.state
        return ScheduleUpdate(schedule=self._wanted)
