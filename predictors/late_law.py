"""How often runs that looked like missing their deadline did miss it: what a chance of lateness is worth.

Ends are reported late, or never, so a run can look overdue that ended long ago. The law is learned from the
moments of the training span: what was told then, beside what became of it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predictors.lateness import OwedRun
from predictors.punctuality import Missed

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

_HOUR, _SAME = 3_600.0, 1.0
_LEAST_ASKED = 50
_MOST_STEPS = 40
_PRIOR = 20.0


@dataclass(frozen=True)
class LateLaw:
    """Chances as told, ascending, and how often such ones came true, for runs under way and for awaited ones.

    Attributes:
        running: Told chances and shares that came true, of runs under way.
        waiting: The same for runs that are awaited.
        overdue: Share of the runs that looked overdue and were.
    """

    running: tuple[tuple[float, ...], tuple[float, ...]] = ((0.0, 1.0), (0.0, 1.0))
    waiting: tuple[tuple[float, ...], tuple[float, ...]] = ((0.0, 1.0), (0.0, 1.0))
    overdue: float = 1.0

    def worth(self, chance: Floats, owed: OwedRun) -> Floats:
        """Return how likely runs are to miss their deadlines, after what such chances were worth."""
        under_way, awaited = np.interp(chance, *self.running), np.interp(chance, *self.waiting)
        told = np.where(owed.running, under_way, awaited)
        return np.asarray(np.where(owed.is_late, self.overdue, told), dtype=np.float64)


def fit_late_law(chance: Floats, owed: OwedRun, feed: Whole, missed: Missed) -> LateLaw:
    """Return what chances were worth, from moments whose deadlines were known to be kept or missed later.

    Args:
        chance: How likely each owed run was said to miss its deadline.
        owed: The runs, as they looked at each moment.
        feed: Number of the feed per moment.
        missed: The deadlines that were missed in the end.
    """
    was_late = missed.is_late(feed, owed.now)
    # Of a feed with several deadlines in the hour only the first is asked about here.
    first = missed.first_in(feed, owed.now, _HOUR)
    came = (np.nan_to_num(first, nan=np.inf) <= owed.deadline + _SAME).astype(np.float64)
    near = (owed.deadline <= owed.now + _HOUR) & ~owed.is_late & ~was_late
    looked = owed.is_late
    overdue = (float(was_late[looked].sum()) + 1.0) / (float(looked.sum()) + 2.0)
    return LateLaw(
        _steps(chance[near & owed.running], came[near & owed.running]),
        _steps(chance[near & ~owed.running], came[near & ~owed.running]),
        round(overdue, 4),
    )


def _steps(told: Floats, came: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return a rising line from told chances to shares that came true; few moments are believed little."""
    if len(told) < _LEAST_ASKED:
        low = (float(came.sum()) + 0.5) / (len(came) + _PRIOR)
        return (0.0, 1.0), (0.0, min(2.0 * low, 1.0))
    order = np.argsort(told, kind="stable")
    pieces = np.array_split(order, min(_MOST_STEPS, len(order) // _LEAST_ASKED + 1))
    base = float(came.mean())
    at = np.array([float(told[piece].mean()) for piece in pieces])
    share = np.array([(came[p].sum() + _PRIOR * base) / (len(p) + _PRIOR) for p in pieces])
    weight = np.array([len(piece) for piece in pieces], dtype=np.float64)
    from sklearn.isotonic import IsotonicRegression

    rising = IsotonicRegression(y_min=0.0, y_max=1.0).fit(at, share, sample_weight=weight)
    return tuple(at.tolist()), tuple(np.round(rising.predict(at), 5).tolist())
