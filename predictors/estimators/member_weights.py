"""Weigh members one by one: each moves from where the usual mix has it as far as a backtest asks.

To choose one of a few mixes is all or nothing, and so nearly is to weigh them by how likely they made what
came true: jobs that always fail are best known by their own rate, those that broke by a prior of their own,
and where a history has both, no mix is right. So each member has a weight of its own, none below nothing, all
together one (stacked regressions, Breiman 1996). How far they move is a matter of evidence: a weight that is
the factor e from where it began costs half a nat.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from predictors.estimators.inner_choice import Mix, Trees, Trial, by_cluster, levelled
from predictors.estimators.prior_logistic import sigmoid

Floats = NDArray[np.float64]

_MOST_STEPS = 40
# Where there is something to judge them by, trees begin with at least so much, however few failures there
# are: groups of jobs that break together are few independent failures, and trees know them best.
_LEAST_TREES = 0.05


def members(priors: int) -> tuple[Mix, ...]:
    """Return what is weighed: the linear model of each prior, the feed's own rate, the trees."""
    linear = tuple(Mix(Trees.NONE, 0.0, prior) for prior in range(priors))
    return (*linear, Mix(Trees.NONE, 1.0), Mix(Trees.ALL))


def each_weighed(
    mixes: Sequence[Mix], usual: Mix, trials: Sequence[Trial], sharing: float, granted: float
) -> dict[Mix, float]:
    """Return how much each member counts, one together, the heaviest first.

    Args:
        mixes: The members, as `members` has them.
        usual: Where they begin; linear models of several priors begin alike.
        trials: Steps of the backtest.
        sharing: How many failures fall together. So many answers count as one, or fewer where some member
            foresees what falls together: jobs that fail every day, each for a reason of its own.
        granted: What the evidence of the whole training grants the trees.
    """
    beginning = _beginning(mixes, usual, granted, is_judged=bool(trials))
    weights = _weights(beginning, _leaning(mixes, usual, trials, sharing))
    order = np.argsort(-weights, kind="stable").tolist()
    return {mixes[place]: float(weights[place]) for place in order}


def _beginning(mixes: Sequence[Mix], usual: Mix, granted: float, *, is_judged: bool) -> Floats:
    trees = usual.share(_LEAST_TREES + (1.0 - _LEAST_TREES) * granted if is_judged else granted)
    linear = sum(mix.trees is Trees.NONE and mix.rate_share == 0.0 for mix in mixes)
    parts = [
        trees
        if mix.trees is Trees.ALL
        else (1.0 - trees) * (usual.rate_share if mix.rate_share else (1.0 - usual.rate_share) / linear)
        for mix in mixes
    ]
    return np.array(parts)


def _weights(beginning: Floats, leaning: Floats) -> Floats:
    # A member that begins with nothing stays there.
    moved = beginning * np.exp(leaning)
    return np.asarray(moved / moved.sum(), dtype=np.float64)


def _leaning(mixes: Sequence[Mix], usual: Mix, trials: Sequence[Trial], sharing: float) -> Floats:
    """Return how far the log of each weight moves: the likeliest, believed beforehand to be 0 +/- 1."""
    from scipy.optimize import minimize

    told = [np.column_stack([trial.parts.blended(mix, trial.granted) for mix in mixes]) for trial in trials]
    begun = [_beginning(mixes, usual, trial.granted, is_judged=True) for trial in trials]
    counted_once = _counted_once(told, trials, sharing)

    def lost(leaning: Floats) -> tuple[float, Floats]:
        total, slope = 0.5 * float(leaning @ leaning), leaning.copy()
        for trial, each, beginning in zip(trials, told, begun, strict=True):
            weights = _weights(beginning, leaning)
            answer = each @ weights
            # The level is the likeliest one, so as weights move a little it may be taken to stay.
            level = levelled(answer, trial.y, trial.weight)
            off = trial.weight * (sigmoid(level) - trial.y)
            likely = trial.weight * (np.logaddexp(0.0, level) - trial.y * level)
            total += float(likely.sum()) / counted_once
            slope += weights * (off @ (each - answer[:, None])) / counted_once
        return total, slope

    start = np.zeros(len(mixes))
    found = minimize(lost, start, jac=True, method="L-BFGS-B", options={"maxiter": _MOST_STEPS})
    return np.asarray(found.x, dtype=np.float64)


def _counted_once(told: Sequence[Floats], trials: Sequence[Trial], sharing: float) -> float:
    """Return how many failures share a cause beyond what the member foresaw that foresees most of it."""
    if not trials:
        return 1.0
    unforeseen = min(
        _unforeseen_together(member, trials) for member in zip(*(each.T for each in told), strict=True)
    )
    return min(max(unforeseen, 1.0), max(sharing, 1.0))


def _unforeseen_together(told: Sequence[Floats], trials: Sequence[Trial]) -> float:
    """Return how many failures share a cause beyond what one member foresaw.

    What shares a cause is off in the same direction: the squares of the clusters' sums of errors, over those
    of the errors (Liang and Zeger 1986), are 1 where errors know nothing of each other.
    """
    together = alone = 0.0
    for trial, answer in zip(trials, told, strict=True):
        error = trial.weight * (trial.y - sigmoid(levelled(answer, trial.y, trial.weight)))
        together += float((by_cluster(trial, error) ** 2).sum())
        alone += float((error**2).sum())
    return together / max(alone, 1e-9)
