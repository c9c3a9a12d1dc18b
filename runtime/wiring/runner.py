"""The runner of one environment: a worker that holds targets and the public half of the order key, no more.

Imports no room but remediation and the activities that wrap it: no database, no chat, no model.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from activities.running import Running
from domain.errors import DogwatchError
from domain.orders import SignedOrder
from domain.plans import DryRun, Plan
from domain.ports.execution import Runner, Told
from domain.run_reports import RunReport, StepReport, Word
from remediation.runner import RemediationRunner
from remediation.runner_main import RunnerSettings, started_runner
from runtime.steady import steadily
from workflows import names

log = logging.getLogger("dogwatch.runner")

_AT_ONCE = 4
# The SDK holds heartbeats back; the stop button and the live card need them at once.
_HEARTBEAT = timedelta(seconds=1)


class OffRunner:
    """Implements `Runner` on a machine that cannot contain a script: it refuses everything and says why."""

    def __init__(self, why: DogwatchError) -> None:
        self._why = why

    async def preview(self, plan: Plan) -> DryRun:
        """Refuse."""
        raise self._why

    async def execute(self, order: SignedOrder, plan: Plan, *, told: Told | None = None) -> RunReport:
        """Refuse."""
        raise self._why

    async def decide(
        self,
        order: SignedOrder,
        plan: Plan,
        *,
        step: int,
        word: Word,
        signature: str,
        told: Told | None = None,
    ) -> RunReport:
        """Refuse."""
        raise self._why

    async def stop(self, order_id: str) -> StepReport | None:
        """Return None: nothing runs here."""
        return None

    def report(self, order_id: str) -> RunReport | None:
        """Return None: nothing ran here."""
        return None

    def health(self) -> tuple[str, ...]:
        """Return why nothing runs here."""
        return (self._why.sentence(),)


async def opened_runner(settings: RunnerSettings) -> Runner:
    """Return a runner whose walls were tested, or one that refuses everything in words."""
    try:
        runner = await started_runner(settings)
    except DogwatchError as error:
        log.error("remediation is off: %s", error)
        return OffRunner(error)
    return runner


async def serve_runner(
    client: Client,
    runner: Runner,
    environment: str,
    stop: asyncio.Event,
    changed: Callable[[tuple[str, ...]], None],
) -> None:
    """Serve the environment's queue until `stop` is set; what runs then is ended and undone by the next.

    `changed` is told the faults whenever the hourly look at the walls finds others than before.
    """
    running = Running(runner)
    worker = Worker(
        client,
        task_queue=names.run_queue(environment),
        activities=[running.preview, running.execute],
        max_concurrent_activities=_AT_ONCE,
        max_heartbeat_throttle_interval=_HEARTBEAT,
        default_heartbeat_throttle_interval=_HEARTBEAT,
        graceful_shutdown_timeout=timedelta(seconds=3),
    )
    kept = [runner] if isinstance(runner, RemediationRunner) else []
    walls = [asyncio.create_task(steadily("the walls' keeper", _keeping(one, changed))) for one in kept]
    try:
        async with worker:
            log.info("runner of %s serves", environment)
            await stop.wait()
    finally:
        for task in walls:
            task.cancel()
        for one in kept:
            one.close()


def _keeping(
    runner: RemediationRunner, changed: Callable[[tuple[str, ...]], None]
) -> Callable[[], Awaitable[None]]:
    return lambda: runner.keep_testing_walls(changed)
