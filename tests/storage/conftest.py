"""Every storage test runs on SQLite and on a real PostgreSQL."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from runtime.keys import KeyFolder
from storage.engine import Database
from storage.migrate import migrate
from storage.unit_of_work import SqlTransactions


def _postgres_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return found[-1].parent
    program = shutil.which("postgres")
    return Path(program).parent if program else None


def _demoted() -> dict[str, object]:
    """PostgreSQL refuses to be root: then it runs as an account without rights."""
    if os.getuid() != 0:
        return {}
    account = next(a for name in ("postgres", "nobody") for a in pwd.getpwall() if a.pw_name == name)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server for the whole run and return its address without a database name."""
    programs = _postgres_programs()
    if programs is None:
        reason = "PostgreSQL is not installed; on Debian: apt-get install -y postgresql"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    # Its own folder below /tmp: an account without rights cannot pass through root's temporary folders.
    home = Path(f"/tmp/dogwatch-postgres-{os.getpid()}")  # noqa: S108
    home.mkdir()
    as_whom = _demoted()
    if as_whom:
        os.chown(home, int(str(as_whom["user"])), int(str(as_whom["group"])))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    subprocess.run(
        [
            programs / "initdb",
            "-D",
            home / "data",
            "-U",
            "dogwatch",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
        ],
        check=True,
        capture_output=True,
        cwd=home,
        **as_whom,  # type: ignore[call-overload]
    )
    server = subprocess.Popen(
        [
            programs / "postgres",
            "-D",
            home / "data",
            "-p",
            str(port),
            "-k",
            home,
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "fsync=off",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=home,
        **as_whom,  # type: ignore[call-overload]
    )
    address = f"postgresql+psycopg://dogwatch@127.0.0.1:{port}"
    try:
        _wait(address)
        _statement(f"{address}/postgres", "CREATE DATABASE migrated")
        template = Database(f"{address}/migrated")
        migrate(template)
        template.close()
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)
        shutil.rmtree(home)


def _wait(address: str) -> None:
    import time

    import psycopg

    end = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(f"{address.replace('+psycopg', '')}/postgres").close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


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
    return SqlTransactions(database, keys.signer("audit"))
