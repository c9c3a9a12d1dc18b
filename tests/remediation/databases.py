"""A real PostgreSQL for the tests, run by an account that is not root."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remediation.account import is_root
from tests.counterparts.processes import free_ports
from tests.waiting import wait_until


def postgres_programs() -> Path:
    for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (path / "initdb").exists():
            return path
    found = shutil.which("initdb")
    if found is None:
        pytest.skip("PostgreSQL's server programs are not installed: install the package postgresql")
    return Path(found).parent


def start_database(folder: Path) -> tuple[int, Callable[[], None]]:
    """Start PostgreSQL as an account that is not root, and return its port and how to stop it."""
    programs, port = postgres_programs(), free_ports()
    who: dict[str, Any] = {}
    if is_root():
        import pwd

        entry = pwd.getpwnam("nobody")
        who = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    quiet: dict[str, Any] = {**who, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "-D", data, "--no-sync", "-A", "trust", "-U", "owner", "-E", "UTF8"],
        check=True,
        **quiet,
    )
    (data / "pg_hba.conf").write_text(
        "local all all trust\nhost all owner 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    )
    options = ["-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    server = subprocess.Popen([programs / "postgres", "-D", data, *options], **quiet)
    wait_until(lambda: _answers(port))
    # At once: a polite stop waits for every connection to end.
    return port, lambda: (server.send_signal(signal.SIGINT), server.wait(10), None)[2]


def _answers(port: int) -> bool:
    import psycopg

    with contextlib.suppress(psycopg.OperationalError):
        psycopg.connect(host="127.0.0.1", port=port, user="owner", dbname="postgres").close()
        return True
    return False


def run_sql(port: int, statements: str, database: str = "orders") -> list[tuple[Any, ...]]:
    import psycopg

    with psycopg.connect(
        host="127.0.0.1", port=port, user="owner", dbname=database, autocommit=True
    ) as connection:
        cursor = connection.execute(statements)  # type: ignore[call-overload]
        return list(cursor.fetchall()) if cursor.description else []
