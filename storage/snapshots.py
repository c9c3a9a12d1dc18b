"""A copy of the whole database as of one moment, taken while people work, and put back into an empty one."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import URL, make_url

from domain.errors import BadInput, OutsideTrouble
from storage.engine import Database
from storage.moving import move_to_postgres

_PAGES_A_TURN = 2000
_PAUSE_SECONDS = 0.005
_LONGEST_SECONDS = 3600
_PASSWORD = "password"  # noqa: S105  what an address may name it by, after its question mark


def take_snapshot(url: str, to: Path) -> None:
    """Write the database at the address to a file: SQLite as a database, PostgreSQL in pg_dump's own format.

    Raises:
        BadInput: PostgreSQL's programs are not installed here.
        OutsideTrouble: The database could not be copied.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        _copy_sqlite(Path(address.database or ""), to)
        return
    _run("pg_dump", address, "--format=custom", "--no-owner", f"--file={to}")


def put_back(snapshot: Path, url: str) -> None:
    """Fill a database from a snapshot, all or nothing; see `refuse_filled` first, for tables are replaced.

    What was SQLite may become PostgreSQL, and not the other way: nobody outgrows a server into a file.

    Raises:
        BadInput: The snapshot is of PostgreSQL and the database is not.
        OutsideTrouble: It could not be filled, and is as it was.
    """
    address = make_url(url)
    is_sqlite, was_sqlite = address.get_backend_name() == "sqlite", _is_sqlite_file(snapshot)
    refuse_other_kind("sqlite" if was_sqlite else "postgresql", url)
    if was_sqlite and not is_sqlite:
        move_to_postgres(snapshot, url)
        return
    if is_sqlite:
        home = Path(address.database or "")
        for name in (f"{home.name}-wal", f"{home.name}-shm"):
            home.with_name(name).unlink(missing_ok=True)
        shutil.copyfile(snapshot, home)
        return
    _run("pg_restore", address, "--clean", "--if-exists", "--no-owner", "--single-transaction", str(snapshot))


def refuse_other_kind(kind: str, url: str) -> None:
    """Raise `BadInput` when a snapshot of that kind of database can't fill the one at the address."""
    if kind != "sqlite" and make_url(url).get_backend_name() == "sqlite":
        raise BadInput(
            f"snapshot of {kind} for sqlite",
            say="The backup was made from PostgreSQL and can't become SQLite. I changed nothing.",
            next_step="Name an empty PostgreSQL database in database.url (DOGWATCH_DATABASE__URL).",
        )


def refuse_filled(url: str) -> None:
    """Raise `BadInput` when the database at the address holds tables already."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return
    database = Database(url)
    try:
        with database.reading() as connection:
            tables = inspect(connection).get_table_names()
    finally:
        database.close()
    if tables:
        raise BadInput(
            f"database holds {len(tables)} tables",
            say="The database to restore into isn't empty, so I changed nothing.",
            next_step="Name an empty one in database.url (DOGWATCH_DATABASE__URL).",
        )


def _copy_sqlite(path: Path, to: Path) -> None:
    """Copy page by page with SQLite's own backup, which is whole even when people write meanwhile."""
    try:
        with (
            closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as source,
            closing(sqlite3.connect(to)) as target,
        ):
            source.backup(target, pages=_PAGES_A_TURN, sleep=_PAUSE_SECONDS)
            target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise OutsideTrouble(
            f"sqlite backup: {error}",
            say="The database could not be copied.",
            next_step="See that the data folder is right and that there is room, then try again.",
        ) from error


def _is_sqlite_file(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def _run(program: str, address: URL, *arguments: str) -> None:
    found = shutil.which(program) or _newest(program)
    if not found:
        raise BadInput(
            f"no {program}",
            say=f"Copying PostgreSQL needs the program {program}, and it isn't installed here.",
            next_step="Install PostgreSQL's client programs (on Debian: apt-get install postgresql-client).",
        )
    # Made anew: SQLAlchemy's own way to change an address leaves a password in it that is set to nothing.
    asked = {name: told for name, told in address.query.items() if name != _PASSWORD}
    plain = URL.create(
        "postgresql", address.username, None, address.host, address.port, address.database, asked
    ).render_as_string(hide_password=False)
    command = [found, f"--dbname={plain}", *arguments]
    with _passfile(address.password or str(address.query.get(_PASSWORD, ""))) as environment:
        ended = subprocess.run(  # noqa: S603  a program of PostgreSQL, arguments of ours, no shell
            command, env=environment, capture_output=True, text=True, timeout=_LONGEST_SECONDS, check=False
        )
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        raise OutsideTrouble(
            f"{program} ended with {ended.returncode}: {ended.stderr[-500:]}",
            say=f"{program} failed: {said[-1][:300] if said else 'it gave no reason'}.",
            next_step="The database is as it was before. Mend the cause, then try again.",
        )


@contextmanager
def _passfile(password: str) -> Iterator[dict[str, str]]:
    """Yield an environment without our settings that names a file with the password, of our account only."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("DOGWATCH_")}
    with tempfile.TemporaryDirectory(prefix="dogwatch-") as folder:
        if password:
            escaped = password.replace("\\", "\\\\").replace(":", "\\:")
            path = Path(folder) / "pgpass"
            path.touch(mode=0o600)
            path.write_text(f"*:*:*:*:{escaped}\n", encoding="utf-8")
            kept["PGPASSFILE"] = str(path)
        yield kept


def _newest(program: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return str(found[-1]) if found else ""
