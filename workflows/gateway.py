"""The only window to the stories: start or nudge one, with Temporal's errors turned into ours.

Starting twice joins and a nudge only means "look again", so every call may be repeated.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.alerting import AlertRef
from activities.configuring import ChangeRef
from activities.errands import ErrandRef
from activities.incident_clock import IncidentRef
from activities.planning import FixRef
from activities.remembering import LearningRef
from activities.training import TrainingRef
from activities.watching import WatchRef
from domain.errors import NotFound, OutsideTrouble
from domain.stories import StoryCall, StoryKind
from workflows import names
from workflows.alert import AlertWorkflow
from workflows.approval import ApprovalWorkflow
from workflows.errand import ErrandWorkflow
from workflows.incident import IncidentWorkflow
from workflows.learning import LearningWorkflow
from workflows.onboarding import OnboardingWorkflow
from workflows.remediation import RemediationWorkflow
from workflows.training import TrainingWorkflow
from workflows.watch import WatchWorkflow

_CALL = timedelta(seconds=5)


class WorkflowGateway:
    """Delivers calls to stories.

    Args:
        connect: Returns the connected client; called at each delivery, so that a server that is not up
            yet is only away, not fatal.
    """

    def __init__(self, connect: Callable[[], Awaitable[Client]]) -> None:
        self._connect = connect
        # One line for each kind of story: how its subject's story is begun or nudged.
        self._by_kind: Mapping[StoryKind, Callable[[Client, str], Awaitable[None]]] = {
            StoryKind.ONBOARDING: self._onboarding,
            StoryKind.APPROVAL: self._nudge_approval,
            StoryKind.WATCH: self._watch,
            StoryKind.ALERT: self._alert,
            StoryKind.TRAINING: self._training,
            StoryKind.ERRAND: self._errand,
            StoryKind.REMEDIATION: self._remediation,
            StoryKind.INCIDENT: self._incident,
            StoryKind.LEARNING: self._learning,
        }

    async def deliver(self, call: StoryCall) -> None:
        """Start or nudge the story that a call is for.

        Raises:
            OutsideTrouble: Temporal did not take it; try again later.
        """
        deliver = self._by_kind.get(call.kind)
        if deliver is None:
            raise NotFound(f"no story of kind {call.kind}", say="I have no such story.")
        try:
            await deliver(await self._connect(), call.subject_id)
        except (RPCError, RuntimeError, OSError) as error:
            raise OutsideTrouble(
                f"temporal: {type(error).__name__}",
                say="My workflow server is away.",
                next_step="What you did is recorded and goes on as soon as it is back.",
            ) from error

    async def _onboarding(self, client: Client, change: str) -> None:
        story = OnboardingWorkflow.run
        await start_or_nudge(client, story, ChangeRef(id=change), names.onboarding_id(change))

    async def _incident(self, client: Client, incident: str) -> None:
        story = IncidentWorkflow.run
        await start_or_nudge(client, story, IncidentRef(id=incident), names.incident_id(incident))

    async def _remediation(self, client: Client, fix: str) -> None:
        story = RemediationWorkflow.run
        await start_or_nudge(client, story, FixRef(id=fix), names.remediation_id(fix))

    async def _watch(self, client: Client, name: str) -> None:
        await start_or_nudge(client, WatchWorkflow.run, WatchRef(), names.watch_id(name))

    async def _alert(self, client: Client, alert: str) -> None:
        await start_or_nudge(client, AlertWorkflow.run, AlertRef(id=alert), names.alert_id(alert))

    async def _learning(self, client: Client, incident: str) -> None:
        story = LearningWorkflow.run
        await start_or_nudge(client, story, LearningRef(id=incident), names.learning_id(incident))

    async def _training(self, client: Client, model: str) -> None:
        await start_or_nudge(client, TrainingWorkflow.run, TrainingRef(id=model), names.training_id(model))

    async def _errand(self, client: Client, errand: str) -> None:
        await start_or_nudge(client, ErrandWorkflow.run, ErrandRef(id=errand), names.errand_id(errand))

    async def _nudge_approval(self, client: Client, approval: str) -> None:
        handle = client.get_workflow_handle_for(ApprovalWorkflow.run, names.approval_id(approval))
        try:
            await handle.signal(ApprovalWorkflow.nudge, rpc_timeout=_CALL)
        except RPCError as error:
            # No such story: it has ended, or it has not begun and will look at the truth when it does.
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


async def start_or_nudge(
    client: Client, story: Callable[..., Awaitable[Any]], ref: object, story_id: str
) -> None:
    """Begin the story of that id on the front queue, or let the one that runs look again (signal `nudge`)."""
    await client.start_workflow(
        story,
        ref,
        id=story_id,
        task_queue=names.FRONT_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        start_signal="nudge",
        rpc_timeout=_CALL,
    )
