"""Workers: what each queue runs, with the limits that people's patience sets."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from activities.approving import Approving
from activities.configuring import Configuring
from activities.reviewing import Reviewing
from bot.cards.text import quote
from bot.presenters.sentences import sentence
from domain.policy import Policy
from runtime.settings import Settings
from runtime.wiring.configurator import ChildSampleReader, EngineConfigurator
from runtime.wiring.doors import channel_map
from runtime.wiring.stores import Stores
from workflows import names
from workflows.registry import FRONT_WORKFLOWS, RUNNER

_FRONT_THREADS = 24
_HEAVY_THREADS = 2
# The SDK holds heartbeats back; the stop button needs them at once.
_HEARTBEAT = timedelta(seconds=1)


def front_worker(
    client: Client, settings: Settings, stores: Stores, policy: Callable[[], Policy], wake: Callable[[], None]
) -> Worker:
    """Return the worker of stories and quick side effects."""
    channels = channel_map(settings)
    transactions = stores.transactions
    reviewing = Reviewing(
        stores.host,
        stores.shelf,
        stores.blobs,
        policy=policy,
        channels=channels,
        reading=transactions.reading,
        writing=transactions.writing,
        clock=stores.clock,
        wake=wake,
    )
    approving = Approving(
        policy=policy,
        channels=channels,
        reading=transactions.reading,
        writing=transactions.writing,
        clock=stores.clock,
        wake=wake,
        card=lambda title, text: sentence(title, quote(text)).model_dump_json(),
    )
    return Worker(
        client,
        task_queue=names.FRONT_QUEUE,
        workflows=list(FRONT_WORKFLOWS),
        activities=[
            reviewing.look,
            reviewing.open_review,
            reviewing.merge,
            reviewing.close,
            approving.look_at_request,
            approving.remind,
            approving.expire,
        ],
        workflow_runner=RUNNER,
        activity_executor=ThreadPoolExecutor(_FRONT_THREADS, thread_name_prefix="front"),
        max_concurrent_activities=_FRONT_THREADS,
        max_concurrent_workflow_tasks=20,
        max_cached_workflows=500,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        max_heartbeat_throttle_interval=_HEARTBEAT,
        default_heartbeat_throttle_interval=_HEARTBEAT,
        graceful_shutdown_timeout=timedelta(seconds=10),
    )


def heavy_worker(client: Client, settings: Settings, stores: Stores) -> Worker:
    """Return the worker of what computes."""
    configuring = Configuring(
        ChildSampleReader(),
        EngineConfigurator(stores.shelf, settings.environment),
        stores.blobs,
        reading=stores.transactions.reading,
        writing=stores.transactions.writing,
        clock=stores.clock,
        wake=lambda: None,
    )
    return Worker(
        client,
        task_queue=names.HEAVY_QUEUE,
        activities=[configuring.read_sample, configuring.build],
        activity_executor=ThreadPoolExecutor(_HEAVY_THREADS, thread_name_prefix="heavy"),
        max_concurrent_activities=_HEAVY_THREADS,
        max_heartbeat_throttle_interval=_HEARTBEAT,
        default_heartbeat_throttle_interval=_HEARTBEAT,
        graceful_shutdown_timeout=timedelta(seconds=20),
    )
