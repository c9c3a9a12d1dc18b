"""Rooms and real targets for the remediation tests."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.remediation import plans
from tests.remediation.contained import a_room
from tests.remediation.databases import run_sql, start_database
from tests.remediation.world import DATABASE_READER, DATABASE_WRITER, Service, World, start_service


@pytest.fixture(params=["decisions", "override"])
def on_any_word(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run a test once with orders that people decided and once with such as came of an override (A16)."""
    plans.WORD.update(plans.BY_OVERRIDE if request.param == "override" else plans.BY_DECISIONS)
    yield
    plans.WORD.clear()


@pytest.fixture
def room() -> Iterator[Path]:
    with a_room() as path:
        yield path


@pytest.fixture(scope="session")
def service_process() -> Iterator[Service]:
    service, process = start_service()
    yield service
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


@pytest.fixture
def service(service_process: Service) -> Service:
    service_process.reset({})
    return service_process


@pytest.fixture(scope="session")
def database() -> Iterator[int]:
    with tempfile.TemporaryDirectory(prefix="dogwatch-pg-") as folder:
        port, stop = start_database(Path(folder))
        run_sql(port, "CREATE DATABASE orders", "postgres")
        run_sql(
            port,
            f"CREATE ROLE reader LOGIN PASSWORD '{DATABASE_READER}';"
            f"CREATE ROLE writer LOGIN PASSWORD '{DATABASE_WRITER}';"
            "GRANT pg_signal_backend, pg_read_all_stats TO writer; GRANT pg_read_all_stats TO reader;"
            "GRANT CREATE, USAGE ON SCHEMA public TO writer; GRANT USAGE ON SCHEMA public TO reader;"
            "GRANT pg_read_all_data TO reader;",
        )
        yield port
        stop()


@pytest.fixture
def world(room: Path, service: Service) -> World:
    return World(room, service)
