"""Members of the blend learn nothing from the answer that they are asked for."""

import numpy as np

from predictors.estimators.forest import Growth
from predictors.estimators.inner_choice import Mix, Trees
from predictors.estimators.stack import FEED_RATE, Prior, Recipe, feed_rates, train


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
