"""Compare a source table with its target row by row, and name the cause of every kind of difference.

Rows are joined on the key; what does not join is tried again with a normalised key, and what joins but
differs is
tried against the usual culprits, the cheapest explanation first. At scale, `telemetry.narrowing` (frames) and
`telemetry.far_tables` (databases) find the rows that differ and hand only those to this module.
"""

import string
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from domain.data_quality.quality import Mismatch, MismatchClass, Reconciliation
from domain.errors import BadInput
from telemetry.differences import differing_cells
from telemetry.same_form import Tables, holds_codes_of_two, in_same_form

_EXAMPLES = 3
_LETTERS = string.ascii_lowercase
_FEWEST_NUMBERS = 5
_NEARLY_ALL = 0.9


def reconcile(
    source: pd.DataFrame,
    target: pd.DataFrame,
    *,
    key: Sequence[str],
    tolerance: Mapping[str, float] | None = None,
    partition: str = "",
    loaded_until: pd.Timestamp | None = None,
    time_column: str = "",
    arrived: frozenset[str] | None = None,
    whole: Tables | None = None,
) -> Reconciliation:
    """Return what differs between source and target, largest kind first.

    Args:
        source: Rows as the source has them.
        target: Rows as they arrived.
        key: Columns that identify a row on both sides.
        tolerance: Allowed absolute difference per numeric column.
        partition: Column by which the target is loaded in parts, e.g. the business date.
        loaded_until: Watermark of the load; source rows after it are late, not lost.
        time_column: Column that the watermark speaks of.
        arrived: Partitions known to have arrived although none of their rows is in `target`.
        whole: Both tables in one form, where `source` and `target` are their rows that differ.

    Raises:
        BadInput: A key column is missing on one side.
    """
    missing = [name for name in key if name not in source or name not in target]
    if missing:
        raise BadInput(
            f"key columns {missing} missing",
            say=f"I can't match the rows: {', '.join(missing)} is not on both sides.",
            next_step="Name a key that source and target share.",
        )
    source, target = in_same_form(source, target, key=key, whole=whole)
    all_rows = whole or (source, target)
    found: list[Mismatch] = []
    left, right = _keyed(source, key), _keyed(target, key)
    right, repeated = _without_repeats(right, len(source) - left.index.nunique())
    found += repeated
    left = left[~left.index.duplicated()]
    left, right, renamed = _matched_by_shape(left, right)
    found += renamed
    lost = left[~left.index.isin(right.index)]
    if partition and partition in right:
        arrived = (arrived or frozenset()) | frozenset(right[partition].astype(str))
    found += _only_source(lost, arrived, partition, loaded_until, time_column)
    extra = right[~right.index.isin(left.index)]
    if len(extra):
        found.append(Mismatch(MismatchClass.EXTRA_ROWS, len(extra), examples=_keys(extra)))
    both = left.index.intersection(right.index, sort=False)
    columns = [name for name in source.columns if name in target.columns and name not in key]
    differing = np.zeros(len(both), dtype=bool)
    for name in columns:
        cells, wrong = differing_cells(
            left.loc[both, name],
            right.loc[both, name],
            name,
            (tolerance or {}).get(name, 0.0),
            is_na_a_code=holds_codes_of_two(*(one[name] for one in all_rows)),
        )
        found += cells
        differing |= wrong
    found.sort(key=lambda one: -one.rows)
    return Reconciliation(len(source), len(target), len(both) - int(differing.sum()), tuple(found))


def _keyed(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    # A part of a key may lack a value; text without one is no text, and nothing could be joined to it.
    parts = [_plain_text(frame[name]).mask(frame[name].isna(), "") for name in key]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "\x1f" + part
    return frame.set_index(pd.Index(joined.to_numpy(object), name="_key", dtype=object))


def _plain_text(values: pd.Series) -> pd.Series:
    """Return values as text, whole floats without their point, so that 7 and 7.0 are one key."""
    if pd.api.types.is_float_dtype(values):
        whole = values.dropna()
        if len(whole) and bool((whole == whole.round()).all()):
            return values.astype("Int64").astype(str)
    return values.astype(str)


def _without_repeats(right: pd.DataFrame, allowed: int) -> tuple[pd.DataFrame, list[Mismatch]]:
    again = right.index.duplicated()
    count = int(again.sum())
    kept = right[~again]
    if count <= max(allowed, 0):
        return kept, []
    return kept, [
        Mismatch(
            MismatchClass.DUPLICATES,
            count,
            detail="keys that arrived more than once",
            examples=_keys(right[again]),
        )
    ]


def _matched_by_shape(
    left: pd.DataFrame, right: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, list[Mismatch]]:
    """Match what did not join once more, by keys without padding, case, leading zeros and separators."""
    lost, extra = left.index[~left.index.isin(right.index)], right.index[~right.index.isin(left.index)]
    if not len(lost) or not len(extra):
        return left, right, []
    shapes = {_shape(name): name for name in lost}
    renamed = {name: shapes[_shape(name)] for name in extra if _shape(name) in shapes}
    renamed = renamed or _matched_by_number(shapes, {_shape(name): name for name in extra})
    if not renamed:
        return left, right, []
    examples = tuple((source, source, str(name)) for name, source in list(renamed.items())[:_EXAMPLES])
    right = right.rename(index=renamed)
    return (
        left,
        right,
        [
            Mismatch(
                MismatchClass.KEY_FORMAT, len(renamed), detail="keys differ in form only", examples=examples
            )
        ],
    )


def _matched_by_number(lost: Mapping[str, object], extra: Mapping[str, object]) -> dict[object, object]:
    """Match keys of which one side left out what stands before every number: `TR-0012` and `12`.

    Few that happen to have a number in common are other rows; so nearly all must match.
    """
    left, right = _numbers(lost), _numbers(extra)
    if left is None or right is None or bool(left[0]) == bool(right[0]):
        return {}
    shared = left[1].keys() & right[1].keys()
    if len(shared) < max(_FEWEST_NUMBERS, _NEARLY_ALL * min(len(lost), len(extra))):
        return {}
    return {extra[right[1][number]]: lost[left[1][number]] for number in shared}


def _numbers(shapes: Collection[str]) -> tuple[str, dict[str, str]] | None:
    """Return the letters before every number, and the shapes by their numbers; None where these vary."""
    bare = {shape: shape.lstrip(_LETTERS) for shape in shapes}
    first = {shape.removesuffix(number) for shape, number in bare.items()}
    found = {number.lstrip("0"): shape for shape, number in bare.items() if number.isdecimal() or not shape}
    return (first.pop(), found) if len(first) == 1 and len(found) == len(bare) else None


def _shape(key: object) -> str:
    parts = str(key).split("\x1f")
    kept = ("".join(c for c in part.casefold() if c.isalnum()).lstrip("0") for part in parts)
    return "\x1f".join(kept)


def _only_source(
    lost: pd.DataFrame,
    arrived: frozenset[str] | None,
    partition: str,
    until: pd.Timestamp | None,
    time_column: str,
) -> list[Mismatch]:
    found = []
    if partition and partition in lost and arrived is not None and len(lost):
        gone = ~lost[partition].astype(str).isin(arrived)
        if bool(gone.any()):
            names = sorted(set(lost.loc[gone, partition].astype(str)))
            found.append(
                Mismatch(
                    MismatchClass.MISSING_PARTITION,
                    int(gone.sum()),
                    partition,
                    f"nothing arrived for {', '.join(names[:_EXAMPLES])}",
                )
            )
            lost = lost[~gone]
    if until is not None and time_column in lost and len(lost):
        when = pd.to_datetime(lost[time_column], errors="coerce")
        late = (when > until).fillna(False).to_numpy(bool)
        if late.any():
            found.append(
                Mismatch(
                    MismatchClass.LATE_ROWS,
                    int(late.sum()),
                    time_column,
                    "written after the load's watermark",
                    _keys(lost[late]),
                )
            )
            lost = lost[~late]
    if len(lost):
        found.append(Mismatch(MismatchClass.MISSING_ROWS, len(lost), examples=_keys(lost)))
    return found


def _keys(rows: pd.DataFrame) -> tuple[tuple[str, str, str], ...]:
    return tuple((str(name), "", "") for name in rows.index[:_EXAMPLES])
