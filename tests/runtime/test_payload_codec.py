"""What stands in the workflow server counts only when one of our processes has sealed it."""

import asyncio
from datetime import timedelta

import pytest
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError
from temporalio.worker import Worker

from activities.heartbeats import newest_heartbeat
from runtime.payload_codec import sealed_converter
from tests.waiting import until
from tests.workflows.house import server

_taken: list[str] = []
_runs, _was_told = asyncio.Event(), asyncio.Event()


@activity.defn
async def take(words: str) -> str:
    """Take what it is given."""
    _taken.append(words)
    return words


@activity.defn
async def hear() -> list[str]:
    """Return what is heard of this one after a heartbeat of its own, and after one of somebody else."""
    activity.heartbeat("sealed")
    heard = await until(lambda: newest_heartbeat("hear"))
    _runs.set()
    await _was_told.wait()
    try:
        return [heard, await newest_heartbeat("hear")]
    except ValueError:
        return [heard, "refused"]


@workflow.defn(sandboxed=False)
class Hears:
    """Hears of its own activity."""

    @workflow.run
    async def run(self) -> list[str]:
        """Return what was heard."""
        return await workflow.execute_activity(hear, start_to_close_timeout=timedelta(seconds=60))


@workflow.defn(sandboxed=False)
class Asks:
    """Asks for the activity on the queue `ours`."""

    @workflow.run
    async def run(self, words: str) -> str:
        """Return its answer."""
        return await workflow.execute_activity(
            take,
            words,
            task_queue="ours",
            schedule_to_close_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


@pytest.mark.proves("E1", "K2")
async def test_an_activity_takes_and_hears_only_what_a_process_of_the_house_has_sealed() -> None:
    async with server() as running:
        stranger = running.client
        ours = await Client.connect(
            stranger.service_client.config.target_host,
            namespace=stranger.namespace,
            data_converter=sealed_converter({"k1": b"k" * 32}, "k1"),
        )
        async with (
            Worker(ours, task_queue="ours", workflows=[Asks, Hears], activities=[take, hear]),
            Worker(stranger, task_queue="theirs", workflows=[Asks]),
        ):
            with pytest.raises(WorkflowFailureError) as refused:
                await stranger.execute_workflow(Asks.run, "forged", id="theirs", task_queue="theirs")
            answer = await ours.execute_workflow(Asks.run, "sealed", id="ours", task_queue="ours")
            hearing = await ours.start_workflow(Hears.run, id="hears", task_queue="ours")
            await asyncio.wait_for(_runs.wait(), 60)
            pending = stranger.get_async_activity_handle(workflow_id="hears", run_id=None, activity_id="1")
            await pending.heartbeat("forged")
            _was_told.set()
            heard = await hearing.result()

    assert isinstance(refused.value.cause, ActivityError)
    assert (answer, _taken) == ("sealed", ["sealed"])
    assert heard == ["sealed", "refused"]
