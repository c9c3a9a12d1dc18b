"""Calls to stories wait in the database until they arrive; an act whose story is away is late, never lost."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import OutsideTrouble
from domain.ports.transactions import UnitOfWork
from domain.stories import StoryCall, StoryKind
from tests.workflows.house import Desk
from workflows.courier import Courier
from workflows.gateway import WorkflowGateway


class AwayGateway(WorkflowGateway):
    """Fails as often as told, then takes calls."""

    def __init__(self, failures: int, breaks_at: str = "") -> None:
        self.failures, self.breaks_at = failures, breaks_at
        self.taken: list[StoryCall] = []

    async def deliver(self, call: StoryCall) -> None:
        """Take a call, or be away."""
        if self.failures:
            self.failures -= 1
            raise OutsideTrouble("temporal: away", say="Away.")
        if call.subject_id == self.breaks_at:
            raise ValueError("a fault of our own")
        self.taken.append(call)


def _call(desk: Desk, key: str, subject: str) -> None:
    with desk.transactions.writing() as uow:
        uow.stories.add(
            StoryCall(key=key, kind=StoryKind.ONBOARDING, subject_id=subject, at=desk.clock.now())
        )


def _courier(desk: Desk, gateway: WorkflowGateway) -> Courier:
    opening = {"reading": desk.transactions.reading, "writing": desk.transactions.writing}
    return Courier(gateway, clock=desk.clock, **opening)


@pytest.mark.proves("D3", "E11")
async def test_a_call_waits_while_the_server_is_away_and_arrives_once(tmp_path: Path) -> None:
    desk, gateway = Desk(tmp_path), AwayGateway(failures=1)
    courier = _courier(desk, gateway)
    _call(desk, "k1", "c1")

    await courier.carry_once()
    at_first = list(gateway.taken)
    at_once = await courier.carry_once()
    desk.clock.ahead += timedelta(seconds=5)
    await courier.carry_once()

    assert at_first == []
    assert not at_once
    assert [call.subject_id for call in gateway.taken] == ["c1"]
    assert not await courier.carry_once()


async def test_a_call_that_breaks_holds_up_no_other(tmp_path: Path) -> None:
    desk, gateway = Desk(tmp_path), AwayGateway(failures=0, breaks_at="c1")
    _call(desk, "k1", "c1")
    _call(desk, "k2", "c2")

    await _courier(desk, gateway).carry_once()

    assert [call.subject_id for call in gateway.taken] == ["c2"]
    with desk.transactions.reading() as uow:
        later = desk.clock.now() + timedelta(minutes=1)
        assert [call.subject_id for call in uow.stories.due(later, 10)] == ["c1"]


async def test_many_calls_of_one_story_are_one_nudge(tmp_path: Path) -> None:
    desk, gateway = Desk(tmp_path), AwayGateway(failures=0)
    for number in range(6):
        _call(desk, f"k{number}", "c1")
    _call(desk, "other", "c2")

    await _courier(desk, gateway).carry_once()

    assert sorted(call.subject_id for call in gateway.taken) == ["c1", "c2"]


async def test_a_call_that_can_t_be_let_go_of_is_not_delivered_again_and_again(tmp_path: Path) -> None:
    desk, gateway = Desk(tmp_path), AwayGateway(failures=0)
    is_full = [True]

    @contextlib.contextmanager
    def writing() -> Iterator[UnitOfWork]:
        if is_full[0]:
            raise OutsideTrouble("database: no room", say="The disk is full.")
        with desk.transactions.writing() as uow:
            yield uow

    courier = Courier(gateway, reading=desk.transactions.reading, writing=writing, clock=desk.clock)
    _call(desk, "k1", "c1")
    for _ in range(3):
        with pytest.raises(OutsideTrouble):
            await courier.carry_once()
    _call(desk, "k2", "c1")
    is_full[0] = False
    await courier.carry_once()

    assert [call.key for call in gateway.taken] == ["k1", "k2"]
    assert not await courier.carry_once()


class SpokenOverGateway(AwayGateway):
    """While it takes the first call, the same is written once more: what was read by then is older."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(failures=0)
        self._desk = desk

    async def deliver(self, call: StoryCall) -> None:
        """Take a call."""
        await super().deliver(call)
        if len(self.taken) == 1:
            self._desk.clock.ahead += timedelta(milliseconds=3)
            _call(self._desk, call.key, call.subject_id)


async def test_a_call_written_again_while_it_is_on_its_way_is_delivered_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    gateway = SpokenOverGateway(desk)
    courier = _courier(desk, gateway)
    _call(desk, "watch/main#1", "main")

    await courier.carry_once()
    await courier.carry_once()

    assert [call.key for call in gateway.taken] == ["watch/main#1", "watch/main#1"]
    assert not await courier.carry_once()


async def test_a_call_written_again_before_it_is_on_its_way_is_delivered_once(tmp_path: Path) -> None:
    desk, gateway = Desk(tmp_path), AwayGateway(failures=0)
    for _ in range(3):
        _call(desk, "watch/main#1", "main")
        desk.clock.ahead += timedelta(milliseconds=3)

    await _courier(desk, gateway).carry_once()

    assert len(gateway.taken) == 1
    assert not await _courier(desk, gateway).carry_once()


async def test_a_call_put_off_is_not_due_sooner_for_being_written_again(tmp_path: Path) -> None:
    desk, gateway = Desk(tmp_path), AwayGateway(failures=1)
    courier = _courier(desk, gateway)
    _call(desk, "watch/main#1", "main")
    await courier.carry_once()
    _call(desk, "watch/main#1", "main")

    assert not await courier.carry_once()
