"""Trees kept as arrays answer as the library that grew them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import roc_auc_score

from predictors.estimators.forest import Forest, Growth, grow, of_boosted, of_trees


def some_rows() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(2)
    features = random.normal(0, 1, (800, 5)).astype(np.float32).astype(np.float64)
    return features, ((features[:, 0] + features[:, 1] * features[:, 2]) > 0.8).astype(np.float64)


@pytest.mark.parametrize(
    ("model", "taken"),
    [
        (ExtraTreesClassifier(15, min_samples_leaf=10, random_state=0), of_trees),
        (RandomForestClassifier(15, min_samples_leaf=10, random_state=0), of_trees),
        (HistGradientBoostingClassifier(max_iter=15, max_leaf_nodes=8, random_state=0), of_boosted),
    ],
)
def test_the_answers_are_those_of_the_library(model: Any, taken: Callable[[Any], Forest]) -> None:
    features, y = some_rows()
    small = features.astype(np.float32)
    model.fit(small, y.astype(int))

    forest = taken(model.estimators_ if taken is of_trees else model)

    assert np.allclose(forest.probabilities(features), model.predict_proba(small)[:, 1], atol=1e-6)


@pytest.mark.parametrize("growth", list(Growth))
def test_what_was_grown_tells_the_rows_apart(growth: Growth) -> None:
    features, y = some_rows()

    forest = grow(features, y, np.ones(len(y)), trees=15, least_leaf=10, growth=growth)

    told = forest.probabilities(features)
    assert forest.boosted is (growth is Growth.BOOSTED)
    assert roc_auc_score(y, told) > 0.9
    assert abs(told.mean() - y.mean()) < 0.05


def test_the_same_seed_gives_the_same_trees() -> None:
    features, y = some_rows()

    one, two = (grow(features, y, np.ones(len(y)), trees=5, least_leaf=20, seed=4) for _ in range(2))

    assert np.array_equal(one.threshold, two.threshold)


@pytest.mark.parametrize("growth", list(Growth))
@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_where_all_answers_were_alike_the_next_is_taken_to_be_and_not_for_sure(
    growth: Growth, answer: float
) -> None:
    features, y = some_rows()

    forest = grow(features, 0.0 * y + answer, np.ones(len(y)), trees=5, least_leaf=10, growth=growth)

    off = np.abs(forest.probabilities(features) - answer)
    assert (off < 0.001).all()
    assert (off > 0.0).all()
