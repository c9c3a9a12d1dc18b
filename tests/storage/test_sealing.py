"""Addresses of people are sealed in the database, and open at their own place with their own key only."""

from pathlib import Path

import pytest
from sqlalchemy import text

from domain.errors import BadInput
from domain.identity.people import Person
from runtime.keys import KeyFolder
from runtime.wiring.stores import COLUMNS, seal_what_is_not, transactions_of
from storage.engine import Database
from storage.sealing import Place, Sealer
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import a_person

ERIN = a_person("erin").model_copy(update={"email": "erin.engel@example.org", "phone": "+4915112345678"})
HERE = Place("people", "email", "erin")


def _sealer(keys: KeyFolder) -> Sealer:
    return Sealer(lambda: keys.sealing(COLUMNS))


def _kept(transactions: SqlTransactions, person: Person = ERIN) -> None:
    with transactions.writing() as uow:
        uow.people.save(person)


def _read(transactions: SqlTransactions) -> Person:
    with transactions.reading() as uow:
        (person,) = uow.people.everybody()
    return person


def _document(database: Database, person: str = "erin") -> str:
    with database.reading() as connection:
        found = connection.execute(text("SELECT document FROM people WHERE id = :id"), {"id": person})
        return str(found.scalar())


def _replaced(database: Database, old: str, new: str) -> None:
    with database.writing() as connection:
        change = text("UPDATE people SET document = replace(document, :old, :new)")
        connection.execute(change, {"old": old, "new": new})


@pytest.mark.proves("K3")
def test_addresses_do_not_stand_in_the_database(database: Database, transactions: SqlTransactions) -> None:
    _kept(transactions)

    assert _read(transactions) == ERIN
    stored = _document(database)
    assert "engel@" not in stored
    assert "4915112345678" not in stored
    assert stored.count("sealed:1:") == 2


@pytest.mark.proves("K3")
def test_a_value_opens_at_its_own_table_column_and_row_only(keys: KeyFolder) -> None:
    sealer = _sealer(keys)
    sealed = sealer.seal(HERE, "erin.engel@example.org")

    assert sealer.open(HERE, sealed) == "erin.engel@example.org"
    assert sealer.seal(HERE, "erin.engel@example.org") != sealed, "no two seals are alike"
    elsewhere = [("people", "email", "sam"), ("people", "phone", "erin"), ("visitors", "email", "erin")]
    for moved in (Place(*place) for place in elsewhere):
        with pytest.raises(BadInput, match="InvalidTag"):
            sealer.open(moved, sealed)
    with pytest.raises(BadInput):
        sealer.open(HERE, sealed[:-6] + "AAAAA=")


@pytest.mark.proves("K3")
def test_an_address_moved_to_another_person_is_refused_in_words(
    database: Database, transactions: SqlTransactions
) -> None:
    _kept(transactions)
    _replaced(database, '"id":"erin"', '"id":"sam"')

    with pytest.raises(BadInput) as refused:
        _read(transactions)
    assert "was changed, or was sealed for another place" in refused.value.sentence()


@pytest.mark.proves("K3")
def test_with_keys_of_another_house_nothing_opens_and_the_start_says_so(
    database: Database, transactions: SqlTransactions, tmp_path: Path
) -> None:
    _kept(transactions)
    stranger = transactions_of(database, KeyFolder(tmp_path / "other"))

    with pytest.raises(BadInput) as refused:
        seal_what_is_not(stranger)
    assert "a key that the keys folder does not hold" in refused.value.sentence()


@pytest.mark.proves("K3")
def test_a_new_key_takes_over_while_others_go_on(
    database: Database, transactions: SqlTransactions, keys: KeyFolder
) -> None:
    _kept(transactions)
    running = transactions_of(database, keys)
    assert _read(running) == ERIN
    before = _document(database)

    new = keys.add_sealing(COLUMNS)
    assert seal_what_is_not(transactions) == 1
    assert seal_what_is_not(transactions) == 0

    assert _document(database).count(f"sealed:1:{new}:") == 2
    assert _read(running) == ERIN, "it meets a key that it does not know, and reads its keys again"
    _replaced(database, _document(database), before)
    assert _read(running) == ERIN, "what the older key sealed still opens"


@pytest.mark.proves("K3")
def test_who_only_seals_takes_up_a_new_key_within_a_minute(keys: KeyFolder) -> None:
    seconds = [0.0]
    sealer = Sealer(lambda: keys.sealing(COLUMNS), lambda: seconds[0])
    sealer.seal(HERE, "erin")
    new = keys.add_sealing(COLUMNS)

    seconds[0] = 59.9
    before = sealer.seal(HERE, "erin")
    seconds[0] = 60.0
    after = sealer.seal(HERE, "erin")

    assert [sealed.startswith(f"sealed:1:{new}:") for sealed in (before, after)] == [False, True]


def test_what_an_earlier_release_left_open_is_sealed_at_the_start(
    database: Database, transactions: SqlTransactions
) -> None:
    _kept(transactions)
    _replaced(database, _document(database), ERIN.model_dump_json())
    assert _read(transactions) == ERIN

    assert seal_what_is_not(transactions) == 1
    assert "engel@" not in _document(database)
    assert _read(transactions) == ERIN


def test_keys_have_ids_and_lie_in_a_file_that_only_we_can_read(keys: KeyFolder, tmp_path: Path) -> None:
    first = keys.sealing(COLUMNS)
    path = tmp_path / "keys" / "columns.sealing.json"

    assert list(first.keys) == [first.current]
    assert path.stat().st_mode & 0o077 == 0
    for damaged in ('{"current": "k0"}', '{"current": "k0", "k0": "no hex"}', "{"):
        path.write_text(damaged)
        with pytest.raises(BadInput) as refused:
            keys.sealing(COLUMNS)
        assert "Restore the keys folder" in refused.value.sentence()
