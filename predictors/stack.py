"""Blend a pooled prior model with tree ensembles, in proportion to how many independent failures there are.

With few failures trees only memorise, so the prior model carries the blend and the trees' share grows with
the evidence; where the newest quarter of history shows that the prior model alone is steadily better,
it stays alone. The same quarter gives the threshold. Members are averaged as log-odds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from predictors.evidence import independent_failures, is_better, thinned
from predictors.forest import Forest, Growth, grow
from predictors.prior_logistic import LinearModel, fit, logit, sigmoid

Floats = NDArray[np.float64]
Columns = Mapping[str, Floats]

_TOO_FEW_FAILURES = 12.0
_NEWEST = 0.25
_FEWEST_PER_SIDE = 5
_RATE_PRIOR = 20.0
_BUDGET = 0.02
# A column of this name is the feed's own rate of trouble; it takes part in the blend as it is.
FEED_RATE = "feed_rate"


@dataclass(frozen=True)
class Prior:
    """What is believed before the data: a mean per column and how much evidence it takes to leave it."""

    mean: Mapping[str, float]
    precision: float


@dataclass(frozen=True)
class Recipe:
    """How one kind of question is learned; the linear part sees the priors' columns, the trees see all.

    Attributes:
        priors: Candidate priors over the same columns; the first is the champion until another beats it.
        growths: Ensembles, how many trees each has, and its share among them.
        least_leaf: Smallest leaf; leaves, step: of boosted trees.
        half: Independent failures, beyond a dozen, at which the trees carry half of the blend.
        rate_share: Part of the linear model's share that goes to the feed's own rate.
        most_negatives: How many quiet questions trees are grown on; more are drawn from.
    """

    priors: tuple[Prior, ...]
    growths: tuple[tuple[Growth, int, float], ...] = (
        (Growth.EXTRA, 100, 0.4),
        (Growth.RANDOM, 60, 0.35),
        (Growth.BOOSTED, 80, 0.25),
    )
    least_leaf: int = 20
    half: float = 20.0
    rate_share: float = 0.0
    most_negatives: int = 25_000
    leaves: int = 8
    step: float = 0.06


@dataclass(frozen=True)
class _Known:
    """Questions with answers: columns, 0 or 1, what shares its fate, how many questions each stands for."""

    columns: Columns
    y: Floats
    cluster: Floats
    weight: Floats

    def rows(self, chosen: NDArray[np.bool_]) -> "_Known":
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return _Known(columns, self.y[chosen], self.cluster[chosen], self.weight[chosen])


@dataclass(frozen=True)
class Stack:
    """A fitted blend: the members' log-odds, averaged.

    Each member is calibrated by its likelihood, and averages of log-odds stay so within what a quarter of a
    history can tell; a recalibration on that quarter was tried and cost more rank than it gained.

    Attributes:
        linear: The pooled model.
        forests: Ensembles with their share among each other.
        forest_columns: What they see, in order.
        share: The ensembles' share of the blend.
        rate_share: The part of the rest that goes to the feed's own rate.
        threshold: Probability from which it alerts at 2 % of false alarms.
    """

    linear: LinearModel
    forests: tuple[tuple[Forest, float], ...]
    forest_columns: tuple[str, ...]
    share: float
    rate_share: float
    threshold: float

    def probabilities(self, columns: Columns) -> Floats:
        """Return one probability per question."""
        return sigmoid(_blended(self.parts(columns), self.share, self.rate_share))

    def parts(self, columns: Columns) -> "_Parts":
        """Return the log-odds of the linear model, of the trees, and of the feed's own rate if it counts."""
        linear = self.linear.log_odds(_matrix(columns, self.linear.columns))
        trees = np.zeros(len(linear))
        if self.share > 0.0:
            features = _matrix(columns, self.forest_columns)
            for forest, share in self.forests:
                trees += share * logit(forest.probabilities(features))
        rate = logit(columns[FEED_RATE]) if FEED_RATE in columns and self.rate_share > 0.0 else None
        return linear, trees, rate


_Parts = tuple[Floats, Floats, Floats | None]


def train(
    recipe: Recipe,
    columns: Columns,
    y: Floats,
    order: Floats,
    cluster: Floats,
    feed: NDArray[np.intp] | None = None,
    weight: Floats | None = None,
) -> Stack:
    """Return the blend whose prior, shares and threshold come from the newest quarter.

    Args:
        recipe: What is generally true of this kind of question.
        columns: Features, one array per name.
        y: 0 or 1 per question.
        order: What "newer" means: the time of each question, or any number that keeps whole feeds together.
        cluster: Questions that share their fate, e.g. the day or the unit.
        feed: Number of each question's feed; adds the column `FEED_RATE`, which answers have to bring too.
        weight: How many questions each stands for, where some were asked more densely than others.
    """
    cut = np.quantile(order, 1.0 - _NEWEST)
    old, new = order <= cut, order > cut
    prior, share = recipe.priors[0], trees_share(y, cluster, recipe.half)
    threshold = 1.0
    known = _Known(columns, y, cluster, np.ones(len(y)) if weight is None else weight)
    if y[old].sum() >= _FEWEST_PER_SIDE and y[new].sum() >= _FEWEST_PER_SIDE:
        rated = replace(known, columns={**columns, **_rate_column(y, feed, old)})
        past, recent = rated.rows(old), rated.rows(new)
        prior = _best_prior(recipe, past, recent)
        trial = _fitted(recipe, prior, share, past)
        share, told = _best_share(trial, recent)
        threshold = _threshold(sigmoid(told), recent)
    whole = replace(known, columns={**columns, **_rate_column(y, feed, np.ones(len(y), dtype=bool))})
    return replace(_fitted(recipe, prior, share, whole), threshold=threshold)


def _threshold(told: Floats, known: _Known) -> float:
    """Return the estimate that two in a hundred quiet questions reach."""
    quiet = known.y == 0
    if not quiet.any():
        return 1.0
    order = np.argsort(told[quiet], kind="stable")
    mass = np.cumsum(known.weight[quiet][order])
    place = np.searchsorted(mass, (1.0 - _BUDGET) * mass[-1])
    return float(told[quiet][order][min(int(place), len(order) - 1)])


def feed_rates(y: Floats, feed: NDArray[np.intp], size: int) -> Floats:
    """Return the share of yes per feed number (0 to `size` - 1), shrunk toward all by twenty questions."""
    rate = float(y.mean()) if len(y) else 0.0
    asked, yes = np.bincount(feed, minlength=size), np.bincount(feed, y, minlength=size)
    return np.asarray((yes + _RATE_PRIOR * rate) / (asked + _RATE_PRIOR), dtype=np.float64)


def trees_share(y: Floats, cluster: Floats, half: float) -> float:
    """Return the trees' share: nothing up to a dozen independent failures, half at `half` more."""
    failures = max(independent_failures(y, cluster) - _TOO_FEW_FAILURES, 0.0)
    return failures / (failures + half)


def _rate_column(y: Floats, feed: NDArray[np.intp] | None, known: NDArray[np.bool_]) -> dict[str, Floats]:
    if feed is None:
        return {}
    return {FEED_RATE: feed_rates(y[known], feed[known], int(feed.max()) + 1)[feed]}


def _fitted(recipe: Recipe, prior: Prior, share: float, known: _Known) -> Stack:
    names = tuple(prior.mean) + tuple(sorted(set(known.columns) - set(prior.mean)))
    linear = _linear(known, prior)
    forests: list[tuple[Forest, float]] = []
    if share > 0.0:
        chosen, weight = thinned(known.y, recipe.most_negatives)
        features, weight = _matrix(known.columns, names)[chosen], weight * known.weight[chosen]
        for growth, trees, part in recipe.growths:
            leaf = recipe.least_leaf if growth is not Growth.RANDOM else 10
            grown = grow(
                *(features, known.y[chosen], weight),
                trees=trees,
                least_leaf=leaf,
                growth=growth,
                leaves=recipe.leaves,
                step=recipe.step,
            )
            forests.append((grown, part))
    return Stack(linear, tuple(forests), names, share, recipe.rate_share, 1.0)


def _best_prior(recipe: Recipe, past: _Known, recent: _Known) -> Prior:
    """Return the prior whose linear model does steadily better on the newest quarter."""
    best, champion = recipe.priors[0], np.zeros(0)
    for prior in recipe.priors:
        linear = _linear(past, prior)
        told = sigmoid(linear.log_odds(_matrix(recent.columns, linear.columns)))
        if not len(champion) or is_better(told, champion, recent.y, recent.cluster, recent.weight):
            best, champion = prior, told
    return best


def _best_share(trial: Stack, recent: _Known) -> tuple[float, Floats]:
    """Return the trees' share and the blend's log-odds on the newest quarter; no share where the linear model
    alone is steadily better."""
    parts = trial.parts(recent.columns)
    blended, alone = (_blended(parts, share, trial.rate_share) for share in (trial.share, 0.0))
    if is_better(sigmoid(alone), sigmoid(blended), recent.y, recent.cluster, recent.weight):
        return 0.0, alone
    return trial.share, blended


def _blended(parts: _Parts, share: float, rate_share: float) -> Floats:
    linear, trees, rate = parts
    own = linear if rate is None else (1.0 - rate_share) * linear + rate_share * rate
    return (1.0 - share) * own + share * trees


def _linear(known: _Known, prior: Prior) -> LinearModel:
    names, y = tuple(prior.mean), known.y
    mean = np.array([prior.mean[name] for name in names])
    # Positives that share one cause inflate the likelihood; the prior is tightened by as much (design
    # effect).
    precision = prior.precision * max(float(y.sum()) / max(independent_failures(y, known.cluster), 1.0), 1.0)
    features = _matrix(known.columns, names)
    return fit(names, features, y, mean, np.full(len(names), precision), known.weight)


def _matrix(columns: Columns, names: tuple[str, ...]) -> Floats:
    return np.column_stack([columns[name] for name in names])
