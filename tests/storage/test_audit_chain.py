"""The audit trail: one chain, whole or known not to be, with its place."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from domain.errors import NotFound, OutsideTrouble
from domain.identity.people import Role
from domain.ids import PersonId
from domain.proof.audit import AuditAct, AuditEntry, entry_hash
from remediation.order_keys import Ed25519Ring, Ed25519Signer
from runtime.keys import KeyFolder
from runtime.wiring.stores import transactions_of
from storage.audit.anchors import AnchorFile
from storage.audit.audit_verify import AuditReport, read_anchors, rows_of, verify
from storage.engine import Database
from storage.migrate import migrate
from storage.statements import table_of
from storage.tables.audit import AuditRow
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import NOW, a_person


def _entry(number: int) -> AuditEntry:
    return AuditEntry(
        at=NOW, act=AuditAct.REFUSED, actor="ada", subject=f"change/{number}", facts={"n": str(number)}
    )


def _write(transactions: SqlTransactions, count: int) -> None:
    for number in range(count):
        with transactions.writing() as uow:
            uow.audit.append(_entry(number))


def _as_owner(database: Database, statement: str, **values: object) -> None:
    """Do what the database refuses to everybody, as somebody who owns the table may: the guard goes first."""
    with database.writing() as connection:
        if database.is_sqlite:
            for act in ("update", "delete", "replace"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS audit_entries_no_{act}"))
        else:
            connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
        connection.execute(text(statement), values)


def _write_and_anchor(
    transactions: SqlTransactions, count: int, database: Database, keys: KeyFolder, anchors: Path
) -> Path:
    """Write so many entries, and anchor the last of them in a file that is returned."""
    _write(transactions, count)
    AnchorFile(anchors, keys.signer("audit")).anchor(database, force=True)
    return anchors


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
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_trail_that_is_read_in_several_pages_is_read_to_its_end(
    database: Database, transactions: SqlTransactions, keys: KeyFolder
) -> None:
    many = 1_001
    with transactions.writing() as uow:
        for number in range(many):
            uow.audit.append(_entry(number))

    report = _verified(database, keys)

    assert (report.is_whole, report.entries) == (True, many)


@pytest.mark.proves("L2")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entries SET actor = 'eve' WHERE number = 3",
        "UPDATE audit_entries SET subject = 'change/x' WHERE number = 3",
        "UPDATE audit_entries SET at = at + 1 WHERE number = 3",
        "UPDATE audit_entries SET canonical = replace(canonical, 'ada', 'eve') WHERE number = 3",
        "UPDATE audit_entries SET signature = hash || hash WHERE number = 3",
        "UPDATE audit_entries SET key_id = 'other' WHERE number = 3",
        "UPDATE audit_entries SET number = number + 100 WHERE number = 3",
        "UPDATE audit_entries SET previous = hash WHERE number = 3",
        "DELETE FROM audit_entries WHERE number = 3",
    ],
)
def test_an_edited_entry_is_found_at_its_place(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, change: str
) -> None:
    _write(transactions, 5)

    _as_owner(database, change)
    report = _verified(database, keys)

    assert not report.is_whole
    assert report.at_entry == 3


Rows = list[dict[str, Any]]


def _edited(name: str) -> Callable[[Rows, int], Rows]:
    def edit(rows: Rows, at: int) -> Rows:
        old = rows[at][name]
        if isinstance(old, int):
            new: object = old + 1
        elif isinstance(old, datetime):
            new = old + timedelta(microseconds=1)
        else:
            new = old[:-2] + ("0" if old[-2] != "0" else "1") + old[-1]
        return [*rows[:at], rows[at] | {name: new}, *rows[at + 1 :]]

    return edit


_MUTATIONS: dict[str, Callable[[Rows, int], Rows]] = {
    "spoil signature": lambda rows, at: [*rows[:at], rows[at] | {"signature": "zz"}, *rows[at + 1 :]],
    **{f"edit {column.name}": _edited(column.name) for column in table_of(AuditRow).columns},
    "delete": lambda rows, at: [*rows[:at], *rows[at + 1 :]],
    "delete, renumber": lambda rows, at: [
        row | {"number": number} for number, row in enumerate([*rows[:at], *rows[at + 1 :]], start=1)
    ],
    "insert": lambda rows, at: [*rows[:at], rows[at], *rows[at:]],
    "insert, renumber": lambda rows, at: [
        row | {"number": number} for number, row in enumerate([*rows[:at], rows[at - 1], *rows[at:]], start=1)
    ],
    "swap": lambda rows, at: [*rows[:at], *reversed(rows[at : at + 2]), *rows[at + 2 :]],
    "swap, renumber": lambda rows, at: [
        *rows[:at],
        *(row | {"number": at + n} for n, row in enumerate(reversed(rows[at : at + 2]), start=1)),
        *rows[at + 2 :],
    ],
}


@pytest.mark.proves("L2")
def test_every_mutation_at_every_position_of_a_chain_is_found_at_its_place(tmp_path: Path) -> None:
    keys, database = KeyFolder(tmp_path / "keys"), Database(f"sqlite:///{tmp_path}/chain.db")
    migrate(database)
    _write(transactions_of(database, keys), 5)
    rows, ring = list(rows_of(database)), keys.ring("audit")
    database.close()
    assert verify(rows, [], ring).is_whole

    for name, mutate in _MUTATIONS.items():
        # A tail that was cut off tells nothing by itself: that is what anchors are for.
        last = len(rows) - 1 if name.startswith(("delete", "swap")) else len(rows)
        for at in range(last):
            report = verify(mutate(rows, at), [], ring)
            assert not report.is_whole, (name, at)
            assert report.at_entry in (at + 1, at + 2), (name, at, report.trouble)


@pytest.mark.proves("L2")
@pytest.mark.parametrize(
    "canonical", ["rubbish", "[]", "{}", "null", '{"act": 1}', "[" * 100_000, '{"act":"refused","at":"x"}']
)
def test_an_entry_that_was_written_anew_with_a_hash_that_fits_is_found_whatever_it_holds(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, canonical: str
) -> None:
    _write(transactions, 4)
    before = list(rows_of(database))[1]["hash"]

    forged = entry_hash(before, 3, canonical.encode())
    change = "UPDATE audit_entries SET canonical = :canonical, hash = :hash WHERE number = 3"
    _as_owner(database, change, canonical=canonical, hash=forged)

    report = _verified(database, keys)
    assert report.at_entry == 3
    assert "entry 3 is not signed by a key that I trust" in report.trouble


@pytest.mark.proves("L1", "L2")
def test_nothing_is_recorded_or_done_after_an_entry_that_holds_no_hash_and_that_is_said(
    database: Database, transactions: SqlTransactions, keys: KeyFolder
) -> None:
    _write(transactions, 3)
    _as_owner(database, "UPDATE audit_entries SET hash = 'zz' WHERE number = 3")

    with pytest.raises(OutsideTrouble) as refused:
        _write(transactions, 1)

    assert "was changed from outside" in refused.value.sentence()
    assert _verified(database, keys).at_entry == 3


@pytest.mark.proves("L2")
@pytest.mark.parametrize("column", ["canonical", "hash", "signature", "key_id", "previous", "actor"])
def test_bytes_in_the_place_of_a_text_are_found_and_exported(
    tmp_path: Path, keys: KeyFolder, column: str
) -> None:
    database = Database(f"sqlite:///{tmp_path}/bytes.db")  # PostgreSQL takes none
    migrate(database)
    _write(transactions_of(database, keys), 4)

    _as_owner(database, f"UPDATE audit_entries SET {column} = x'ff00' WHERE number = 3")  # noqa: S608

    report = _verified(database, keys)
    assert (report.is_whole, report.at_entry) == (False, 3)
    database.close()


@pytest.mark.proves("L2")
@pytest.mark.parametrize("number", [0, -5])
def test_an_entry_that_was_put_below_the_first_one_is_found(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, number: int
) -> None:
    _write(transactions, 4)

    _as_owner(
        database,
        "INSERT INTO audit_entries"
        " (number, at, act, actor, subject, canonical, previous, hash, signature, key_id)"
        " SELECT :number, at, act, actor, subject, canonical, previous, 'ab', signature, key_id"
        " FROM audit_entries WHERE number = 1",
        number=number,
    )

    assert f"an entry numbered {number} stands where entry 1 should" in _verified(database, keys).trouble


@pytest.mark.proves("L2")
def test_a_key_that_takes_anothers_place_without_a_word_is_found_although_both_are_trusted(
    database: Database, transactions: SqlTransactions, keys: KeyFolder
) -> None:
    _write(transactions, 3)
    rows = list(rows_of(database))
    leaked = Ed25519Signer("audit-old", bytes(32))
    ours = keys.signer("audit")
    ring = Ed25519Ring({ours.key_id: ours.public_bytes, leaked.key_id: leaked.public_bytes})
    signed = leaked.sign(bytes.fromhex(rows[2]["hash"])).hex()
    rows[2] = rows[2] | {"signature": signed, "key_id": "audit-old"}

    report = verify(rows, [], ring)

    assert report.at_entry == 3
    assert "no entry says that it took its place" in report.trouble


@pytest.mark.proves("L2")
def test_a_key_that_is_new_is_an_entry_of_its_own(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, tmp_path: Path
) -> None:
    _write(transactions, 2)
    former = keys.signer("audit").key_id
    (tmp_path / "keys" / "audit.ed25519").unlink()

    _write(transactions_of(database, keys), 2)

    rows = list(rows_of(database))
    assert [row["act"] for row in rows] == ["refused", "refused", "key_added", "refused", "refused"]
    assert rows[2]["subject"] == f"key/{keys.signer('audit').key_id}"
    assert former in rows[2]["canonical"]
    report = _verified(database, keys)
    assert report.is_whole
    assert len(report.keys) == 2


@pytest.mark.proves("L3")
@pytest.mark.parametrize("cut", ["number > 4", "number > 0"])
def test_a_cut_tail_is_found_through_the_anchor(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, tmp_path: Path, cut: str
) -> None:
    anchors = _write_and_anchor(transactions, 5, database, keys, tmp_path / "anchors.jsonl")

    _as_owner(database, f"DELETE FROM audit_entries WHERE {cut}")  # noqa: S608  two fixed texts
    report = _verified(database, keys, anchors)

    assert "cut off" in report.trouble


@pytest.mark.proves("L3")
def test_a_replaced_trail_is_found_through_the_anchor(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, tmp_path: Path
) -> None:
    anchors = _write_and_anchor(transactions, 3, database, keys, tmp_path / "anchors.jsonl")

    _as_owner(database, "DELETE FROM audit_entries")
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


@pytest.mark.proves("A5", "L1")
def test_a_role_is_taken_away_before_the_trail_is_held_or_after_it_is_let_go(
    database: Database, transactions: SqlTransactions
) -> None:
    with transactions.writing() as uow:
        uow.people.save(a_person("ben", Role.APPROVER))

    def take_away() -> None:
        with transactions.writing() as uow:
            uow.people.save(a_person("ben"))
            uow.audit.append(_entry(1))

    taking = threading.Thread(target=take_away)
    with transactions.writing() as uow:
        uow.audit.hold()
        before = uow.people.get(PersonId("ben")).roles
        taking.start()
        taking.join(0.5)
        came_between = not taking.is_alive()
        after = uow.people.get(PersonId("ben")).roles
        uow.audit.append(_entry(2))
    taking.join()

    assert not came_between
    assert before == after == {Role.APPROVER}
    assert [row["subject"] for row in rows_of(database)] == [_entry(2).subject, _entry(1).subject]


def test_no_act_no_entry(database: Database, transactions: SqlTransactions) -> None:
    def act() -> None:
        with transactions.writing() as uow:
            uow.audit.append(_entry(1))
            uow.people.get(PersonId("nobody"))

    with pytest.raises(NotFound):
        act()

    assert list(rows_of(database)) == []


@pytest.mark.proves("L4")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entries SET actor = 'eve' WHERE number = 2",
        "DELETE FROM audit_entries WHERE number = 2",
        "DELETE FROM audit_entries",
        "REPLACE INTO audit_entries SELECT number, at, act, 'eve', subject, canonical, previous, hash,"
        " signature, key_id FROM audit_entries WHERE number = 2",
        "TRUNCATE audit_entries",
    ],
)
def test_the_database_lets_the_application_neither_change_nor_delete_an_entry(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, change: str
) -> None:
    _write(transactions, 3)

    with pytest.raises((DBAPIError, OutsideTrouble)), database.writing() as connection:
        connection.execute(text(change))

    report = _verified(database, keys)
    assert (report.is_whole, report.entries) == (True, 3)


@pytest.mark.proves("L4")
def test_an_older_database_is_guarded_from_its_next_start_on(database: Database, keys: KeyFolder) -> None:
    with database.engine.begin() as connection:
        SQLModel.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    migrate(database, step_by_step=True)
    _write(transactions_of(database, keys), 2)

    with pytest.raises(DBAPIError), database.writing() as connection:
        connection.execute(text("DELETE FROM audit_entries"))


@pytest.mark.proves("L4")
def test_the_signing_key_is_not_in_the_database(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, tmp_path: Path
) -> None:
    import json

    _write(transactions, 2)
    private = json.loads((tmp_path / "keys" / "audit.ed25519").read_text())["private"]

    assert all(private not in str(row) for row in rows_of(database))
    assert (tmp_path / "keys" / "audit.ed25519").stat().st_mode & 0o077 == 0


@pytest.mark.proves("L3")
@pytest.mark.parametrize("torn", ['{"head": "ab', "{"])
def test_an_anchor_that_was_not_written_to_its_end_keeps_nobody_from_the_others(
    transactions: SqlTransactions, database: Database, keys: KeyFolder, tmp_path: Path, torn: str
) -> None:
    path = _write_and_anchor(transactions, 2, database, keys, tmp_path / "anchors.jsonl")
    with path.open("a") as file:
        file.write(torn)

    again = AnchorFile(path, keys.signer("audit"))
    _write(transactions, 1)
    again.anchor(database, force=True)

    assert [anchor.number for anchor in read_anchors(path)] == [2, 3]
    assert _verified(database, keys, path).is_whole


@pytest.mark.proves("L2", "L3")
def test_what_nobody_wrote_into_a_column_or_an_anchor_is_found_and_stops_no_house(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, tmp_path: Path
) -> None:
    path = _write_and_anchor(transactions, 2, database, keys, tmp_path / "anchors.jsonl")
    whole = path.read_text()
    for spoilt in ("{", "[]", '{"number": "2", "head": 1, "signature": 2, "key_id": 3}'):
        path.write_text(f"{spoilt}\n{whole}")
        AnchorFile(path, keys.signer("audit"))
        assert "line 1 of the anchors" in _verified(database, keys, path).trouble
    path.write_text(whole.replace('"signature": "', '"signature": "zz'))
    assert "anchor of entry 2" in _verified(database, keys, path).trouble
    if not database.is_sqlite:
        return  # a column of PostgreSQL takes nothing but times
    _as_owner(database, "UPDATE audit_entries SET at = 'never' WHERE number = 2")

    assert "can't be read" in _verified(database, keys).trouble


@pytest.mark.proves("K4", "L1")
def test_a_secret_that_somebody_wrote_does_not_enter_the_chain(
    transactions: SqlTransactions, database: Database
) -> None:
    key = "ghp_" + "k3yOfNobody" * 3
    facts = {"reason": f"deploy with {key} failed", "press": f"p:{key}", "n": "1"}
    with transactions.writing() as uow:
        uow.audit.append(_entry(1).model_copy(update={"facts": facts}))

    (row,) = rows_of(database)
    assert "deploy with ••• failed" in row["canonical"]
    assert key in row["canonical"]  # ids are written as they are: people find an act by them
