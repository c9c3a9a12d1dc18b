"""The fault harness's own proofs: crashes and stops at the points of a step, and builds broken on purpose."""

from collections.abc import Iterator

import pytest

from tests.faults.__main__ import BROKEN, is_caught
from tests.faults.decisions import decided
from tests.faults.outage import server_away
from tests.faults.random_plans import KEPT_SEEDS, random_plan
from tests.faults.scenarios import (
    POINTS,
    Tally,
    cancelled,
    killed,
    put_away,
    rolled_back_while_stopped,
    stopped,
    used_again,
)
from tests.remediation.contained import need_sandbox


@pytest.fixture(autouse=True)
def _sandbox() -> Iterator[None]:
    need_sandbox()
    yield
    put_away()


def assert_sound(tally: Tally) -> None:
    assert not tally.is_violated, tally.notes


@pytest.mark.proves("E2", "E3")
@pytest.mark.parametrize("point", POINTS)
def test_a_runner_killed_at_any_point_doubles_and_loses_nothing(point: str) -> None:
    assert_sound(killed(point, 2))


@pytest.mark.slow
@pytest.mark.proves("E2")
@pytest.mark.parametrize("step", [1, 3])
@pytest.mark.parametrize("point", POINTS)
def test_the_same_holds_for_the_first_and_the_last_step(point: str, step: int) -> None:
    assert_sound(killed(point, step))


@pytest.mark.proves("E3")
def test_without_a_probe_a_person_is_asked() -> None:
    tally = killed("after_effect", 1, has_probe=False)

    assert_sound(tally)
    assert tally.unknown_shown == 1


@pytest.mark.proves("E4")
@pytest.mark.parametrize("point", ["before_lock", "during"])
def test_a_stopped_runner_that_wakes_up_does_not_act_any_more(point: str) -> None:
    assert_sound(stopped(point, 2))


@pytest.mark.proves("E4")
def test_a_stopped_runner_does_not_act_after_its_step_was_rolled_back() -> None:
    assert_sound(rolled_back_while_stopped())


@pytest.mark.slow
@pytest.mark.proves("E4")
@pytest.mark.parametrize("point", [point for point in POINTS if point not in ("before_lock", "during")])
def test_a_runner_stopped_at_any_other_point_does_not_act_any_more(point: str) -> None:
    assert_sound(stopped(point, 2))


@pytest.mark.proves("E1", "A9")
def test_a_used_order_does_nothing_in_a_new_process() -> None:
    assert_sound(used_again())


@pytest.mark.proves("E5")
def test_a_cancelled_step_that_is_rolled_back_leaves_nothing() -> None:
    assert_sound(cancelled())


@pytest.mark.proves("A4", "A5", "A9")
@pytest.mark.parametrize("seed", range(3))
def test_orders_come_only_from_enough_people_who_may(seed: int) -> None:
    assert_sound(decided(seed=seed))


@pytest.mark.timeout(600)
@pytest.mark.proves("E9", "E11", "R1")
def test_with_the_workflow_server_away_in_the_middle_of_a_plan_each_starts_once_in_order() -> None:
    assert_sound(server_away(10))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.proves("E11")
def test_the_same_holds_for_a_minute() -> None:
    assert_sound(server_away(60))


@pytest.mark.proves("R3")
@pytest.mark.parametrize("seed", [*KEPT_SEEDS, 11])
def test_a_random_plan_under_random_faults_leaves_nothing_wrong(seed: int) -> None:
    assert_sound(random_plan(seed))


@pytest.mark.proves("R3")
@pytest.mark.slow
@pytest.mark.timeout(5400)
def test_two_hundred_random_plans_leave_nothing_wrong() -> None:
    total = Tally(plans=0)
    for seed in range(200):
        total.add(random_plan(seed))

    assert_sound(total)


@pytest.mark.parametrize("build", ["card", "self_approval"])
def test_a_desk_that_is_broken_on_purpose_is_caught(build: str) -> None:
    assert is_caught(build)


@pytest.mark.slow
@pytest.mark.parametrize("build", BROKEN)
def test_the_harness_catches_a_build_that_is_broken_on_purpose(build: str) -> None:
    assert is_caught(build)
