"""Answers become as steep as what came true, and stay as they are where that is not sure."""

import numpy as np
from numpy.typing import NDArray

from predictors.estimators.forest import Growth
from predictors.estimators.inner_choice import Mix, Parts, Trees, Trial
from predictors.estimators.prior_logistic import sigmoid
from predictors.estimators.stack import Prior, Recipe, train
from predictors.estimators.steepness import AS_IT_IS, Steepness, measured, never_flatter

Floats = NDArray[np.float64]


def a_step(true: Floats, seed: int) -> Trial:
    y = (np.random.default_rng(seed).random(len(true)) < sigmoid(true)).astype(np.float64)
    return Trial(Parts((true,), true, None), 0.5, y, np.arange(len(y)) * 1.0, np.ones(len(y)))


def log_odds(questions: int) -> Floats:
    return np.random.default_rng(1).normal(-4.0, 1.5, questions)


def test_timid_answers_become_steeper_and_promise_as_much_as_before() -> None:
    told = log_odds(6_000)
    steps = [a_step(2.0 * told + 3.0, seed) for seed in (2, 3)]

    found = measured([told, told], steps, 1.0)

    assert 1.6 < found.slope < 2.1
    assert np.isclose(sigmoid(found.of(told)).sum(), sigmoid(told).sum(), rtol=1e-6)


def test_answers_that_promise_too_much_become_flatter() -> None:
    told = log_odds(6_000)

    found = measured([told], [a_step(0.6 * told - 1.0, 4)], 1.0)

    assert 0.5 < found.slope < 0.75


def test_answers_of_weights_that_yield_become_steeper_alone() -> None:
    told = log_odds(6_000)
    timid, bold = [a_step(2.0 * told + 3.0, 2)], [a_step(0.6 * told - 1.0, 4)]

    assert never_flatter([told], timid, 1.0) == measured([told], timid, 1.0) != AS_IT_IS
    assert never_flatter([told], bold, 1.0) == AS_IT_IS


def test_honest_answers_stay_as_steep_as_they_are() -> None:
    told = log_odds(6_000)
    for seed in range(2, 8):
        steps = [a_step(told, seed), a_step(told, seed + 10)]

        assert abs(measured([told, told], steps, 1.0).slope - 1.0) < 0.06


def test_few_failures_and_failures_of_one_cause_leave_all_as_it_is() -> None:
    told, few = log_odds(6_000), log_odds(150)

    assert measured([few], [a_step(1.3 * few, 6)], 1.0) == Steepness()
    assert measured([told], [a_step(1.3 * told + 1.0, 7)], 60.0) == Steepness()
    assert measured([], [], 1.0) == Steepness()


def test_a_sign_that_the_prior_hardly_believes_is_told_as_surely_as_it_comes_true() -> None:
    random = np.random.default_rng(5)
    sign = (random.random(4_000) < 0.03).astype(np.float64)
    y = np.where(sign == 1, random.random(4_000) < 0.9, random.random(4_000) < 0.002).astype(np.float64)
    order = np.arange(4_000.0)
    stiff = Prior({"sign": 0.2}, 40.0)
    linear = Mix(Trees.NONE)
    recipe = Recipe((stiff,), ((Growth.EXTRA, 40, 1.0),), usual=linear, mixes=(linear,), steepen=measured)

    sure = train(recipe, {"sign": sign}, y, order, order).probabilities({"sign": np.ones(1)})[0]

    assert 0.6 < sure < 0.97
