"""Score a detector of anomalies in time series the way the Numenta Anomaly Benchmark does.

The scoring is that of Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms" (ICMLA 2015,
arXiv:1510.03336), written anew from the paper and its published profiles: a sigmoid rewards early detection
inside a labelled window, only the first detection counts, later ones outside cost, the first 15 % of a series
(at most 750 points) is probation, and one threshold per profile is optimised over the whole collection.
100 is perfect, 0 is a detector that never speaks.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.predict_series_reading import Series

Floats = NDArray[np.float64]
Detector = Callable[[Floats, Floats], Floats]

# Weights of a hit, a false alarm and a miss, as published with the benchmark.
PROFILES = {"standard": (1.0, 0.11, 1.0), "low_fp": (1.0, 0.22, 1.0), "low_fn": (1.0, 0.055, 2.0)}


def nab_scores(series: list[Series], scores: Mapping[str, Floats]) -> dict[str, float]:
    """Return the normalised score per profile, with the threshold that is best for each."""
    result: dict[str, float] = {}
    for profile, (hit, alarm, miss) in PROFILES.items():
        thresholds, totals = _totals(series, scores, hit, alarm, miss)
        result[profile] = _normalised(series, float(totals.max()), hit, miss)
        result[f"{profile}_threshold"] = float(thresholds[int(totals.argmax())])
    return result


def nab_at(series: list[Series], scores: Mapping[str, Floats], threshold: float, profile: str) -> float:
    """Return the normalised score of one profile at a threshold that was fixed beforehand."""
    hit, alarm, miss = PROFILES[profile]
    thresholds, totals = _totals(series, scores, hit, alarm, miss)
    place = np.flatnonzero(thresholds >= threshold)
    return _normalised(series, float(totals[place[-1]]), hit, miss) if len(place) else 0.0


def _totals(
    series: list[Series], scores: Mapping[str, Floats], hit: float, alarm: float, miss: float
) -> tuple[Floats, Floats]:
    """Return thresholds from high to low and the raw score of the collection at each."""
    told: list[tuple[float, float]] = []
    start = 0.0
    for one in series:
        own = scores[one.name]
        inside = np.full(len(own), -1)
        for number, (first, last) in enumerate(one.windows):
            inside[first : last + 1] = number
        worth = _worth(one, inside, hit, alarm)
        counted = np.arange(len(own)) >= one.probation
        outside = counted & (inside < 0)
        told += list(zip(own[outside].tolist(), worth[outside].tolist(), strict=True))
        for number in range(len(one.windows)):
            mine = counted & (inside == number)
            if mine.any():
                start -= miss
                told += _steps(own[mine], worth[mine], miss)
    ordered = np.array(sorted(told, key=lambda pair: -pair[0])).reshape(-1, 2)
    thresholds, place = np.unique(-ordered[:, 0], return_index=True)
    ends = np.r_[place[1:], len(ordered)]
    totals = start + np.cumsum(ordered[:, 1])[ends - 1]
    return np.r_[np.inf, -thresholds], np.r_[start, totals]


def _steps(own: Floats, worth: Floats, miss: float) -> list[tuple[float, float]]:
    """Return how a window's contribution grows as the threshold falls: its best active point counts."""
    best, steps = -miss, []
    for place in np.argsort(-own, kind="stable"):
        if worth[place] > best:
            steps.append((float(own[place]), float(worth[place] - best)))
            best = float(worth[place])
    return steps


def _worth(one: Series, inside: NDArray[np.int_], hit: float, alarm: float) -> Floats:
    """Return what a detection at each point earns or costs."""
    worth = np.full(len(inside), -alarm)
    top = _sigmoid(np.array([-1.0]))[0]
    for number, (first, last) in enumerate(one.windows):
        width = last - first + 1.0
        points = np.arange(first, last + 1)
        worth[points] = hit * _sigmoid(-(last - points + 1.0) / width) / top
        end = one.windows[number + 1][0] if number + 1 < len(one.windows) else len(inside)
        after = np.arange(last + 1, end)
        worth[after] = alarm * _sigmoid((after - last) / max(width - 1.0, 1.0))
    return worth


def _sigmoid(position: Floats) -> Floats:
    """Return 2 / (1 + exp(5 x)) - 1, and -1 from three window widths behind the window on."""
    return np.where(position >= 3.0, -1.0, 2.0 / (1.0 + np.exp(5.0 * np.minimum(position, 3.0))) - 1.0)


def _normalised(series: list[Series], raw: float, hit: float, miss: float) -> float:
    count = sum(len(one.windows) for one in series)
    return 100.0 * (raw + miss * count) / ((hit + miss) * count) if count else 0.0
