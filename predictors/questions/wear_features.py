"""Say how worn a unit is: how far its sensors have drifted from its own beginning, in the direction of
failure.

Sensors have no names here. Operating settings are told apart by their values, each sensor is levelled within
its setting, and the direction of wear is learned by regressing on the remaining life of units that failed.
Short means and slopes use the unit's own past alone.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictors.known.history import groups, latest
from predictors.questions.event_frame import PLAIN

Floats = NDArray[np.float64]

_MOST_REGIMES = 12
_CAP = 125.0
PRIOR = {"wear": 1.0, "wear_slow": 1.0, "wear_slope": 0.5, "life_left": -1.0, "age": 0.3, "departed": 1.0}
EXTRA = (
    "wear_curved",
    "wear_curved_slow",
    "wear_start",
    "spread",
    "component_1",
    "component_2",
    "component_3",
    "component_4",
    "steps",
)
_FADES = (5.0, 15.0)
_WILD, _FARTHEST = 30.0, 30.0
# How many steps a unit's own beginning is.
_BEGINNING = 15
# Products of more sensors than these would outgrow what units teach.
_MOST_CURVED = 24
_STIFF, _STIFFER = 10.0, 100.0
# Time is measured so that the look ahead of the questions is this many steps long.
HORIZON = 30.0


@dataclass(frozen=True)
class WearScale:
    """What training fixes: regimes, level and spread per regime and sensor, the direction of wear, its
    components; `curved` are the weights of sensors and of their products, for wear of several kinds."""

    settings: tuple[str, ...]
    sensors: tuple[str, ...]
    regimes: Floats
    level: Floats
    spread: Floats
    direction: Floats
    intercept: float
    components: Floats
    typical_life: float
    curved: Floats
    curved_intercept: float
    usual: float = 0.0
    width: float = 1.0


def learn_scale(events: pd.DataFrame, labels: pd.DataFrame) -> WearScale:
    """Return the scale learned from units whose failure time (`event_t` of their questions) is known."""
    names = [c for c in events.columns if c not in PLAIN and pd.api.types.is_numeric_dtype(events[c])]
    settings = tuple(name for name in names if name.startswith(("op", "set")))
    sensors = tuple(name for name in names if name not in settings)
    values = _matrix(events, sensors)
    points = np.nan_to_num(_matrix(events, settings))
    regimes = _regimes(points)
    where = _nearest(points, regimes)
    level, spread = _levels(values, where, len(regimes))
    levelled = _levelled(values, level[where], spread[where])
    smooth = _smoothed(levelled, events, _FADES[0])
    components = np.zeros((0, len(sensors)))
    if smooth.size:
        components = np.linalg.svd(smooth - smooth.mean(axis=0), full_matrices=False)[2][:4]
    if len(components) < 4:
        components = np.vstack([components, np.zeros((4 - len(components), len(sensors)))])
    ends = _ends(events, labels)
    # Where none failed yet, a unit lives at least as long as it was seen.
    lives = ends if len(ends) else events.groupby("feed_id")["t"].max()
    life = float(lives.median()) if len(lives) else 1.0
    scale = WearScale(
        settings=settings,
        sensors=sensors,
        regimes=regimes,
        level=level,
        spread=spread,
        direction=np.zeros(0),
        intercept=0.0,
        components=components,
        typical_life=life,
        curved=np.zeros(0),
        curved_intercept=0.0,
    )
    return directed(scale, events, labels)


def directed(scale: WearScale, events: pd.DataFrame, labels: pd.DataFrame) -> WearScale:
    """Return the scale with the directions of wear that these units show."""
    left = events["feed_id"].map(_ends(events, labels)).to_numpy(np.float64) - events["t"].to_numpy(
        np.float64
    )
    # Early life carries no sign of wear: capping the target keeps it from drowning the end (Heimes 2008).
    target = np.minimum(left, _CAP)
    known, smooth = np.isfinite(target), _smoothed(_on_scale(scale, events), events, _FADES[0])
    direction, intercept = _ridge(smooth[known], target[known], _STIFF)
    curved, curved_intercept = _ridge(_products(smooth[known]), target[known], _STIFFER)
    return replace(
        scale,
        direction=direction,
        intercept=intercept,
        curved=curved,
        curved_intercept=curved_intercept,
    )


def wear_features(scale: WearScale, events: pd.DataFrame, queries: pd.DataFrame) -> dict[str, Floats]:
    """Return the columns of `PRIOR` and `EXTRA`, one value per question, from cycles at or before it."""
    ordered = events.sort_values(["feed_id", "t_avail"], kind="stable").reset_index(drop=True)
    levelled = _on_scale(scale, ordered)
    quick, slow = (_smoothed(levelled, ordered, fade) for fade in _FADES)
    fast_left = scale.intercept + quick @ scale.direction
    slow_left = scale.intercept + slow @ scale.direction
    curved = (60.0 - scale.curved_intercept - _products(quick) @ scale.curved) / 30.0
    now = queries["t"].to_numpy(np.float64)
    columns = {name: np.zeros(len(now)) for name in (*PRIOR, *EXTRA)}
    rows_of, known = groups(ordered["feed_id"].to_numpy(object)), ordered["t_avail"].to_numpy(np.float64)
    for name, asked in groups(queries["feed_id"].to_numpy(object)).items():
        own = rows_of.get(name)
        if own is None:
            continue
        place = latest(known[own], now[asked])
        line = _line(scale, fast_left[own], slow_left[own], quick[own]) | {
            "departed": _departed(levelled[own], quick[own]),
            "wear_curved": curved[own],
            "wear_curved_slow": pd.Series(curved[own]).ewm(span=_FADES[1]).mean().to_numpy(np.float64),
        }
        for column, values in line.items():
            columns[column][asked] = np.where(place >= 0, values[np.maximum(place, 0)], 0.0)
        columns["age"][asked] = now[asked] / max(scale.typical_life, 1.0) - 1.0
    return columns


def _on_scale(scale: WearScale, events: pd.DataFrame) -> Floats:
    """Return each sensor's deviation from the level of its setting."""
    where = _nearest(np.nan_to_num(_matrix(events, scale.settings)), scale.regimes)
    return _levelled(_matrix(events, scale.sensors), scale.level[where], scale.spread[where])


def _line(scale: WearScale, fast: Floats, slow: Floats, quick: Floats) -> dict[str, Floats]:
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


def _departed(levelled: Floats, quick: Floats) -> Floats:
    """Return how far a unit's sensors are from its own beginning, whichever way each of them went.

    One direction of wear is the mean of all that wear out in other ways: what rises in one and falls in the
    other has no weight in it.
    """
    seen = np.arange(len(levelled))
    means = np.cumsum(levelled, axis=0) / (seen + 1.0)[:, None]
    away = quick - means[np.minimum(seen, _BEGINNING - 1)]
    size = np.sqrt((away**2).sum(axis=1) / max(away.shape[1], 1))
    return np.asarray(np.log1p(3.0 * size), dtype=np.float64)


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
    if not settings.size:
        return np.zeros((1, settings.shape[1]))
    spread = settings.max(axis=0) - settings.min(axis=0)
    size = np.maximum(np.abs(settings).max(axis=0), 1.0)
    scaled = np.where(spread > 0.05 * size, np.round(settings / size * 20.0), 0.0)
    _, inverse, count = np.unique(scaled, axis=0, return_inverse=True, return_counts=True)
    common = np.argsort(-count)[:_MOST_REGIMES]
    often = [settings[inverse.ravel() == n].mean(axis=0) for n in common if count[n] > 20]
    return np.array(often or [settings.mean(axis=0)])


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
            there = np.isfinite(own) & ~_wild(own)
            count = np.maximum(there.sum(axis=0), 1)
            level[number] = np.where(there, own, 0.0).sum(axis=0) / count
            deviation = np.sqrt(np.where(there, (own - level[number]) ** 2, 0.0).sum(axis=0) / count)
            # A sensor that never moves says nothing; dividing by its rounding noise would make it shout.
            spread[number] = np.where(
                deviation > 1e-6 * np.maximum(np.abs(level[number]), 1.0), deviation, np.inf
            )
    return level, spread


def _wild(values: Floats) -> NDArray[np.bool_]:
    """Return where a value lies so far out that no sensor can have measured it."""
    if not values.size:
        return np.zeros(values.shape, dtype=bool)
    told = np.where(np.isfinite(values).any(axis=0), values, 0.0)
    low, middle, high = np.nanpercentile(told, [5.0, 50.0, 95.0], axis=0)
    far = np.abs(told - middle) > _WILD * np.where(high > low, high - low, np.inf)
    return np.asarray(far, dtype=np.bool_)


def _levelled(values: Floats, level: Floats, spread: Floats) -> Floats:
    """Return deviations from the level; a gap counts as none, a wild value as a large one."""
    return np.clip(np.nan_to_num((values - level) / spread), -_FARTHEST, _FARTHEST)


def _products(smooth: Floats) -> Floats:
    """Return the sensors and their products: squares have no sign, so each way to wear has its own slope."""
    first, second = np.triu_indices(min(smooth.shape[1], _MOST_CURVED))
    return np.hstack([smooth, smooth[:, first] * smooth[:, second] / 3.0])


def _ridge(features: Floats, target: Floats, stiff: float) -> tuple[Floats, float]:
    if not len(target):
        return np.zeros(features.shape[1]), 0.0
    centre, mean = features.mean(axis=0), float(target.mean())
    moved = features - centre
    gram = moved.T @ moved + stiff * np.eye(features.shape[1])
    weights = np.linalg.solve(gram, moved.T @ (target - mean))
    return weights, mean - float(centre @ weights)


def _ends(events: pd.DataFrame, labels: pd.DataFrame) -> "pd.Series[float]":
    """Return when each unit failed; where nobody wrote it down, a unit near it ends with its rows."""
    told = labels[labels["event_t"] > 0] if "event_t" in labels else labels.iloc[:0]
    if len(told):
        return told.groupby("feed_id")["event_t"].max()
    near = set(labels.loc[labels["y"] == 1, "feed_id"])
    return events[events["feed_id"].isin(near)].groupby("feed_id")["t"].max()


def _matrix(frame: pd.DataFrame, names: tuple[str, ...]) -> Floats:
    """Return the values, a gap as the unit's last value before it; what a unit never told stays a gap."""
    if not names:
        return np.zeros((len(frame), 0))
    values = frame[list(names)]
    return (values.groupby(frame["feed_id"]).ffill() if values.isna().any(axis=None) else values).to_numpy(
        np.float64
    )
