"""A PostgreSQL server of our own for a while: on loopback, in a folder that is gone afterwards."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.counterparts.processes import free_ports
from tests.waiting import wait_until


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """Yield the SQLAlchemy address of a fresh server, without a database; skip without PostgreSQL."""
    programs = _programs()
    if programs is None:
        reason = "PostgreSQL is not installed; on Debian: apt-get install -y postgresql"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    # Below /tmp: an account without rights cannot pass through root's temporary folders.
    home = Path(tempfile.mkdtemp(prefix="dogwatch-postgres-", dir="/tmp"))
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
    run = [programs / "postgres", "-D", home / "data", "-p", str(port), "-k", home]
    run += ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    server = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home, **as_whom)  # type: ignore[call-overload]
    address = f"postgresql+psycopg://dogwatch@127.0.0.1:{port}"
    try:
        _wait(address)
        yield address
    finally:
        server.send_signal(signal.SIGINT)  # at once: a polite stop waits for every connection to end
        server.wait(timeout=20)
        shutil.rmtree(home)


def create_database(address: str, name: str) -> str:
    """Create a database and return its address."""
    with psycopg.connect(f"{address.replace('+psycopg', '')}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]  # a name of our own
    return f"{address}/{name}"


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
