"""Workers that serve, and whose stop has an end."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType

from temporalio.worker import Worker

log = logging.getLogger("dogwatch.serving")

# More than the longest grace that a worker here gives its activities.
_STOPPED_WITHIN_SECONDS = 30.0


@asynccontextmanager
async def serving(*workers: Worker, stopped_within: float = _STOPPED_WITHIN_SECONDS) -> AsyncIterator[None]:
    """Serve with the workers, one stopped after the other at the end; a fault of one of them ends the block.

    A stop may have no end: an activity that hears of no cancellation holds it up, and rarely the SDK's core
    waits for ever on a poll that nobody answers any more, with all threads idle. After `stopped_within`
    seconds such a worker is left to the end of the process: what it had taken is tried again elsewhere.
    """
    async with AsyncExitStack() as stack:
        for worker in workers:
            await stack.enter_async_context(_Bounded(worker, stopped_within))
        yield


class _Bounded:
    def __init__(self, worker: Worker, seconds: float) -> None:
        self._worker, self._seconds = worker, seconds

    async def __aenter__(self) -> None:
        await self._worker.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._worker.__aexit__(kind, error, trace)
        except TimeoutError:
            log.warning(
                "worker of %s did not stop in %.0f s; left behind", self._worker.task_queue, self._seconds
            )
