"""Insert many rows at once, on SQLite and PostgreSQL alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def put_all(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, changing: Sequence[str]
) -> None:
    """Insert rows in bulk; of those whose key exists, replace the `changing` columns (none: leave them)."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key.columns]
    is_sqlite = connection.dialect.name == "sqlite"
    # Any: the two inserts share no base with on_conflict.
    statement: Any = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    new = {name: statement.excluded[name] for name in changing}
    if new:
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=new), list(rows))
    else:
        connection.execute(statement.on_conflict_do_nothing(), list(rows))
