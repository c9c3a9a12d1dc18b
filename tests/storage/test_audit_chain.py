"""The audit trail: one chain, whole or known not to be, with its place."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.audit import AuditAct, AuditEntry
from domain.errors import NotFound
from domain.ids import PersonId
from runtime.keys import KeyFolder
from storage.anchors import AnchorFile
from storage.audit_verify import AuditReport, read_anchors, rows_of, verify
from storage.engine import Database
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import NOW


def _entry(number: int) -> AuditEntry:
    return AuditEntry(
        at=NOW, act=AuditAct.REFUSED, actor="ada", subject=f"change/{number}", facts={"n": str(number)}
    )


def _write(transactions: SqlTransactions, count: int) -> None:
    for number in range(count):
        with transactions.writing() as uow:
            uow.audit.append(_entry(number))


def _verified(database: Database, keys: KeyFolder, anchors: Path | None = None) -> AuditReport:
    return verify(rows_of(database), read_anchors(anchors) if anchors else [], keys.ring("audit"))


def test_an_untouched_trail_is_whole(
    database: Database, transactions: SqlTransactions, keys: KeyFolder
) -> None:
    _write(transactions, 5)

    report = _verified(database, keys)

    assert report.is_whole
    assert report.entries == 5


@pytest.mark.proves("L2")
@pytest.mark.parametrize("position", [1, 3, 5])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entries SET actor = 'eve' WHERE number = :n",
        "UPDATE audit_entries SET subject = 'change/x' WHERE number = :n",
        "UPDATE audit_entries SET at = at + 1 WHERE number = :n",
        "UPDATE audit_entries SET canonical = replace(canonical, 'ada', 'eve') WHERE number = :n",
        "UPDATE audit_entries SET signature = hash || hash WHERE number = :n",
        "UPDATE audit_entries SET key_id = 'other' WHERE number = :n",
        "UPDATE audit_entries SET number = number + 100 WHERE number = :n",
        "UPDATE audit_entries SET previous = hash WHERE number = :n",
    ],
)
def test_an_edited_entry_is_found_at_its_place(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, change: str, position: int
) -> None:
    _write(transactions, 5)

    with database.writing() as connection:
        connection.execute(text(change), {"n": position})
    report = _verified(database, keys)

    assert not report.is_whole
    assert report.at_entry == position


@pytest.mark.proves("L2")
@pytest.mark.parametrize("position", [1, 3])
def test_a_deleted_entry_is_found(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, position: int
) -> None:
    _write(transactions, 5)

    with database.writing() as connection:
        connection.execute(text("DELETE FROM audit_entries WHERE number = :n"), {"n": position})

    assert _verified(database, keys).at_entry == position


@pytest.mark.proves("L3")
@pytest.mark.parametrize("cut", ["number > 3", "number > 0"])
def test_a_cut_tail_is_found_through_the_anchor(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, tmp_path: Path, cut: str
) -> None:
    anchors = tmp_path / "anchors.jsonl"
    _write(transactions, 5)
    AnchorFile(anchors, keys.signer("audit")).anchor(database, force=True)

    with database.writing() as connection:
        connection.execute(text(f"DELETE FROM audit_entries WHERE {cut}"))  # noqa: S608  two fixed texts
    report = _verified(database, keys, anchors)

    assert "cut off" in report.trouble


@pytest.mark.proves("L3")
def test_a_replaced_trail_is_found_through_the_anchor(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, tmp_path: Path
) -> None:
    anchors = tmp_path / "anchors.jsonl"
    _write(transactions, 3)
    AnchorFile(anchors, keys.signer("audit")).anchor(database, force=True)

    with database.writing() as connection:
        connection.execute(text("DELETE FROM audit_entries"))
    for number in range(10, 15):
        with transactions.writing() as uow:
            uow.audit.append(_entry(number))
    report = _verified(database, keys, anchors)

    assert "replaced" in report.trouble


@pytest.mark.proves("L2")
def test_eight_writers_make_one_chain_without_gaps(
    database: Database, transactions: SqlTransactions, keys: KeyFolder
) -> None:
    writers = [threading.Thread(target=_write, args=(transactions, 6)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    report = _verified(database, keys)

    assert report.is_whole
    assert report.entries == 48


@pytest.mark.proves("L1")
def test_no_entry_no_act(database: Database, transactions: SqlTransactions) -> None:
    def act() -> None:
        with transactions.writing() as uow:
            uow.audit.append(_entry(1))
            uow.people.get(PersonId("nobody"))

    with pytest.raises(NotFound):
        act()

    assert list(rows_of(database)) == []


@pytest.mark.proves("L4")
def test_the_signing_key_is_not_in_the_database(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, tmp_path: Path
) -> None:
    import json

    _write(transactions, 2)
    private = json.loads((tmp_path / "keys" / "audit.ed25519").read_text())["private"]

    assert all(private not in str(row) for row in rows_of(database))
    assert (tmp_path / "keys" / "audit.ed25519").stat().st_mode & 0o077 == 0
