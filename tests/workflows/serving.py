"""Workers inside a test, whose stop has an end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.worker import Worker

_STOPPED_WITHIN_SECONDS = 20.0


@asynccontextmanager
async def serving(*workers: Worker) -> AsyncIterator[None]:
    """Serve with the workers; a fault of one of them ends the test.

    Rarely a stop never ends: the SDK's core waits for activities on a poll that nobody answers any more, with
    all threads idle. Such a worker is left to the end of its server, as a process manager would leave it.
    """
    running = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        stops = [asyncio.create_task(worker.shutdown()) for worker in workers]
        ended, _ = await asyncio.wait(running, timeout=_STOPPED_WITHIN_SECONDS)
        for left in {*stops, *running} - ended:
            left.cancel()
    for worker_run in ended:
        worker_run.result()
