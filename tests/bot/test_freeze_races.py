"""On PostgreSQL acts run side by side: a freeze meets another freeze, a run that ends, a plan that starts."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from activities.ordering import GateAnswer
from activities.planning import FixRef
from bot.cards.model import Reply
from domain.fix_moves import keep_fix
from domain.fixes import FixState
from storage.engine import _AUDIT_LOCK
from tests.bot.desk_house import whispered
from tests.bot.mending import Mending
from tests.counterparts.postgres import create_database, postgres_server

_SECONDS = 60


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server() as running:
        yield running


@pytest.fixture
def address(server: str, request: pytest.FixtureRequest) -> str:
    return create_database(server, f"freeze{abs(hash(request.node.name)) % 10**9}")


@pytest.fixture
def house(address: str, tmp_path: Path) -> Iterator[Mending]:
    with _house(tmp_path, address) as made:
        yield made


@contextmanager
def _house(folder: Path, address: str) -> Iterator[Mending]:
    made = Mending(folder, address=address)
    yield made
    made.database.close()


@contextmanager
def _threads() -> Iterator[Callable[[Callable[[], object]], Future[object]]]:
    with ThreadPoolExecutor(2) as pool:
        yield pool.submit


def _until_waiting(address: str, number: int) -> None:
    """Wait until so many transactions wait for a lock that another one holds."""
    end = time.monotonic() + _SECONDS
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as truth:
        question = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
        while truth.execute(question).fetchone() != (number,):
            assert time.monotonic() < end, f"never {number} of them waited"
            time.sleep(0.01)


@contextmanager
def _nothing_recorded(address: str) -> Iterator[None]:
    """Hold up everything at its entry in the audit trail, which comes after what it read."""
    with psycopg.connect(address.replace("+psycopg", "")) as held:
        held.execute("SELECT pg_advisory_xact_lock(%s)", [_AUDIT_LOCK])
        yield


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
    with _house(tmp_path / "other", address) as other, _threads() as begin:
        with _nothing_recorded(address):
            first = begin(lambda: house.say("ada", "freeze quarter end"))
            _until_waiting(address, 1)
            second = begin(lambda: other.say("jo", "freeze the books are open"))
            _until_waiting(address, 2)
        answers = [one.result(_SECONDS) for one in (first, second)]
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
    with _threads() as begin:
        with house.transactions.writing() as uow:
            running = uow.fixes.get(house.fix().id)
            keep_fix(uow, running.model_copy(update={"state": FixState.VERIFIED}), house.clock.at)
            freezing = begin(lambda: house.say("ada", "freeze quarter end"))
            _until_waiting(address, 1)
        freezing.result(_SECONDS)

    assert house.fix().state is FixState.VERIFIED
    assert any("0 runs are being stopped" in said for said in house.said_to_all())


@pytest.mark.proves("A13")
def test_a_plan_that_starts_while_a_freeze_is_declared_is_stopped_and_counted(
    house: Mending, address: str
) -> None:
    ref = _approved(house)
    with _threads() as begin:
        with _nothing_recorded(address):
            starting = begin(lambda: house.ordering.pass_gate(ref))
            _until_waiting(address, 1)
            freezing = begin(lambda: house.say("ada", "freeze quarter end"))
            _until_waiting(address, 2)
        gate = starting.result(_SECONDS)
        freezing.result(_SECONDS)

    assert isinstance(gate, GateAnswer)
    assert gate.parcel is not None, "the order was signed before the freeze"
    assert house.fix().stop_wished_by == "ada"
    assert any("1 run is being stopped" in said for said in house.said_to_all())


@pytest.mark.proves("A13")
def test_a_plan_that_would_start_after_a_freeze_was_declared_waits(house: Mending, address: str) -> None:
    ref = _approved(house)
    with _threads() as begin:
        with _nothing_recorded(address):
            freezing = begin(lambda: house.say("ada", "freeze quarter end"))
            _until_waiting(address, 1)
            starting = begin(lambda: house.ordering.pass_gate(ref))
            _until_waiting(address, 2)
        freezing.result(_SECONDS)
        gate = starting.result(_SECONDS)

    assert isinstance(gate, GateAnswer)
    assert gate.parcel is None
    assert house.fix().state is FixState.APPROVED
    assert "Frozen since" in house.fix().sentence
