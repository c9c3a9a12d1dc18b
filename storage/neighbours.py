"""Tell which other processes of ours are connected to a database; SQLite knows of none."""

from sqlalchemy import text

from storage.engine import Database

_OTHERS = text(
    "SELECT DISTINCT coalesce(host(client_addr), 'the database''s own machine') FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND application_name = current_setting('application_name') ORDER BY 1"
)
"""By the name that every connection of ours carries. Each process keeps one open as long as it runs."""


def machines_beside(database: Database) -> list[str]:
    """Return the addresses of machines whose processes hold connections like ours, besides this one.

    Ask it of a database that has opened no other connection yet.
    """
    if database.is_sqlite:
        return []
    with database.reading() as connection:
        return [str(address) for (address,) in connection.execute(_OTHERS)]
