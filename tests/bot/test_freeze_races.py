"""On PostgreSQL acts run side by side: a freeze meets another freeze, a run that ends, a plan that starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from activities.ordering import GateAnswer
from activities.planning import FixRef
from bot.cards.model import Reply
from domain.acts.fix_moves import keep_fix
from domain.remediation.fixes import FixState
from tests.bot.desk_house import whispered
from tests.bot.mending import Mending
from tests.storage.side_by_side import SECONDS, nothing_recorded, threads, until_waiting


@pytest.fixture
def house(address: str, tmp_path: Path) -> Iterator[Mending]:
    with _house(tmp_path, address) as made:
        yield made


@contextmanager
def _house(folder: Path, address: str) -> Iterator[Mending]:
    made = Mending(folder, address=address)
    yield made
    made.database.close()


def _approved(house: Mending) -> FixRef:
    fix = house.asked()
    for person in ("ada", "jo"):
        house.vote(person)
    assert house.fix().state is FixState.APPROVED
    return FixRef(id=fix.id)


@pytest.mark.proves("A13")
def test_two_freezes_at_once_are_one_that_is_lifted_by_two(
    house: Mending, address: str, tmp_path: Path
) -> None:
    with _house(tmp_path / "other", address) as other, threads() as begin:
        with nothing_recorded(address):
            first = begin(lambda: house.say("ada", "freeze quarter end"))
            until_waiting(address, 1)
            second = begin(lambda: other.say("jo", "freeze the books are open"))
            until_waiting(address, 2)
        answers = [one.result(SECONDS) for one in (first, second)]
    refused = [whispered(answer) for answer in answers if isinstance(answer, Reply) and answer.whispers]

    house.say("ada", "freeze lift")
    house.say("max", "freeze lift")

    assert [said for said in refused if "frozen already" in said] == refused != []
    with house.transactions.reading() as uow:
        assert uow.guards.freeze() is None


@pytest.mark.proves("A13")
def test_a_run_that_ends_while_a_freeze_is_declared_stays_over(house: Mending, address: str) -> None:
    ref = _approved(house)
    house.ordering.pass_gate(ref)
    with threads() as begin:
        with house.transactions.writing() as uow:
            running = uow.fixes.get(house.fix().id)
            keep_fix(uow, running.model_copy(update={"state": FixState.VERIFIED}), house.clock.at)
            freezing = begin(lambda: house.say("ada", "freeze quarter end"))
            until_waiting(address, 1)
        freezing.result(SECONDS)

    assert house.fix().state is FixState.VERIFIED
    assert any("None is running." in said for said in house.said_to_all())


@pytest.mark.proves("A13")
def test_a_plan_that_starts_while_a_freeze_is_declared_is_stopped_and_counted(
    house: Mending, address: str
) -> None:
    ref = _approved(house)
    with threads() as begin:
        with nothing_recorded(address):
            starting = begin(lambda: house.ordering.pass_gate(ref))
            until_waiting(address, 1)
            freezing = begin(lambda: house.say("ada", "freeze quarter end"))
            until_waiting(address, 2)
        gate = starting.result(SECONDS)
        freezing.result(SECONDS)

    assert isinstance(gate, GateAnswer)
    assert gate.parcel is not None, "the order was signed before the freeze"
    assert house.fix().stop_wished_by == "ada"
    assert any("1 run is being stopped" in said for said in house.said_to_all())


@pytest.mark.proves("A13")
def test_a_plan_that_would_start_after_a_freeze_was_declared_waits(house: Mending, address: str) -> None:
    ref = _approved(house)
    with threads() as begin:
        with nothing_recorded(address):
            freezing = begin(lambda: house.say("ada", "freeze quarter end"))
            until_waiting(address, 1)
            starting = begin(lambda: house.ordering.pass_gate(ref))
            until_waiting(address, 2)
        freezing.result(SECONDS)
        gate = starting.result(SECONDS)

    assert isinstance(gate, GateAnswer)
    assert gate.parcel is None
    assert house.fix().state is FixState.APPROVED
    assert "Frozen since" in house.fix().sentence


@pytest.mark.proves("E9")
def test_a_plan_and_an_override_at_the_gate_at_once_do_not_both_get_their_target(
    house: Mending, address: str
) -> None:
    ref = _approved(house)
    house.clock.at += timedelta(minutes=1)
    second = house.asked()
    assert second.id != ref.id
    reason = {"reason": "it burns and nobody answers"}
    house.fill("erin", "fix.break_because", second.subject, reason, revision=str(second.revision))
    other = FixRef(id=second.id)
    with threads() as begin:
        with nothing_recorded(address):
            first = begin(lambda: house.ordering.pass_gate(ref))
            until_waiting(address, 1)
            after = begin(lambda: house.ordering.pass_gate(other))
            until_waiting(address, 2)
        gates = [one.result(SECONDS) for one in (first, after)]

    assert [isinstance(gate, GateAnswer) and gate.parcel is not None for gate in gates] == [True, False]
