"""The runner of one environment: a worker that holds targets and the public half of the order key, no more.

Imports no room but remediation and the activities that wrap it: no database, no chat, no model.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from activities.running import Running
from domain.errors import DogwatchError
from domain.ports.execution import Told
from domain.remediation.orders import SignedOrder
from domain.remediation.plans import DryRun, Plan
from domain.remediation.run_reports import RunReport, StepReport, Word
from remediation.runner import RemediationRunner
from remediation.runner_main import RunnerSettings, started_runner
from runtime.steady import steadily
from runtime.wiring.serving import serving
from workflows import names

log = logging.getLogger("dogwatch.runner")

_AT_ONCE = 4
_LOOK_AGAIN_SECONDS = 60.0
# The SDK holds heartbeats back; the stop button and the live card need them at once.
_HEARTBEAT = timedelta(seconds=1)


class OffRunner:
    """Implements `Runner` on a machine that cannot contain a script: it refuses everything and says why.

    It looks again, since what is missing may be installed; then it passes everything on to a runner.

    Args:
        why: What is missing.
        settings: Of the runner to be.
    """

    def __init__(self, why: DogwatchError, settings: RunnerSettings) -> None:
        self._why = why
        self._settings = settings
        self._runner: RemediationRunner | None = None

    async def preview(self, plan: Plan) -> DryRun:
        """Refuse while it is off."""
        return await self._on().preview(plan)

    async def execute(self, order: SignedOrder, plan: Plan, *, told: Told | None = None) -> RunReport:
        """Refuse while it is off."""
        return await self._on().execute(order, plan, told=told)

    async def decide(
        self,
        order: SignedOrder,
        plan: Plan,
        *,
        step: int,
        try_number: int,
        word: Word,
        signature: str,
        told: Told | None = None,
    ) -> RunReport:
        """Refuse while it is off."""
        runner = self._on()
        return await runner.decide(
            order, plan, step=step, try_number=try_number, word=word, signature=signature, told=told
        )

    async def stop(self, order_id: str) -> StepReport | None:
        """Return None while it is off: nothing runs here."""
        return await self._runner.stop(order_id) if self._runner else None

    def report(self, order_id: str) -> RunReport | None:
        """Return None while it is off: nothing ran here."""
        return self._runner.report(order_id) if self._runner else None

    def health(self) -> tuple[str, ...]:
        """Return why nothing runs here."""
        return self._runner.health() if self._runner else (self._why.sentence(),)

    def close(self) -> None:
        """Close what was opened."""
        if self._runner is not None:
            self._runner.close()

    async def keep_testing_walls(
        self, changed: Callable[[tuple[str, ...]], None], *, pause_seconds: float = _LOOK_AGAIN_SECONDS
    ) -> None:
        """Look every minute whether it can contain a script by now; then keep testing the walls."""
        while self._runner is None:
            await asyncio.sleep(pause_seconds)
            before = self.health()
            try:
                self._runner = await started_runner(self._settings)
            except DogwatchError as error:
                self._why = error
            if self.health() != before:
                changed(self.health())
        await self._runner.keep_testing_walls(changed)

    def _on(self) -> RemediationRunner:
        if self._runner is None:
            raise self._why
        return self._runner


async def opened_runner(settings: RunnerSettings) -> RemediationRunner | OffRunner:
    """Return a runner whose walls were tested, or one that refuses everything in words."""
    try:
        runner = await started_runner(settings)
    except DogwatchError as error:
        log.error("remediation is off: %s", error)
        return OffRunner(error, settings)
    return runner


async def serve_runner(
    client: Client,
    runner: RemediationRunner | OffRunner,
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
    walls = asyncio.create_task(steadily("the walls' keeper", lambda: runner.keep_testing_walls(changed)))
    try:
        async with serving(worker):
            log.info("runner of %s serves", environment)
            await stop.wait()
    finally:
        walls.cancel()
        runner.close()
