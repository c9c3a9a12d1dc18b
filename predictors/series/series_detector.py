"""Score each point of a metric by how far it goes beyond the habits of this metric, as it arrives.

Seven witnesses measure a surprise: against the point before, against the recent level, as a level that
lasts, against all that was seen, as a lasting departure from the same hour of earlier days, as a change of
roughness, and as a stretch unlike every stretch before. A surprise is divided by the size that the same
witness saw in three episodes before: a metric that jumps every hour has told us that jumps mean nothing, one
that jumped once has not. After a report the detector is quiet until something clearly stranger comes.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictors.series.episodes import habitual_sizes, worth_a_report
from predictors.series.novel_shapes import novelty

Floats = NDArray[np.float64]

_RECENT, _SMOOTH, _BEFORE = 24, 24, 144
_DAY_SECONDS = 86_400.0
_FLOOR_SHARE = 0.03
_ROUGHNESS_FLOOR = 0.15
_JUMP_WEIGHT, _ROUGHNESS_WEIGHT, _NOVELTY_WEIGHT = 0.95, 0.7, 0.8
# No habit is smaller than so many usual deviations, or a calm past would make everything news.
_LEAST_HABIT = 2.5
_MOST_TIMES = 6.0
_WARM_UP = 50


def anomaly_scores(values: Floats, timestamps: Floats) -> Floats:
    """Return one score in [0, 1) per point, from that point and those before it; 0.5 means "equals what
    is habitual".

    Args:
        values: The metric, finite, oldest first.
        timestamps: Epoch seconds, rising; their usual step sets what "the same hour yesterday" is.
    """
    if not len(values):
        return np.zeros(0)
    strongest = np.max([_against_habits(*witness) for witness in _witnesses(values, timestamps)], axis=0)
    told = worth_a_report(strongest)
    return np.asarray(told / (1.0 + told), dtype=np.float64)


def _witnesses(values: Floats, timestamps: Floats) -> list[tuple[pd.Series, Floats, float]]:
    """Return signed surprises, the least scale that counts for them, and the weight of their word."""
    now = pd.Series(values)
    past = now.shift(1)
    spread = (past.expanding().quantile(0.99) - past.expanding().quantile(0.01)).fillna(0.0)
    floor = _FLOOR_SHARE * spread.to_numpy() + 1e-9
    smooth = now.rolling(_SMOOTH, min_periods=1).mean()
    before = past.shift(_SMOOTH).rolling(_BEFORE, min_periods=20).median()
    seasonal = _against_other_days(now, timestamps)
    rough = pd.Series(np.log(now.diff().abs().rolling(2 * _SMOOTH, min_periods=5).mean().to_numpy() + floor))
    usual_roughness = rough.shift(2 * _SMOOTH).rolling(_BEFORE, min_periods=20).median()
    return [
        # What wanders far from its recent level every day may still never jump.
        (now - past, floor, _JUMP_WEIGHT),
        (now - past.rolling(_RECENT, min_periods=10).median(), floor, 1.0),
        (smooth - before, floor, 1.0),
        (now - past.expanding(20).median(), floor, 1.0),
        (seasonal.rolling(_SMOOTH, min_periods=_SMOOTH).mean(), floor, 1.0),
        (rough - usual_roughness, np.full(len(values), _ROUGHNESS_FLOOR), _ROUGHNESS_WEIGHT),
        (pd.Series(novelty(values)), floor, _NOVELTY_WEIGHT),
    ]


def _against_other_days(now: pd.Series, timestamps: Floats) -> pd.Series:
    """Return the distance to the median of the same time on up to seven earlier days, after two days."""
    step = float(np.median(np.diff(timestamps))) if len(timestamps) > 2 else 300.0
    period = max(round(_DAY_SECONDS / max(step, 1.0)), 1)
    if len(now) <= 2 * period:
        return pd.Series(np.full(len(now), np.nan))
    shifts = [period * day + near for day in range(1, 8) for near in (-1, 0, 1)]
    earlier = pd.concat([now.shift(shift) for shift in shifts if shift > 0], axis=1)
    distance = now - earlier.median(axis=1)
    distance[: 2 * period] = np.nan
    return distance


def _against_habits(surprise: pd.Series, floor: Floats, weight: float) -> Floats:
    size = surprise.abs()
    # The 90 % quantile of past surprises over 1.645 is a deviation that one anomaly in ten cannot inflate.
    usual = np.maximum(size.shift(1).expanding(_WARM_UP).quantile(0.9).to_numpy() / 1.645, floor)
    times = size.to_numpy() / np.maximum(habitual_sizes(size.to_numpy()), _LEAST_HABIT * usual)
    return np.asarray(weight * np.clip(np.nan_to_num(times), 0.0, _MOST_TIMES), dtype=np.float64)
