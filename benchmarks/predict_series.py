"""Judge our series detector beside four simple ones with the NAB score; every detector is causal.

A detector's answer for a point must not change when the series ends there: that is tried for ours on random
points.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.predict_nab import Detector, nab_at, nab_scores
from benchmarks.predict_series_reading import Series, load_series
from predictors.series.series_detector import anomaly_scores

Floats = NDArray[np.float64]

# A score of 0.5 equals what is habitual. The best threshold of made-up series was .54 to .57.
_FIXED_THRESHOLD = 0.55
_ASKED_AGAIN = 3


def series_task(folder: Path, reasons: dict[str, str], *, with_peers: bool) -> dict[str, dict[str, float]]:
    """Return the NAB figures of our detector and of the baselines on one folder of series.

    `reasons` gets a line for series that cannot be read.
    """
    series, refused = load_series(folder)
    if refused:
        reasons[f"{folder.name}, left out"] = "; ".join(refused)
    contenders: dict[str, Detector] = {"dogwatch": anomaly_scores}
    if with_peers:
        contenders |= {
            "gaussian": _gaussian,
            "plain z": _plain_z,
            "seasonal z": _seasonal_z,
            "seasonal z, two stages": _two_stage,
            "last change": _last_change,
        }
    rows: dict[str, dict[str, float]] = {}
    for name, detector in contenders.items():
        start = time.process_time()
        scores = {one.name: detector(one.values, one.timestamps) for one in series}
        seconds = time.process_time() - start
        found = nab_scores(series, scores)
        rows[name] = {f"nab_{profile}": found[profile] for profile in ("standard", "low_fp", "low_fn")}
        rows[name] |= {"score_s": seconds}
        if name == "dogwatch":
            rows[name]["nab_standard_fixed"] = nab_at(series, scores, _FIXED_THRESHOLD, "standard")
            rows[name]["nab_low_fp_fixed"] = nab_at(series, scores, _FIXED_THRESHOLD, "low_fp")
            _must_be_causal(series, scores)
    return rows


def _must_be_causal(series: list[Series], scores: dict[str, Floats]) -> None:
    random = np.random.default_rng(5)
    for one in series:
        for place in random.integers(0, len(one.values), _ASKED_AGAIN) if len(one.values) else ():
            again = anomaly_scores(one.values[: place + 1], one.timestamps[: place + 1])[-1]
            if abs(float(again) - float(scores[one.name][place])) > 1e-9:
                raise RuntimeError(f"LEAK: {one.name} at {place}")


def _squashed(score: pd.Series) -> Floats:
    return np.nan_to_num((score / (1.0 + score)).to_numpy(np.float64))


def _gaussian(values: Floats, timestamps: Floats) -> Floats:
    past = pd.Series(values).shift(1).rolling(6_400, min_periods=20)
    return _squashed((values - past.mean()).abs() / (past.std() + 1e-9))


def _plain_z(values: Floats, timestamps: Floats) -> Floats:
    past = pd.Series(values).shift(1).expanding(20)
    spread = (pd.Series(values) - past.median()).abs().shift(1).expanding(20).median()
    return _squashed((values - past.median()).abs() / (1.4826 * spread + 1e-9))


def _seasonal_residual(values: Floats, timestamps: Floats) -> pd.Series:
    now = pd.Series(values)
    step = float(np.median(np.diff(timestamps))) if len(timestamps) > 1 else 300.0
    period = max(round(86_400 / max(step, 1.0)), 1)
    earlier = pd.concat([now.shift(period * day) for day in range(1, 8)], axis=1).median(axis=1)
    return now - earlier.fillna(now.shift(1).rolling(period, min_periods=20).median())


def _seasonal_z(values: Floats, timestamps: Floats) -> Floats:
    residual = _seasonal_residual(values, timestamps)
    spread = residual.abs().shift(1).expanding(50).quantile(0.9)
    return _squashed(residual.abs() / (spread + 0.01 * pd.Series(values).abs().expanding().max() + 1e-9))


def _two_stage(values: Floats, timestamps: Floats) -> Floats:
    residual = _seasonal_residual(values, timestamps)
    spread = residual.abs().shift(1).expanding(50).quantile(0.9)
    first = residual.abs() / (spread + 0.01 * pd.Series(values).abs().expanding().max() + 1e-9)
    short = first.rolling(10, min_periods=1).mean()
    past = first.shift(10).rolling(1_000, min_periods=50)
    return _squashed(((short - past.mean()) / (past.std() + 0.1)).clip(lower=0.0))


def _last_change(values: Floats, timestamps: Floats) -> Floats:
    change = pd.Series(values).diff().abs()
    return _squashed(change / (change.shift(1).expanding(20).quantile(0.99) + 1e-9))
