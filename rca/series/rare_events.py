"""How surprising a count can be: what comes in whole events varies at least as chance does.

A lock that was never waited for and now is, once in four samples, lies infinitely many deviations from zero
and says little. Square roots of counts differ by chance by a half (Anscombe 1948), so a series of whole
numbers (or of multiples of one step, as averages of counts are) that was often zero is judged by them.
"""

import math

import numpy as np

from rca.series.robust import Floats

_OFTEN_ZERO = 0.1
_MOST_STEPS = 1000.0


def most_surprise(after: Floats, ground: Floats) -> float:
    """Return the largest deviation that the counts of a window allow; infinite where nothing is counted.

    Args:
        after: Samples of the window.
        ground: Samples of usual times.
    """
    now, then = after[~np.isnan(after)], ground[~np.isnan(ground)]
    if now.size == 0 or then.size == 0 or (then == 0).mean() < _OFTEN_ZERO:
        return math.inf
    step = _step(np.unique(np.concatenate((now, then))))
    if step <= 0.0:
        return math.inf
    expected = (float(then.sum()) / step + 0.5) * now.size / then.size
    return abs(2.0 * (math.sqrt(float(now.sum()) / step + 0.375) - math.sqrt(expected + 0.375)))


def _step(levels: Floats) -> float:
    """Return the size of one event, 0 where the levels are not multiples of one."""
    if levels[0] < 0 or levels.size < 2:
        return 0.0
    if np.all(levels == np.floor(levels)):
        return 1.0
    step = float(np.diff(levels).min())
    multiples = levels / step
    return (
        step
        if multiples[-1] < _MOST_STEPS and np.allclose(multiples, np.round(multiples), atol=0.01)
        else 0.0
    )
