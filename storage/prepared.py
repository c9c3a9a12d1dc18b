"""Statements that are made once: compiled at their first use, then handed straight to the driver.

SQLAlchemy spends 80 to 190 µs around a statement for which SQLite needs two, and a press takes a dozen.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

# Any: values and rows are what drivers give, and an `insert` is one of two that share no base.
Build = Callable[[Any], Any]
_Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class _Compiled:
    """One statement in one database's spelling."""

    text: str
    names: tuple[str, ...]
    """Of the parameters, in their order."""
    is_positional: bool
    binds: dict[str, _Convert]
    defaults: dict[str, Any]
    results: tuple[tuple[int, _Convert], ...]


class Prepared:
    """One statement of ours, on whichever database a connection belongs to.

    Args:
        build: Makes the statement with named `bindparam`s; it is given the `insert` that knows conflicts.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}
        self._making = threading.Lock()

    def rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Return all rows, with moments as datetimes."""
        compiled = self._of(connection)
        cursor = self._execute(connection, compiled, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        cursor.close()
        return [_converted(row, compiled.results) for row in found] if compiled.results else found

    def first(self, connection: Connection, **values: Any) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        found = self.rows(connection, **values)
        return found[0] if found else None

    def scalar(self, connection: Connection, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        found = self.rows(connection, **values)
        return found[0][0] if found else None

    def run(self, connection: Connection, **values: Any) -> None:
        """Execute a statement that returns nothing."""
        self._execute(connection, self._of(connection), values).close()

    def _of(self, connection: Connection) -> _Compiled:
        name = connection.dialect.name
        found = self._compiled.get(name)
        if found is None:
            with self._making:
                found = self._compiled[name] = _compile(self._build, connection)
        return found

    def _execute(self, connection: Connection, compiled: _Compiled, values: dict[str, Any]) -> Any:
        given = {**compiled.defaults, **values}
        for name, convert in compiled.binds.items():
            given[name] = convert(given[name])
        chosen: Sequence[Any] | dict[str, Any] = given
        if compiled.is_positional:
            chosen = [given[name] for name in compiled.names]
        return execute_raw(connection, compiled.text, chosen)


def execute_raw(connection: Connection, text: str, values: Sequence[Any] | dict[str, Any] = ()) -> Any:
    """Execute text in the transaction of a connection and return the driver's cursor.

    Raises:
        DBAPIError: Whatever the driver says, as SQLAlchemy would have said it.
    """
    pooled = connection.connection
    driver: Any = pooled.driver_connection
    errors = connection.dialect.loaded_dbapi.Error
    try:
        cursor = driver.cursor()
        cursor.execute(text, values)
    except errors as error:
        is_lost = connection.dialect.is_disconnect(error, pooled.dbapi_connection, None)
        raised = DBAPIError.instance(
            text, None, error, errors, hide_parameters=True, connection_invalidated=is_lost,
            dialect=connection.dialect,
        )  # fmt: skip
        if is_lost:
            connection.invalidate(error)
        raise raised from error
    return cursor


def _compile(build: Build, connection: Connection) -> _Compiled:
    dialect = connection.dialect
    statement = build(_insert_of(dialect.name))
    compiled = statement.compile(dialect=dialect)
    binds, defaults = {}, {}
    for name, parameter in compiled.binds.items():
        convert = parameter.type.dialect_impl(dialect).bind_processor(dialect)
        if convert is not None:
            binds[name] = convert
        defaults[name] = parameter.effective_value
    results = []
    for at, column in enumerate(_result_columns(statement)):
        convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if convert is not None:
            results.append((at, convert))
    names = tuple(compiled.positiontup) if compiled.positional else tuple(compiled.binds)
    return _Compiled(str(compiled), names, compiled.positional, binds, defaults, tuple(results))


def _insert_of(database: str) -> Any:
    # Imported here: PostgreSQL's takes a twentieth of the start, and the embedded form never needs it.
    if database == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert


def _result_columns(statement: Any) -> Sequence[Any]:
    if statement.is_select:
        return list(statement.selected_columns)
    return list(statement.returning_column_descriptions and statement.exported_columns)


def _converted(row: tuple[Any, ...], results: tuple[tuple[int, _Convert], ...]) -> tuple[Any, ...]:
    changed = list(row)
    for at, convert in results:
        changed[at] = convert(changed[at])
    return tuple(changed)
