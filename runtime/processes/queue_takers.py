"""Whether somebody takes the work of a queue: the workflow server remembers who asked it, and when."""

import time

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

_ASKED_WITHIN_SECONDS = 150.0
"""A worker that has nothing to do asks once a minute; one that is stopped or gone is remembered for five."""


async def is_taken(client: Client, queue: str) -> bool:
    """Return whether a worker asked for activities of a queue of late."""
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        )
    )
    now = time.time()
    return any(now - one.last_access_time.seconds < _ASKED_WITHIN_SECONDS for one in answer.pollers)
