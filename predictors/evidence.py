"""Count evidence honestly: failures that share a cause are one failure, and one lucky day proves nothing."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEADY = 1.3
_MOST_NEGATIVES_PER_POSITIVE = 60


def independent_failures(y: Floats, cluster: Floats) -> float:
    """Return how many independent failures the positives amount to: (sum n)^2 / sum n^2 over clusters (Kish).

    Five hundred endpoints that went down together in ten storms are about ten failures, not five hundred.
    """
    _, place = np.unique(cluster, return_inverse=True)
    count = np.bincount(place, y)
    return float(count.sum() ** 2 / max(float((count**2).sum()), 1.0))


def is_better(
    challenger: Floats, champion: Floats, y: Floats, cluster: Floats, weight: Floats | None = None
) -> bool:
    """Return whether the challenger's gain in log loss is steady over time, not the luck of one bad day.

    The gains per cluster must sum to more than `_STEADY` times the root of their squares: a single storm
    that one model happened to foresee gives a ratio of one however large it was.
    """
    _, place = np.unique(cluster, return_inverse=True)
    mass = np.ones(len(y)) if weight is None else weight
    gain = np.bincount(place, mass * (_losses(champion, y) - _losses(challenger, y)))
    return bool(gain.sum() > _STEADY * np.sqrt((gain**2).sum()))


def _losses(p: Floats, y: Floats) -> Floats:
    kept = np.clip(p, 1e-6, 1.0 - 1e-6)
    return np.asarray(-(y * np.log(kept) + (1.0 - y) * np.log(1.0 - kept)), dtype=np.float64)


def thinned(y: Floats, at_most: int) -> tuple[NDArray[np.intp], Floats]:
    """Return all positives and a fixed sample of negatives, with the weights that restore the base rate."""
    positive, negative = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    most = min(max(_MOST_NEGATIVES_PER_POSITIVE * max(len(positive), 1), 5_000), at_most)
    if len(negative) <= most:
        return np.arange(len(y)), np.ones(len(y))
    kept = np.random.default_rng(0).choice(negative, most, replace=False)
    chosen = np.sort(np.r_[positive, kept])
    return chosen, np.where(y[chosen] == 1, 1.0, len(negative) / most)
