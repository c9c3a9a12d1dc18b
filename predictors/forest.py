"""Grow tree ensembles with scikit-learn, then keep them as plain arrays of our own.

A model file must never be unpickled (a pickle is a program), so what is stored and scored are six arrays.
Trees are capped in depth, which bounds both their size on disk and the time to score.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]

MAX_DEPTH = 12
_CHUNK_ROWS = 20_000


@dataclass(frozen=True)
class Forest:
    """Trees as arrays of (trees x nodes): a leaf has `left` equal to itself and carries a probability."""

    feature: Integers
    threshold: Floats
    left: Integers
    right: Integers
    value: Floats
    depth: int

    def probabilities(self, features: Floats) -> Floats:
        """Return the mean leaf frequency per row; time grows with rows x trees x depth."""
        told = np.empty(len(features))
        for start in range(0, len(features), _CHUNK_ROWS):
            told[start : start + _CHUNK_ROWS] = self._chunk(features[start : start + _CHUNK_ROWS])
        return told

    def _chunk(self, features: Floats) -> Floats:
        rows = np.arange(len(features))
        total = np.zeros(len(features))
        for tree in range(len(self.feature)):
            feature, threshold = self.feature[tree], self.threshold[tree]
            left, right = self.left[tree], self.right[tree]
            node = np.zeros(len(features), dtype=np.int32)
            for _ in range(self.depth):
                goes_left = features[rows, feature[node]] <= threshold[node]
                node = np.where(goes_left, left[node], right[node])
            total += self.value[tree][node]
        return total / len(self.feature)


def grow(
    features: Floats,
    y: Floats,
    weight: Floats,
    *,
    trees: int,
    least_leaf: int,
    share_of_features: float = 0.4,
    seed: int = 0,
) -> Forest:
    """Return extremely randomised trees (Geurts, Ernst and Wehenkel 2006) on float32 features.

    Args:
        features: Rows x columns, finite.
        y: 0 or 1 per row.
        weight: Weight per row, e.g. the inverse of the share of negatives that was kept.
        trees: How many trees.
        least_leaf: Smallest number of rows in a leaf; this is the forest's restraint.
        share_of_features: Share of columns tried per split.
        seed: The same seed gives the same forest.
    """
    from sklearn.ensemble import ExtraTreesClassifier

    model = ExtraTreesClassifier(
        trees,
        min_samples_leaf=least_leaf,
        max_features=share_of_features,
        max_depth=MAX_DEPTH,
        random_state=seed,
        n_jobs=1,
    )
    model.fit(features.astype(np.float32), y.astype(int), weight)
    return _arrays(model.estimators_)


def _arrays(estimators: list[object]) -> Forest:
    grown = [estimator.tree_ for estimator in estimators]  # type: ignore[attr-defined]  # sklearn is untyped
    size = max(tree.node_count for tree in grown)
    count = len(grown)
    feature = np.zeros((count, size), dtype=np.int32)
    threshold = np.full((count, size), np.inf)
    left = np.tile(np.arange(size, dtype=np.int32), (count, 1))
    right = left.copy()
    value = np.zeros((count, size))
    for place, tree in enumerate(grown):
        inner = np.flatnonzero(tree.children_left >= 0)
        feature[place, inner] = tree.feature[inner]
        threshold[place, inner] = tree.threshold[inner]
        left[place, inner] = tree.children_left[inner]
        right[place, inner] = tree.children_right[inner]
        votes = tree.value[:, 0, :]
        share = votes[:, -1] / np.maximum(votes.sum(axis=1), 1e-12) if votes.shape[1] > 1 else votes[:, 0] * 0
        value[place, : tree.node_count] = share
    depth = max(int(tree.max_depth) for tree in grown)
    return Forest(feature, threshold, left, right, value, depth)
