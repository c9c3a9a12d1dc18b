"""Grow tree ensembles with scikit-learn, then keep them as plain arrays of our own.

A model file must never be unpickled (a pickle is a program), so what is stored and scored are six arrays.
Trees are capped in depth, which bounds both their size on disk and the time to score.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from predictors.estimators.prior_logistic import never_sure

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]

MAX_DEPTH = 12
_CHUNK_ROWS = 20_000
# With fewer rows than this, each tree sees as many as there are.
_BAGGED = 50


class Growth(StrEnum):
    """How the trees of an ensemble come about."""

    EXTRA = "extra"
    RANDOM = "random"
    BOOSTED = "boosted"


@dataclass(frozen=True)
class Forest:
    """Trees as arrays of (trees x nodes): a leaf has `left` equal to itself and carries a value.

    The values are frequencies to be averaged, or steps on the log-odds scale to be added to `base` where
    `boosted` is set.
    """

    feature: Integers
    threshold: Floats
    left: Integers
    right: Integers
    value: Floats
    depth: int
    boosted: bool = False
    base: float = 0.0

    def probabilities(self, features: Floats) -> Floats:
        """Return one probability per row; time grows with rows x trees x depth."""
        told = np.empty(len(features))
        for start in range(0, len(features), _CHUNK_ROWS):
            total = self._total(features[start : start + _CHUNK_ROWS])
            if self.boosted:
                told[start : start + _CHUNK_ROWS] = 0.5 * (1.0 + np.tanh(0.5 * (total + self.base)))
            else:
                told[start : start + _CHUNK_ROWS] = total / len(self.feature)
        return told

    def _total(self, features: Floats) -> Floats:
        width = features.shape[1]
        flat = np.ascontiguousarray(features).ravel()
        rows = np.arange(len(features)) * width
        total = np.zeros(len(features))
        for tree in range(len(self.feature)):
            feature, threshold = self.feature[tree], self.threshold[tree]
            left, right = self.left[tree], self.right[tree]
            node = np.zeros(len(features), dtype=np.int32)
            for _ in range(self.depth):
                goes_left = flat[rows + feature[node]] <= threshold[node]
                node = np.where(goes_left, left[node], right[node])
            total += self.value[tree][node]
        return total


def grow(
    features: Floats,
    y: Floats,
    weight: Floats,
    *,
    trees: int,
    least_leaf: int,
    growth: Growth = Growth.EXTRA,
    leaves: int = 8,
    step: float = 0.06,
    choice: float = 1.0,
    seed: int = 0,
) -> Forest:
    """Return an ensemble fitted on float32 features.

    Args:
        features: Rows x columns, finite.
        y: 0 or 1 per row.
        weight: Weight per row, e.g. the inverse of the share of negatives that was kept.
        trees: How many trees.
        least_leaf: Smallest number of rows in a leaf; this is the ensemble's restraint.
        growth: Extremely randomised trees (Geurts, Ernst and Wehenkel 2006), a random forest (Breiman 2001),
            or boosting over histograms (Friedman 2001; Ke et al. 2017).
        leaves: Most leaves of a boosted tree; step: how much of its advice is taken; choice: the share of the
            columns, drawn anew, that each of its splits chooses from.
        seed: The same seed gives the same ensemble.
    """
    if y.min() == y.max():
        # Trees of one class cannot tell which: where every run had failed they promised that none will.
        return _of_one_leaf(float(never_sure(y, weight)[0]))
    from sklearn.ensemble import (
        ExtraTreesClassifier,
        HistGradientBoostingClassifier,
        RandomForestClassifier,
    )

    small, known = features.astype(np.float32), y.astype(int)
    if growth is Growth.BOOSTED:
        boosted = HistGradientBoostingClassifier(
            max_iter=trees,
            learning_rate=step,
            max_leaf_nodes=leaves,
            min_samples_leaf=max(least_leaf, 20),
            l2_regularization=10.0,
            max_features=choice,
            early_stopping=False,
            random_state=seed,
        )
        boosted.fit(small, known, weight)
        return of_boosted(boosted)
    common = {"min_samples_leaf": least_leaf, "max_depth": MAX_DEPTH, "random_state": seed, "n_jobs": 1}
    if growth is Growth.RANDOM:
        model = RandomForestClassifier(
            trees, max_features=0.25, max_samples=0.6 if len(y) >= _BAGGED else None, **common
        )
    else:
        model = ExtraTreesClassifier(trees, max_features=0.4, **common)
    model.fit(small, known, weight)
    return of_trees(model.estimators_)


def of_trees(estimators: list[Any]) -> Forest:  # Any: sklearn is untyped
    """Return the fitted trees of a forest that votes."""
    grown = [estimator.tree_ for estimator in estimators]
    feature, threshold, left, right, value = _empty(len(grown), max(tree.node_count for tree in grown))
    for place, tree in enumerate(grown):
        inner = np.flatnonzero(tree.children_left >= 0)
        feature[place, inner] = tree.feature[inner]
        threshold[place, inner] = tree.threshold[inner]
        left[place, inner] = tree.children_left[inner]
        right[place, inner] = tree.children_right[inner]
        votes = tree.value[:, 0, :]
        value[place, : tree.node_count] = votes[:, -1] / np.maximum(votes.sum(axis=1), 1e-12)
    depth = max(int(tree.max_depth) for tree in grown)
    return Forest(feature, threshold, left, right, value, depth)


def of_boosted(model: Any) -> Forest:  # Any: sklearn is untyped
    """Return a fitted ensemble whose trees add up."""
    # The fitted trees have no public form; the exact pin of scikit-learn and a test keep this reading true.
    grown = [stage[0].nodes for stage in model._predictors]
    feature, threshold, left, right, value = _empty(len(grown), max(len(nodes) for nodes in grown))
    depth = 0
    for place, nodes in enumerate(grown):
        inner = np.flatnonzero(nodes["is_leaf"] == 0)
        feature[place, inner] = nodes["feature_idx"][inner]
        threshold[place, inner] = nodes["num_threshold"][inner]
        left[place, inner] = nodes["left"][inner]
        right[place, inner] = nodes["right"][inner]
        value[place, : len(nodes)] = nodes["value"]
        depth = max(depth, int(nodes["depth"].max()))
    base = float(np.asarray(model._baseline_prediction).ravel()[0])
    return Forest(feature, threshold, left, right, value, depth, boosted=True, base=base)


def _of_one_leaf(share: float) -> Forest:
    """Return a lone leaf that always promises as much."""
    feature, threshold, left, right, value = _empty(1, 1)
    value[0, 0] = share
    return Forest(feature, threshold, left, right, value, 0)


def _empty(count: int, size: int) -> tuple[Integers, Floats, Integers, Integers, Floats]:
    left = np.tile(np.arange(size, dtype=np.int32), (count, 1))
    return (
        np.zeros((count, size), dtype=np.int32),
        np.full((count, size), np.inf),
        left,
        left.copy(),
        np.zeros((count, size)),
    )
