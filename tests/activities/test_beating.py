"""A heart beats while its activity computes, and not a moment longer."""

import contextlib
import threading
from collections.abc import Callable

import pytest
from temporalio.exceptions import CancelledError
from temporalio.testing import ActivityEnvironment

from activities.beating import beating


def test_a_worker_that_is_too_busy_for_one_beat_gets_the_next(caplog: pytest.LogCaptureFixture) -> None:
    tries, beats = list[object](), threading.Event()

    def take(*details: object) -> None:
        tries.append(details)
        if len(tries) == 1:
            raise TimeoutError
        beats.set()

    environment = ActivityEnvironment()
    environment.on_heartbeat = take

    def compute() -> bool:
        with beating(0.01):
            return beats.wait(20)

    assert environment.run(compute)
    assert "too busy" in caplog.text


@pytest.mark.parametrize("end", [ActivityEnvironment.cancel, ActivityEnvironment.worker_shutdown])
def test_a_heart_that_nobody_stops_ends_with_its_activity_or_worker(
    end: Callable[[ActivityEnvironment], None],
) -> None:
    """An exception put into the thread may come before the block is left in an orderly way."""
    environment = ActivityEnvironment()

    heart = beating(0.01)

    def compute() -> None:
        heart.__enter__()
        end(environment)

    with contextlib.suppress(CancelledError):
        environment.run(compute)

    heart._thread.join(20)
    assert not heart._thread.is_alive()
