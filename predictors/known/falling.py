"""Say when a falling value reaches zero, by the straight line that fits its newest readings best."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NEVER_HOURS = 1_000.0
# Lines are drawn through so many hours, and six readings an hour at least; the one whose slope is surest
# counts. One that reaches back over the begin of the fall scatters more and is less sure.
_WINDOWS = (2, 6, 18, 36)
_AN_HOUR = 6
_LEAST_READINGS = 4
# What is left of a share when nothing is.
_EMPTY = 0.01
_LEAST_SLOPE = 1e-4
_LEAST_SURE = 3.0


def hours_to_zero(moments: Floats, values: Floats) -> Floats:
    """Return at each reading the hours until a line through it and those before reaches zero; none is looked
    at before its time.

    Args:
        moments: Epoch seconds, rising.
        values: Shares, e.g. of free space.
    """
    if len(values) < _LEAST_READINGS:
        return np.where(values < _EMPTY, 0.0, NEVER_HOURS)
    time = (moments - moments[0]) / 3_600.0
    best, found = np.full(len(values), np.inf), np.full(len(values), NEVER_HOURS)
    for window in _WINDOWS:
        slope, error, now = _line(time, values, window)
        surer = error < best
        falls = (slope < -_LEAST_SLOPE) & (-slope > _LEAST_SURE * error)
        left = np.where(falls, np.maximum(now, 0.0) / np.maximum(-slope, _LEAST_SLOPE), NEVER_HOURS)
        found = np.where(surer, np.minimum(left, NEVER_HOURS), found)
        best = np.where(surer, error, best)
    # What is nearly gone and falls no more is gone; while it falls, the line tells the minutes that are left.
    return np.where((values < _EMPTY) & (found >= NEVER_HOURS), 0.0, found)


def _line(time: Floats, values: Floats, hours: int) -> tuple[Floats, Floats, Floats]:
    """Return per reading the slope an hour of the line through the last `hours`, its standard error
    (infinite with too few), and where the line stands now."""
    index, window = np.arange(len(values)), hours * _AN_HOUR
    # A reading a little early or late belongs to the hour all the same.
    first = np.searchsorted(time, time - hours + 0.5 / _AN_HOUR, "left")
    first = np.minimum(first, np.maximum(index + 1 - window, 0))
    count = np.asarray(index + 1.0 - first, dtype=np.float64)
    mean_t, mean_v = _mean(time, first, count), _mean(values, first, count)
    # Far from zero, squares of times lose what matters; the middle of a window is near its readings.
    spread = np.maximum(_mean(time**2, first, count) - mean_t**2, 1e-9)
    shared = _mean(time * values, first, count) - mean_t * mean_v
    slope = shared / spread
    rest = np.maximum(_mean(values**2, first, count) - mean_v**2 - slope * shared, 1e-10)
    enough = count >= min(window, len(values)) if hours > _WINDOWS[0] else count >= _LEAST_READINGS
    error = np.where(enough, np.sqrt(rest / np.maximum(count - 2.0, 1.0) / spread), np.inf)
    return slope, error, mean_v + slope * (time - mean_t)


def _mean(values: Floats, first: NDArray[np.intp], count: Floats) -> Floats:
    total = np.r_[0.0, np.cumsum(values)]
    return np.asarray((total[1:] - total[first]) / count, dtype=np.float64)
