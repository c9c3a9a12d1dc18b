"""Members of the blend learn nothing from the answer that they are asked for."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from predictors.estimators.forest import Growth
from predictors.estimators.inner_choice import Mix, Trees
from predictors.estimators.prior_logistic import fit, sigmoid
from predictors.estimators.stack import FEED_RATE, Prior, Recipe, feed_rates, train

Floats = NDArray[np.float64]


def test_trees_do_not_take_a_feeds_only_failure_for_its_habit() -> None:
    random = np.random.default_rng(0)
    feeds, times = 150, 40
    feed = np.tile(np.arange(feeds), times)
    order = np.repeat(np.arange(float(times)), feeds)
    y = (random.random(len(feed)) < 0.02).astype(np.float64)
    columns = {"nothing": random.normal(size=len(feed))}
    recipe = Recipe(
        (Prior({"nothing": 0.0}, 100.0),), ((Growth.EXTRA, 40, 1.0),), least_leaf=10, usual=Mix(Trees.MOST)
    )

    stack = train(recipe, columns, y, order, order, feed)

    later = {"nothing": np.zeros(feeds), FEED_RATE: feed_rates(y, feed, feeds)}
    assert stack.probabilities(later).max() < 2.0 * y.mean()


def test_a_column_apart_yields_to_evidence_that_moves_no_other() -> None:
    random = np.random.default_rng(1)
    signs = {name: (random.random(600) < 0.1).astype(np.float64) for name in ("open", "held")}
    y = ((signs["open"] + signs["held"] > 0) & (random.random(600) < 0.8)).astype(np.float64)
    order = np.arange(600.0)
    recipe = Recipe((Prior({"open": 0.0, "held": 0.0}, 1_000.0, {"open": 0.1}),), usual=Mix(Trees.NONE))

    weights = dict(zip(("open", "held"), train(recipe, signs, y, order, order).linear.weights, strict=True))

    assert weights["open"] > 2.0 > 0.3 > weights["held"] > 0.0


def test_lone_failures_teach_sooner_and_those_of_storms_as_before() -> None:
    random = np.random.default_rng(2)
    order = np.arange(800.0)
    sign = (random.random(800) < 0.2).astype(np.float64)
    y = ((sign > 0) & (random.random(800) < 0.3)).astype(np.float64)
    firm = Recipe((Prior({"sign": 0.0}, 30.0),), usual=Mix(Trees.NONE))
    soon = replace(firm, firmness=3.0)
    storms = np.where(y == 1, order // 200.0, 1_000.0 + order)

    def weight(recipe: Recipe, cluster: Floats) -> float:
        return train(recipe, {"sign": sign}, y, order, cluster).linear.weights[0]

    # Some fifty failures: each for itself, and in four storms, where a prior is no firmer than it says.
    assert weight(soon, order) > weight(firm, order) + 0.5
    assert weight(soon, storms) == weight(firm, storms) < 0.5 * weight(firm, order)


@pytest.mark.parametrize("answer", [0.0, 1.0])
@pytest.mark.parametrize("times", [1.0, 3.0])
def test_answers_that_are_all_alike_are_worth_half_of_another_one(answer: float, times: float) -> None:
    features = np.random.default_rng(0).normal(size=(200, 2))

    y, counts = np.full(200, answer), np.full(200, times)
    model = fit(("a", "b"), features, y, np.zeros(2), np.ones(2), counts)

    told = sigmoid(model.log_odds(features))

    assert np.abs(told - answer).mean() == pytest.approx(0.5 / (200 * times + 1.0), rel=0.01)


def test_one_answer_of_another_kind_is_worth_itself() -> None:
    y = np.zeros(200)
    y[7] = 1.0

    told = sigmoid(fit(("a",), np.zeros((200, 1)), y, np.zeros(1), np.ones(1)).log_odds(np.zeros((1, 1))))

    assert told[0] == pytest.approx(1 / 200, rel=0.01)
