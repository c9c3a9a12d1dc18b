"""Name the cause of each cell that differs in two columns whose rows belong together.

A cell is tried against the usual culprits, the cheapest explanation first; what none explains was changed.
"""

import unicodedata

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.data_quality.quality import Mismatch, MismatchClass
from telemetry.same_form import is_blank

_EXAMPLES = 3
_LARGEST_ROUNDING = 0.011
_UNITS = (10.0, 100.0, 1e3, 1e6, 0.1, 0.01, 1e-3, 1e-6)
_FEWEST_OF_A_UNIT = 3
_ZONE_STEP_SECONDS = 900.0
_LARGEST_ZONE_SECONDS = 14 * 3_600.0


def differing_cells(
    left: pd.Series, right: pd.Series, name: str, tolerance: float, *, is_na_a_code: bool = False
) -> tuple[list[Mismatch], NDArray[np.bool_]]:
    """Compare one column over matched rows; return its differences by cause, and which rows differ."""
    a_number, b_number = _numbers(left), _numbers(right)
    blank = is_blank(left, is_na_a_code=is_na_a_code) & is_blank(right, is_na_a_code=is_na_a_code)
    if a_number is not None and b_number is not None:
        gap = np.abs(a_number - b_number)
        small = np.nan_to_num(gap, nan=np.inf) <= np.maximum(_LARGEST_ROUNDING, 1e-6 * np.abs(a_number))
        wrong = ~((gap <= tolerance + 1e-9 * np.abs(a_number)) | blank)
        if not tolerance and all(map(pd.api.types.is_integer_dtype, (left, right))):
            # Of two long account numbers one may be next to the other: whole numbers are not rounded.
            wrong, small = ~(_are_equal(left, right) | blank), np.zeros(len(gap), dtype=bool)
        other_sign = _other_sign(a_number, b_number)
        causes = [
            (MismatchClass.ROUNDING, small),
            (MismatchClass.SIGN, other_sign),
            (MismatchClass.OTHER_UNIT, _other_unit(a_number, b_number, wrong & ~small & ~other_sign)),
        ]
    else:
        a_text, b_text = left.astype(str).to_numpy(object), right.astype(str).to_numpy(object)
        wrong = (a_text != b_text) & ~blank
        causes = _text_causes(a_text, b_text, np.flatnonzero(wrong))
    found, left_over = [], wrong.copy()
    for kind, explained in causes:
        mine = left_over & explained
        if mine.any():
            found.append(_mismatch(kind, name, left, right, mine))
            left_over &= ~mine
    if left_over.any():
        found.append(_mismatch(MismatchClass.CHANGED_VALUES, name, left, right, left_over))
    return found, wrong


def _are_equal(left: pd.Series, right: pd.Series) -> NDArray[np.bool_]:
    same = left.reset_index(drop=True) == right.reset_index(drop=True)
    return same.fillna(False).to_numpy(bool)


def _other_sign(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(
        (left != 0) & (np.abs(left + right) <= np.maximum(_LARGEST_ROUNDING, 1e-6 * np.abs(left))), dtype=bool
    )


def _other_unit(
    left: NDArray[np.float64], right: NDArray[np.float64], wrong: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return where one side is the other times the same power of ten, as cents are of euros.

    One amount may become its tenfold by chance; several, and half of those that differ, do not.
    """
    none = np.zeros(len(left), dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = right / left
    for unit in _UNITS:
        by_unit = np.asarray(wrong & (np.abs(factor - unit) <= 1e-6 * unit), dtype=bool)
        if by_unit.sum() >= max(_FEWEST_OF_A_UNIT, wrong.sum() / 2):
            return by_unit
    return none


def _text_causes(
    left: NDArray[np.object_], right: NDArray[np.object_], wrong: NDArray[np.intp]
) -> list[tuple[MismatchClass, NDArray[np.bool_]]]:
    causes = {
        kind: np.zeros(len(left), dtype=bool)
        for kind in (MismatchClass.TIME_ZONE, MismatchClass.TRUNCATION, MismatchClass.ENCODING)
    }
    zone = _zone_shift(left[wrong], right[wrong])
    for number, place in enumerate(wrong):
        a, b = str(left[place]), str(right[place])
        if zone[number]:
            causes[MismatchClass.TIME_ZONE][place] = True
        elif len(b) < len(a) and b and a.startswith(b):
            causes[MismatchClass.TRUNCATION][place] = True
        elif _same_but_encoding(a, b):
            causes[MismatchClass.ENCODING][place] = True
    return list(causes.items())


def _zone_shift(left: NDArray[np.object_], right: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return where both are times and differ by whole quarters of an hour, at most fourteen hours."""
    if not len(left):
        return np.zeros(0, dtype=bool)
    a = pd.to_datetime(pd.Series(left), errors="coerce", format="ISO8601", utc=True)
    b = pd.to_datetime(pd.Series(right), errors="coerce", format="ISO8601", utc=True)
    gap = (b - a).dt.total_seconds().abs().to_numpy(np.float64)
    whole = np.nan_to_num(gap) % _ZONE_STEP_SECONDS == 0
    return np.asarray((gap > 0) & (gap <= _LARGEST_ZONE_SECONDS) & whole, dtype=bool)


def _same_but_encoding(a: str, b: str) -> bool:
    if unicodedata.normalize("NFKC", a) == unicodedata.normalize("NFKC", b):
        return True
    for wrote, read in (("utf-8", "cp1252"), ("utf-8", "latin-1"), ("cp1252", "utf-8"), ("latin-1", "utf-8")):
        for one, other in ((a, b), (b, a)):
            if one.encode(wrote, "replace").decode(read, "replace") == other:
                return True
    plain = [c for c in a if c.isascii()]
    return any(not c.isascii() for c in a) and plain == [c for c in b if c.isascii() and c != "?"]


def _numbers(values: pd.Series) -> NDArray[np.float64] | None:
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        return None
    return values.to_numpy(np.float64, na_value=np.nan)


def _mismatch(
    kind: MismatchClass, name: str, left: pd.Series, right: pd.Series, mine: NDArray[np.bool_]
) -> Mismatch:
    places = np.flatnonzero(mine)[:_EXAMPLES]
    examples = tuple((str(left.index[p]), str(left.iloc[p]), str(right.iloc[p])) for p in places)
    return Mismatch(kind, int(mine.sum()), name, examples=examples)
