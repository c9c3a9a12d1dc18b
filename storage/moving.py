"""Fill a PostgreSQL database with what a file of SQLite holds: how a house outgrows one machine.

All keys stay as they are, so the audit trail is the same chain and what names a row still finds it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, inspect, select, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from domain.errors import BadInput
from storage.engine import Database
from storage.migrate import migrate

_ROWS_A_TURN = 2_000


def move_to_postgres(snapshot: Path, url: str) -> None:
    """Copy every row of a SQLite file, brought up to this release, into an empty PostgreSQL database.

    Tables of ours that are there already are replaced: an earlier try may have left them.

    Raises:
        BadInput: A row holds what PostgreSQL can't keep; its table is named, and the database is left empty.
        NotNow: A newer release wrote the file.
    """
    source, target = Database(f"sqlite:///{snapshot}"), Database(url)
    try:
        migrate(source)
        _drop(target)
        migrate(target)
        try:
            with source.reading() as old, target.writing() as new:
                for table in _tables():
                    _copy(table, old, new)
                    _go_on_counting(table, new)
        except BaseException:
            _drop(target)
            raise
    finally:
        source.close()
        target.close()


def _tables() -> list[Table]:
    from sqlmodel import SQLModel

    import storage.tables  # noqa: F401  registers the tables

    return list(SQLModel.metadata.sorted_tables)


def _drop(database: Database) -> None:
    with database.writing() as connection:
        there = set(inspect(connection).get_table_names())
        for name in [*(table.name for table in reversed(_tables())), "alembic_version"]:
            if name in there:
                connection.execute(text(f'DROP TABLE "{name}"'))


def _copy(table: Table, old: Connection, new: Connection) -> None:
    for rows in _turns(table, old):
        try:
            new.execute(insert(table), rows)
        except DBAPIError as error:
            if not isinstance(error, DataError | IntegrityError) and not _is_too_long(error):
                raise  # the server is away, full or busy: no row is to blame
            said = str(error.orig).splitlines()
            raise BadInput(
                f"move of {table.name}: {type(error.orig).__name__}",
                say=f"A row of the table {table.name} holds what PostgreSQL can't keep"
                f" ({said[0][:200] if said else 'it gave no reason'}), and nothing was moved.",
                next_step="The house that was backed up is untouched: go on with it, and report this.",
            ) from error


def _is_too_long(error: DBAPIError) -> bool:
    """Return whether PostgreSQL can't keep a text in an index, which SQLite could."""
    return type(error.orig).__name__ == "ProgramLimitExceeded"


def _turns(table: Table, old: Connection) -> Iterator[list[dict[str, Any]]]:
    found = old.execution_options(yield_per=_ROWS_A_TURN).execute(select(table))
    for rows in found.partitions():
        yield [dict(row._mapping) for row in rows]


def _go_on_counting(table: Table, new: Connection) -> None:
    """Let PostgreSQL give out numbers from behind the last one that was brought along."""
    column = table.autoincrement_column
    if column is None:
        return
    counter = new.execute(select(func.pg_get_serial_sequence(table.name, column.name))).scalar()
    if counter:
        last = new.execute(select(func.max(column))).scalar()
        new.execute(select(func.setval(counter, last or 1, last is not None)))
