"""What an activity hears of another one of its story that is under way."""

from temporalio import activity
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.converter import ActivitySerializationContext


async def newest_heartbeat(activity_type: str) -> str:
    """Return what the newest heartbeat of an activity of this story said; empty while there is none.

    Raises:
        ValueError: No process of the house has sealed it.
    """
    info, client = activity.info(), activity.client()
    wanted = DescribeWorkflowExecutionRequest(
        namespace=info.namespace,
        execution=WorkflowExecution(workflow_id=info.workflow_id or "", run_id=info.workflow_run_id or ""),
    )
    described = await client.workflow_service.describe_workflow_execution(wanted)
    for pending in described.pending_activities:
        if pending.activity_type.name == activity_type and pending.heartbeat_details.payloads:
            # Read as an activity reads: without this, anybody's words would pass for the other's.
            context = ActivitySerializationContext(
                namespace=info.namespace,
                activity_id=pending.activity_id,
                activity_type=activity_type,
                activity_task_queue=None,
                workflow_id=info.workflow_id,
                workflow_type=info.workflow_type,
                is_local=False,
            )
            converter = client.data_converter.with_context(context)
            (said,) = await converter.decode(pending.heartbeat_details.payloads, [str])
            return str(said)
    return ""
