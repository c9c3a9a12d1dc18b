"""Say how worn a unit is: how far its sensors have drifted from its own beginning, in the direction of
failure.

Sensors have no names here. Operating settings are told apart by their values, each sensor is levelled within
its setting, and the direction of wear is learned by regressing on the remaining life of units that failed.
Short means and slopes use the unit's own past alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictors.history import groups, latest

Floats = NDArray[np.float64]

_PLAIN = frozenset({"feed_id", "t", "t_avail", "status"})
_MOST_REGIMES = 12
_CAP = 125.0
PRIOR = {"wear": 1.0, "wear_slow": 1.0, "wear_slope": 0.5, "life_left": -1.0, "age": 0.3}
EXTRA = ("wear_start", "spread", "component_1", "component_2", "component_3", "component_4", "steps")
_FADES = (5.0, 15.0)


@dataclass(frozen=True)
class WearScale:
    """What training fixes: regimes, level and spread per regime and sensor, the direction of wear, its
    components."""

    settings: tuple[str, ...]
    sensors: tuple[str, ...]
    regimes: Floats
    level: Floats
    spread: Floats
    direction: Floats
    intercept: float
    components: Floats
    typical_life: float
    usual: float = 0.0
    width: float = 1.0


def learn_scale(events: pd.DataFrame, labels: pd.DataFrame) -> WearScale:
    """Return the scale learned from units whose failure time (`event_t` of their questions) is known."""
    names = [c for c in events.columns if c not in _PLAIN and pd.api.types.is_numeric_dtype(events[c])]
    settings = tuple(name for name in names if name.startswith(("op", "set")))
    sensors = tuple(name for name in names if name not in settings)
    values = _matrix(events, sensors)
    regimes = _regimes(_matrix(events, settings))
    where = _nearest(_matrix(events, settings), regimes)
    level, spread = _levels(values, where, len(regimes))
    levelled = (values - level[where]) / spread[where]
    ends = labels[labels["event_t"] > 0].groupby("feed_id")["event_t"].max()
    left = events["feed_id"].map(ends).to_numpy(np.float64) - events["t"].to_numpy(np.float64)
    # Early life carries no sign of wear: capping the target keeps it from drowning the end (Heimes 2008).
    target = np.minimum(left, _CAP)
    known = np.isfinite(target)
    smooth = _smoothed(levelled, events, _FADES[0])
    direction, intercept = _ridge(smooth[known], target[known])
    components = np.linalg.svd(smooth - smooth.mean(axis=0), full_matrices=False)[2][:4]
    if len(components) < 4:
        components = np.vstack([components, np.zeros((4 - len(components), len(sensors)))])
    life = float(ends.median()) if len(ends) else 1.0
    return WearScale(settings, sensors, regimes, level, spread, direction, intercept, components, life)


def wear_features(scale: WearScale, events: pd.DataFrame, queries: pd.DataFrame) -> dict[str, Floats]:
    """Return the columns of `PRIOR` and `EXTRA`, one value per question, from cycles at or before it."""
    ordered = events.sort_values(["feed_id", "t_avail"], kind="stable").reset_index(drop=True)
    where = _nearest(_matrix(ordered, scale.settings), scale.regimes)
    levelled = (_matrix(ordered, scale.sensors) - scale.level[where]) / scale.spread[where]
    quick, slow = (_smoothed(levelled, ordered, fade) for fade in _FADES)
    fast_left = scale.intercept + quick @ scale.direction
    slow_left = scale.intercept + slow @ scale.direction
    now = queries["t"].to_numpy(np.float64)
    columns = {name: np.zeros(len(now)) for name in (*PRIOR, *EXTRA)}
    rows_of, known = groups(ordered["feed_id"].to_numpy(object)), ordered["t_avail"].to_numpy(np.float64)
    for name, asked in groups(queries["feed_id"].to_numpy(object)).items():
        own = rows_of.get(name)
        if own is None:
            continue
        place = latest(known[own], now[asked])
        line = _line(scale, fast_left[own], slow_left[own], quick[own], levelled[own])
        for column, values in line.items():
            columns[column][asked] = np.where(place >= 0, values[np.maximum(place, 0)], 0.0)
        columns["age"][asked] = now[asked] / max(scale.typical_life, 1.0) - 1.0
    return columns


def _line(scale: WearScale, fast: Floats, slow: Floats, quick: Floats, raw: Floats) -> Mapping[str, Floats]:
    """Return the wear of one unit over its cycles; every figure looks back only."""
    start = pd.Series(slow).expanding().max().to_numpy(np.float64)
    parts = quick @ scale.components.T
    return {
        "wear": (60.0 - fast) / 30.0,
        "wear_slow": (60.0 - slow) / 30.0,
        "wear_slope": np.clip((_earlier(slow, 20) - slow) / 20.0, -2, 2),
        "life_left": np.clip(fast, -30, _CAP) / 60.0 - 1.0,
        "wear_start": (start - slow) / 30.0,
        "spread": pd.Series(fast).rolling(15, min_periods=2).std().fillna(0.0).to_numpy(np.float64) / 10.0,
        "steps": np.arange(len(fast), dtype=np.float64),
        **{f"component_{n + 1}": parts[:, n] for n in range(4)},
    }


def _earlier(values: Floats, steps: int) -> Floats:
    """Return the value some steps before each, or the first there is."""
    place = np.maximum(np.arange(len(values)) - steps, 0)
    return values[place]


def _smoothed(levelled: Floats, frame: pd.DataFrame, span: float) -> Floats:
    """Return means per unit that fade with `span` cycles, over its own past."""
    smooth = np.empty_like(levelled)
    order = frame["t_avail"].to_numpy(np.float64)
    for rows in groups(frame["feed_id"].to_numpy(object)).values():
        time = rows[np.argsort(order[rows], kind="stable")]
        smooth[time] = pd.DataFrame(levelled[time]).ewm(span=2 * span).mean().to_numpy()
    return smooth


def _regimes(settings: Floats) -> Floats:
    """Return the distinct operating points, rounded; one when settings only wobble."""
    if not settings.shape[1]:
        return np.zeros((1, 0))
    spread = settings.max(axis=0) - settings.min(axis=0)
    size = np.maximum(np.abs(settings).max(axis=0), 1.0)
    scaled = np.where(spread > 0.05 * size, np.round(settings / size * 20.0), 0.0)
    _, inverse, count = np.unique(scaled, axis=0, return_inverse=True, return_counts=True)
    common = np.argsort(-count)[:_MOST_REGIMES]
    return np.array([settings[inverse.ravel() == n].mean(axis=0) for n in common if count[n] > 20])


def _nearest(settings: Floats, regimes: Floats) -> NDArray[np.intp]:
    if len(regimes) <= 1:
        return np.zeros(len(settings), dtype=np.intp)
    size = np.maximum(np.abs(regimes).max(axis=0), 1.0)
    distance = ((settings[:, None, :] - regimes[None, :, :]) / size) ** 2
    return np.asarray(distance.sum(axis=2).argmin(axis=1), dtype=np.intp)


def _levels(values: Floats, where: NDArray[np.intp], regimes: int) -> tuple[Floats, Floats]:
    level, spread = np.zeros((regimes, values.shape[1])), np.ones((regimes, values.shape[1]))
    for number in range(regimes):
        own = values[where == number]
        if len(own) > 1:
            level[number] = own.mean(axis=0)
            deviation = own.std(axis=0)
            # A sensor that never moves says nothing; dividing by its rounding noise would make it shout.
            spread[number] = np.where(
                deviation > 1e-6 * np.maximum(np.abs(level[number]), 1.0), deviation, np.inf
            )
    return level, spread


def _ridge(features: Floats, target: Floats) -> tuple[Floats, float]:
    if not len(target):
        return np.zeros(features.shape[1]), 0.0
    centre, mean = features.mean(axis=0), float(target.mean())
    moved = features - centre
    gram = moved.T @ moved + 10.0 * np.eye(features.shape[1])
    weights = np.linalg.solve(gram, moved.T @ (target - mean))
    return weights, mean - float(centre @ weights)


def _matrix(frame: pd.DataFrame, names: tuple[str, ...]) -> Floats:
    return np.nan_to_num(frame[list(names)].to_numpy(np.float64)) if names else np.zeros((len(frame), 0))
