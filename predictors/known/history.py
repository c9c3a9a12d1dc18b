"""Ask sorted event times what was known at a moment: counts, fading sums, the latest, the same hour of
other days.

Every function looks at or before the moment it is asked for. That is the whole defence against look-ahead,
so nothing here takes a mean, a scale or a rank over an entire series.
"""

from bisect import insort
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

DAY_SECONDS = 86_400.0
NEVER = 9e7


def count_between(times: Floats, low: Floats, high: Floats) -> Floats:
    """Return how many of the sorted `times` lie in (low, high], one number per pair."""
    found = np.searchsorted(times, high, "right") - np.searchsorted(times, low, "right")
    return found.astype(np.float64)


def latest(times: Floats, now: Floats) -> Whole:
    """Return the index of the last of the sorted `times` at or before each moment, -1 when there is none."""
    return np.searchsorted(times, now, "right") - 1


def since_latest(times: Floats, now: Floats) -> Floats:
    """Return the time since the last event at or before each moment, `NEVER` when there was none."""
    if not len(times):
        return np.full(len(now), NEVER)
    place = latest(times, now)
    return np.where(place >= 0, now - times[np.maximum(place, 0)], NEVER)


def fading_sum(times: Floats, weight: Floats, now: Floats, tau: float) -> Floats:
    """Return the sum of `weight * exp(-age / tau)` over the events at or before each moment.

    This is the intensity of a self-exciting process with an exponential kernel (Hawkes 1971), computed by its
    recursion in one pass instead of one sum per question.
    """
    if not len(times):
        return np.zeros(len(now))
    kept = np.empty(len(times))
    carried, begin = 0.0, 0
    while begin < len(times):
        # Stretches short enough that exp() of their length stays exact; the sum is carried from one to the
        # next.
        end = int(np.searchsorted(times, times[begin] + 30.0 * tau, "right"))
        age = (times[begin:end] - times[begin]) / tau
        kept[begin:end] = np.exp(-age) * (carried + np.cumsum(weight[begin:end] * np.exp(age)))
        if end < len(times):
            carried = float(kept[end - 1] * np.exp(-(times[end] - times[end - 1]) / tau))
        begin = end
    place = latest(times, now)
    known = np.maximum(place, 0)
    since = np.where(place >= 0, now - times[known], 0.0)
    return np.where(place >= 0, kept[known] * np.exp(-since / tau), 0.0)


def same_hour(
    times: Floats,
    weight: Floats,
    now: Floats,
    horizon: float,
    *,
    slack: float = 1_200.0,
    days: int = 28,
    every: int = 1,
    fade_days: float = 14.0,
) -> Floats:
    """Return how strongly earlier days had events in the clock hours that lie ahead, newer days counting
    more.

    The window of each earlier day is (now, now + horizon] moved back by `every` so many days and widened by
    `slack` seconds on both sides: 20 minutes still meet a job that drifts a little, none tell what comes just
    within the horizon from what comes just after it. It ends at least 22 hours before `now` for horizons of
    up to an hour; longer horizons start as many days back as keep the window in the past.
    """
    first = every * int(np.ceil((horizon + slack) / DAY_SECONDS / every))
    total = np.r_[0.0, np.cumsum(weight)]
    score = np.zeros(len(now))
    for day in range(max(first, every), days + 1, every):
        back = now - day * DAY_SECONDS
        low = np.searchsorted(times, back - slack, "right")
        high = np.searchsorted(times, back + horizon + slack, "right")
        score += np.minimum(total[high] - total[low], 1.0) * np.exp(-day / fade_days)
    return score


def medians_before(values: Floats, least: int = 3) -> Floats:
    """Return for each position the median of all finite values strictly before it, NaN below `least` of
    them."""
    kept: list[float] = []
    result = np.full(len(values), np.nan)
    for place, value in enumerate(values.tolist()):
        if len(kept) >= least:
            middle = len(kept) // 2
            result[place] = kept[middle] if len(kept) % 2 else 0.5 * (kept[middle - 1] + kept[middle])
        if value == value:
            # NumPy would turn the whole list into an array for each value: quadratic.
            insort(kept, value)
    return result


def carry_forward(values: Floats) -> Floats:
    """Return the values with every NaN replaced by the last finite one before it (leading NaN stay)."""
    place = np.where(np.isfinite(values), np.arange(len(values)), -1)
    place = np.maximum.accumulate(place) if len(place) else place
    filled = values[np.maximum(place, 0)] if len(values) else values
    return np.where(place >= 0, filled, np.nan)


def groups(keys: Sequence[str] | NDArray[np.object_]) -> dict[str, Whole]:
    """Return the positions of each key, in the order they stand."""
    if not len(keys):
        return {}
    names, inverse = np.unique(np.asarray(keys, dtype=object).astype(str), return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    cuts = np.searchsorted(inverse[order], np.arange(1, len(names)))
    return {str(name): part.astype(np.intp) for name, part in zip(names, np.split(order, cuts), strict=True)}
