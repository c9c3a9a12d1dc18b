"""Tell which other processes use a database: on a server by their address, of SQLite whether any does."""

import contextlib
import sqlite3
from pathlib import Path

from sqlalchemy import text

from storage.engine import Database

_OTHERS = text(
    "SELECT DISTINCT coalesce(host(client_addr), 'the database''s own machine') FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND application_name = current_setting('application_name') ORDER BY 1"
)
"""By the name that every connection of ours carries. Each process keeps one open as long as it runs."""


_PATIENCE_SECONDS = 1.0
"""Somebody may just have looked at it."""


def machines_beside(database: Database) -> list[str]:
    """Return the addresses of machines whose processes hold connections like ours, besides this one.

    Ask it of a database that has opened no other connection yet.
    """
    if database.is_sqlite:
        return []
    with database.reading() as connection:
        return [str(address) for (address,) in connection.execute(_OTHERS)]


def is_open_elsewhere(database: Database) -> bool:
    """Tell whether another process has the file of an SQLite database open, be it idle; no server has one.

    Whoever has it open keeps a lock of the file that others may share, so nobody else can have it alone. Ask
    it of a database that has opened no connection yet.
    """
    path = database.engine.url.database if database.is_sqlite else None
    if not path or not Path(path).is_file():
        return False
    with contextlib.closing(sqlite3.connect(path, timeout=_PATIENCE_SECONDS)) as connection:
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # also of one that recovers it just now
                raise
            return True
    return False
