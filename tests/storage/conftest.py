"""Every storage test runs on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.keys import KeyFolder
from runtime.wiring.stores import transactions_of
from storage.engine import Database
from storage.migrate import migrate
from storage.unit_of_work import SqlTransactions
from tests.counterparts.postgres import create_database, drop_database, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a server for the whole run, with a migrated database to copy, and return its address."""
    with postgres_server() as address:
        template = Database(create_database(address, "migrated"))
        migrate(template)
        template.close()
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/truth.db"
    else:
        name = f"t{abs(hash(request.node.nodeid)) % 10**12}"
        url = create_database(request.getfixturevalue("postgres"), name, "migrated")
    opened = Database(url)
    migrate(opened)
    yield opened
    opened.close()
    if not opened.is_sqlite:
        drop_database(url)


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "keys")


@pytest.fixture
def transactions(database: Database, keys: KeyFolder) -> SqlTransactions:
    return transactions_of(database, keys)
