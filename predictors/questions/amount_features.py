"""Say whether a delivery brought much less or much more than the same feed usually brings on such a day.

What a delivery brings of a counter is its step where the counter hardly ever falls (a stock), else its value
(a flow, or a file of its own); a stock that began anew brought what it holds. Usual is the median of the last
28 deliveries, or of six of the same weekday where that fits better: a quiet Sunday is no half-empty delivery.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictors.known.history import DAY_SECONDS, groups

Floats = NDArray[np.float64]

COLUMNS = ("shrunk", "swollen", "shrunk_mean", "odd_amount")

_USUAL_OF, _WEEKDAYS_OF = 28, 6
_WARM_UP, _WEEKDAY_WARM_UP = 5, 3
# A counter that fell in more of its steps than this is no stock.
_FALLS_OF_A_STOCK = 0.2
# One that fell to no more than so many of its usual steps began anew.
_FEW_STEPS = 3.0
# Three of something more or less are no news.
_FEW = 3.0
_LARGEST_RATIO, _LARGEST_SCORE = 4.0, 50.0


def amounts(values: Floats, feeds: NDArray[np.object_], moments: Floats) -> dict[str, Floats]:
    """Return `COLUMNS`, one value per delivery, from deliveries of the same feed before it.

    Args:
        values: Deliveries x counters, each feed's in order of time.
        feeds: The feed of each delivery.
        moments: The time of each delivery, in seconds.

    Returns:
        `shrunk`, `swollen`: the log ratio by which the counter that is furthest below, or above, its usual
        amount departs from it; `shrunk_mean`: the mean of all that lie below; `odd_amount`: the largest
        distance in either direction, in usual distances, on a log scale.
    """
    told = {name: np.zeros(len(values)) for name in COLUMNS}
    weekday = (moments // DAY_SECONDS % 7).astype(int)
    for rows in groups(feeds).values() if values.shape[1] else ():
        for name, column in _of_a_feed(_brought(values[rows]), weekday[rows]).items():
            told[name][rows] = column
    return told


def _brought(values: Floats) -> Floats:
    """Return what each delivery of a feed brought; whether a counter is a stock is settled before it."""
    step = np.vstack([np.full((1, values.shape[1]), np.nan), np.diff(values, axis=0)])
    seen, fallen = (
        np.vstack([np.zeros((1, values.shape[1])), np.cumsum(flags, axis=0)[:-1]])
        for flags in (np.isfinite(step), step < 0)
    )
    usual = np.asarray(_median_before(pd.DataFrame(step), _USUAL_OF, _WARM_UP), dtype=np.float64)
    is_anew = (step < 0) & (values >= 0) & (values <= _FEW_STEPS * usual)
    return np.where((fallen <= _FALLS_OF_A_STOCK * seen) & ~is_anew, step, values)


def _of_a_feed(brought: Floats, weekday: NDArray[np.int_]) -> dict[str, Floats]:
    frame = pd.DataFrame(brought)
    usual = _median_before(frame, _USUAL_OF, _WARM_UP)
    distance = 1.5 * _median_before((frame - usual).abs(), _USUAL_OF, _WARM_UP) + 1.0
    on_this_day = usual.copy()
    for day in range(7):
        rows = np.flatnonzero(weekday == day)
        median = _median_before(frame.iloc[rows], _WEEKDAYS_OF, _WEEKDAY_WARM_UP)
        on_this_day.iloc[rows] = median.fillna(usual.iloc[rows])
    both = [np.asarray(one, dtype=np.float64) for one in (usual, on_this_day)]
    ratio = [np.log((np.maximum(one, 0.0) + _FEW) / (np.maximum(brought, 0.0) + _FEW)) for one in both]
    below = np.clip(np.nan_to_num(np.minimum(*ratio)), 0.0, _LARGEST_RATIO)
    above = np.clip(np.nan_to_num(-np.maximum(*ratio)), 0.0, _LARGEST_RATIO)
    far = np.minimum(*(np.abs(brought - one) for one in both)) / np.asarray(distance, dtype=np.float64)
    return {
        "shrunk": below.max(axis=1),
        "swollen": above.max(axis=1),
        "shrunk_mean": below.mean(axis=1),
        "odd_amount": np.log1p(np.clip(np.nan_to_num(far), 0.0, _LARGEST_SCORE).max(axis=1)),
    }


def _median_before(frame: pd.DataFrame, of: int, warm_up: int) -> pd.DataFrame:
    return frame.shift(1).rolling(of, min_periods=warm_up).median()
