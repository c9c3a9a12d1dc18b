"""A heart beats while its activity computes, and not a moment longer."""

import contextlib
import dataclasses
import threading
from collections.abc import Callable

import pytest
from temporalio.exceptions import CancelledError
from temporalio.testing import ActivityEnvironment

from activities import policies
from activities.beating import beating
from domain.errors import OutsideTrouble


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


def _told_by(environment: ActivityEnvironment, compute: Callable[[], object]) -> list[int]:
    told: list[int] = []
    environment.on_heartbeat = lambda *details: told.extend(details)
    with contextlib.suppress(OutsideTrouble):
        environment.run(compute)
    return told


def test_a_try_that_ends_is_taken_back_and_one_that_is_cut_short_stays_counted() -> None:
    @beating(60)
    def away() -> None:
        raise OutsideTrouble("away", say="Away.")

    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=99, heartbeat_details=[3])

    told = _told_by(environment, away)

    assert told == [4, 3], "a worker that dies in between leaves four behind"


@pytest.mark.parametrize(
    ("cut_short", "is_too_often"), [([], False), ([3], False), ([20], True), (["9 s"], False)]
)
def test_outages_are_no_tries(cut_short: list[object], is_too_often: bool) -> None:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=500, heartbeat_details=cut_short)

    assert environment.run(policies.was_begun_too_often) is is_too_often
