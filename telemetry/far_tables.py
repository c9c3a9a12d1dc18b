"""Reconcile two PostgreSQL tables of any size: only ranges of keys whose checksums differ are read.

Both servers add up their ranges at the same time; the rows of the few ranges that differ are then compared
and named as frames are.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal

import pandas as pd

from domain.data_quality.quality import Reconciliation
from domain.errors import BadInput
from telemetry.checksums import (
    NO_KEY,
    Connection,
    RangeDigest,
    differing_ranges,
    distinct_values,
    fast_digests_agree,
    range_digests,
    rows_of_ranges,
    rows_without_key,
)
from telemetry.keyless import Allowance, with_keyless
from telemetry.narrowing import reconcile_frames

_WIDTH = 10_000
# Ranges that differ are cut into so many finer ones before any row is read.
_FINER = 100
_MOST_ROWS = 5_000_000


@dataclass(frozen=True)
class FarTable:
    """A table behind a connection of its own; both sides of a comparison are asked at once."""

    connection: Connection
    name: str


def reconcile_tables(
    source: FarTable,
    target: FarTable,
    *,
    key: str,
    columns: Sequence[str],
    tolerance: Mapping[str, float] | None = None,
    width: int = _WIDTH,
    partition: str = "",
) -> Reconciliation:
    """Return what differs between two tables with an integer key, largest kind first.

    Args:
        source: The table as the source has it.
        target: The table as it arrived.
        key: Integer column that identifies a row on both sides.
        columns: What to compare beside the key.
        tolerance: Allowed absolute difference per numeric column.
        width: Keys per range; 10,000 means a thousand checksums for ten million rows.
        partition: Column by which the target is loaded in parts; a part of which nothing came is told as one.

    Raises:
        BadInput: A name is no plain identifier, or so much differs that the rows would not fit in memory.
    """
    columns = tuple(dict.fromkeys((*columns, partition))) if partition else columns
    fast = fast_digests_agree(source.connection, source.name, target.connection, target.name, (key, *columns))
    asked = _Asked(source, target, key, columns, fast)
    every = asked.digests(width)
    left, right = ([one for one in side if one.number != NO_KEY] for side in every)
    ranges = differing_ranges(left, right)
    fine = max(width // _FINER, 1)
    close = asked.digests(fine, (width, ranges)) if ranges else ([], [])
    few = differing_ranges(*close)
    _must_fit(*close, few)
    frames = asked.rows(fine, few)
    arrived = _values(target, partition) if partition else None
    told = reconcile_frames(
        frames[0], frames[1], key=[key], tolerance=tolerance, partition=partition, arrived=arrived
    )
    source_rows, target_rows = (sum(one.rows for one in side) for side in (left, right))
    matched = source_rows - len(frames[0]) + told.matched_rows
    told = replace(told, source_rows=source_rows, target_rows=target_rows, matched_rows=matched)
    return _with_keyless(told, every, asked, Allowance(tolerance))


def _with_keyless(
    told: Reconciliation,
    every: tuple[list[RangeDigest], list[RangeDigest]],
    asked: "_Asked",
    allowed: Allowance,
) -> Reconciliation:
    """Return a comparison of the rows with a key, completed by those without; equal ones are not read."""
    left, right = ([one for one in side if one.number == NO_KEY] for side in every)
    if differing_ranges(left, right):
        _must_fit(left, right, [NO_KEY])
        return with_keyless(told, *asked.without_key(), [asked.key], allowed)
    rows = sum(one.rows for one in left)
    return replace(
        told,
        source_rows=told.source_rows + rows,
        target_rows=told.target_rows + rows,
        matched_rows=told.matched_rows + rows,
    )


def _values(table: FarTable, column: str) -> frozenset[str]:
    """Return the distinct values of a column, as text."""
    return frozenset(distinct_values(table.connection, table.name, column))


@dataclass(frozen=True)
class _Asked:
    """One comparison: both servers work on their answers at the same time."""

    source: FarTable
    target: FarTable
    key: str
    columns: Sequence[str]
    fast: bool

    def digests(
        self, width: int, within: tuple[int, Sequence[int]] | None = None
    ) -> tuple[list[RangeDigest], list[RangeDigest]]:
        """Return the digests of source and target."""

        def one(side: FarTable) -> list[RangeDigest]:
            return range_digests(
                side.connection, side.name, self.key, self.columns, width, fast=self.fast, within=within
            )

        with ThreadPoolExecutor(2) as both:
            left, right = both.map(one, (self.source, self.target))
        return left, right

    def rows(self, width: int, numbers: Sequence[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the rows of some ranges of source and target."""
        names = (self.key, *self.columns)

        def one(side: FarTable) -> pd.DataFrame:
            if not numbers:
                return pd.DataFrame(columns=list(names))
            return frame_of(
                rows_of_ranges(side.connection, side.name, self.key, self.columns, width, numbers), names
            )

        with ThreadPoolExecutor(2) as both:
            left, right = both.map(one, (self.source, self.target))
        return left, right

    def without_key(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the rows of source and target whose key has no value."""
        source, target = (
            frame_of(
                rows_without_key(side.connection, side.name, self.key, self.columns, _MOST_ROWS),
                (self.key, *self.columns),
            )
            for side in (self.source, self.target)
        )
        return source, target


def _must_fit(left: Sequence[RangeDigest], right: Sequence[RangeDigest], ranges: Sequence[int]) -> None:
    wanted = set(ranges)
    rows = sum(one.rows for one in (*left, *right) if one.number in wanted)
    if rows > _MOST_ROWS:
        raise BadInput(
            f"{rows} rows in {len(ranges)} differing ranges",
            say=f"The tables differ almost everywhere: {rows:,} rows would have to be read.",
            next_step="Look at the load as a whole first, or compare one partition.",
        )


def frame_of(rows: Sequence[Sequence[object]], names: Sequence[str]) -> pd.DataFrame:
    """Return rows as a database gives them as a frame."""
    frame = pd.DataFrame(list(rows), columns=list(names))
    for name in names:
        # PostgreSQL's numeric arrives as Decimal objects; tolerances and rounding speak of numbers.
        if frame[name].map(lambda value: isinstance(value, Decimal)).any():
            frame[name] = pd.to_numeric(frame[name].map(lambda v: None if v is None else float(v)))
    return frame
