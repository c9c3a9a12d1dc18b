"""Blend a pooled prior model with a forest, in proportion to how many independent failures there are to
learn from.

With few failures a forest only memorises, so the prior model carries the blend and the forest's share grows
with
the evidence; where the newest quarter of history shows that it does harm, it is left out. The same quarter
gives the calibration and the threshold.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predictors.forest import Forest, grow
from predictors.prior_logistic import LinearModel, fit, logit, sigmoid

Floats = NDArray[np.float64]

_TOO_FEW_FAILURES = 12.0
_NEWEST = 0.25
_STEADY = 1.3
_MOST_NEGATIVES_PER_POSITIVE = 60
_MOST_NEGATIVES = 25_000


@dataclass(frozen=True)
class Prior:
    """What is believed before the data: a mean per column and how much evidence it takes to leave it."""

    mean: Mapping[str, float]
    precision: float


@dataclass(frozen=True)
class Recipe:
    """How one kind of question is learned: prior means for the linear part, columns for the trees.

    Attributes:
        priors: Candidate priors over the same columns; the first is the champion until another beats it.
        extra: Columns that only the forest sees.
        least_leaf: Smallest leaf of the forest.
        trees: Number of trees.
        half: Independent failures, beyond a dozen, at which the forest carries half of the blend.
    """

    priors: tuple[Prior, ...]
    extra: tuple[str, ...]
    least_leaf: int = 20
    trees: int = 120
    half: float = 70.0


@dataclass(frozen=True)
class Stack:
    """A fitted blend: `p = recalibrated((1 - share) * linear + share * forest)`."""

    linear: LinearModel
    forest: Forest | None
    forest_columns: tuple[str, ...]
    share: float
    slope: float
    offset: float
    threshold: float

    def probabilities(self, columns: Mapping[str, Floats]) -> Floats:
        """Return one probability per question."""
        blended = _blend(self.linear, self.forest, self.forest_columns, self.share, columns)
        return sigmoid(self.offset + self.slope * logit(blended))


def train(recipe: Recipe, columns: Mapping[str, Floats], y: Floats, order: Floats, cluster: Floats) -> Stack:
    """Return the blend whose prior, calibration and threshold come from the newest quarter.

    Args:
        recipe: What is generally true of this kind of question.
        columns: Features, one array per name.
        y: 0 or 1 per question.
        order: What "newer" means: the time of each question, or any number that keeps whole feeds together.
        cluster: Questions that share their fate, e.g. the day or the unit.
    """
    cut = np.quantile(order, 1.0 - _NEWEST)
    old, new = order <= cut, order > cut
    names = (*recipe.priors[0].mean, *recipe.extra)
    prior, share = recipe.priors[0], forest_share(y, cluster, recipe.half)
    slope, offset, threshold = 1.0, 0.0, 1.0
    if y[old].sum() >= 5 and y[new].sum() >= 5:
        past, recent = _rows(columns, old), _rows(columns, new)
        prior, share, told = _choose(
            recipe, names, (past, y[old], cluster[old]), (recent, y[new], cluster[new])
        )
        slope, offset = recalibration(told, y[new], cluster[new])
        threshold = _budget_threshold(sigmoid(offset + slope * logit(told)), y[new])
    linear = _linear(columns, y, prior, cluster)
    forest = _forest(recipe, names, columns, y) if share > 0 else None
    # The intercept is refitted on all of history; of the offset only what the slope needs stays.
    before = _blend(linear, forest, names, share, columns)
    offset = _offset_for_rate(before, slope, float(y.mean())) if slope != 1.0 else 0.0
    return Stack(linear, forest, names, share, slope, offset, threshold)


def independent_failures(y: Floats, cluster: Floats) -> float:
    """Return how many independent failures the positives amount to: (sum n)^2 / sum n^2 over clusters (Kish).

    Five hundred endpoints that went down together in ten storms are about ten failures, not five hundred.
    """
    _, place = np.unique(cluster, return_inverse=True)
    count = np.bincount(place, y)
    return float(count.sum() ** 2 / max(float((count**2).sum()), 1.0))


def forest_share(y: Floats, cluster: Floats, half: float) -> float:
    """Return the forest's part of the blend: nothing up to a dozen independent failures, half at `half`
    more."""
    failures = max(independent_failures(y, cluster) - _TOO_FEW_FAILURES, 0.0)
    return failures / (failures + half)


def recalibration(told: Floats, y: Floats, cluster: Floats) -> tuple[float, float]:
    """Return slope and offset of a logistic recalibration (Platt 1999), shrunk toward leaving things alone.

    The prior counts as much as about 30 independent positives: a quarter with five failures must not bend the
    scale, and twenty failures of one and the same day are one piece of evidence.
    """
    together = float(y.sum()) / max(independent_failures(y, cluster), 1.0)
    design = logit(told)[:, None]
    centre = float(logit(np.array([max(float(told.mean()), 1e-6)]))[0])
    model = fit(("log_odds",), design - centre, y, np.array([1.0]), np.array([30.0 * together]))
    slope = float(np.clip(model.weights[0], 0.85, 1.15))
    return slope, float(model.intercept - slope * centre)


def log_loss(p: Floats, y: Floats) -> float:
    """Return the mean negative log likelihood, in nats per question."""
    return float(_losses(p, y).mean())


def _choose(
    recipe: Recipe,
    names: tuple[str, ...],
    past: tuple[Mapping[str, Floats], Floats, Floats],
    recent: tuple[Mapping[str, Floats], Floats, Floats],
) -> tuple[Prior, float, Floats]:
    """Return prior, forest share, and the probabilities they give for the newest quarter."""
    (columns, y, cluster), (later, y_later, cluster_later) = past, recent
    best_prior, best = recipe.priors[0], np.zeros(0)
    for prior in recipe.priors:
        told = _blend(_linear(columns, y, prior, cluster), None, names, 0.0, later)
        if not len(best) or is_better(told, best, y_later, cluster_later):
            best_prior, best = prior, told
    share = forest_share(y, cluster, recipe.half)
    linear, forest = _linear(columns, y, best_prior, cluster), _forest(recipe, names, columns, y)
    blended = _blend(linear, forest, names, share, later)
    if is_better(best, blended, y_later, cluster_later):
        return best_prior, 0.0, best
    return best_prior, share, blended


def is_better(challenger: Floats, champion: Floats, y: Floats, cluster: Floats) -> bool:
    """Return whether the challenger's gain in log loss is steady over time, not the luck of one bad day.

    The gains per cluster must sum to more than `_STEADY` times the root of their squares: a single storm
    that one model happened to foresee gives a ratio of one however large it was.
    """
    _, place = np.unique(cluster, return_inverse=True)
    gain = np.bincount(place, _losses(champion, y) - _losses(challenger, y))
    return bool(gain.sum() > _STEADY * np.sqrt((gain**2).sum()))


def _losses(p: Floats, y: Floats) -> Floats:
    kept = np.clip(p, 1e-6, 1.0 - 1e-6)
    return np.asarray(-(y * np.log(kept) + (1.0 - y) * np.log(1.0 - kept)), dtype=np.float64)


def _linear(columns: Mapping[str, Floats], y: Floats, prior: Prior, cluster: Floats) -> LinearModel:
    names = tuple(prior.mean)
    mean = np.array([prior.mean[name] for name in names])
    # Positives that share one cause inflate the likelihood; the prior is tightened by as much (design
    # effect).
    precision = prior.precision * max(float(y.sum()) / max(independent_failures(y, cluster), 1.0), 1.0)
    return fit(names, _matrix(columns, names), y, mean, np.full(len(names), precision))


def _forest(recipe: Recipe, names: tuple[str, ...], columns: Mapping[str, Floats], y: Floats) -> Forest:
    chosen, weight = _thinned(y)
    features = _matrix(columns, names)[chosen]
    return grow(features, y[chosen], weight, trees=recipe.trees, least_leaf=recipe.least_leaf)


def _thinned(y: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return all positives and a fixed sample of negatives, with the weights that restore the base rate."""
    positive, negative = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    most = min(max(_MOST_NEGATIVES_PER_POSITIVE * max(len(positive), 1), 5_000), _MOST_NEGATIVES)
    if len(negative) <= most:
        return np.arange(len(y)), np.ones(len(y))
    kept = np.random.default_rng(0).choice(negative, most, replace=False)
    chosen = np.sort(np.r_[positive, kept])
    return chosen, np.where(y[chosen] == 1, 1.0, len(negative) / most)


def _blend(
    linear: LinearModel,
    forest: Forest | None,
    names: tuple[str, ...],
    share: float,
    columns: Mapping[str, Floats],
) -> Floats:
    told = sigmoid(linear.log_odds(_matrix(columns, linear.columns)))
    if forest is None or share == 0.0:
        return told
    return (1.0 - share) * told + share * forest.probabilities(_matrix(columns, names))


def _budget_threshold(told: Floats, y: Floats) -> float:
    """Return the threshold that spends 2 % of the quiet questions on false alarms."""
    quiet = told[y == 0]
    return float(np.quantile(quiet, 0.98)) if len(quiet) else 1.0


def _offset_for_rate(told: Floats, slope: float, rate: float) -> float:
    """Return the offset at which the recalibrated mean is the base rate, by bisection."""
    low, high, scaled = -12.0, 12.0, slope * logit(told)
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if float(sigmoid(middle + scaled).mean()) < rate else (low, middle)
    return 0.5 * (low + high)


def _matrix(columns: Mapping[str, Floats], names: tuple[str, ...]) -> Floats:
    return np.column_stack([columns[name] for name in names])


def _rows(columns: Mapping[str, Floats], chosen: NDArray[np.bool_]) -> dict[str, Floats]:
    return {name: values[chosen] for name, values in columns.items()}
