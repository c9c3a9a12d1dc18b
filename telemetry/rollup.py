"""Compare detail rows with the totals that were published for them, and say which part is to blame.

The classic reconciliation of a warehouse: a source's parts must add up to the target's group. Groups are
joined by name; a numeric code may be renumbered on one side only, and then a perfect feed looks broken.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Periods on either side that tell how much a part wobbles, and the least it is taken to.
_NEAR = 28
_LEAST_WOBBLE = 0.5


@dataclass(frozen=True)
class RollupBreak:
    """One group in one period whose parts do not add up to its total.

    Attributes:
        period: The period's value as it stands in the target.
        group: The group's value as it stands in the target.
        target: The published total.
        source: The sum of the parts, 0 when no part was delivered.
        difference: Target minus source.
        blamed: The part that most probably caused it, None when every part did or none was sent.
        reason: What spoke for it, in words.
        is_whole: Whether no single part is to blame, because all of them are missing, nought, or yesterday's.
    """

    period: Hashable
    group: Hashable
    target: float
    source: float
    difference: float
    blamed: str | None
    reason: str
    is_whole: bool = False

    def renamed(self, group: str) -> "RollupBreak":
        """Return the same break under another name of its group."""
        return replace(self, group=group)


def find_rollup_breaks(
    source: pd.DataFrame,
    target: pd.DataFrame,
    *,
    period: str,
    group: str,
    measure: str,
    part: str,
    tolerance: float = 0.0,
) -> list[RollupBreak]:
    """Return every group and period where the parts do not add up, in the order of the target.

    Args:
        source: One row per period, group and part, with the measure.
        target: One row per period and group, with the measure.
        period: Column of the period on both sides.
        group: Column of the group's name on both sides.
        measure: Column of the number on both sides.
        part: Column of the source that names the part.
        tolerance: Allowed absolute difference, beside what adding up decimals may round off.
    """
    left = source.assign(_group=group_key(source[group]))
    right = target.assign(_group=group_key(target[group]))
    parts = left.assign(_size=left[measure].abs()).groupby([period, "_group"], sort=False)
    sums = parts.agg(added=(measure, "sum"), size=("_size", "sum"), count=("_size", "size"))
    keys = pd.MultiIndex.from_frame(right[[period, "_group"]])
    added, size, count = sums.reindex(keys).fillna(0.0).to_numpy(np.float64).T
    totals = right[measure].fillna(0.0).to_numpy(np.float64)
    # What a sum of so many decimals may be off by (Higham 2002, 4.2): 0.1 + 0.2 is no break beside 0.3.
    rounding = np.finfo(np.float64).eps * (count + 1.0) * (size + np.abs(totals))
    rounding[~np.isfinite(rounding)] = 0.0
    broken = np.flatnonzero(np.abs(totals - added) > tolerance + rounding)
    usual = _Usual(left, period, measure, part) if len(broken) else None
    found = []
    for place in broken:
        row = right.iloc[int(place)]
        difference = float(totals[place] - added[place])
        blame = usual.blame(row[period], row["_group"], difference) if usual else _Blame(None, "")
        found.append(
            RollupBreak(
                *(row[period], row[group], float(totals[place]), float(added[place]), difference),
                *(blame.part, blame.reason, blame.is_whole),
            )
        )
    return found


def group_key(names: pd.Series) -> pd.Series:
    """Return names without case, accents' variants of spaces, or padding: what differs only to a computer."""
    if pd.api.types.is_numeric_dtype(names):
        return names
    return names.astype(str).str.normalize("NFKC").str.strip().str.casefold()


@dataclass(frozen=True)
class _Blame:
    part: str | None
    reason: str
    is_whole: bool = False


@dataclass(frozen=True)
class _Parts:
    """One group's values, periods x parts, and how far each departs from its neighbours in time."""

    names: tuple[str, ...]
    places: dict[Hashable, int]
    values: Floats
    departures: Floats


class _Usual:
    """What each part would have sent, from its own neighbours in time."""

    def __init__(self, source: pd.DataFrame, period: str, measure: str, part: str) -> None:
        self._groups: dict[Hashable, pd.DataFrame] = dict(iter(source.groupby("_group", sort=False)))
        self._period, self._measure, self._part = period, measure, part
        self._laid_out: dict[Hashable, _Parts] = {}

    def _parts(self, group: Hashable) -> _Parts:
        """Return a group's parts; laid out once, for a table on a wrong key has thousands of breaks."""
        if group not in self._laid_out:
            wide = self._groups[group].pivot_table(
                index=self._period, columns=self._part, values=self._measure, aggfunc="sum"
            )
            values = np.nan_to_num(wide.to_numpy(np.float64))
            names, places = tuple(map(str, wide.columns)), {when: n for n, when in enumerate(wide.index)}
            self._laid_out[group] = _Parts(names, places, values, _departures(values))
        return self._laid_out[group]

    def blame(self, period: Hashable, group: Hashable, difference: float) -> _Blame:
        """Return the part that is likeliest to carry the difference, and why.

        A part that wobbles by hundreds may well be off by ten; one that never moves is not. So each part is
        asked how much likelier its value would be without the error, on the scale of its own wobble.
        """
        if group not in self._groups:
            return _Blame(None, "the source sent nothing for this group", True)
        own = self._parts(group)
        if period not in own.places:
            return _Blame(None, "the source sent nothing for this period", True)
        place = own.places[period]
        if whole := _all_at_once(own.values, place):
            return _Blame(None, whole, True)
        here = own.departures[place]
        first = max(place - _NEAR, 0)
        around = own.departures[first : place + _NEAR + 1]
        wobble = around[np.abs(np.arange(first, first + len(around)) - place) > 1]
        usual = np.quantile(np.abs(wobble), 0.9, axis=0) / 1.645 if len(wobble) else np.zeros(len(here))
        scale = np.asarray(_LEAST_WOBBLE + usual, dtype=np.float64)
        # The source is wrong by -difference: without it, the part that carries the error departs by this.
        gain = (here**2 - (here + difference) ** 2) / scale**2
        best = int(gain.argmax())
        return _Blame(
            own.names[best],
            f"{own.names[best]} departs by {here[best]:+,.0f} from its neighbours in time, "
            f"usually by {scale[best]:,.0f}; {-difference:+,.0f} explain the break",
        )


def _departures(values: Floats) -> Floats:
    """Return each value's distance from the mean of the two around it, or from the one there is."""
    if len(values) < 2:
        return np.zeros_like(values)
    before = np.vstack([values[1], values[:-1]])
    after = np.vstack([values[1:], values[-2]])
    return np.asarray(values - (before + after) / 2.0, dtype=np.float64)


def _all_at_once(values: Floats, place: int) -> str:
    """Return in words that every part is nought, or what it was the period before, though parts usually
    move; nothing where single parts differ."""
    near = values[max(place - _NEAR, 0) : place + _NEAR + 1]
    here, filled = values[place], (near > 0).mean(axis=0) > 0.5
    if filled.sum() >= 2 and not here.any():
        return "every part is nought"
    steps = np.diff(near, axis=0)
    moving = filled & ((steps != 0.0).mean(axis=0) > 0.5) if len(steps) > 1 else filled & False
    if place > 0 and moving.sum() >= 2 and (here == values[place - 1]).all():
        return "every part repeats the period before"
    return ""
