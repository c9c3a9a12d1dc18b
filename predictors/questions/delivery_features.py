"""Say how a delivery differs from what the same feed used to deliver: stale, small, late, shrunken,
contradictory.

The delivery itself is visible, the operator's note about it is not. Any numeric columns will do: a column
that
never fell before and falls now was corrected; one that always moved and now stands still is stale. Labels
enter only as rates per feed, and only with the delay with which they would be known in service.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictors.known.history import DAY_SECONDS, fading_sum, groups
from predictors.questions.amount_features import COLUMNS as AMOUNTS
from predictors.questions.amount_features import amounts
from predictors.questions.balance_features import COLUMNS as BALANCE
from predictors.questions.balance_features import balance
from predictors.questions.event_frame import PLAIN
from predictors.questions.sender_features import find_lag, lateness, source_gap

Floats = NDArray[np.float64]

_RATE_FADES = {"rate_recent": 180 * DAY_SECONDS, "rate_month": 20 * DAY_SECONDS}
_PRIOR_DELIVERIES = 15.0
_WARM_UP = 5

PRIOR = {
    "rate_ever": 0.1,
    "rate_recent": 0.1,
    "rate_month": 0.1,
    "fell": 0.2,
    "stale": 0.9,
    "unusual": 0.7,
    "missing": 0.3,
    "source_gap": 1.2,
    "late": 0.2,
    "weekend": 0.0,
    "flow_broken": 1.0,
    "shrunk": 0.3,
    "odd_amount": 0.0,
}
HABIT = dict.fromkeys(PRIOR, 0.0) | {"rate_ever": 0.2, "rate_recent": 0.3, "rate_month": 0.5}
_SIZES = 18
# What yesterday's delivery looked like: a note often speaks of the day before.
_LASTING = ("flow_broken", "fell", "stale", "unusual")
EXTRA = (
    "rate_weekday",
    "fell_share",
    "stale_share",
    "largest",
    "mean_unusual",
    "gap_size",
    "gap_change",
    "lag",
    "weekday",
    "season",
    "since_label",
    "worst_fall",
    "system_stale",
    "fresh_fell",
    *BALANCE[1:],
    *(name for name in AMOUNTS if name not in PRIOR),
    *(f"{name}_before" for name in _LASTING),
    *(f"size_{n}" for n in range(_SIZES)),
    *(f"step_{n}" for n in range(_SIZES)),
)


def delivery_features(
    events: pd.DataFrame, queries: pd.DataFrame, labels: pd.DataFrame, delay: float
) -> dict[str, Floats]:
    """Return the columns of `PRIOR` and `EXTRA`, one value per question.

    Args:
        events: Deliveries, one row per feed and `t`, any numeric columns.
        queries: Questions with `feed_id` and `t`.
        labels: Known answers (`feed_id`, `t`, `y`).
        delay: Seconds after `t` before a label may be used.
    """
    ordered = events.sort_values(["feed_id", "t_avail"], kind="stable").reset_index(drop=True)
    rows = _shape(ordered)
    now = queries["t"].to_numpy(np.float64)
    columns = {name: np.zeros(len(now)) for name in (*PRIOR, *EXTRA)}
    place = _row_of(ordered, queries)
    known = place >= 0
    for name, values in rows.items():
        columns[name][known] = values[place[known]]
    columns["weekday"] = (now // DAY_SECONDS + 4.0) % 7.0
    columns["weekend"] = ((columns["weekday"] == 0) | (columns["weekday"] == 6)).astype(np.float64)
    columns["season"] = np.sin(2.0 * np.pi * now / (365.25 * DAY_SECONDS))
    _label_rates(columns, queries, labels, delay)
    return columns


def _row_of(ordered: pd.DataFrame, queries: pd.DataFrame) -> NDArray[np.intp]:
    """Return for each question the newest row of its feed that is known at its moment, -1 without one."""
    place = np.full(len(queries), -1, dtype=np.intp)
    asked, feeds = queries["t"].to_numpy(np.float64), groups(queries["feed_id"].to_numpy(object))
    known = ordered["t_avail"].to_numpy(np.float64)
    for name, rows in groups(ordered["feed_id"].to_numpy(object)).items():
        if name in feeds:
            own = feeds[name]
            found = np.searchsorted(known[rows], asked[own], "right") - 1
            place[own] = np.where(found >= 0, rows[np.maximum(found, 0)], -1)
    return place


def _shape(ordered: pd.DataFrame) -> dict[str, Floats]:
    """Return what each delivery looks like beside its own past, one value per row of `ordered`."""
    names = [c for c in ordered.columns if c not in PLAIN and pd.api.types.is_numeric_dtype(ordered[c])]
    lag_name = find_lag(names)
    counters = [name for name in names if name != lag_name]
    values = ordered[counters].to_numpy(np.float64)
    result = {
        name: np.zeros(len(ordered))
        for name in (
            "fell",
            "stale",
            "unusual",
            "missing",
            "fell_share",
            "stale_share",
            "largest",
            "mean_unusual",
            "worst_fall",
            "fresh_fell",
        )
    }
    for rows in groups(ordered["feed_id"].to_numpy(object)).values() if counters else ():
        for name, column in _feed_shape(values[rows]).items():
            result[name][rows] = column
    _, feed = np.unique(ordered["feed_id"].to_numpy(object).astype(str), return_inverse=True)
    result |= lateness(ordered, lag_name, _WARM_UP) | source_gap(ordered, counters)
    result |= balance(values, feed, ordered["t_avail"].to_numpy(np.float64))
    result |= amounts(values, ordered["feed_id"].to_numpy(object), ordered["t"].to_numpy(np.float64))
    for name in _LASTING:
        before = pd.Series(result[name]).groupby(feed).shift(1)
        result[f"{name}_before"] = np.nan_to_num(before.to_numpy(np.float64))
    result |= _sizes(ordered, values[:, :_SIZES])
    result["system_stale"] = _others(ordered, result["stale_share"])
    return result


def _sizes(ordered: pd.DataFrame, values: Floats) -> dict[str, Floats]:
    """Return the counters themselves and their steps, on a log scale: where a feed stands is part of its
    habit."""
    steps = pd.DataFrame(values).groupby(ordered["feed_id"].to_numpy(object)).diff().to_numpy(np.float64)
    result = {}
    for number in range(values.shape[1]):
        result[f"size_{number}"] = np.nan_to_num(np.log1p(np.maximum(values[:, number], 0.0)))
        step = np.nan_to_num(steps[:, number])
        result[f"step_{number}"] = np.sign(step) * np.log1p(np.abs(step))
    return result


def _feed_shape(values: Floats) -> dict[str, Floats]:
    """Compare each delivery of one feed (deliveries x columns) with the deliveries before it."""
    step = np.vstack([np.full((1, values.shape[1]), np.nan), np.diff(values, axis=0)])
    fell, still = step < 0, step == 0
    seen = _before(np.isfinite(step))
    enough = seen >= _WARM_UP
    # Share of the column's own past in which it fell, stood still or was left out; surprise = -log of that
    # share.
    surprise_fall = -np.log((_before(fell) + 0.5) / (seen + 1.0))
    surprise_still = -np.log((_before(still) + 0.5) / (seen + 1.0))
    falls = np.where(fell & enough, surprise_fall, 0.0)
    stills = np.where(still & enough, surprise_still, 0.0)
    moved = _robust_score(step)
    gap = np.isnan(values)
    told, untold = _before(~gap), _before(gap)
    absent = gap & (told >= _WARM_UP)
    surprise_gap = -np.log((untold + 0.5) / (told + untold + 1.0))
    size = np.nan_to_num(np.where(fell, -step / (np.abs(values) + 1.0), 0.0))
    return {
        "fell": np.log1p(falls.sum(axis=1)),
        "stale": np.log1p(stills.sum(axis=1)),
        "unusual": np.log1p(np.sort(moved, axis=1)[:, -3:].mean(axis=1)),
        "missing": np.log1p(np.where(absent, surprise_gap, 0.0).sum(axis=1)),
        "fell_share": (falls > 2.0).mean(axis=1),
        "stale_share": (stills > 1.0).mean(axis=1),
        "largest": np.log1p(moved.max(axis=1)),
        "mean_unusual": np.log1p(moved.mean(axis=1)),
        "worst_fall": np.log1p(1e4 * np.where(falls > 2.0, size, 0.0).max(axis=1)),
        "fresh_fell": falls.max(axis=1),
    }


def _before(flags: NDArray[np.bool_]) -> Floats:
    """Return per row and column how often the flag was set strictly earlier."""
    total = np.cumsum(flags, axis=0).astype(np.float64)
    return np.vstack([np.zeros((1, flags.shape[1])), total[:-1]])


def _robust_score(step: Floats) -> Floats:
    """Return |step - usual step| over the usual size of steps, both from the 28 deliveries before."""
    frame = pd.DataFrame(step)
    past = frame.shift(1).rolling(28, min_periods=_WARM_UP)
    middle = past.median()
    spread = (frame - middle).abs().shift(1).rolling(28, min_periods=_WARM_UP).median()
    score = (frame - middle).abs() / (1.5 * spread + 1.0)
    return np.asarray(np.clip(np.nan_to_num(score.to_numpy(np.float64)), 0.0, 50.0))


def _others(ordered: pd.DataFrame, stale: Floats) -> Floats:
    """Return the mean staleness of the deliveries known before this one, fading within two days."""
    moments = ordered["t_avail"].to_numpy(np.float64)
    time = np.argsort(moments, kind="stable")
    asked = moments - 1.0
    mass = fading_sum(moments[time], stale[time], asked, 2 * DAY_SECONDS)
    seen = fading_sum(moments[time], np.ones(len(time)), asked, 2 * DAY_SECONDS)
    return np.asarray(mass / np.maximum(seen, 1e-9), dtype=np.float64)


def _label_rates(
    columns: dict[str, Floats], queries: pd.DataFrame, labels: pd.DataFrame, delay: float
) -> None:
    ordered = labels.sort_values("t", kind="stable")
    known = ordered["t"].to_numpy(np.float64) + delay
    y = ordered["y"].to_numpy(np.float64)
    now = queries["t"].to_numpy(np.float64)
    done = np.searchsorted(known, now, "right")
    pooled = (np.r_[0.0, np.cumsum(y)][done] + 1.0) / (done + 100.0)
    own_labels = groups(ordered["feed_id"].to_numpy(object))
    for name, rows in groups(queries["feed_id"].to_numpy(object)).items():
        own = own_labels.get(name, np.zeros(0, dtype=np.intp))
        moments, told, asked, rate = known[own], y[own], now[rows], pooled[rows]
        count = np.searchsorted(moments, asked, "right")
        bad = np.r_[0.0, np.cumsum(told)][count]
        columns["rate_ever"][rows] = _log_ratio(bad, count.astype(np.float64), rate)
        # The fade is counted from the newest label, so that a feed nobody has judged for months keeps its
        # rate.
        last = moments[np.maximum(count - 1, 0)] if len(moments) else asked
        for label, fade in _RATE_FADES.items():
            faded = fading_sum(moments, told, last, fade) * (count > 0)
            seen = fading_sum(moments, np.ones(len(own)), last, fade) * (count > 0)
            columns[label][rows] = _log_ratio(faded, seen, rate)
        columns["since_label"][rows] = np.log1p(last - moments[0]) if len(moments) else 0.0
        columns["rate_weekday"][rows] = _weekday_rate(moments - delay, told, count, asked, rate)


def _weekday_rate(
    judged: Floats, told: Floats, count: NDArray[np.intp], asked: Floats, rate: Floats
) -> Floats:
    """Return the feed's log rate on this day of the week beside its rate on all days, shrunk toward it."""
    overall = (np.r_[0.0, np.cumsum(told)][count] + _PRIOR_DELIVERIES * rate) / (count + _PRIOR_DELIVERIES)
    result = np.zeros(len(asked))
    day, today = judged // DAY_SECONDS % 7, asked // DAY_SECONDS % 7
    for number in range(7):
        mine = today == number
        seen = np.r_[0.0, np.cumsum(day == number)][count[mine]]
        bad = np.r_[0.0, np.cumsum(told * (day == number))][count[mine]]
        shrunk = (bad + _PRIOR_DELIVERIES * overall[mine]) / (seen + _PRIOR_DELIVERIES)
        result[mine] = np.log(shrunk / overall[mine])
    return result


def _log_ratio(bad: Floats, seen: Floats, pooled: Floats) -> Floats:
    """Return the log of the shrunk odds over the pooled odds: 0 for a feed that nobody has judged yet."""
    shrunk = (bad + _PRIOR_DELIVERIES * pooled) / (seen + _PRIOR_DELIVERIES)
    return np.asarray(np.log(shrunk / (1.0 - shrunk) * (1.0 - pooled) / pooled), dtype=np.float64)
