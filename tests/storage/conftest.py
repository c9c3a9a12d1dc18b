"""Every storage test runs on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from runtime.keys import KeyFolder
from runtime.wiring.stores import transactions_of
from storage.engine import Database
from storage.migrate import migrate
from storage.unit_of_work import SqlTransactions
from tests.counterparts.postgres import postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a server for the whole run, with a migrated database to copy, and return its address."""
    with postgres_server() as address:
        _statement(f"{address}/postgres", "CREATE DATABASE migrated")
        template = Database(f"{address}/migrated")
        migrate(template)
        template.close()
        yield address


def _statement(address: str, statement: str) -> None:
    admin = Database(address)
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    admin.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path}/truth.db")
    else:
        address = request.getfixturevalue("postgres")
        name = f"t{abs(hash(request.node.nodeid)) % 10**12}"
        _statement(f"{address}/postgres", f"CREATE DATABASE {name} TEMPLATE migrated")
        opened = Database(f"{address}/{name}")
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "keys")


@pytest.fixture
def transactions(database: Database, keys: KeyFolder) -> SqlTransactions:
    return transactions_of(database, keys)
