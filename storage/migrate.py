"""Bring a database up to this release's form; forward only, harmless when repeated."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from domain.errors import NotNow, OutsideTrouble
from storage.audit.audit_guard import guard_audit_entries
from storage.engine import Database

NEWEST = "0033"
_FOLDER = Path(__file__).parent / "migrations"


def migrate(database: Database, *, step_by_step: bool = False) -> bool:
    """Apply missing migrations; return whether there were any.

    Looking first keeps Alembic's import (a third of a second) out of an ordinary start. An empty database is
    made in one go from the tables as they are now; a test proves that walking all migrations makes the same.

    Raises:
        NotNow: A newer release has been at this database; nothing was changed.
        OutsideTrouble: It does not answer, or our role may not make tables in it.
    """
    version = version_of(database)
    if version == NEWEST:
        return False
    if version > NEWEST:
        raise NotNow(
            f"database at {version}, this release at {NEWEST}",
            say=f"A newer release brought the database to {version}, and this one knows it up to {NEWEST}.",
            next_step="Start the newer release again, or restore the backup from before it.",
        )
    with _told_in_words():
        _bring_up(database, version, step_by_step=step_by_step)
    return True


def _bring_up(database: Database, version: str, *, step_by_step: bool) -> None:
    if version == "" and not step_by_step:
        _make(database)
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    with database.writing() as connection:
        _stand_in_line(database, connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _told_in_words() -> Iterator[None]:
    """Say it in words where PostgreSQL does not let us make tables: from 15 on, nobody but the owner may."""
    try:
        yield
    except ProgrammingError as error:
        if type(error.orig).__name__ != "InsufficientPrivilege":
            raise
        said = str(error.orig).strip().splitlines()[0]
        raise OutsideTrouble(
            "database: InsufficientPrivilege",
            say=f"My database doesn't let me make what this release needs: {said[:200].rstrip('.')}.",
            next_step="Make my role the owner of the database: ALTER DATABASE NAME OWNER TO ROLE.",
        ) from error


def _make(database: Database) -> None:
    with database.writing() as connection:
        _stand_in_line(database, connection)
        if inspect(connection).has_table("alembic_version"):
            return
        for statement in _statements(connection.engine.url.drivername):
            connection.exec_driver_sql(statement)
        guard_audit_entries(connection)
        connection.execute(
            text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        )
        connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": NEWEST})


@cache
def _statements(driver: str) -> tuple[str, ...]:
    """Return what makes all tables and indexes: putting it into words takes longer than doing it."""
    from sqlmodel import SQLModel

    import storage.tables  # noqa: F401  registers the tables

    dialect = make_url(f"{driver}://").get_dialect()()
    tables = SQLModel.metadata.sorted_tables
    indexes = sorted((one for table in tables for one in table.indexes), key=lambda one: str(one.name))
    made: list[ExecutableDDLElement] = [*map(CreateTable, tables), *map(CreateIndex, indexes)]
    return tuple(str(one.compile(dialect=dialect)) for one in made)


def _stand_in_line(database: Database, connection: Connection) -> None:
    """Wait for another process that starts on the same database: what it has done is found done."""
    if not database.is_sqlite:
        connection.execute(text("SET LOCAL lock_timeout = 0"))  # a large table takes its time
    database.order_audit_writers(connection)


def version_of(database: Database) -> str:
    """Return the newest applied migration, or an empty string for an empty database.

    Raises:
        OutsideTrouble: It does not answer, is none, or lets nobody in; what its driver said is told.
    """
    try:
        with database.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return ""
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
    except DBAPIError as error:
        said = (str(error.orig).strip().splitlines() or ["it gave no reason"])[0]
        raise OutsideTrouble(
            f"database: {type(error.orig).__name__}",
            say=f"My database can't be used: {said[:200].rstrip('.')}.",
            next_step="See that it runs, and that database.url (DOGWATCH_DATABASE__URL) names it.",
        ) from error
