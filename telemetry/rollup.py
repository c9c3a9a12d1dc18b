"""Compare detail rows with the totals that were published for them, and say which part is to blame.

The classic reconciliation of a warehouse: a source's parts must add up to the target's group. Groups are
joined by name; a numeric code may be renumbered on one side only, and then a perfect feed looks broken.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class RollupBreak:
    """One group in one period whose parts do not add up to its total.

    Attributes:
        period: The period's value as it stands in the target.
        group: The group's value as it stands in the target.
        target: The published total.
        source: The sum of the parts, 0 when no part was delivered.
        difference: Target minus source.
        blamed: The part that most probably caused it, None when every part is equally likely or none was
            sent.
        reason: What spoke for it, in words.
    """

    period: Hashable
    group: Hashable
    target: float
    source: float
    difference: float
    blamed: str | None
    reason: str

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
        tolerance: Allowed absolute difference.
    """
    left = source.assign(_group=_key(source[group]))
    right = target.assign(_group=_key(target[group]))
    sums = left.groupby([period, "_group"], sort=False)[measure].sum()
    keys = pd.MultiIndex.from_frame(right[[period, "_group"]])
    added = sums.reindex(keys).fillna(0.0).to_numpy(np.float64)
    totals = right[measure].fillna(0.0).to_numpy(np.float64)
    broken = np.flatnonzero(np.abs(totals - added) > tolerance)
    usual = _Usual(left, period, measure, part) if len(broken) else None
    found = []
    for place in broken:
        row = right.iloc[int(place)]
        difference = float(totals[place] - added[place])
        blamed, reason = usual.blame(row[period], row["_group"], difference) if usual else (None, "")
        found.append(
            RollupBreak(
                row[period], row[group], float(totals[place]), float(added[place]), difference, blamed, reason
            )
        )
    return found


def _key(names: pd.Series) -> pd.Series:
    """Return names without case, accents' variants of spaces, or padding: what differs only to a computer."""
    if pd.api.types.is_numeric_dtype(names):
        return names
    return names.astype(str).str.normalize("NFKC").str.strip().str.casefold()


class _Usual:
    """What each part would have sent, from its own neighbours in time."""

    def __init__(self, source: pd.DataFrame, period: str, measure: str, part: str) -> None:
        self._groups: dict[Hashable, pd.DataFrame] = {
            name: own.sort_values(period) for name, own in source.groupby("_group", sort=False)
        }
        self._period, self._measure, self._part = period, measure, part

    def blame(self, period: Hashable, group: Hashable, difference: float) -> tuple[str | None, str]:
        """Return the part whose departure from its own course explains the difference best, and why."""
        own = self._groups.get(group)
        if own is None:
            return None, "the source sent nothing for this group"
        wide = own.pivot_table(index=self._period, columns=self._part, values=self._measure, aggfunc="sum")
        if period not in wide.index:
            return None, "the source sent nothing for this period"
        place = list(wide.index).index(period)
        here = wide.iloc[place]
        before = wide.iloc[place - 1] if place > 0 else here
        after = wide.iloc[place + 1] if place + 1 < len(wide) else before + (here - before) * 0
        expected = (before + after) / 2.0
        # The source is wrong by -difference: the part with that departure is the one that carries the error.
        departure = (here.fillna(0.0) - expected.fillna(0.0)).astype(float)
        departure.index = departure.index.astype(str)
        miss = (departure + difference).abs()
        best = str(miss.idxmin())
        if not np.isfinite(float(miss[best])):
            return None, "no part departs from its course"
        reason = (
            f"{best} departs by {departure[best]:+,.0f} from its neighbours in time; "
            f"{-difference:+,.0f} explain the break"
        )
        return best, reason
