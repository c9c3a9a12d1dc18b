"""Compare two large frames and name every difference, by handing only the rows that differ to the reconciler.

Millions of equal rows need no explanation: keys are compared as numbers (or as 64-bit hashes of their text),
cells column by column in blocks, and what is left over, usually a few rows, is reconciled row by row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.data_quality.quality import Reconciliation
from telemetry.keyless import Allowance, with_keyless, without_key
from telemetry.reconciliation import reconcile
from telemetry.same_form import in_same_form

Whole = NDArray[np.intp]
Flags = NDArray[np.bool_]
Keys = NDArray[np.int64] | NDArray[np.uint64]

_BLOCK_ROWS = 1_000_000


def reconcile_frames(
    source: pd.DataFrame,
    target: pd.DataFrame,
    *,
    key: Sequence[str],
    tolerance: Mapping[str, float] | None = None,
    partition: str = "",
    loaded_until: pd.Timestamp | None = None,
    time_column: str = "",
    arrived: frozenset[str] | None = None,
) -> Reconciliation:
    """Return what `reconcile` returns, in time that hardly depends on the rows that agree.

    The arguments are those of `telemetry.reconciliation.reconcile`.

    Raises:
        BadInput: A key column is missing on one side.
    """
    if any(name not in source or name not in target for name in key):
        return reconcile(source, target, key=key)
    lacking, there = without_key(source, key), without_key(target, key)
    if lacking.any() or there.any():
        keyed = reconcile_frames(
            source[~lacking],
            target[~there],
            key=key,
            tolerance=tolerance,
            partition=partition,
            loaded_until=loaded_until,
            time_column=time_column,
            arrived=arrived,
        )
        allowed = Allowance(tolerance, loaded_until, time_column)
        return with_keyless(keyed, source[lacking], target[there], key, allowed)
    source, target = in_same_form(source, target, key=key)
    left, right = differing_rows(source, target, key)
    if partition in target:
        arrived = (arrived or frozenset()) | frozenset(target[partition].astype(str).unique())
    told = reconcile(
        source.iloc[left],
        target.iloc[right],
        key=key,
        tolerance=tolerance,
        partition=partition,
        loaded_until=loaded_until,
        time_column=time_column,
        arrived=arrived,
        whole=(source, target),
    )
    agreed = len(source) - len(left)
    return replace(
        told, source_rows=len(source), target_rows=len(target), matched_rows=agreed + told.matched_rows
    )


def differing_rows(source: pd.DataFrame, target: pd.DataFrame, key: Sequence[str]) -> tuple[Whole, Whole]:
    """Return positions in source and in target of all rows that have no exact double on the other side.

    A key that stands more than once on a side is returned with all its rows, unless both frames agree row
    by row.
    """
    left_key, right_key = _keys(source, target, key)
    columns = [name for name in source.columns if name in target.columns and name not in key]
    if len(left_key) == len(right_key) and np.array_equal(left_key, right_key):
        wrong = _unequal(source, target, columns)
        if not wrong.any():
            return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
        suspect = np.flatnonzero(np.isin(left_key, left_key[wrong])).astype(np.intp)
        return suspect, suspect
    left, right = _order(left_key), _order(right_key)
    left_alone, left_pair, right_alone, right_pair = _paired(left_key[left], right_key[right])
    here, there = left[left_pair], right[right_pair]
    wrong = _unequal(source, target, columns, here, there)
    return (
        np.sort(np.r_[left[left_alone], here[wrong]]),
        np.sort(np.r_[right[right_alone], there[wrong]]),
    )


def _keys(source: pd.DataFrame, target: pd.DataFrame, key: Sequence[str]) -> tuple[Keys, Keys]:
    """Return one number per row: the key itself when both sides have a whole one, else a hash of its text."""
    one, other = source[key[0]], target[key[0]]
    whole = pd.api.types.is_integer_dtype(one) and pd.api.types.is_integer_dtype(other)
    if len(key) == 1 and whole and not one.hasnans and not other.hasnans:
        return one.to_numpy(np.int64), other.to_numpy(np.int64)
    return _hashed(source, key), _hashed(target, key)


def _hashed(frame: pd.DataFrame, key: Sequence[str]) -> NDArray[np.uint64]:
    total = np.zeros(len(frame), dtype=np.uint64)
    for name in key:
        text = frame[name].astype(str).mask(frame[name].isna(), "").to_numpy(object)
        # An odd multiplier keeps (a, b) and (b, a) apart.
        total = total * np.uint64(0x9E3779B97F4A7C15) + pd.util.hash_array(text, categorize=False)
    return total


def _order(key: Keys) -> Whole:
    if bool((key[1:] > key[:-1]).all()):
        return np.arange(len(key), dtype=np.intp)
    return np.argsort(key, kind="stable").astype(np.intp)


def _paired(left: Keys, right: Keys) -> tuple[Flags, Flags, Flags, Flags]:
    """Return, over sorted keys, which stand alone or repeat and which have exactly one partner, per side."""
    left_single, right_single = _single(left), _single(right)
    left_pair = left_single & _within(left, right[right_single])
    right_pair = right_single & _within(right, left[left_single])
    return ~left_pair, left_pair, ~right_pair, right_pair


def _single(key: Keys) -> Flags:
    if not len(key):
        return np.zeros(0, dtype=bool)
    same = key[1:] == key[:-1]
    return np.asarray(~(np.r_[False, same] | np.r_[same, False]), dtype=bool)


def _within(key: Keys, among: Keys) -> Flags:
    if not len(among):
        return np.zeros(len(key), dtype=bool)
    place = np.minimum(np.searchsorted(among, key), len(among) - 1)
    return np.asarray(among[place] == key, dtype=bool)


def _unequal(
    source: pd.DataFrame,
    target: pd.DataFrame,
    columns: Sequence[str],
    here: Whole | None = None,
    there: Whole | None = None,
) -> Flags:
    """Return which paired rows differ in any column; blanks on both sides are equal."""
    count = len(source) if here is None else len(here)
    wrong = np.zeros(count, dtype=bool)
    for name in columns:
        left, right = source[name], target[name]
        for begin in range(0, count, _BLOCK_ROWS):
            block = slice(begin, min(begin + _BLOCK_ROWS, count))
            one = left.iloc[block if here is None else here[block]]
            other = right.iloc[block if there is None else there[block]]
            wrong[block] |= _cells_differ(one, other)
    return wrong


def _cells_differ(one: pd.Series, other: pd.Series) -> Flags:
    if isinstance(one.dtype, np.dtype) and one.dtype == other.dtype and one.dtype.kind in "iufbmM":
        a, b = one.to_numpy(), other.to_numpy()
        wrong = np.asarray(a != b, dtype=bool)
        if one.dtype.kind in "fmM" and wrong.any():
            wrong &= ~np.asarray(pd.isna(a) & pd.isna(b), dtype=bool)
        return wrong
    if one.dtype != other.dtype:
        one, other = one.astype(str), other.astype(str)
    left, right = one.reset_index(drop=True), other.reset_index(drop=True)
    differs = np.asarray((left != right).fillna(True), dtype=bool)
    both_blank = np.asarray(left.isna() & right.isna(), dtype=bool)
    return np.asarray(differs & ~both_blank, dtype=bool)
