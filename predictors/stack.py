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
        least_leaf: Smallest leaf.
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
) -> Stack:
    """Return the blend whose prior, shares and threshold come from the newest quarter.

    Args:
        recipe: What is generally true of this kind of question.
        columns: Features, one array per name.
        y: 0 or 1 per question.
        order: What "newer" means: the time of each question, or any number that keeps whole feeds together.
        cluster: Questions that share their fate, e.g. the day or the unit.
        feed: Number of each question's feed; adds the column `FEED_RATE`, which answers have to bring too.
    """
    cut = np.quantile(order, 1.0 - _NEWEST)
    old, new = order <= cut, order > cut
    prior, share = recipe.priors[0], trees_share(y, cluster, recipe.half)
    threshold = 1.0
    if y[old].sum() >= _FEWEST_PER_SIDE and y[new].sum() >= _FEWEST_PER_SIDE:
        rates = _rate_column(y, feed, old)
        past, recent = _rows({**columns, **rates}, old), _rows({**columns, **rates}, new)
        prior = _best_prior(recipe, past, (y[old], cluster[old]), recent, (y[new], cluster[new]))
        trial = _fitted(recipe, prior, share, past, y[old], cluster[old])
        share, told = _best_share(trial, recent, y[new], cluster[new])
        quiet = sigmoid(told)[y[new] == 0]
        threshold = float(np.quantile(quiet, 1.0 - _BUDGET)) if len(quiet) else 1.0
    everything = {**columns, **_rate_column(y, feed, np.ones(len(y), dtype=bool))}
    whole = _fitted(recipe, prior, share, everything, y, cluster)
    return replace(whole, threshold=threshold)


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


def _fitted(
    recipe: Recipe, prior: Prior, share: float, columns: Columns, y: Floats, cluster: Floats
) -> Stack:
    names = tuple(prior.mean) + tuple(sorted(set(columns) - set(prior.mean)))
    linear = _linear(columns, y, prior, cluster)
    forests: list[tuple[Forest, float]] = []
    if share > 0.0:
        chosen, weight = thinned(y, recipe.most_negatives)
        features = _matrix(columns, names)[chosen]
        for growth, trees, part in recipe.growths:
            leaf = recipe.least_leaf if growth is not Growth.RANDOM else 10
            grown = grow(features, y[chosen], weight, trees=trees, least_leaf=leaf, growth=growth)
            forests.append((grown, part))
    return Stack(linear, tuple(forests), names, share, recipe.rate_share, 1.0)


def _best_prior(
    recipe: Recipe,
    past: Columns,
    known: tuple[Floats, Floats],
    recent: Columns,
    judged: tuple[Floats, Floats],
) -> Prior:
    """Return the prior whose linear model does steadily better on the newest quarter."""
    best, champion = recipe.priors[0], np.zeros(0)
    for prior in recipe.priors:
        linear = _linear(past, known[0], prior, known[1])
        told = sigmoid(linear.log_odds(_matrix(recent, linear.columns)))
        if not len(champion) or is_better(told, champion, *judged):
            best, champion = prior, told
    return best


def _best_share(trial: Stack, recent: Columns, y: Floats, cluster: Floats) -> tuple[float, Floats]:
    """Return the trees' share and the blend's log-odds on the newest quarter; no share where the linear model
    alone is steadily better."""
    parts = trial.parts(recent)
    blended, alone = (_blended(parts, share, trial.rate_share) for share in (trial.share, 0.0))
    if is_better(sigmoid(alone), sigmoid(blended), y, cluster):
        return 0.0, alone
    return trial.share, blended


def _blended(parts: _Parts, share: float, rate_share: float) -> Floats:
    linear, trees, rate = parts
    own = linear if rate is None else (1.0 - rate_share) * linear + rate_share * rate
    return (1.0 - share) * own + share * trees


def _linear(columns: Columns, y: Floats, prior: Prior, cluster: Floats) -> LinearModel:
    names = tuple(prior.mean)
    mean = np.array([prior.mean[name] for name in names])
    # Positives that share one cause inflate the likelihood; the prior is tightened by as much (design
    # effect).
    precision = prior.precision * max(float(y.sum()) / max(independent_failures(y, cluster), 1.0), 1.0)
    return fit(names, _matrix(columns, names), y, mean, np.full(len(names), precision))


def _matrix(columns: Columns, names: tuple[str, ...]) -> Floats:
    return np.column_stack([columns[name] for name in names])


def _rows(columns: Columns, chosen: NDArray[np.bool_]) -> dict[str, Floats]:
    return {name: values[chosen] for name, values in columns.items()}
