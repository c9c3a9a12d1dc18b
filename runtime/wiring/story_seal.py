"""Tell whether what the workflow server holds was sealed with a key that we don't have."""

from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client
from temporalio.converter import WithSerializationContext, WorkflowSerializationContext
from temporalio.service import RPCError

from workflows import names

REMEDY = (
    "put keys/temporal-payloads.secret back from the copy of the keys folder, and start every process again."
    " Without a copy: stop Dogwatch, move the files temporal-*.db* out of the data folder (with a cluster:"
    " set temporal.namespace to a new one), and start; every story begins again from the database, and no"
    " step runs twice"
)
_CALL = timedelta(seconds=5)


async def sealed_elsewhere(client: Client) -> str:
    """Return the run of the watch whose input none of our keys opens; empty where all is well.

    A server that is away, or has no watch yet, says nothing against our keys.
    """
    story = names.watch_id("main")
    asked = GetWorkflowExecutionHistoryRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=story), maximum_page_size=1
    )
    try:
        told = await client.workflow_service.get_workflow_execution_history(asked, timeout=_CALL)
    except RPCError:
        return ""
    codec = client.data_converter.payload_codec
    if not told.history.events or not isinstance(codec, WithSerializationContext):
        return ""
    began = told.history.events[0].workflow_execution_started_event_attributes
    context = WorkflowSerializationContext(namespace=client.namespace, workflow_id=story)
    try:
        await codec.with_context(context).decode(began.input.payloads)
    except ValueError:
        return began.original_execution_run_id
    return ""
