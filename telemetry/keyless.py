"""Compare rows that have no key: nothing but all they hold tells one from another."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.data_quality.quality import Mismatch, MismatchClass, Reconciliation
from telemetry.same_form import Tables, holds_codes_of_two, in_same_form, is_blank

Hashes = NDArray[np.uint64]
Flags = NDArray[np.bool_]

_ODD = np.uint64(0x9E3779B97F4A7C15)
"""An odd multiplier keeps (a, b) and (b, a) apart."""
_ROUND = 1e-9
"""A difference of just the tolerance is within it, whatever floats make of it."""
_TRIED = 50


def without_key(rows: pd.DataFrame, key: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows have no value in any column of their key: of several, one tells rows apart."""
    lacking = np.ones(len(rows), dtype=bool)
    for name in key:
        values = rows[name]
        blank = values.isna().to_numpy(bool)
        if values.dtype == object or isinstance(values.dtype, pd.StringDtype):
            blank = blank | (values == "").fillna(False).to_numpy(bool)
        lacking &= blank
    return lacking


@dataclass(frozen=True)
class Allowance:
    """What is no difference, or none yet: see `telemetry.reconciliation.reconcile`."""

    tolerance: Mapping[str, float] | None = None
    loaded_until: pd.Timestamp | None = None
    time_column: str = ""


def with_keyless(
    told: Reconciliation,
    source: pd.DataFrame,
    target: pd.DataFrame,
    key: Sequence[str],
    allowed: Allowance,
) -> Reconciliation:
    """Return a comparison of the rows with a key, completed by those without one."""
    lost, extra = _left_over(source, target, allowed.tolerance or {})
    detail = f"rows without {', '.join(key)}"
    late = _are_late(source[lost], allowed)
    found = (
        Mismatch(MismatchClass.MISSING_ROWS, int(lost.sum()) - late, detail=detail),
        Mismatch(MismatchClass.LATE_ROWS, late, allowed.time_column, detail),
        Mismatch(MismatchClass.EXTRA_ROWS, int(extra.sum()), detail=detail),
    )
    mismatches = [*told.mismatches, *(one for one in found if one.rows)]
    return replace(
        told,
        source_rows=told.source_rows + len(source),
        target_rows=told.target_rows + len(target),
        matched_rows=told.matched_rows + len(source) - int(lost.sum()),
        mismatches=tuple(sorted(mismatches, key=lambda one: -one.rows)),
    )


def _are_late(lost: pd.DataFrame, allowed: Allowance) -> int:
    """Return how many rows that did not arrive were written after the load's watermark."""
    if allowed.loaded_until is None or allowed.time_column not in lost:
        return 0
    when = pd.to_datetime(lost[allowed.time_column], errors="coerce")
    return int((when > allowed.loaded_until).fillna(False).sum())


def _left_over(
    source: pd.DataFrame, target: pd.DataFrame, tolerance: Mapping[str, float]
) -> tuple[Flags, Flags]:
    """Return which rows of each side have no double on the other: the same in all, or near enough to it."""
    names = [name for name in source.columns if name in target.columns]
    sides = in_same_form(source[names], target[names])
    codes = {name: holds_codes_of_two(*(side[name] for side in sides)) for name in names}
    hashes = [_hashed(side, codes) for side in sides]
    lost, extra = _without_double(*hashes), _without_double(*hashes[::-1])
    loose = [
        name
        for name in names
        if tolerance.get(name, 0.0) > 0 and all(pd.api.types.is_numeric_dtype(side[name]) for side in sides)
    ]
    if loose and lost.any() and extra.any():
        _take_near(sides, (lost, extra), codes, {name: tolerance[name] for name in loose})
    return lost, extra


def _without_double(own: Hashes, other: Hashes) -> Flags:
    """Return which of the own rows are left where each of the others takes one that is alike."""
    if not len(own) or not len(other):
        return np.ones(len(own), dtype=bool)
    values, times = np.unique(other, return_counts=True)
    place = np.minimum(np.searchsorted(values, own), len(values) - 1)
    there = np.where(values[place] == own, times[place], 0)
    order = np.argsort(own, kind="stable")
    starts = np.flatnonzero(np.r_[True, own[order][1:] != own[order][:-1]])
    before = np.empty(len(own), dtype=np.intp)
    before[order] = np.arange(len(own)) - np.repeat(starts, np.diff(np.r_[starts, len(own)]))
    return np.asarray(before >= there, dtype=bool)


class _Groups(defaultdict[int, list[tuple[tuple[float, ...], int]]]):
    """The numbers and the place of each row, by all else that it holds."""

    def __init__(self) -> None:
        super().__init__(list)


def _take_near(
    sides: Tables, left_over: tuple[Flags, Flags], codes: Mapping[str, bool], tolerance: Mapping[str, float]
) -> None:
    """Pair rows that are left over, alike in all but some numbers, and in these within the tolerance.

    Both sides of such a group are gone through in the order of their numbers: near rows meet there.
    """
    groups = (_Groups(), _Groups())
    strict = {name: is_code for name, is_code in codes.items() if name not in tolerance}
    for side, left, rows in zip(sides, left_over, groups, strict=True):
        places = np.flatnonzero(left)
        some = side.iloc[places]
        numbers = np.column_stack([some[name].to_numpy(np.float64, na_value=np.nan) for name in tolerance])
        same = _hashed(some, strict)
        for lacks in np.isnan(numbers).T:
            same = same * _ODD + lacks.astype(np.uint64)
        for place, alike, values in zip(places, same, np.nan_to_num(numbers).tolist(), strict=True):
            rows[int(alike)].append((tuple(values), int(place)))
    for alike, mine in groups[0].items():
        _pair(mine, groups[1].get(alike, []), tuple(tolerance.values()), left_over)


def _pair(
    mine: list[tuple[tuple[float, ...], int]],
    theirs: list[tuple[tuple[float, ...], int]],
    most: tuple[float, ...],
    left_over: tuple[Flags, Flags],
) -> None:
    """Take the rows of two lists that have a near one on the other side from what is left over.

    The number that differs most leads: rows that have it alike are not told apart by their order.
    """
    lead = max(range(len(most)), key=lambda n: len({values[n] for values, _ in theirs}))
    mine, theirs = (sorted(rows, key=lambda row: (row[0][lead], row)) for rows in (mine, theirs))
    places, at = _Free(len(theirs)), 0
    for values, place in mine:
        reach = _allowed(values[lead], most[lead])
        while at < len(theirs) and theirs[at][0][lead] < values[lead] - reach:
            at += 1
        n = places.first_from(at)
        for _ in range(_TRIED):
            if n >= len(theirs) or theirs[n][0][lead] > values[lead] + reach:
                break
            if _is_near(values, theirs[n][0], most):
                left_over[0][place] = left_over[1][theirs[n][1]] = False
                places.take(n)
                break
            n = places.first_from(n + 1)


class _Free:
    """Which places of a list are not taken yet; those that are taken are leapt over."""

    def __init__(self, count: int) -> None:
        self._next = list(range(count + 1))

    def first_from(self, place: int) -> int:
        """Return the first free place from this one on, the length of the list where there is none."""
        while self._next[place] != place:
            self._next[place] = self._next[self._next[place]]
            place = self._next[place]
        return place

    def take(self, place: int) -> None:
        """Take a free place."""
        self._next[place] = place + 1


def _is_near(one: tuple[float, ...], other: tuple[float, ...], most: tuple[float, ...]) -> bool:
    return all(abs(a - b) <= _allowed(a, tolerance) for a, b, tolerance in zip(one, other, most, strict=True))


def _allowed(number: float, tolerance: float) -> float:
    return tolerance + _ROUND * abs(number)


def _hashed(rows: pd.DataFrame, codes: dict[str, bool]) -> Hashes:
    """Return a number for all that a row holds, made column by column: millions of rows fit."""
    total = np.zeros(len(rows), dtype=np.uint64)
    for name, is_code in codes.items():
        text = rows[name].astype(str).mask(is_blank(rows[name], is_na_a_code=is_code), "").to_numpy(object)
        total = total * _ODD + pd.util.hash_array(text, categorize=False)
    return total
