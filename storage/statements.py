"""The four statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps apart."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel


def table_of(row: type[SQLModel]) -> Table:
    """Return the table of a row class."""
    return cast("Table", row.__table__)  # type: ignore[attr-defined]  # SQLModel adds it at class creation


def insert_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless its key exists; return whether it was inserted."""
    statement = _insert(connection, table).values(**values).on_conflict_do_nothing()
    # RETURNING tells on both; the row count of such an insert is -1 on PostgreSQL.
    key = next(iter(table.primary_key.columns))
    return connection.execute(statement.returning(key)).first() is not None


def put(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert a row, or replace the one with the same primary key."""
    keys = [column.name for column in table.primary_key.columns]
    others = {name: value for name, value in values.items() if name not in keys}
    statement = _insert(connection, table).values(**values)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others))


def put_all(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, changing: Sequence[str]
) -> None:
    """Insert rows in bulk; of those whose key exists, replace the `changing` columns (none: leave them)."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key.columns]
    statement = _insert(connection, table)
    new = {name: statement.excluded[name] for name in changing}
    if new:
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=new), list(rows))
    else:
        connection.execute(statement.on_conflict_do_nothing(), list(rows))


def _insert(
    connection: Connection, table: Table
) -> Any:  # Any: the two inserts share no base with on_conflict
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
