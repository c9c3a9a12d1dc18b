"""The figures by which probabilities are judged, with block-bootstrap confidence intervals.

Blocks are whole days (or whole feeds where feeds are split), because questions asked half an hour apart share
their fate: resampling single questions would promise intervals that are far too narrow (Künsch 1989).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_REPLICATES = 200


def average_precision(y: Floats, p: Floats, weight: Floats | None = None) -> float:
    """Return the area under the precision-recall curve as a step function; 0 without positives."""
    true, false, _ = _curve(y, p, weight)
    total = true[-1] if len(true) else 0.0
    if total == 0:
        return 0.0
    precision = true / np.maximum(true + false, 1e-12)
    return float(np.sum(np.diff(true, prepend=0.0) * precision) / total)


def roc_auc(y: Floats, p: Floats, weight: Floats | None = None) -> float:
    """Return the area under the ROC curve; NaN when one class is missing."""
    true, false, _ = _curve(y, p, weight)
    if not len(true) or true[-1] == 0 or false[-1] == 0:
        return float("nan")
    return float(np.trapezoid(np.r_[0.0, true / true[-1]], np.r_[0.0, false / false[-1]]))


def recall_at_fpr(y: Floats, p: Floats, limit: float, weight: Floats | None = None) -> float:
    """Return the largest recall reached while the false positive rate stays at or below `limit`."""
    true, false, _ = _curve(y, p, weight)
    if not len(true) or true[-1] == 0 or false[-1] == 0:
        return 0.0
    allowed = false / false[-1] <= limit
    return float(true[allowed].max() / true[-1]) if allowed.any() else 0.0


def recall_at_precision(y: Floats, p: Floats, least: float) -> float:
    """Return the largest recall reached while precision stays at or above `least`."""
    true, false, _ = _curve(y, p, None)
    if not len(true) or true[-1] == 0:
        return 0.0
    good = true / np.maximum(true + false, 1e-12) >= least
    return float(true[good].max() / true[-1]) if good.any() else 0.0


def brier_skill(y: Floats, p: Floats, weight: Floats | None = None) -> float:
    """Return 1 - Brier / Brier of always saying the base rate of the very questions asked."""
    weight = np.ones_like(p) if weight is None else weight
    total = weight.sum()
    rate = float((weight * y).sum() / total)
    reference = rate * (1.0 - rate)
    return 1.0 - float((weight * (p - y) ** 2).sum() / total) / reference if reference > 0 else 0.0


def expected_calibration_error(y: Floats, p: Floats, bins: int = 10) -> float:
    """Return the mean gap between promise and frequency over equal-mass bins (Naeini et al. 2015)."""
    if not len(p):
        return 0.0
    order = np.argsort(p, kind="stable")
    gaps = [
        len(part) * abs(float(p[part].mean() - y[part].mean()))
        for part in np.array_split(order, bins)
        if len(part)
    ]
    return float(sum(gaps) / len(p))


def confident_calibration_error(y: Floats, p: Floats) -> float:
    """Return the calibration error over questions answered with p >= max(5 %, 3 x base rate); 0 if none."""
    chosen = p >= max(0.05, 3.0 * float(y.mean()))
    return expected_calibration_error(y[chosen], p[chosen])


def at_threshold(y: Floats, hit: NDArray[np.bool_]) -> dict[str, float]:
    """Return precision, recall, FPR, F1 and accuracy of a yes/no decision."""
    true, false = float((hit & (y == 1)).sum()), float((hit & (y == 0)).sum())
    positives, negatives = float(y.sum()), float(len(y) - y.sum())
    precision = true / (true + false) if true + false else 0.0
    recall = true / positives if positives else 0.0
    return {
        "precision": precision,
        "recall": recall,
        "fpr": false / negatives if negatives else 0.0,
        "f1": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        "accuracy": (true + negatives - false) / len(y),
    }


def figures(y: Floats, p: Floats) -> dict[str, float]:
    """Return every threshold-free figure of one model on one task."""
    return {
        "pr_auc": average_precision(y, p),
        "roc_auc": roc_auc(y, p),
        "brier_skill": brier_skill(y, p),
        "ece": expected_calibration_error(y, p),
        "ece_confident": confident_calibration_error(y, p),
        "recall_fpr2": recall_at_fpr(y, p, 0.02),
        "recall_fpr15": recall_at_fpr(y, p, 0.15),
        "recall_precision80": recall_at_precision(y, p, 0.8),
    }


def intervals(y: Floats, p: Floats, block: NDArray[np.int64], seed: int = 7) -> dict[str, float]:
    """Return 95 % block-bootstrap bounds (`…_lo`, `…_hi`) of PR-AUC, Brier skill and recall at 2 % FPR."""
    _, index = np.unique(block, return_inverse=True)
    count = int(index.max()) + 1
    order = np.argsort(-p, kind="stable")
    y, p, index = y[order], p[order], index[order]
    measures: dict[str, Callable[[Floats, Floats, Floats], float]] = {
        "pr_auc": average_precision,
        "brier_skill": brier_skill,
        "recall_fpr2": lambda truth, told, weight: recall_at_fpr(truth, told, 0.02, weight),
    }
    drawn: dict[str, list[float]] = {name: [] for name in measures}
    random = np.random.default_rng(seed)
    for _ in range(_REPLICATES):
        weight = np.bincount(random.integers(0, count, count), minlength=count).astype(float)[index]
        for name, measure in measures.items():
            drawn[name].append(measure(y, p, weight))
    bounds: dict[str, float] = {}
    for name, values in drawn.items():
        bounds[f"{name}_lo"], bounds[f"{name}_hi"] = (float(v) for v in np.percentile(values, [2.5, 97.5]))
    return bounds


def _curve(y: Floats, p: Floats, weight: Floats | None) -> tuple[Floats, Floats, Floats]:
    """Return cumulated true and false positives at each distinct threshold, highest first."""
    if not len(p):
        empty = np.zeros(0)
        return empty, empty, empty
    order = np.argsort(-p, kind="stable")
    told, truth = p[order], y[order]
    mass = np.ones_like(told) if weight is None else weight[order]
    last = np.r_[np.flatnonzero(np.diff(told)), len(told) - 1]
    return np.cumsum(truth * mass)[last], np.cumsum((1.0 - truth) * mass)[last], told[last]
