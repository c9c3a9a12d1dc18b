"""A PostgreSQL server of our own for a while: on loopback, in a folder that is gone afterwards."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.counterparts.processes import free_ports
from tests.waiting import wait_until

_MEMORY = Path("/dev/shm")  # noqa: S108  folders of random names are made in it
_ROOM_BYTES = 2 << 30
"""Free memory for the servers of several workers, of which each asks before the others have written much."""
_PREFIX = "dogwatch-postgres-"
_LONGEST_RUN_SECONDS = 2 * 3600


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """Yield the SQLAlchemy address of a fresh server, without a database; skip without PostgreSQL."""
    programs = _programs()
    if programs is None:
        reason = "PostgreSQL is not installed; on Debian: apt-get install -y postgresql"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    forget_killed(_MEMORY)
    home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_place()))
    as_whom = _demoted()
    if as_whom:
        os.chown(home, int(str(as_whom["user"])), int(str(as_whom["group"])))
    port = free_ports()
    make = [
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
    ]
    subprocess.run(make, check=True, capture_output=True, cwd=home, **as_whom)  # type: ignore[call-overload]
    # A run that is killed takes its server with it.
    run = ["setpriv", "--pdeathsig", "QUIT"] if shutil.which("setpriv") else []
    run += [programs / "postgres", "-D", home / "data", "-p", str(port), "-k", home]
    run += ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    server = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home, **as_whom)  # type: ignore[call-overload]
    address = f"postgresql+psycopg://dogwatch@127.0.0.1:{port}"
    try:
        _wait(address)
        yield address
    finally:
        # At once: a polite stop waits for connections, and writes what goes.
        server.send_signal(signal.SIGQUIT)
        server.wait(timeout=20)
        shutil.rmtree(home)


def create_database(address: str, name: str, template: str = "template1") -> str:
    """Create a database as a copy of another one that nobody uses, and return its address."""
    _as_admin(address, f'CREATE DATABASE "{name}" TEMPLATE {template} STRATEGY FILE_COPY')
    return f"{address}/{name}"


def drop_database(url: str) -> None:
    """Drop a database: hundreds of them, one for each test, would fill the memory that they are in."""
    address, _, name = url.rpartition("/")
    _as_admin(address, f'DROP DATABASE "{name}" WITH (FORCE)')


def _as_admin(address: str, statement: str) -> None:
    with psycopg.connect(f"{address.replace('+psycopg', '')}/postgres", autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]  # names of our own


def _place() -> Path:
    """Return where a server lives: in memory, where copying a database takes a fifth of the time.

    Not in a folder of the test: an account without rights cannot pass through root's temporary folders.
    """
    is_large = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    return _MEMORY if is_large else Path("/tmp")  # noqa: S108  a folder of a random name is made in it


def forget_killed(memory: Path) -> None:
    """Remove what the servers of killed runs left in memory, where it would stay until the machine ends."""
    for home in memory.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = home / "data" / "postmaster.pid"
            is_alive = lock.is_file() and Path("/proc", lock.read_text().split()[0]).exists()
            if not is_alive and time.time() - home.stat().st_mtime > _LONGEST_RUN_SECONDS:
                shutil.rmtree(home)


def _programs() -> Path | None:
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


def _wait(address: str) -> None:
    def answers() -> bool:
        try:
            psycopg.connect(f"{address.replace('+psycopg', '')}/postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    wait_until(answers, 30)
