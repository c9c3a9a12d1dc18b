"""Say how the runs fared that started on the same source, pool or database at about the same moment.

What strikes a run is the state of its resources at its start. Between two readings of a resource, the runs
that started there and have ended are the sharpest witnesses of when it broke and when it came back.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from predictors.known.run_table import SPAN, RunTable

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

# A witness counts the less the further its start is away, and not at all beyond the last.
_FADES, _FURTHEST = 300.0, 1_200.0
_MOST_WITNESSES = 6
_DOUBT = 0.5


def fates(
    table: RunTable, groups: Mapping[str, Whole], feed: Whole, now: Floats, start: Floats
) -> dict[str, Floats]:
    """Return per kind of resource the share of trouble among the runs that started just before and just
    after each moment `start`, as known `now`; without witnesses 0.

    Args:
        table: The runs.
        groups: Per kind of resource, the number of each feed's, -1 for none.
        feed: Number of each question's feed.
        now: What became known later is not used.
        start: When the run in question started.
    """
    result = {f"{label}_{side}": np.zeros(len(now)) for label in groups for side in ("before", "after")}
    if not len(now) or not len(table.seen):
        return result
    near = table.started >= float(start.min()) - _FURTHEST
    rows = np.flatnonzero(near & (table.started <= float(now.max())))
    for label, group in groups.items():
        number = group[table.feed[rows]]
        key = number * SPAN + table.started[rows]
        order = np.argsort(key, kind="stable")
        order = order[number[order] >= 0]
        witnesses = _Witnesses(key[order], table.seen[rows[order]], table.bad[rows[order]])
        asked = group[feed]
        before, after = witnesses.shares(asked, now, start)
        result[f"{label}_before"], result[f"{label}_after"] = before, after
    return result


class _Witnesses:
    """Runs of one kind of resource, sorted by the resource and their start."""

    def __init__(self, key: Floats, seen: Floats, bad: Floats) -> None:
        self._key, self._seen, self._bad = key, seen, np.nan_to_num(bad)

    def shares(self, group: Whole, now: Floats, start: Floats) -> tuple[Floats, Floats]:
        """Return the fading share of trouble among the witnesses before and after each start."""
        base = np.maximum(group, 0) * SPAN + start
        place = np.searchsorted(self._key, base, "right")
        return (
            self._share(group, now, base, place - 1, -1),
            self._share(group, now, base, place.copy(), 1),
        )

    def _share(self, group: Whole, now: Floats, base: Floats, place: Whole, step: int) -> Floats:
        bad, all_of_them, heard = (np.zeros(len(now)) for _ in range(3))
        rows = np.flatnonzero(group >= 0)
        while len(rows):
            at = place[rows]
            inside = np.clip(at, 0, max(len(self._key) - 1, 0))
            away = np.abs(self._key[inside] - base[rows]) if len(self._key) else np.full(len(rows), np.inf)
            near = (at == inside) & (away < _FURTHEST)
            rows, inside, away = rows[near], inside[near], away[near]
            # Who has not ended yet takes no place of a witness: service does not know of it.
            weight = np.where(self._seen[inside] <= now[rows], np.exp(-away / _FADES), 0.0)
            bad[rows] += weight * self._bad[inside]
            all_of_them[rows] += weight
            heard[rows] += weight > 0.0
            place[rows] += step
            rows = rows[heard[rows] < _MOST_WITNESSES]
        return np.asarray(bad / (all_of_them + _DOUBT), dtype=np.float64)
