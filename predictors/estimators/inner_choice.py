"""Choose how members are averaged by a time-ordered backtest inside the training span.

Two steps: learn from the older half and answer the third quarter; learn from the first three quarters and
answer the newest. The usual mix, with the trees that the evidence grants, stays unless it is more than two
standard errors worse than the best of a few fixed mixes; then, of those within as much of the best, the one
that departs least from the usual takes over. Breiman et al. 1984 take the simplest within one, but here the
usual mix is a rule that was found on other data, and should yield to evidence alone, in as little as the
evidence asks for: where only the prior was wrong, the trees stay, and their grant is restraint already.
A recipe may have its members weighed instead (`member_weights`): where a history is short no lead is sure
enough, and the usual mix stays although another is plainly better. Questions that are judged later take no
part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from predictors.estimators.evidence import log_losses
from predictors.estimators.prior_logistic import sigmoid

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_STEPS = ((0.5, 0.75), (0.75, 1.0))
_FEWEST_PER_SIDE = 5
_SURE = 2.0
_LEVELLING_STEPS = 12


class Trees(IntEnum):
    """The part of the ensembles: none, what the number of independent failures grants, most, or all."""

    NONE = 0
    GRANTED = 1
    MOST = 2
    ALL = 3


@dataclass(frozen=True, order=True)
class Mix:
    """One way to average members; mixes sort from the simplest to the most involved.

    Attributes:
        trees: The part of the ensembles.
        rate_share: Part of the linear model's share that goes to the feed's own rate.
        prior: Which of the recipe's priors.
    """

    trees: Trees = Trees.GRANTED
    rate_share: float = 0.0
    prior: int = 0

    def departures(self, usual: "Mix") -> int:
        """Return in how many ways this is not the usual mix."""
        return sum(
            (
                self.trees is not usual.trees,
                self.rate_share != usual.rate_share,
                self.prior != usual.prior,
            )
        )

    def share(self, granted: float) -> float:
        """Return the ensembles' share of the blend, from what the evidence grants them."""
        if self.trees in (Trees.NONE, Trees.ALL):
            return float(self.trees is Trees.ALL)
        return granted if self.trees is Trees.GRANTED else 0.5 * (1.0 + granted)

    def __str__(self) -> str:
        rate = f", own rate {self.rate_share:.0%}" if self.rate_share else ""
        return f"prior {self.prior + 1}, trees {self.trees.name.lower()}{rate}"


@dataclass(frozen=True)
class Parts:
    """Log-odds of the members for the same questions: linear per prior, ensembles, the feed's own rate."""

    linear: tuple[Floats, ...]
    trees: Floats
    rate: Floats | None

    def blended(self, mix: Mix, granted: float) -> Floats:
        """Return the log-odds of a mix."""
        share, own = mix.share(granted), self.linear[mix.prior]
        if self.rate is not None and mix.rate_share > 0.0:
            own = (1.0 - mix.rate_share) * own + mix.rate_share * self.rate
        return (1.0 - share) * own + share * self.trees


@dataclass(frozen=True)
class Trial:
    """One step of the backtest: what members said of later questions, and what came true."""

    parts: Parts
    granted: float
    y: Floats
    cluster: Floats
    weight: Floats

    def blended(self, weights: Mapping[Mix, float]) -> Floats:
        """Return the log-odds of several mixes together."""
        parts = [weight * self.parts.blended(mix, self.granted) for mix, weight in weights.items()]
        return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


def steps(order: Floats, y: Floats) -> list[tuple[Flags, Flags]]:
    """Return (older, newer) questions per step; steps with too few failures on a side are left out."""
    found = []
    for first, last in _STEPS:
        low, high = np.quantile(order, [first, last])
        old, new = order <= low, (order > low) & (order <= high)
        if y[old].sum() >= _FEWEST_PER_SIDE and y[new].sum() >= _FEWEST_PER_SIDE:
            found.append((old, new))
    return found


def chosen(mixes: Sequence[Mix], usual: Mix, trials: Sequence[Trial]) -> Mix:
    """Return the usual mix, or the one most like it near the best where the usual is not."""
    if not trials:
        return usual
    losses = {mix: _losses(mix, trials) for mix in (usual, *mixes)}
    best = min(losses, key=lambda mix: float(losses[mix].sum()))
    near = [mix for mix in losses if _is_near(losses[mix], losses[best])]
    return min(near, key=lambda mix: (mix.departures(usual), float(losses[mix].sum())))


def alone(
    mixes: Sequence[Mix], usual: Mix, trials: Sequence[Trial], sharing: float, granted: float
) -> dict[Mix, float]:
    """Return the chosen mix, which then counts wholly."""
    return {chosen(mixes, usual, trials): 1.0}


def member_shares(weights: Mapping[Mix, float], granted: float) -> tuple[dict[int, float], float, float]:
    """Return how much each prior's model, the feed's own rate, and the ensembles count by all mixes."""
    own, rate, trees = dict.fromkeys((mix.prior for mix in weights), 0.0), 0.0, 0.0
    for mix, weight in weights.items():
        share = mix.share(granted)
        own[mix.prior] += weight * (1.0 - share) * (1.0 - mix.rate_share)
        rate += weight * (1.0 - share) * mix.rate_share
        trees += weight * share
    return own, rate, trees


def _is_near(loss: Floats, best: Floats) -> bool:
    """Return whether the losses add up to at most two standard errors of their difference more."""
    worse = loss - best
    return bool(worse.sum() <= _SURE * np.sqrt((worse**2).sum()))


def _losses(mix: Mix, trials: Sequence[Trial]) -> Floats:
    """Return the log loss of each cluster of questions that share their fate, over all steps."""
    return np.concatenate(
        [by_cluster(trial, trial.weight * log_losses(_told(mix, trial), trial.y)) for trial in trials]
    )


def _told(mix: Mix, trial: Trial) -> Floats:
    return sigmoid(levelled(trial.parts.blended(mix, trial.granted), trial.y, trial.weight))


def by_cluster(trial: Trial, values: Floats) -> Floats:
    """Return the sums of values over the questions of each cluster."""
    _, place = np.unique(trial.cluster, return_inverse=True)
    return np.asarray(np.bincount(place, values), dtype=np.float64)


def levelled(told: Floats, y: Floats, weight: Floats) -> Floats:
    """Return log-odds moved, all by as much, to the frequency that came true.

    A quiet quarter rewards whoever promised least, day after day; which mix tells questions apart is what is
    asked here, so all are brought to the same level first.
    """
    wanted, moved = float((weight * y).sum()), told
    for _ in range(_LEVELLING_STEPS):
        p = sigmoid(moved)
        slope = max(float((weight * p * (1.0 - p)).sum()), 1e-9)
        moved = moved + np.clip((wanted - float((weight * p).sum())) / slope, -1.0, 1.0)
    return moved
