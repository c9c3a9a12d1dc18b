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

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?")


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
    connection: Connection, table: str, key: str, columns: Sequence[str], width: int
) -> list[RangeDigest]:
    """Return the digest of each range of `width` keys of a table with an integer key.

    Raises:
        BadInput: A name is no plain identifier.
    """
    names = [_checked(name) for name in columns]
    row = ", '|', ".join(f"coalesce({name}::text, '~')" for name in names)
    query = (
        f"select {_checked(key)} / %s as range, count(*), "  # noqa: S608  every name is checked above
        f"sum(('x' || substr(md5(concat({row})), 1, 16))::bit(64)::bigint::numeric) "
        f"from {_checked(table)} group by 1 order by 1"
    )
    return [RangeDigest(int(n), int(c), int(d)) for n, c, d in connection.execute(query, (width,)).fetchall()]


def differing_ranges(source: Sequence[RangeDigest], target: Sequence[RangeDigest]) -> list[int]:
    """Return the numbers of the ranges whose count or digest differ, in order."""
    left = {one.number: (one.rows, one.digest) for one in source}
    right = {one.number: (one.rows, one.digest) for one in target}
    return sorted(number for number in left.keys() | right.keys() if left.get(number) != right.get(number))


def rows_of_range(
    connection: Connection, table: str, key: str, columns: Sequence[str], width: int, number: int
) -> list[tuple[object, ...]]:
    """Return the rows of one range, key first."""
    listed = ", ".join(_checked(name) for name in (key, *columns))
    query = f"select {listed} from {_checked(table)} where {_checked(key)} >= %s and {_checked(key)} < %s"  # noqa: S608
    rows = connection.execute(query, (number * width, (number + 1) * width)).fetchall()
    return [tuple(row) for row in rows]


def frame_differences(source: Any, target: Any, key: str, width: int) -> list[int]:  # Any: pandas frames
    """Return the key ranges in which two frames with an integer key differ, by hashes summed per range."""
    import numpy as np
    import pandas as pd

    digests = []
    for frame in (source, target):
        hashed = pd.util.hash_pandas_object(frame, index=False).to_numpy(np.uint64)
        place = frame[key].to_numpy(np.int64) // width
        order = np.argsort(place, kind="stable")
        numbers, first = np.unique(place[order], return_index=True)
        sums = np.add.reduceat(hashed[order], first) if len(first) else hashed[:0]
        counts = np.diff(np.r_[first, len(order)])
        digests.append({int(n): (int(c), int(s)) for n, c, s in zip(numbers, counts, sums, strict=True)})
    left, right = digests
    return sorted(number for number in left.keys() | right.keys() if left.get(number) != right.get(number))


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"identifier of {len(name)} characters",
            say="That name of a table or column has characters I don't put into a query.",
            next_step="Use letters, digits and underscores.",
        )
    return name
