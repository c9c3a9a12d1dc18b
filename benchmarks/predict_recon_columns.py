"""Find out which columns of two tables to reconcile by, from what they hold and never from a list of names.

The period is what reads as days; the group is text that both sides share; of all such groups and numbers,
those whose sums agree most often are the ones that belong together. A numeric code joins only where no text
does: it may change its meaning on one side.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from domain.errors import BadInput
from telemetry.rollup import group_key

# A column's name in the source and in the target.
Pair = tuple[str, str]

_FIRST_DAY, _LAST_DAY = 19_000_101, 21_001_231
_DAYS_SHARE, _SHARED_NAMES = 0.95, 0.5
_PERIODS = ("day", "date", "data", "t")


@dataclass(frozen=True)
class Matched:
    """Source, target and known breaks with the same names of columns, and which these are."""

    source: pd.DataFrame
    target: pd.DataFrame
    truth: pd.DataFrame
    period: str
    group: str
    measure: str
    part: str


def matched(source: pd.DataFrame, target: pd.DataFrame, truth: pd.DataFrame) -> Matched:
    """Return the tables by the target's names, with periods and groups written alike on all sides.

    Raises:
        BadInput: Nothing that both sides hold could be a group, or a number.
    """
    period = _period(target) or next(c for c in target.columns if c in source.columns)
    source = _renamed(source, _period(source), period)
    truth = _renamed(truth, _period(truth), period)
    tables = [frame.assign(**{period: _days(frame[period])}) for frame in (source, target, truth)]
    if all(frame[period].notna().all() for frame in tables):
        source, target, truth = tables
    (there, group), (counted, measure) = _group_and_measure(source, target, period)
    spelt = dict(zip(group_key(target[group]), target[group], strict=True))
    source = source.rename(columns={there: group, counted: measure})
    source[group] = group_key(source[group]).map(spelt).fillna(source[group])
    if group not in truth:
        truth = truth.rename(columns={_likest(truth, target[group], {period}): group})
    own = [c for c in source.columns if c not in target.columns]
    part = next((c for c in own if _is_text(source[c])), own[0] if own else group)
    return Matched(source, target, truth, period, group, measure, part)


def _period(frame: pd.DataFrame) -> str | None:
    held = [name for name in frame.columns if _days(frame[name].head(2_000)).notna().mean() >= _DAYS_SHARE]
    named = [name for name in _PERIODS if name in frame.columns]
    return next((str(name) for name in [*(n for n in named if n in held), *held, *named]), None)


def _days(values: pd.Series) -> "pd.Series[str]":
    """Return days as text that sorts by time, missing where a value does not read as one."""
    if not pd.api.types.is_numeric_dtype(values):
        told = values.astype(str).str.strip()
        if not pd.to_numeric(told, errors="coerce").notna().any():
            return pd.to_datetime(told, errors="coerce", format="ISO8601", utc=True).dt.strftime(
                "%Y-%m-%d %H:%M:%S"
            )
        values = pd.to_numeric(told, errors="coerce")
    whole = values.where((values >= _FIRST_DAY) & (values <= _LAST_DAY) & (values % 1 == 0))
    told = whole.astype("Int64").astype("string")
    return pd.to_datetime(told, errors="coerce", format="%Y%m%d", utc=True).dt.strftime("%Y-%m-%d %H:%M:%S")


def _renamed(frame: pd.DataFrame, name: str | None, wanted: str) -> pd.DataFrame:
    return frame if wanted in frame or name is None else frame.rename(columns={name: wanted})


def _group_and_measure(source: pd.DataFrame, target: pd.DataFrame, period: str) -> tuple[Pair, Pair]:
    """Return the group's and the measure's name in source and target: those whose sums agree most often."""
    here, there = _named(target, period, is_text=False), _named(source, period, is_text=False)
    numbers = [(c, c) for c in here if c in there] + [
        (other, c) for c in here for other in there if other != c
    ]
    texts = _named(target, period, is_text=True)
    groups = [(other, name) for name in texts for other in _alike(source, target[name], period)]
    tried = [
        (_agreement(source, target, period, group, measure), -place, -rank, group, measure)
        for place, group in enumerate(groups or numbers)
        for rank, measure in enumerate(numbers)
        if not set(measure) & set(group)
    ]
    if not tried:
        raise BadInput(
            "source and target share no group and no number",
            say="These tables can't be reconciled: they share no group and no number.",
            next_step="Look at the columns of the folder's files.",
        )
    return max(tried)[3:]


def _alike(source: pd.DataFrame, names: pd.Series, period: str) -> list[str]:
    texts = _named(source, period, is_text=True)
    return [name for name in texts if _shared(source[name], names) >= _SHARED_NAMES]


def _named(frame: pd.DataFrame, period: str, *, is_text: bool) -> list[str]:
    """Return the columns of text, or those of numbers."""
    return [str(c) for c in frame.columns if c != period and _is_text(frame[c]) is is_text]


def _likest(frame: pd.DataFrame, names: pd.Series, without: set[str]) -> str:
    told = [(_shared(column, names), str(name)) for name, column in frame.items() if name not in without]
    return max(told)[1]


def _shared(some: pd.Series, names: pd.Series) -> float:
    """Return the share of the names that stand among some."""
    wanted = set(group_key(names.astype(str)))
    return len(wanted & set(group_key(some.astype(str)))) / max(len(wanted), 1)


def _agreement(source: pd.DataFrame, target: pd.DataFrame, period: str, group: Pair, measure: Pair) -> float:
    sums = source.groupby([source[period], group_key(source[group[0]])])[measure[0]].sum()
    keys = pd.MultiIndex.from_arrays([target[period], group_key(target[group[1]])])
    told = target[measure[1]].to_numpy(np.float64)
    return float(np.isclose(sums.reindex(keys).to_numpy(np.float64), told, rtol=1e-9).mean())


def _is_text(values: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(values)
