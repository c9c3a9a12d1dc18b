"""Count evidence honestly: failures that share a cause are one failure."""

import numpy as np
from numpy.typing import NDArray

from predictors.known.history import DAY_SECONDS

Floats = NDArray[np.float64]

_MOST_NEGATIVES_PER_POSITIVE = 60
# Endpoints that went down together are up again within hours: who goes down again later on the same day has
# told us something anew.
_FATE_SECONDS = {"outage": DAY_SECONDS / 4.0}


def shared_fate(kind: str, moments: Floats) -> Floats:
    """Return a number per moment (epoch seconds), the same where troubles of this kind may share a cause."""
    return np.floor(moments / _FATE_SECONDS.get(kind, DAY_SECONDS))


def independent_failures(y: Floats, cluster: Floats) -> float:
    """Return how many independent failures the positives amount to: (sum n)^2 / sum n^2 over clusters (Kish).

    Five hundred endpoints that went down together in ten storms are about ten failures, not five hundred.
    """
    _, place = np.unique(cluster, return_inverse=True)
    count = np.bincount(place, y)
    return float(count.sum() ** 2 / max(float((count**2).sum()), 1.0))


def log_losses(p: Floats, y: Floats) -> Floats:
    """Return the log loss of each answer; certainty is taken as one in a million short of it."""
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
