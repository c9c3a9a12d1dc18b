"""Bring the columns of two tables to one form, where both hold the same kind of value and write it otherwise.

`7` and `7.0`, `true` and `t`, `2026-03-02T07:00:00Z` and the moment that a database gives are no differences
of what arrived. Codes are not touched: `0007` and `7` are two texts, and who lost the zeros is told.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_NUMBER = r"-?(?:(?:0|[1-9]\d{0,17})(?:\.\d{1,30})?|\.\d{1,30})(?:[eE][+-]\d{1,3})?"
"""A number as programs print it, `.5` too; what begins with a zero or a plus is a code, and so is 1E3."""
_NO_VALUE = frozenset({"", "null", "nan", "nat", "none", "na", "n/a", "<na>", "\\n"})
"""What stands for no value in files, in lower case."""
_FLAGS = {"true": True, "t": True, "yes": True, "y": True, "1": True}
_FLAGS |= {"false": False, "f": False, "no": False, "n": False, "0": False}
_DAY = r"\d{4}-\d\d-\d\d"
_EPOCHS = {10: 1_000_000_000, 13: 1_000_000, 16: 1_000, 19: 1}
"""Nanoseconds in a part, by how many digits the parts since 1970 have."""
_GLANCE, _MOST_FLAGS = 200, 3
_NOTHING_OR_NAMIBIA = "na"
_DIGITS = str.maketrans("123456789", "000000000")
Tables = tuple[pd.DataFrame, pd.DataFrame]


def in_same_form(
    source: pd.DataFrame, target: pd.DataFrame, *, key: Sequence[str] = (), whole: Tables | None = None
) -> Tables:
    """Return both tables; a column that both have, of the same kind in two writings, is written alike.

    Args:
        source: One table.
        target: The other one.
        key: Columns that identify a row: two texts of a key stay two, as the versions 1.1 and 1.10 are.
        whole: The tables of which these are some rows: the few that differ may look like numbers where the
            others show that the column holds codes.
    """
    source, target = source.infer_objects(), target.infer_objects()
    left, right = {}, {}
    for name in filter(target.columns.__contains__, source.columns):
        pair = _alike(source[name], target[name], name in key)
        if pair is None or (whole and _read(whole[0][name], whole[1][name], name in key) is None):
            continue
        left[name], right[name] = pair
    return (source.assign(**left), target.assign(**right)) if left else (source, target)


def is_blank(values: pd.Series, *, is_na_a_code: bool = False) -> NDArray[np.bool_]:
    """Return where there is no value, also where a file has a word for that."""
    gone = values.isna().to_numpy(bool)
    if not _is_text(values):
        return gone
    try:
        seen = [word for word in values[~gone].unique() if isinstance(word, str)]
    except TypeError:  # lists and objects of nested records
        return gone
    no_value = _NO_VALUE - {_NOTHING_OR_NAMIBIA} if is_na_a_code else _NO_VALUE
    words = {word for word in seen if word.strip().lower() in no_value}
    return gone | values.isin(words).to_numpy(bool) if words else gone


def holds_codes_of_two(*columns: pd.Series) -> bool:
    """Return whether all words of these columns are codes of two letters, of which NA (Namibia) is one."""
    words: set[str] = set()
    try:
        if not any(_is_text(values) and bool(values.isin(["NA"]).any()) for values in columns):
            return False
        for values in columns:
            words |= {word for word in values.dropna().unique() if isinstance(word, str)}
    except TypeError:  # lists and objects of nested records
        return False
    words = {word for word in words if word.strip().lower() not in _NO_VALUE}
    return bool(words) and all(len(word) == 2 and word.isalpha() and word.isupper() for word in words)


def as_numbers(values: pd.Series, *, apart: bool = False, padded: bool = False) -> pd.Series | None:
    """Return the values as numbers; None unless each is one as programs print it, and there is one.

    Args:
        values: The values.
        apart: Whether two texts must be two numbers: 1.1 and 1.10 in one column are no numbers then.
        padded: Whether blanks may stand around a number, as in files with columns of one width.
    """
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values
    if not _is_text(values):
        return None
    if any(isinstance(value, Decimal) for value in values.head(_GLANCE)):
        return values.astype("float64")
    texts = _texts(values, lambda some: (some.str.strip(" ") if padded else some).str.fullmatch(_NUMBER))
    if texts is None:
        return None
    texts = texts.str.strip(" ") if padded else texts
    if bool(texts.dropna().str.fullmatch(r"-?\d+").all()):
        return texts.astype("Int64") if texts.isna().any() else texts.astype("int64")
    numbers = pd.to_numeric(texts)
    return None if apart and numbers.nunique() < texts.nunique() else numbers


def _alike(one: pd.Series, other: pd.Series, is_key: bool) -> tuple[pd.Series, pd.Series] | None:
    if one.dtype == other.dtype and not _is_text(one):
        return None
    return None if _look_alike(one, other) else _read(one, other, is_key)


def _read(one: pd.Series, other: pd.Series, is_key: bool) -> tuple[pd.Series, pd.Series] | None:
    if (numbers := _both(partial(as_numbers, apart=is_key), one, other)) is not None:
        return _of_one_kind(*numbers)
    return _both(_as_flags, one, other) or _both(_as_moments, one, other)


def _of_one_kind(one: pd.Series, other: pd.Series) -> tuple[pd.Series, pd.Series]:
    if not (pd.api.types.is_integer_dtype(one) and pd.api.types.is_integer_dtype(other)):
        return one.astype("float64"), other.astype("float64")
    if one.hasnans or other.hasnans:
        return one.astype("Int64"), other.astype("Int64")
    return one.astype("int64"), other.astype("int64")


def _both(
    read: Callable[[pd.Series], pd.Series | None], one: pd.Series, other: pd.Series
) -> tuple[pd.Series, pd.Series] | None:
    first = read(one)
    second = read(other) if first is not None else None
    return None if first is None or second is None else (first, second)


def _look_alike(one: pd.Series, other: pd.Series) -> bool:
    """Tell whether two columns of text are written alike already, by the shapes of their first values."""
    if not (_is_text(one) and _is_text(other)):
        return False
    return _shapes(one) == _shapes(other)


def _shapes(values: pd.Series) -> set[str]:
    first = values.head(_GLANCE)
    return {str(value).translate(_DIGITS) for value in first[~is_blank(first)]}


def _is_text(values: pd.Series) -> bool:
    return not (
        pd.api.types.is_numeric_dtype(values)
        or pd.api.types.is_bool_dtype(values)
        or pd.api.types.is_datetime64_any_dtype(values)
    )


def _are(values: pd.Series, *kinds: type) -> bool:
    return all(isinstance(value, kinds) for value in values)


def _texts(values: pd.Series, fits: Callable[[pd.Series], pd.Series]) -> pd.Series | None:
    """Return the texts with nothing where they say so; None unless all of them fit."""
    if not _is_text(values):
        return None
    for part in (values.head(_GLANCE), values):  # nearly all columns are told by their first values
        blank = is_blank(part)
        kept = part[~blank]
        if not _are(kept, str) or not bool(fits(kept.astype(str)).all()):
            return None
    return values.where(~blank) if len(kept) else None


def _as_flags(values: pd.Series) -> pd.Series | None:
    if pd.api.types.is_bool_dtype(values):
        return values.astype("boolean")
    words: dict[object, bool | None] = {}
    for part in (values.head(_GLANCE), values):
        kept = part[~is_blank(part)]
        if not _are(kept, str, int):
            return None
        words = {word: _FLAGS.get(str(word).strip().lower()) for word in kept.unique()[:_MOST_FLAGS]}
        if len(words) > 2 or None in words.values():
            return None
    if not words:
        return None
    return values.map(words).astype("boolean")


def _as_moments(values: pd.Series) -> pd.Series | None:
    if pd.api.types.is_datetime64_any_dtype(values):
        return pd.to_datetime(values, utc=True)
    if pd.api.types.is_integer_dtype(values):
        return _counted(values)
    if _are(values.head(_GLANCE).dropna(), dt.date):
        kept = values.dropna()
        if not len(kept) or not _are(kept, dt.date):
            return None
        read = pd.to_datetime(values, utc=True, errors="coerce")
    else:
        texts = _texts(values, lambda some: some.str.match(_DAY))
        if texts is None:
            return None
        kept = texts.dropna()
        read = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce")
    # A day such as 9999-12-31 may be beyond what is counted here: then the column stays as it is.
    return read if int(read.notna().sum()) == len(kept) else None


def _counted(values: pd.Series) -> pd.Series | None:
    """Return moments that are counted from 1970, told by how many digits today's have."""
    lengths = {len(str(value)) for value in values.dropna().unique()[:_GLANCE]}
    if len(lengths) != 1 or (parts := _EPOCHS.get(lengths.pop())) is None:
        return None
    read = pd.to_datetime(values * parts, utc=True, errors="coerce")
    return read if int(read.notna().sum()) == int(values.notna().sum()) else None
