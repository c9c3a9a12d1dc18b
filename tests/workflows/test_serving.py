"""The stop of a worker has an end, whatever holds it up."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

from runtime.wiring.serving import serving
from tests.workflows.house import server

BEGUN, MAY_END = threading.Event(), threading.Event()


@activity.defn
def deaf() -> None:
    """Hear of no cancellation."""
    BEGUN.set()
    while not MAY_END.wait(1):
        pass


@workflow.defn(sandboxed=False)
class DeafWorkflow:
    """Waits for an activity that does not end."""

    @workflow.run
    async def run(self) -> None:
        """Wait."""
        await workflow.execute_activity(deaf, start_to_close_timeout=timedelta(minutes=5))


def _worker(client: Client, pool: ThreadPoolExecutor) -> Worker:
    return Worker(
        client, task_queue="deaf", workflows=[DeafWorkflow], activities=[deaf], activity_executor=pool
    )


async def test_a_worker_that_something_holds_up_is_left_behind() -> None:
    with ThreadPoolExecutor(1) as pool:
        try:
            async with (
                server() as environment,
                serving(_worker(environment.client, pool), stopped_within=0.5),
            ):
                await environment.client.start_workflow(DeafWorkflow.run, id="deaf", task_queue="deaf")
                assert await asyncio.to_thread(BEGUN.wait, 60)
            assert not MAY_END.is_set(), "it ended before the activity did"
        finally:
            MAY_END.set()
