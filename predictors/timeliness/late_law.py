"""How often runs that looked like missing their deadline did miss it: what a chance of lateness is worth.

Ends are reported late, or never, so a run can look overdue that ended long ago. The law is learned from the
moments of the training span: what was told then, beside what became of it. Feeds of which several deadlines
fall within an hour keep nearly all of them, so each pace has a law of its own, which leans on that of all
feeds where few moments speak for it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predictors.timeliness.lateness import PACES, OwedRun
from predictors.timeliness.punctuality import Missed

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Truths = NDArray[np.bool_]
Line = tuple[tuple[float, ...], tuple[float, ...]]

_HOUR, _SAME = 3_600.0, 1.0
_LEAST_ASKED = 50
_MOST_STEPS = 40
_PRIOR = 20.0
_MOST_SHIFTED = 3.0
_AS_TOLD: Line = ((0.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True)
class PaceLaw:
    """What chances were worth at one pace, or of all feeds.

    Attributes:
        running: Told chances, ascending, and shares that came true, of runs under way.
        waiting: The same for runs that are awaited.
        overdue: Share of the runs that looked overdue and were, of feeds that had missed one deadline.
        later: How many more deadlines were missed after the first one of an hour, by how many were told.
    """

    running: Line = _AS_TOLD
    waiting: Line = _AS_TOLD
    overdue: float = 1.0
    later: float = 1.0


@dataclass(frozen=True)
class LateLaw:
    """What chances were worth.

    Attributes:
        every: Of all feeds.
        paced: By pace, in the order of `PACES`; empty where that was not learned.
    """

    every: PaceLaw = PaceLaw()
    paced: tuple[PaceLaw, ...] = ()

    def worth(self, chance: Floats, owed: OwedRun) -> Floats:
        """Return how likely runs are to miss their deadlines, after what such chances were worth.

        Reports get lost one by one: where several runs in a row are missing, all of them would have to be.
        """
        result = np.zeros(len(chance))
        for law, rows in self._each(owed):
            under_way, awaited = np.interp(chance, *law.running), np.interp(chance, *law.waiting)
            told = np.where(owed.running, under_way, awaited)
            overdue = 1.0 - (1.0 - law.overdue) ** owed.missed
            result = np.where(rows, np.where(owed.is_late, overdue, told), result)
        return np.asarray(result, dtype=np.float64)

    def onset(self, owed: OwedRun) -> Floats:
        """Return how likely each further deadline within the hour is to be missed after a kept one."""
        result = owed.onset
        for law, rows in self._each(owed):
            result = np.where(rows, np.minimum(owed.onset * law.later, 1.0), result)
        return np.asarray(result, dtype=np.float64)

    def _each(self, owed: OwedRun) -> list[tuple[PaceLaw, Truths]]:
        if not self.paced:
            return [(self.every, np.ones(len(owed.now), dtype=bool))]
        return [(law, np.asarray(owed.pace == place)) for place, law in enumerate(self.paced)]


@dataclass(frozen=True)
class _Moments:
    """Moments of training: what was told of the owed run, and what became of it.

    Attributes:
        near: Whether its deadline lay within the hour and was not missed by then; came: whether it was.
        expected: How many further deadlines of the hour were to be missed; further: whether one was. NaN
            where there was none, or the first was missed already.
        looked: Whether one run looked overdue; was_late: whether a run was, looked so or not.
    """

    chance: Floats
    running: Truths
    near: Truths
    came: Floats
    looked: Truths
    was_late: Truths
    expected: Floats
    further: Floats

    def of(self, rows: Truths) -> "_Moments":
        """Return some of them."""
        return _Moments(**{name: value[rows] for name, value in vars(self).items()})


def fit_late_law(chance: Floats, owed: OwedRun, feed: Whole, missed: Missed) -> LateLaw:
    """Return what chances were worth, from moments whose deadlines were known to be kept or missed later.

    Args:
        chance: How likely each owed run was said to miss its deadline.
        owed: The runs, as they looked at each moment.
        feed: Number of the feed per moment.
        missed: The deadlines that were missed in the end.
    """
    was_late = missed.is_late(feed, owed.now)
    first = np.nan_to_num(missed.first_in(feed, owed.now, _HOUR), nan=np.inf)
    came = first <= owed.deadline + _SAME
    ahead = ~owed.is_late & ~was_late
    several = ahead & ~came & (owed.later[:, -1] > 0)
    moments = _Moments(
        chance,
        owed.running,
        ahead & (owed.deadline <= owed.now + _HOUR),
        came.astype(np.float64),
        owed.is_late & (owed.missed <= 1.0),
        was_late,
        np.where(several, 1.0 - (1.0 - owed.onset) ** owed.later[:, -1], np.nan),
        np.where(several, np.isfinite(first), np.nan),
    )
    every = _law(moments, PaceLaw(), is_first=True)
    return LateLaw(every, tuple(_law(moments.of(owed.pace == place), every) for place in range(len(PACES))))


def _law(moments: _Moments, pooled: PaceLaw, *, is_first: bool = False) -> PaceLaw:
    """Return the law of some moments, leaning on that of all of them unless it is the first."""
    told, came, running, near = moments.chance, moments.came, moments.running, moments.near
    weight, looked = (2.0 if is_first else _PRIOR), moments.looked
    overdue = float(moments.was_late[looked].sum()) + weight * (0.5 if is_first else pooled.overdue)
    expected, further = float(np.nansum(moments.expected)), float(np.nansum(moments.further))
    later = min((further + pooled.later) / (expected + 1.0), _MOST_SHIFTED)
    under_way, awaited = near & running, near & ~running
    return PaceLaw(
        _steps(told[under_way], came[under_way], None if is_first else pooled.running),
        _steps(told[awaited], came[awaited], None if is_first else pooled.waiting),
        round(overdue / (float(looked.sum()) + weight), 4),
        round(later, 4),
    )


def _steps(told: Floats, came: Floats, pooled: Line | None) -> Line:
    """Return a rising line from told chances to shares that came true; few moments are believed little."""
    if len(told) < _LEAST_ASKED:
        if pooled is not None:
            return pooled
        low = (float(came.sum()) + 0.5) / (len(came) + _PRIOR)
        return (0.0, 1.0), (0.0, min(2.0 * low, 1.0))
    order = np.argsort(told, kind="stable")
    pieces = np.array_split(order, min(_MOST_STEPS, len(order) // _LEAST_ASKED + 1))
    at = np.array([float(told[piece].mean()) for piece in pieces])
    before = np.full(len(pieces), float(came.mean())) if pooled is None else np.interp(at, *pooled)
    weight = np.array([len(piece) for piece in pieces], dtype=np.float64)
    share = (np.array([came[piece].sum() for piece in pieces]) + _PRIOR * before) / (weight + _PRIOR)
    from sklearn.isotonic import IsotonicRegression

    rising = IsotonicRegression(y_min=0.0, y_max=1.0).fit(at, share, sample_weight=weight)
    return tuple(at.tolist()), tuple(np.round(rising.predict(at), 5).tolist())
