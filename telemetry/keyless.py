"""Compare rows that have no key: nothing but all they hold tells one from another."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.data_quality.quality import Mismatch, MismatchClass, Reconciliation
from telemetry.same_form import holds_codes_of_two, in_same_form, is_blank

Hashes = NDArray[np.uint64]

_ODD = np.uint64(0x9E3779B97F4A7C15)
"""An odd multiplier keeps (a, b) and (b, a) apart."""


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


def with_keyless(
    told: Reconciliation, source: pd.DataFrame, target: pd.DataFrame, key: Sequence[str]
) -> Reconciliation:
    """Return a comparison of the rows with a key, completed by those without one."""
    both = _alike(*_contents(source, target))
    detail = f"rows without {', '.join(key)}"
    found = (
        Mismatch(MismatchClass.MISSING_ROWS, len(source) - both, detail=detail),
        Mismatch(MismatchClass.EXTRA_ROWS, len(target) - both, detail=detail),
    )
    mismatches = [*told.mismatches, *(one for one in found if one.rows)]
    return replace(
        told,
        source_rows=told.source_rows + len(source),
        target_rows=told.target_rows + len(target),
        matched_rows=told.matched_rows + both,
        mismatches=tuple(sorted(mismatches, key=lambda one: -one.rows)),
    )


def _contents(source: pd.DataFrame, target: pd.DataFrame) -> tuple[Hashes, Hashes]:
    names = [name for name in source.columns if name in target.columns]
    sides = in_same_form(source[names], target[names])
    codes = {name: holds_codes_of_two(*(side[name] for side in sides)) for name in names}
    return _hashed(sides[0], codes), _hashed(sides[1], codes)


def _hashed(rows: pd.DataFrame, codes: dict[str, bool]) -> Hashes:
    """Return a number for all that a row holds, made column by column: millions of rows fit."""
    total = np.zeros(len(rows), dtype=np.uint64)
    for name, is_code in codes.items():
        text = rows[name].astype(str).mask(is_blank(rows[name], is_na_a_code=is_code), "").to_numpy(object)
        total = total * _ODD + pd.util.hash_array(text, categorize=False)
    return total


def _alike(left: Hashes, right: Hashes) -> int:
    """Return how many rows have a double on the other side, each taken once."""
    one, many = np.unique(left, return_counts=True)
    other, more = np.unique(right, return_counts=True)
    _, here, there = np.intersect1d(one, other, assume_unique=True, return_indices=True)
    return int(np.minimum(many[here], more[there]).sum())
