"""The baselines every model has to beat, fitted under the same rules in the same run.

They share plain features: what the last row said, counts over recent windows, elapsed times, the clock, and a
rate per feed. Each peer is `fit(training) -> answer`, `answer(window) -> probabilities`.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.predict_tasks import Window

Floats = NDArray[np.float64]
Answer = Callable[[Window], Floats]
Peer = Callable[[Window], Answer]

_DAY = 86_400.0
_PLAIN = frozenset({"feed_id", "t", "t_avail", "status"})


def peers() -> dict[str, Peer]:
    """Return name and fit function of every baseline."""
    return {
        "base rate": _base_rate,
        "rate per feed": _feed_rate,
        "last status": _last_status,
        "elapsed time": _elapsed_time,
        "logistic regression": lambda training: _learned(training, _logistic),
        "random forest": lambda training: _learned(training, _random_forest),
        "gradient boosting": lambda training: _learned(training, _boosting),
    }


def _base_rate(training: Window) -> Answer:
    rate = float(training.queries["y"].mean())
    return lambda window: np.full(len(window.queries), rate)


def _feed_rate(training: Window) -> Answer:
    rate, known = _rates(training)
    return lambda window: window.queries["feed_id"].map(known).fillna(rate).to_numpy(np.float64)


def _rates(training: Window) -> tuple[float, pd.Series]:
    queries = training.queries
    rate = float(queries["y"].mean())
    grouped = queries.groupby("feed_id")["y"].agg(["sum", "count"])
    return rate, (grouped["sum"] + 20.0 * rate) / (grouped["count"] + 20.0)


def _last_status(training: Window) -> Answer:
    """How often the answer was yes, by what the feed's last row said and how many troubles the last day
    had."""

    def key(window: Window) -> NDArray[np.int_]:
        plain = plain_features(window)
        return (plain["last_bad"] * 10 + np.minimum(plain["bad_1d"], 3)).astype(int)

    return _by_group(training, key)


def _elapsed_time(training: Window) -> Answer:
    """The survival rule: how often the answer was yes, by the time since the feed's last trouble."""

    def key(window: Window) -> NDArray[np.int_]:
        return np.floor(np.log2(plain_features(window)["since_bad"] + 1.0)).astype(int)

    return _by_group(training, key)


def _by_group(training: Window, key: Callable[[Window], NDArray[np.int_]]) -> Answer:
    y = training.queries["y"].to_numpy(np.float64)
    rate = float(y.mean())
    grouped = pd.Series(y).groupby(key(training)).agg(["sum", "count"])
    told = (grouped["sum"] + 50.0 * rate) / (grouped["count"] + 50.0)
    return lambda window: pd.Series(key(window)).map(told).fillna(rate).to_numpy(np.float64)


def plain_features(window: Window) -> pd.DataFrame:
    """Return one row per question with what anybody would compute first, from rows known at its moment."""
    events = window.events.sort_values("t_avail", kind="stable").reset_index(drop=True)
    status = events["status"] if "status" in events else pd.Series("ok", index=events.index)
    bad = (~status.isin(["ok", "up"])).to_numpy(np.float64)
    numeric = [c for c in events.columns if c not in _PLAIN and pd.api.types.is_numeric_dtype(events[c])]
    values = events[numeric].to_numpy(np.float64)
    times, now = events["t_avail"].to_numpy(np.float64), window.queries["t"].to_numpy(np.float64)
    names = ["last_bad", "since_bad", "since_row", "rows", "bad_all", "bad_1d", "bad_7d", "bad_30d"]
    names += [f"last_{name}" for name in numeric] + [f"mean5_{name}" for name in numeric]
    table = np.zeros((len(now), len(names)))
    table[:, 1:3] = 9e7
    lines = events.groupby("feed_id").indices
    unit = _DAY if window.info.get("time_unit", "s") == "s" else 1.0
    for feed, rows in window.queries.groupby("feed_id").indices.items():
        own = lines.get(feed)
        if own is None:
            continue
        when, trouble = times[own], bad[own]
        place = np.searchsorted(when, now[rows], "right") - 1
        last, known = np.maximum(place, 0), (place >= 0).astype(np.float64)
        total = np.r_[0.0, np.cumsum(trouble)]
        onset = when[trouble > 0]
        before = np.searchsorted(onset, now[rows], "right") - 1
        table[rows, 0] = trouble[last] * known
        if len(onset):
            table[rows, 1] = np.where(before >= 0, now[rows] - onset[np.maximum(before, 0)], 9e7)
        table[rows, 2] = np.where(place >= 0, now[rows] - when[last], 9e7)
        table[rows, 3], table[rows, 4] = place + 1, total[place + 1]
        for column, days in ((5, 1), (6, 7), (7, 30)):
            first = np.searchsorted(when, now[rows] - days * unit, "right")
            table[rows, column] = total[place + 1] - total[first]
        means = pd.DataFrame(values[own]).rolling(5, min_periods=1).mean().to_numpy()
        width = len(numeric)
        table[rows, 8 : 8 + width] = values[own][last] * known[:, None]
        table[rows, 8 + width : 8 + 2 * width] = means[last] * known[:, None]
    frame = pd.DataFrame(np.nan_to_num(table), columns=names)
    if unit == _DAY:
        clock = 2 * np.pi * (now % _DAY) / _DAY
        frame["clock_sin"], frame["clock_cos"] = np.sin(clock), np.cos(clock)
        frame["weekday"] = (now // _DAY + 4) % 7
    return frame


def _learned(training: Window, build: Callable[[], object]) -> Answer:
    rate, known = _rates(training)

    def table(window: Window) -> Floats:
        frame = plain_features(window)
        frame["feed_rate"] = window.queries["feed_id"].map(known).fillna(rate).to_numpy(np.float64)
        return frame.to_numpy(np.float64)

    y = training.queries["y"].to_numpy(int)
    features = table(training)
    model = build()
    # All positives and at most 60,000 negatives with the weight that restores the base rate: the same answer
    # within noise, in a quarter of the time.
    negative = np.flatnonzero(y == 0)
    kept = np.random.default_rng(0).permutation(negative)[:60_000]
    chosen = np.r_[np.flatnonzero(y == 1), kept]
    weight = np.where(y[chosen] == 1, 1.0, len(negative) / max(len(kept), 1))
    if len(np.unique(y[chosen])) < 2:
        return lambda window: np.full(len(window.queries), rate)
    model.fit(features[chosen], y[chosen], sample_weight=weight)  # type: ignore[attr-defined]
    return lambda window: np.asarray(model.predict_proba(table(window))[:, 1])  # type: ignore[attr-defined]


def _logistic() -> object:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    class Scaled:
        """Logistic regression on standardised columns, weights of rows passed through."""

        def fit(self, features: Floats, y: NDArray[np.int_], sample_weight: Floats) -> None:
            self.scaler = StandardScaler().fit(features)
            self.model = LogisticRegression(C=1.0, max_iter=300)
            self.model.fit(self.scaler.transform(features), y, sample_weight=sample_weight)

        def predict_proba(self, features: Floats) -> Floats:
            return np.asarray(self.model.predict_proba(self.scaler.transform(features)))

    return Scaled()


def _random_forest() -> object:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(120, min_samples_leaf=10, n_jobs=1, random_state=0)


def _boosting() -> object:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_iter=150, learning_rate=0.06, random_state=0)
