"""Named timeouts and retries: every activity call says which of these it is, never numbers of its own."""

from datetime import timedelta
from typing import Any, TypedDict

from temporalio import activity
from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType

_FORESEEN = ["BadInput", "NotAllowed", "NotFound", "NotNow", "Conflict"]


class Policy(TypedDict, total=False):
    """Keyword arguments of `execute_activity_method`."""

    start_to_close_timeout: timedelta
    schedule_to_start_timeout: timedelta
    heartbeat_timeout: timedelta
    retry_policy: RetryPolicy
    task_queue: str
    cancellation_type: ActivityCancellationType


def _retries(first_seconds: float, factor: float, attempts: int, longest_seconds: float = 30) -> RetryPolicy:
    return RetryPolicy(
        initial_interval=timedelta(seconds=first_seconds),
        backoff_coefficient=factor,
        maximum_attempts=attempts,
        maximum_interval=timedelta(seconds=longest_seconds),
        non_retryable_error_types=_FORESEEN,
    )


# A database that is away for a minute must not end a story: its reminders and calls would be lost with it.
READ: Policy = {"start_to_close_timeout": timedelta(seconds=30), "retry_policy": _retries(0.5, 2, 0, 10)}
WRITE_TRUTH: Policy = {"start_to_close_timeout": timedelta(seconds=30), "retry_policy": _retries(0.5, 2, 0)}
# A host that is away for a night must not end a story: it is tried until it is back.
CALL_HOST: Policy = {"start_to_close_timeout": timedelta(minutes=2), "retry_policy": _retries(2, 2, 0, 60)}
# A late sweep is worthless: the next one is due.
SWEEP: Policy = {
    "start_to_close_timeout": timedelta(minutes=5),
    "heartbeat_timeout": timedelta(seconds=20),
    "retry_policy": _retries(0.5, 2, 3, 2),
}
# Thirty days of ten thousand feeds take about a minute to count.
REVIEW: Policy = {"start_to_close_timeout": timedelta(minutes=5), "retry_policy": _retries(0.5, 2, 3, 2)}
LEARN: Policy = {
    "start_to_close_timeout": timedelta(minutes=45),
    "heartbeat_timeout": timedelta(minutes=10),
    "retry_policy": _retries(5, 2, 6),
}
ERRAND_TRIES = 3
"""From this try on it answers in words, whatever happened: nobody waits for an errand that only the log
knows of. An answer that can't be kept, because the database is away, is tried on."""
ERRAND: Policy = {
    "start_to_close_timeout": timedelta(minutes=45),
    # Half a million rows compared on a busy machine hold up the heart for half a second.
    "heartbeat_timeout": timedelta(seconds=30),
    "retry_policy": _retries(2, 2, 0),
}
HOST_PATIENCE = timedelta(hours=12)
"""So long a host that refuses is asked again: who renews a token or mends a check may come next morning."""
WORTH_A_WORD = 3
"""From this try on a host that does not answer stands on the card."""
_MOST_TRIES = 20
SAMPLE_TRIES = 4
"""From this try on a fault of our own is told to the person; what is only away is waited for."""
READ_SAMPLE: Policy = {
    "start_to_close_timeout": timedelta(minutes=15),
    "heartbeat_timeout": timedelta(seconds=20),
    "retry_policy": _retries(0.5, 2, 0),
}

# People wait for the answer: a dead worker is noticed soon, and a busy one not taken for dead.
DIAGNOSE: Policy = {
    "start_to_close_timeout": timedelta(minutes=5),
    "heartbeat_timeout": timedelta(seconds=20),
    "retry_policy": _retries(0.5, 2, 5),
}

# A dry run that nobody takes is worthless after a while, and the person waits.
ASK_RUNNER: Policy = {
    "start_to_close_timeout": timedelta(minutes=15),
    "schedule_to_start_timeout": timedelta(seconds=120),
    "heartbeat_timeout": timedelta(seconds=20),
    "retry_policy": _retries(1, 2, 3),
}
# Once, never repeated by the server: what a lost try did is found out, not done again. A runner that is
# taken for dead ends its step, so a workflow server that starts again must not make it look dead.
CHANGE_SYSTEM: Policy = {
    "start_to_close_timeout": timedelta(hours=30),
    "heartbeat_timeout": timedelta(seconds=20),
    "retry_policy": _retries(1, 1, 1),
    "cancellation_type": ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
}
FOLLOW: Policy = {
    "start_to_close_timeout": timedelta(hours=30),
    "heartbeat_timeout": timedelta(seconds=30),
    "retry_policy": _retries(1, 2, 0),
    "cancellation_type": ActivityCancellationType.TRY_CANCEL,
}


def attempt() -> int:
    """Return which try of the activity this is; the first one outside of activities."""
    return activity.info().attempt if activity.in_activity() else 1


def tries_cut_short() -> int:
    """Return how many earlier tries began to compute and never came to an end: their worker died.

    Heartbeats carry the number from try to try (see `beating`). A try that ended with an error, because a
    database or a host is away, says nothing against the work.
    """
    details = activity.info().heartbeat_details if activity.in_activity() else ()
    return details[0] if details and isinstance(details[0], int) else 0


def was_begun_too_often() -> bool:
    """Return whether it is time to say so instead: what kills its worker never comes to its last try."""
    return tries_cut_short() >= _MOST_TRIES


def on(queue: str, policy: Policy) -> Any:  # Any: temporalio's overloads don't take a TypedDict whole
    """Return a policy bound to a task queue."""
    return {**policy, "task_queue": queue}
