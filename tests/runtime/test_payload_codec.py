"""What stands in the workflow server counts only when one of our processes has sealed it."""

from datetime import timedelta

import pytest
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError
from temporalio.worker import Worker

from runtime.payload_codec import sealed_converter
from tests.workflows.house import server

_taken: list[str] = []


@activity.defn
async def take(words: str) -> str:
    """Take what it is given."""
    _taken.append(words)
    return words


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
async def test_an_activity_takes_only_what_a_process_of_the_house_has_sealed() -> None:
    async with server() as running:
        stranger = running.client
        ours = await Client.connect(
            stranger.service_client.config.target_host,
            namespace=stranger.namespace,
            data_converter=sealed_converter({"k1": b"k" * 32}, "k1"),
        )
        async with (
            Worker(ours, task_queue="ours", workflows=[Asks], activities=[take]),
            Worker(stranger, task_queue="theirs", workflows=[Asks]),
        ):
            with pytest.raises(WorkflowFailureError) as refused:
                await stranger.execute_workflow(Asks.run, "forged", id="theirs", task_queue="theirs")
            answer = await ours.execute_workflow(Asks.run, "sealed", id="ours", task_queue="ours")

    assert isinstance(refused.value.cause, ActivityError)
    assert (answer, _taken) == ("sealed", ["sealed"])
