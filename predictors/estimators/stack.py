"""Blend a pooled prior model with tree ensembles, in proportion to how many independent failures there are.

With few failures trees only memorise: more failures, more of them. A time-ordered backtest within training
chooses prior, share and the use of feeds' own rates; its last step is the threshold. Log-odds are averaged.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from predictors.estimators.alert_threshold import alert_threshold
from predictors.estimators.evidence import independent_failures, thinned
from predictors.estimators.forest import Forest, Growth, grow
from predictors.estimators.inner_choice import Mix, Parts, Trial, alone, member_shares, steps
from predictors.estimators.prior_logistic import LinearModel, fit, logit, mean_model, never_sure, sigmoid
from predictors.estimators.steepness import AS_IT_IS, Steepness, untouched

Floats = NDArray[np.float64]
Columns = Mapping[str, Floats]

_TOO_FEW_FAILURES = 12.0
_RATE_PRIOR = 20.0
# Ensembles of the inner backtest are grown with this part of the trees: enough to rank mixes.
_TRIAL_TREES = 0.5
# Into so many stretches of time are questions cut that teach, so that none sees its own answer in its feed's
# rate; where feeds have more failures than this, one more or less does not show.
_STRETCHES, _FEW_OF_A_FEED = 5, 20.0
_USUAL = Mix()
# A column of this name is the feed's own rate of trouble; it takes part in the blend as it is.
FEED_RATE = "feed_rate"


@dataclass(frozen=True)
class Prior:
    """What is believed before the data: a mean per column, how much evidence it takes to leave it, and for
    which columns it takes more or less than that (`apart`)."""

    mean: Mapping[str, float]
    precision: float
    apart: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """How one kind of question is learned; the linear part sees the priors' columns, the trees see all.

    Attributes:
        priors: Candidate priors over the same columns.
        growths: Ensembles, how many trees each has, and its share among them.
        least_leaf: Smallest leaf; leaves, step, choice: of boosted trees.
        half: Independent failures, beyond a dozen, at which the trees carry half of the blend.
        usual: How members are averaged unless the inner backtest objects; mixes: what it chooses among then.
        settle: How: `inner_choice.alone`, or `member_weights.each_weighed`.
        steepen: Whether their average is made as steep as what came true: `steepness.measured`.
        most_negatives: How many quiet questions trees are grown on; more are drawn from.
        firmness: The most that priors are believed, a failure of one cause: lone ones teach sooner.
    """

    priors: tuple[Prior, ...]
    growths: tuple[tuple[Growth, int, float], ...] = (
        (Growth.EXTRA, 100, 0.4),
        (Growth.RANDOM, 60, 0.35),
        (Growth.BOOSTED, 80, 0.25),
    )
    least_leaf: int = 20
    half: float = 20.0
    usual: Mix = _USUAL
    mixes: tuple[Mix, ...] = ()
    settle: Callable[[Sequence[Mix], Mix, Sequence[Trial], float, float], dict[Mix, float]] = alone
    steepen: Callable[[Sequence[Floats], Sequence[Trial], float], Steepness] = untouched
    most_negatives: int = 25_000
    firmness: float = float("inf")
    leaves: int = 8
    step: float = 0.06
    choice: float = 1.0


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

    Each member is calibrated by its likelihood; their average may be made steeper.

    Attributes:
        linear: The pooled model.
        forests: Ensembles with their share among each other.
        forest_columns: What they see, in order.
        share: The ensembles' share of the blend.
        rate_share: The part of the rest that goes to the feed's own rate.
        threshold: Probability from which it alerts, at 2 % of false alarms or fewer.
        steepness: What is done to the average.
        mix: What the inner backtest chose, in words; not kept in files.
    """

    linear: LinearModel
    forests: tuple[tuple[Forest, float], ...]
    forest_columns: tuple[str, ...]
    share: float
    rate_share: float
    threshold: float
    steepness: Steepness = AS_IT_IS
    mix: str = field(default="", compare=False)

    def probabilities(self, columns: Columns) -> Floats:
        """Return one probability per question."""
        own = self.linear.log_odds(_matrix(columns, self.linear.columns))
        if FEED_RATE in columns and self.rate_share > 0.0:
            own = (1.0 - self.rate_share) * own + self.rate_share * logit(columns[FEED_RATE])
        if self.share > 0.0:
            trees = _together(self.forests, _matrix(columns, self.forest_columns))
            own = (1.0 - self.share) * own + self.share * trees
        return sigmoid(self.steepness.of(own))


def train(
    recipe: Recipe,
    columns: Columns,
    y: Floats,
    order: Floats,
    cluster: Floats,
    feed: NDArray[np.intp] | None = None,
    weight: Floats | None = None,
) -> Stack:
    """Return the blend whose mix and threshold come from the inner backtest.

    Args:
        recipe: What is generally true of this kind of question.
        columns: Features, one array per name.
        y: 0 or 1 per question.
        order: What "newer" means: the time of each question, or any number that keeps whole feeds together.
        cluster: Questions that share their fate, e.g. the day or the unit.
        feed: Number of each question's feed; adds the column `FEED_RATE`, which answers have to bring too.
        weight: How many questions each stands for, where some were asked more densely than others.
    """
    known = _Known(columns, y, cluster, np.ones(len(y)) if weight is None else weight)
    inner = steps(order, y)
    # With nothing to choose from, only the newest step is needed, for the threshold.
    tried = inner if recipe.mixes else inner[-1:]
    trials = [_trial(recipe, known, feed, order, old, new) for old, new in tried]
    sharing = float(y.sum()) / max(independent_failures(y, cluster), 1.0)
    granted = trees_share(y, cluster, recipe.half)
    weights = recipe.settle(recipe.mixes, recipe.usual, trials, sharing, granted)
    answers = [trial.blended(weights) for trial in trials]
    steepness = recipe.steepen(answers, trials, sharing)
    threshold = 1.0
    if trials:
        told = sigmoid(steepness.of(answers[-1]))
        threshold = alert_threshold(told, trials[-1].y, trials[-1].weight)
    whole = _rated(known, feed, order, np.ones(len(y), dtype=bool))
    own, rate, share = member_shares(weights, granted)
    forests = _grown(recipe, whole, 1.0) if share > 0.0 else ()
    linear = mean_model([_linear(recipe, whole, recipe.priors[prior]) for prior in own], list(own.values()))
    rate_share = rate / (rate + sum(own.values()))
    names, mix = _names(recipe, whole), str(next(iter(weights)))
    return Stack(linear, forests, names, share, rate_share, threshold, steepness, mix)


def _trial(
    recipe: Recipe,
    known: _Known,
    feed: NDArray[np.intp] | None,
    order: Floats,
    old: NDArray[np.bool_],
    new: NDArray[np.bool_],
) -> Trial:
    """Return what every member, taught by the older questions, says of the newer ones."""
    rated = _rated(known, feed, order, old)
    past, recent = rated.rows(old), rated.rows(new)
    linear = [_linear(recipe, past, prior) for prior in recipe.priors]
    forests = _grown(recipe, past, _TRIAL_TREES)
    parts = Parts(
        tuple(one.log_odds(_matrix(recent.columns, one.columns)) for one in linear),
        _together(forests, _matrix(recent.columns, _names(recipe, past))),
        logit(recent.columns[FEED_RATE]) if FEED_RATE in recent.columns else None,
    )
    granted = trees_share(past.y, past.cluster, recipe.half)
    return Trial(parts, granted, recent.y, recent.cluster, recent.weight)


def feed_rates(y: Floats, feed: NDArray[np.intp], size: int) -> Floats:
    """Return the share of yes per feed number (0 to `size` - 1), shrunk toward all by twenty questions."""
    y = never_sure(y)
    rate = float(y.mean()) if len(y) else 0.0
    asked, yes = np.bincount(feed, minlength=size), np.bincount(feed, y, minlength=size)
    return np.asarray((yes + _RATE_PRIOR * rate) / (asked + _RATE_PRIOR), dtype=np.float64)


def trees_share(y: Floats, cluster: Floats, half: float) -> float:
    """Return the trees' share: nothing up to a dozen independent failures, half at `half` more."""
    failures = max(independent_failures(y, cluster) - _TOO_FEW_FAILURES, 0.0)
    return failures / (failures + half)


def _rated(known: _Known, feed: NDArray[np.intp] | None, order: Floats, taught: NDArray[np.bool_]) -> _Known:
    """Return the questions with each feed's own rate among those that teach.

    Those that teach get the rate of the other stretches of time: with its own answer in it, a failure that
    was the only one of its feed looks as if the feed had been known to fail, and trees believe rates too
    much. Feeds that fail often keep one rate each, by which trees tell them apart.
    """
    if feed is None:
        return known
    y, size = known.y, int(feed.max()) + 1
    own = feed_rates(y[taught], feed[taught], size)[feed]
    if y[taught].sum() > _FEW_OF_A_FEED * len(np.unique(feed[taught])):
        return replace(known, columns={**known.columns, FEED_RATE: own})
    edges = np.quantile(order[taught], np.linspace(0.0, 1.0, _STRETCHES + 1)[1:-1])
    stretch = np.searchsorted(edges, order)
    for number in range(_STRETCHES):
        asked, others = taught & (stretch == number), taught & (stretch != number)
        if others.any():
            own[asked] = feed_rates(y[others], feed[others], size)[feed[asked]]
    return replace(known, columns={**known.columns, FEED_RATE: own})


def _names(recipe: Recipe, known: _Known) -> tuple[str, ...]:
    """Return what ensembles see, in order."""
    first = tuple(recipe.priors[0].mean)
    return first + tuple(sorted(set(known.columns) - set(first)))


def _grown(recipe: Recipe, known: _Known, part: float) -> tuple[tuple[Forest, float], ...]:
    """Return the ensembles with their shares, each with a part of its usual number of trees."""
    chosen_rows, weight = thinned(known.y, recipe.most_negatives)
    names = _names(recipe, known)
    # A table of all questions would take as much memory again as their columns.
    features = _matrix({name: known.columns[name][chosen_rows] for name in names}, names)
    forests = []
    for growth, trees, share in recipe.growths:
        grown = grow(
            *(features, known.y[chosen_rows], weight * known.weight[chosen_rows]),
            # Boosted trees build on each other: fewer of them would be another model.
            trees=trees if growth is Growth.BOOSTED else max(round(trees * part), 1),
            least_leaf=recipe.least_leaf if growth is not Growth.RANDOM else 10,
            growth=growth,
            leaves=recipe.leaves,
            step=recipe.step,
            choice=recipe.choice,
        )
        forests.append((grown, share))
    return tuple(forests)


def _together(forests: tuple[tuple[Forest, float], ...], features: Floats) -> Floats:
    """Return the log-odds of the ensembles, averaged by their shares."""
    told = np.zeros(len(features))
    for forest, share in forests:
        told += share * logit(forest.probabilities(features))
    return told


def _linear(recipe: Recipe, known: _Known, prior: Prior) -> LinearModel:
    names, mean, y = tuple(prior.mean), np.array(list(prior.mean.values())), known.y
    # Positives that share one cause inflate the likelihood; priors are tightened by as much (design effect).
    sharing = max(float(y.sum()) / max(independent_failures(y, known.cluster), 1.0), 1.0)
    believed = np.array([prior.apart.get(name, prior.precision) for name in names])
    precision = sharing * np.minimum(believed, recipe.firmness * sharing)
    return fit(names, _matrix(known.columns, names), y, mean, precision, known.weight)


def _matrix(columns: Columns, names: tuple[str, ...]) -> Floats:
    return np.column_stack([columns[name] for name in names])
