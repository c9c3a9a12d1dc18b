"""Remove what is too old a piece at a time: whoever writes meanwhile waits for a piece, not for the night."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, literal_column, select


def forget(connection: Connection, table: Table, old: ColumnElement[bool], most: int) -> int:
    """Remove at most so many rows that are old; return how many. An index has to know the old ones."""
    place = place_of(connection)
    return connection.execute(delete(table).where(place.in_(oldest(connection, table, old, most)))).rowcount


def oldest(connection: Connection, table: Table, old: ColumnElement[bool], most: int) -> Select[tuple[Any]]:
    """Return the question where at most so many old rows lie."""
    return select(place_of(connection)).select_from(table).where(old).limit(most).correlate(None)


def place_of(connection: Connection) -> ColumnElement[Any]:
    """Return where a row lies, by which it is found at once while the transaction lasts."""
    return literal_column("rowid" if connection.dialect.name == "sqlite" else "ctid")
