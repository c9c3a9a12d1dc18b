"""The three statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps apart."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam
from sqlmodel import SQLModel

from storage.prepared import Prepared


def table_of(row: type[SQLModel]) -> Table:
    """Return the table of a row class."""
    return cast("Table", row.__table__)  # type: ignore[attr-defined]  # SQLModel adds it at class creation


def insert_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless its key exists; return whether it was inserted."""
    # RETURNING tells on both; the row count of such an insert is -1 on PostgreSQL.
    return _insertion(table, tuple(values)).first(connection, **values) is not None


def put(connection: Connection, table: Table, values: Mapping[str, Any], only: tuple[str, ...] = ()) -> None:
    """Insert a row, or replace the one with the same primary key, or only some columns of that."""
    _replacement(table, tuple(values), only).run(connection, **values)


@lru_cache(maxsize=500)
def _insertion(table: Table, names: tuple[str, ...]) -> Prepared:
    key = next(iter(table.primary_key.columns))
    return Prepared(
        lambda insert: insert(table).values(_named(table, names)).on_conflict_do_nothing().returning(key)
    )


@lru_cache(maxsize=500)
def _replacement(table: Table, names: tuple[str, ...], only: tuple[str, ...]) -> Prepared:
    keys = [column.name for column in table.primary_key.columns]

    def build(insert: Any) -> Any:  # Any: the two inserts share no base with on_conflict
        statement = insert(table).values(_named(table, names))
        others = {name: statement.excluded[name] for name in only or names if name not in keys}
        return statement.on_conflict_do_update(index_elements=keys, set_=others)

    return Prepared(build)


def _named(table: Table, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: bindparam(name, type_=table.c[name].type) for name in names}
