"""Workers: what each queue runs, with the limits that people's patience sets."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from domain.approval.policy import Policy
from runtime.settings.house import Settings
from runtime.wiring.crews import Activity, front_activities, heavy_activities
from runtime.wiring.doors import channel_map
from runtime.wiring.policy_file import PolicyFile
from runtime.wiring.site import Site
from runtime.wiring.stores import Stores
from runtime.wiring.watch import watching_crew
from workflows import names
from workflows.registry import FRONT_WORKFLOWS, RUNNER

_FRONT_THREADS = 24
_HEAVY_THREADS = 2
# What was seen before is kept between sweeps, so there is one at a time.
_SWEEP_THREADS = 1
# The SDK holds heartbeats back; the stop button needs them at once.
_HEARTBEAT = timedelta(seconds=1)


def front_worker(
    client: Client, settings: Settings, stores: Stores, policy: Callable[[], Policy], wake: Callable[[], None]
) -> Worker:
    """Return the worker of stories and quick side effects."""
    site = Site(settings, stores, policy, channel_map(settings), wake)
    return Worker(
        client,
        task_queue=names.FRONT_QUEUE,
        workflows=list(FRONT_WORKFLOWS),
        activities=front_activities(site),
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


def heavy_workers(client: Client, settings: Settings, stores: Stores) -> Sequence[Worker]:
    """Return the workers of what computes; sweeps wait for no training or import, and hold none up."""
    site = Site(settings, stores, PolicyFile(settings), channel_map(settings), lambda: None)
    watch = settings.watch
    compares = bool(watch.reconciliations or watch.databases)
    # A comparison mostly waits for two databases: it takes no place of what computes.
    threads = _HEAVY_THREADS + (watch.reconcile_at_once if compares else 0)
    sweeps = watching_crew(site)
    # A sweep that was begun before sweeps had a queue of their own still waits in the other one.
    heavy = [*heavy_activities(site), *sweeps]
    return (
        _computing(client, names.HEAVY_QUEUE, heavy, threads),
        _computing(client, names.SWEEP_QUEUE, sweeps, _SWEEP_THREADS),
    )


def _computing(client: Client, queue: str, activities: Sequence[Activity], threads: int) -> Worker:
    return Worker(
        client,
        task_queue=queue,
        activities=list(activities),
        activity_executor=ThreadPoolExecutor(threads, thread_name_prefix=queue),
        max_concurrent_activities=threads,
        max_heartbeat_throttle_interval=_HEARTBEAT,
        default_heartbeat_throttle_interval=_HEARTBEAT,
        graceful_shutdown_timeout=timedelta(seconds=20),
    )
