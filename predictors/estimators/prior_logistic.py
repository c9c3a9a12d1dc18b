"""Fit a logistic model that starts from what is generally true and moves only as far as the data insist.

Failures are rare: a few dozen positives cannot teach ten weights. So each weight has a prior mean, the
experience from other systems, and a prior precision, how much evidence it takes to leave it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# The intercept is the base rate of the system at hand: it must move freely.
_INTERCEPT_PRECISION = 1e-3


@dataclass(frozen=True)
class LinearModel:
    """Intercept and weights on the log-odds scale, with the columns they belong to."""

    columns: tuple[str, ...]
    intercept: float
    weights: tuple[float, ...]

    def log_odds(self, features: Floats) -> Floats:
        """Return one log-odds per row of `features` (rows x columns, in the order of `columns`)."""
        return np.asarray(self.intercept + features @ np.asarray(self.weights), dtype=np.float64)


def fit(
    columns: tuple[str, ...],
    features: Floats,
    y: Floats,
    mean: Floats,
    precision: Floats,
    weight: Floats | None = None,
) -> LinearModel:
    """Return the most probable weights under independent Gaussian priors, by Newton's method.

    Args:
        columns: Names of the features.
        features: Rows x columns, of order one.
        y: 0 or 1 per row.
        mean: Prior mean per column, on the log-odds scale.
        precision: Prior precision per column; large means "trust the prior".
        weight: How many rows each row stands for.

    Where all answers were alike, the next is taken to be, and not for sure: nothing else would hold the
    intercept, which moved to one in twenty millions after two hundred good runs.
    """
    mass = np.ones(len(y)) if weight is None else weight
    y = never_sure(y, mass)
    design = np.column_stack([np.ones(len(y)), features])
    centre = np.r_[_starting_log_odds(y, mass), mean]
    tight = np.r_[_INTERCEPT_PRECISION, precision]
    weights = centre.copy()
    for _ in range(50):
        p = sigmoid(design @ weights)
        gradient = design.T @ (mass * (p - y)) + tight * (weights - centre)
        curvature = (design * (mass * p * (1.0 - p))[:, None]).T @ design + np.diag(tight)
        step = np.linalg.solve(curvature, gradient)
        # A Newton step far out on the sigmoid's flat shoulder overshoots; bounded steps always come home.
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        weights = weights - step
        if float(np.abs(step).max()) < 1e-7:
            break
    return LinearModel(columns, float(weights[0]), tuple(float(w) for w in weights[1:]))


def mean_model(models: Sequence[LinearModel], parts: Sequence[float]) -> LinearModel:
    """Return the model whose log-odds are the mean of those of models over the same columns."""
    share = np.array(parts) / sum(parts)
    slopes = share @ np.array([model.weights for model in models])
    intercept = float(share @ np.array([model.intercept for model in models]))
    return LinearModel(models[0].columns, intercept, tuple(slopes.tolist()))


def sigmoid(log_odds: Floats) -> Floats:
    """Return probabilities, without overflow for any finite log-odds."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)), dtype=np.float64)


def logit(p: Floats) -> Floats:
    """Return log-odds of probabilities, which are first kept 1e-6 away from 0 and 1."""
    kept = np.clip(p, 1e-6, 1.0 - 1e-6)
    return np.asarray(np.log(kept / (1.0 - kept)), dtype=np.float64)


def never_sure(y: Floats, mass: Floats | None = None) -> Floats:
    """Return answers that are all alike as what so many are worth (Jeffreys 1946), others as they are.

    A feed that never failed in two hundred runs fails in one of four hundred, for all that is known.
    `mass` is how many answers each stands for.
    """
    if not len(y) or y.min() != y.max():
        return y
    return np.full(len(y), _jeffreys(y, np.ones(len(y)) if mass is None else mass))


def _starting_log_odds(y: Floats, mass: Floats) -> float:
    rate = _jeffreys(y, mass)
    return float(np.log(rate / (1.0 - rate)))


def _jeffreys(y: Floats, mass: Floats) -> float:
    return (float((mass * y).sum()) + 0.5) / (float(mass.sum()) + 1.0)
