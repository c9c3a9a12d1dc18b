"""A PostgreSQL server for the tests whose acts run side by side, each with a database of its own."""

from collections.abc import Iterator

import pytest

from tests.counterparts.postgres import create_database, drop_database, postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres_server() as running:
        yield running


@pytest.fixture
def address(server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    url = create_database(server, f"t{abs(hash(request.node.nodeid)) % 10**12}")
    yield url
    drop_database(url)
