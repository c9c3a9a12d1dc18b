"""A snapshot holds the database of one moment, on SQLite and PostgreSQL, and fills an empty one whole."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.errors import BadInput, OutsideTrouble
from domain.proof.audit import AuditAct, AuditEntry
from runtime.keys import KeyFolder
from storage.audit.audit_verify import rows_of, verify
from storage.engine import Database
from storage.snapshots import put_back, refuse_filled, take_snapshot
from storage.unit_of_work import SqlTransactions

pytestmark = pytest.mark.proves("R2")


def _act(transactions: SqlTransactions, count: int) -> None:
    for number in range(count):
        with transactions.writing() as uow:
            entry = AuditEntry(
                at=datetime(2026, 11, 28, tzinfo=UTC),
                act=AuditAct.REMINDED,
                actor="dogwatch",
                subject=str(number),
            )
            uow.audit.append(entry)


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def _empty_beside(database: Database, tmp_path: Path) -> str:
    if database.is_sqlite:
        return f"sqlite:///{tmp_path}/again.db"
    name = f"{database.engine.url.database}_again"
    admin = Database(database.engine.url.set(database="postgres").render_as_string(hide_password=False))
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    admin.close()
    return database.engine.url.set(database=name).render_as_string(hide_password=False)


def test_what_was_written_before_the_snapshot_comes_back_and_what_came_after_does_not(
    database: Database, transactions: SqlTransactions, keys: KeyFolder, tmp_path: Path
) -> None:
    _act(transactions, 5)
    take_snapshot(_url(database), tmp_path / "snapshot")
    _act(transactions, 3)
    url = _empty_beside(database, tmp_path)

    refuse_filled(url)
    put_back(tmp_path / "snapshot", url)

    again = Database(url)
    report = verify(rows_of(again), [], keys.ring("audit"))
    again.close()
    assert report.is_whole
    assert report.entries == 5
    with pytest.raises(BadInput, match="tables"):
        refuse_filled(url)


def test_a_snapshot_of_postgresql_for_sqlite_and_a_damaged_one_change_nothing(
    database: Database, transactions: SqlTransactions, tmp_path: Path
) -> None:
    _act(transactions, 2)
    other = tmp_path / "other"
    other.write_bytes(b"PGDMP" + b"\0" * 40)
    expected = BadInput if database.is_sqlite else OutsideTrouble
    with pytest.raises(expected, match="postgresql" if database.is_sqlite else "pg_restore"):
        put_back(other, _url(database))
    assert len(list(rows_of(database))) == 2


def test_a_database_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(OutsideTrouble):
        take_snapshot(f"sqlite:///{tmp_path}/nowhere.db", tmp_path / "snapshot")


@pytest.mark.proves("K1")
@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://app:pass%3Aword-4821@127.0.0.1/orders",
        "postgresql+psycopg://app@127.0.0.1/orders?password=pass%3Aword-4821&sslmode=disable",
    ],
    ids=["before the host", "behind the question mark"],  # a test's name stands in its environment
)
def test_the_password_is_in_no_environment_and_no_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(
        f'#!/bin/sh\n(env; echo "$@") > {tmp_path}/seen\ncat "$PGPASSFILE" > {tmp_path}/file\n'
        f'stat -c %a "$PGPASSFILE" > {tmp_path}/mode\n',
        encoding="utf-8",
    )
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DOGWATCH_MODEL__API_KEY", "held-4821")

    take_snapshot(address, tmp_path / "snapshot")

    seen = (tmp_path / "seen").read_text(encoding="utf-8")
    assert "word-4821" not in seen
    assert "held-4821" not in seen
    assert (tmp_path / "file").read_text() == "*:*:*:*:pass\\:word-4821\n"
    assert (tmp_path / "mode").read_text() == "600\n"
