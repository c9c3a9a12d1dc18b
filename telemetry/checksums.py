"""Find the key ranges in which two PostgreSQL tables differ, without moving their rows.

Each side answers one aggregate query: per range of keys a count and a sum of row hashes. Equal ranges are
equal
with overwhelming probability (64 bits of MD5 a row, summed); only ranges that differ are read row by row.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.errors import BadInput

# hash_record_extended() came with PostgreSQL 14.
_FIRST_WITH_RECORD_HASH = 14
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?")


NO_KEY = -(2**63)
"""Number of the range of rows whose key has no value."""


class Connection(Protocol):
    """The part of a database connection that is used; psycopg's fits."""

    def execute(self, query: str, params: Sequence[object] | None = None) -> Any:
        """Run a query and return a cursor; Any because drivers disagree about its type."""
        ...


@dataclass(frozen=True)
class RangeDigest:
    """One range of keys: its number, rows in it, and the sum of their hashes."""

    number: int
    rows: int
    digest: int


def range_digests(
    connection: Connection,
    table: str,
    key: str,
    columns: Sequence[str],
    width: int,
    *,
    fast: bool = False,
    within: tuple[int, Sequence[int]] | None = None,
) -> list[RangeDigest]:
    """Return the digest of each range of `width` keys of a table with an integer key.

    Args:
        connection: To the server that holds the table.
        table: Its name, with or without a schema.
        key: Integer column.
        columns: What the digest covers beside the key.
        width: Keys per range.
        fast: Hash whole rows by the server's own function, which only agrees between servers of one version
            and columns of one type (see `fast_digests_agree`); otherwise MD5 of the values as text.
        within: Width and numbers of coarser ranges; keys outside them are left out.

    Raises:
        BadInput: A name is no plain identifier.
    """
    names = [_checked(name) for name in (key, *columns)]
    row = ", '|', ".join(f"coalesce({name}::text, '~')" for name in names)
    hashed = (
        f"hash_record_extended(row({', '.join(names)}), 0)"
        if fast
        else f"('x' || substr(md5(concat({row})), 1, 16))::bit(64)::bigint"
    )
    number = _range_of(key)
    query = f"select {number} as range, count(*), sum({hashed}) from {_checked(table)}"  # noqa: S608
    given: tuple[object, ...] = (width,) * 4
    if within is not None:
        query += f" where {number} = any(%s)"
        given += (*(within[0],) * 4, list(within[1]))
    query += " group by 1 order by 1"
    return [
        RangeDigest(NO_KEY if n is None else int(n), int(c), int(d))
        for n, c, d in connection.execute(query, given).fetchall()
    ]


def distinct_values(connection: Connection, table: str, column: str) -> list[str]:
    """Return the distinct values of a column as text; raises `BadInput` for a name that is no identifier."""
    asked = f"select distinct {_checked(column)} from {_checked(table)}"  # noqa: S608  checked names
    return [str(value) for (value,) in connection.execute(asked).fetchall()]


def fast_digests_agree(
    source: Connection, source_table: str, target: Connection, target_table: str, columns: Sequence[str]
) -> bool:
    """Return whether both servers hash equal rows alike: one major version, and columns of one type."""
    sides = []
    for connection, table in ((source, source_table), (target, target_table)):
        version = int(connection.execute("show server_version_num").fetchall()[0][0]) // 10_000
        listed = ", ".join(_checked(name) for name in columns)
        kinds = connection.execute(f"select {listed} from {_checked(table)} limit 0").description  # noqa: S608
        sides.append((version, [one.type_code for one in kinds]))
    return sides[0] == sides[1] and sides[0][0] >= _FIRST_WITH_RECORD_HASH


def differing_ranges(source: Sequence[RangeDigest], target: Sequence[RangeDigest]) -> list[int]:
    """Return the numbers of the ranges whose count or digest differ, in order."""
    left = {one.number: (one.rows, one.digest) for one in source}
    right = {one.number: (one.rows, one.digest) for one in target}
    return sorted(number for number in left.keys() | right.keys() if left.get(number) != right.get(number))


def rows_of_ranges(
    connection: Connection, table: str, key: str, columns: Sequence[str], width: int, numbers: Sequence[int]
) -> list[tuple[object, ...]]:
    """Return the rows of some ranges, key first, in one pass over the table."""
    listed = ", ".join(_checked(name) for name in (key, *columns))
    query = f"select {listed} from {_checked(table)} where {_range_of(key)} = any(%s)"  # noqa: S608
    rows = connection.execute(query, (*(width,) * 4, list(numbers))).fetchall()
    return [tuple(row) for row in rows]


def rows_without_key(
    connection: Connection, table: str, key: str, columns: Sequence[str], most: int
) -> list[tuple[object, ...]]:
    """Return at most so many rows whose key has no value, key first."""
    listed = ", ".join(_checked(name) for name in (key, *columns))
    query = f"select {listed} from {_checked(table)} where {_checked(key)} is null limit %s"  # noqa: S608
    return [tuple(row) for row in connection.execute(query, (most,)).fetchall()]


def _range_of(key: str) -> str:
    """Return the expression of a key's range, with four places for the width; negative keys go down too."""
    key = _checked(key)
    return f"(({key}::bigint - mod(mod({key}::bigint, %s) + %s, %s)) / %s)"


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"identifier of {len(name)} characters",
            say="That name of a table or column has characters I don't put into a query.",
            next_step="Use letters, digits and underscores.",
        )
    # In quotation marks a column called user is no function, and one called order no syntax.
    return ".".join(f'"{part}"' for part in name.split("."))
