"""On PostgreSQL fronts act side by side: a lost connection, or somebody who was first, loses no act."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cards.model import Reply
from domain.approval.approvals import Verdict
from domain.identity.chat import FileRef, Incoming, IncomingKind
from domain.identity.people import Role
from tests.bot.desk_house import DeskHouse, account_of, place_of, whispered
from tests.domain.builders import a_person
from tests.storage.side_by_side import SECONDS, end_who_waits, nothing_recorded, threads, until_waiting


@pytest.fixture
def house(address: str, tmp_path: Path) -> Iterator[DeskHouse]:
    made = DeskHouse(tmp_path, address=address)
    yield made
    made.database.close()


def _unfinished(house: DeskHouse) -> list[str]:
    with house.transactions.reading() as uow:
        return [act.key for act in uow.inbox.unfinished(house.clock.at.replace(year=2030), 10)]


@pytest.mark.proves("E12", "D3")
def test_a_press_that_loses_its_connection_waits_and_counts_afterwards(
    house: DeskHouse, address: str
) -> None:
    house.change_in_review(needed=1)
    with threads() as begin, nothing_recorded(address):
        pressing = begin(lambda: house.press("ada", house.token("approval.approve"), key="web:once"))
        until_waiting(address, 1)
        end_who_waits(address)
        reply = pressing.result(SECONDS)

    assert isinstance(reply, Reply)
    assert "database" in whispered(reply)
    assert _unfinished(house) == ["web:once"]
    house.press("ada", house.token("approval.approve"), key="web:once")
    assert house.request().verdict is Verdict.APPROVED
    assert _unfinished(house) == []


@pytest.mark.proves("E12")
def test_the_same_sample_dropped_at_two_fronts_at_once_is_one_change_that_both_see(
    house: DeskHouse, address: str, tmp_path: Path
) -> None:
    other = DeskHouse(tmp_path / "other", address=address)
    blob = house.blobs.put(b"trade_id,amount\n1,2\n")

    def drop(at: DeskHouse, person: str) -> Reply:
        return at.act(
            Incoming(
                key=f"web:drop-{person}",
                kind=IncomingKind.UPLOAD,
                account=account_of(person, "web"),
                place=place_of("web", person),
                at=at.clock.at,
                files=(FileRef(name="a.csv", size_bytes=20, blob=blob),),
                message=f"m-{person}",
            )
        )

    house.knows(a_person("sue", Role.STREAM_TEAM), "web")
    other.blobs.put(b"trade_id,amount\n1,2\n")
    with threads() as begin:
        with nothing_recorded(address):
            first = begin(lambda: drop(house, "sam"))
            until_waiting(address, 1)
            second = begin(lambda: drop(other, "sue"))
            until_waiting(address, 2)
        replies = [one.result(SECONDS) for one in (first, second)]
    other.database.close()

    assert [whispered(one) for one in replies if isinstance(one, Reply)] == ["", ""]
    with house.transactions.reading() as uow:
        (change,) = uow.changes.every_open()
        assert len(uow.posting_lookup.about(change.subject)) == 2
