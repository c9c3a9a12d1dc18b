"""A house on SQLite becomes one on PostgreSQL: every row, the same chain, and numbers that go on."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert, select, text
from sqlmodel import SQLModel

import storage.tables.web_chat  # noqa: F401  registers the tables
from domain.errors import BadInput, OutsideTrouble
from domain.identity.people import Person, Role
from domain.ids import PersonId
from domain.proof.audit import AuditAct, AuditEntry
from runtime.keys import KeyFolder
from storage.audit.audit_verify import rows_of, verify
from storage.engine import Database
from storage.migrate import migrate
from storage.sealing import Sealer
from storage.snapshots import put_back, refuse_other_kind, take_snapshot
from storage.unit_of_work import SqlTransactions
from tests.counterparts.postgres import create_database, drop_database

pytestmark = [pytest.mark.proves("R2"), pytest.mark.timeout(120)]
_NO_ROOM_FOR_PEOPLE = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$;
CREATE FUNCTION fill() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE made record;
BEGIN
    FOR made IN SELECT * FROM pg_event_trigger_ddl_commands()
        WHERE object_type = 'table' AND object_identity = 'public.people'
    LOOP
        EXECUTE format('CREATE TRIGGER full_disk BEFORE INSERT ON %s EXECUTE FUNCTION no_room()',
            made.object_identity);
    END LOOP;
END $$;
CREATE EVENT TRIGGER filling ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION fill();
"""
"""A server whose disk is full as soon as somebody is to be kept in the table `people`."""
_AT = datetime(2026, 11, 28, 9, 30, 0, 123456, tzinfo=UTC)


@pytest.fixture
def empty(postgres: str) -> Iterator[str]:
    url = create_database(postgres, "moved_to")
    yield url
    drop_database(url)


@pytest.fixture
def house(tmp_path: Path, keys: KeyFolder) -> Iterator[Database]:
    """A database of SQLite with people, a chain, and one row at least in most tables."""
    database = Database(f"sqlite:///{tmp_path}/house.db")
    migrate(database)
    with _transactions(database, keys).writing() as uow:
        uow.people.save(Person(id=PersonId("zoe"), name="Zoë Ångström 🙂", roles=frozenset({Role.LEAD})))
        for number in range(5):
            uow.audit.append(_entry(number))
    with database.writing() as connection:
        for table in SQLModel.metadata.sorted_tables:
            if table.foreign_keys or connection.execute(select(table)).first():
                continue
            connection.execute(insert(table), [_row_of(table)])
    yield database
    database.close()


def _row_of(table: object) -> dict[str, object]:
    samples = {"Moment": _AT, "Boolean": True, "Integer": 7, "BigInteger": 1 << 40, "Float": 0.1 + 0.2}
    kinds = {column.name: type(column.type).__name__ for column in table.columns}  # type: ignore[attr-defined]
    others = {"LargeBinary": b"\x00\xff", "AutoString": "naïve — “quoted” 🙂"}
    return {name: (samples | others)[kind] for name, kind in kinds.items()}


def _transactions(database: Database, keys: KeyFolder) -> SqlTransactions:
    return SqlTransactions(database, keys.signer("audit"), Sealer(lambda: keys.sealing("columns")))


def _entry(number: int) -> AuditEntry:
    return AuditEntry(at=_AT, act=AuditAct.REMINDED, actor="dogwatch", subject=str(number))


def _everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in SQLModel.metadata.sorted_tables
        }


def test_every_row_of_every_table_is_brought_along_and_the_chain_goes_on(
    house: Database, empty: str, keys: KeyFolder, tmp_path: Path
) -> None:
    take_snapshot(f"sqlite:///{tmp_path}/house.db", tmp_path / "snapshot")
    before = _everything(house)

    put_back(tmp_path / "snapshot", empty)

    moved = Database(empty)
    try:
        assert _everything(moved) == before
        assert sum(map(bool, before.values())) > 30
        with _transactions(moved, keys).writing() as uow:
            uow.audit.append(_entry(6))
            assert uow.people.get(PersonId("zoe")).name == "Zoë Ångström 🙂"
        report = verify(rows_of(moved), [], keys.ring("audit"))
        assert report.is_whole
        assert report.entries == 6
    finally:
        moved.close()


def test_a_role_that_may_make_no_tables_is_told_so_in_words(empty: str) -> None:
    owner = Database(empty)
    with owner.writing() as connection:
        connection.execute(text("DROP ROLE IF EXISTS no_owner"))
        connection.execute(text("CREATE ROLE no_owner LOGIN"))
    guest = Database(empty.replace("dogwatch@", "no_owner@"))
    try:
        with pytest.raises(OutsideTrouble) as refused:
            migrate(guest)
    finally:
        guest.close()
        with owner.writing() as connection:
            connection.execute(text("DROP ROLE no_owner"))
        owner.close()

    assert "permission denied for schema public" in refused.value.sentence()
    assert "ALTER DATABASE" in refused.value.sentence()


def test_numbers_that_postgresql_gives_out_go_on_behind_those_that_came(
    house: Database, empty: str, tmp_path: Path
) -> None:
    take_snapshot(f"sqlite:///{tmp_path}/house.db", tmp_path / "snapshot")

    put_back(tmp_path / "snapshot", empty)

    moved = Database(empty)
    with moved.writing() as connection:
        connection.execute(text("INSERT INTO web_clock (last) VALUES (1)"))
        given = connection.execute(text("SELECT max(id) FROM web_clock")).scalar_one()
    moved.close()
    assert given == 8


def test_a_row_that_postgresql_cannot_keep_is_named_and_a_later_try_finds_it_empty(
    house: Database, empty: str, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    take_snapshot(f"sqlite:///{tmp_path}/house.db", good)
    shutil.copyfile(good, bad)
    spoiled = Database(f"sqlite:///{bad}")
    with spoiled.writing() as connection:
        connection.execute(text("UPDATE people SET name = 'a' || char(0) || 'b'"))
    spoiled.close()

    with pytest.raises(BadInput, match="people") as told:
        put_back(bad, empty)

    assert "the table people" in told.value.say
    put_back(good, empty)
    moved = Database(empty)
    assert len(list(rows_of(moved))) == 5
    moved.close()


def test_a_server_without_room_is_told_as_that_and_no_row_is_blamed(
    house: Database, empty: str, tmp_path: Path
) -> None:
    take_snapshot(f"sqlite:///{tmp_path}/house.db", tmp_path / "snapshot")
    with psycopg.connect(empty.replace("+psycopg", ""), autocommit=True) as server:
        server.execute(_NO_ROOM_FOR_PEOPLE)

    with pytest.raises(OutsideTrouble, match="DiskFull") as told:
        put_back(tmp_path / "snapshot", empty)

    assert "disk" in told.value.say


def test_a_snapshot_of_postgresql_never_becomes_sqlite(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="snapshot of postgresql"):
        refuse_other_kind("postgresql", f"sqlite:///{tmp_path}/new.db")

    refuse_other_kind("sqlite", "postgresql+psycopg://dogwatch@db/dogwatch")
    refuse_other_kind("sqlite", f"sqlite:///{tmp_path}/new.db")
    refuse_other_kind("postgresql", "postgresql+psycopg://dogwatch@db/dogwatch")
