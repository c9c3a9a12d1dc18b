"""Trees kept as arrays answer as the library that grew them."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier

from predictors.estimators.forest import Growth, grow


def some_rows() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(2)
    features = random.normal(0, 1, (800, 5)).astype(np.float32).astype(np.float64)
    return features, ((features[:, 0] + features[:, 1] * features[:, 2]) > 0.8).astype(np.float64)


@pytest.mark.parametrize("growth", list(Growth))
def test_the_answers_are_those_of_the_library(growth: Growth, monkeypatch: pytest.MonkeyPatch) -> None:
    features, y = some_rows()
    kept: list[object] = []
    for kind in (ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier):
        fit = kind.fit

        def noted(self: object, *given: object, fit: object = fit) -> object:
            kept.append(self)
            return fit(self, *given)  # type: ignore[operator]

        monkeypatch.setattr(kind, "fit", noted)

    forest = grow(features, y, np.ones(len(y)), trees=15, least_leaf=10, growth=growth)

    expected = kept[0].predict_proba(features.astype(np.float32))[:, 1]  # type: ignore[attr-defined]
    assert np.allclose(forest.probabilities(features), expected, atol=1e-6)


def test_the_same_seed_gives_the_same_trees() -> None:
    features, y = some_rows()

    one, two = (grow(features, y, np.ones(len(y)), trees=5, least_leaf=20, seed=4) for _ in range(2))

    assert np.array_equal(one.threshold, two.threshold)
