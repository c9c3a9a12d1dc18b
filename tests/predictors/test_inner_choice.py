"""The mix of members is chosen from the training span alone, and only for a reason."""

import numpy as np
import pytest
from numpy.typing import NDArray

from predictors.estimators.inner_choice import Mix, Parts, Trees, Trial, chosen, member_shares, steps
from predictors.estimators.prior_logistic import logit

MIXES = tuple(Mix(trees, rate) for trees in Trees if trees is not Trees.ALL for rate in (0.0, 0.5))
Floats = NDArray[np.float64]


def a_trial(linear: Floats, trees: Floats, y: Floats) -> Trial:
    cluster = np.arange(len(y)) // 20.0
    return Trial(Parts((logit(linear),), logit(trees), None), 0.5, y, cluster, np.ones(len(y)))


@pytest.fixture
def y() -> Floats:
    return (np.random.default_rng(2).random(2_000) < 0.1).astype(np.float64)


def test_members_that_say_the_same_leave_the_usual_mix(y: Floats) -> None:
    same = np.full(len(y), 0.1)

    assert chosen(MIXES, Mix(), [a_trial(same, same, y)]) == Mix(Trees.GRANTED)


def test_without_anything_to_judge_by_the_usual_mix_stays() -> None:
    assert chosen(MIXES, Mix(), []) == Mix(Trees.GRANTED)
    assert chosen((), Mix(Trees.NONE), []) == Mix(Trees.NONE)


def test_trees_that_mislead_are_left_out_and_trees_that_know_get_most(y: Floats) -> None:
    knows, knows_nothing = np.where(y == 1, 0.5, 0.05), np.where(y == 1, 0.02, 0.11)

    assert chosen(MIXES, Mix(), [a_trial(knows, knows_nothing, y)]) == Mix(Trees.NONE)
    assert chosen(MIXES, Mix(), [a_trial(knows_nothing, knows, y)]) == Mix(Trees.MOST)


def test_where_only_the_prior_is_wrong_the_trees_stay(y: Floats) -> None:
    knows, knows_nothing = np.where(y == 1, 0.5, 0.05), np.where(y == 1, 0.02, 0.11)
    parts = Parts((logit(knows_nothing), logit(knows)), logit(knows), None)
    trial = Trial(parts, 0.5, y, np.arange(len(y)) // 20.0, np.ones(len(y)))
    mixes = tuple(Mix(trees, 0.0, prior) for trees in (Trees.NONE, Trees.GRANTED) for prior in (0, 1))

    assert chosen(mixes, Mix(), [trial]) == Mix(Trees.GRANTED, 0.0, 1)


def test_promising_too_much_by_the_same_factor_is_no_reason_to_change(y: Floats) -> None:
    knows = np.where(y == 1, 0.3, 0.05)
    louder = 1.0 / (1.0 + np.exp(-logit(knows) - 1.0))

    assert chosen(MIXES, Mix(), [a_trial(knows, louder, y)]) == Mix(Trees.GRANTED)


def test_steps_learn_from_the_older_and_judge_the_newer_questions() -> None:
    order = np.arange(400.0)
    found = steps(order, np.resize([0.0, 1.0], 400))

    assert len(found) == 2
    for old, new in found:
        assert order[old].max() < order[new].min()
    assert not (found[0][1] & found[1][1]).any()
    assert steps(order, np.zeros(400)) == []


def test_members_count_in_all_mixes_together_as_much_as_the_mixes_do() -> None:
    own, rate, trees = member_shares({Mix(Trees.GRANTED, 0.5, 1): 0.75, Mix(Trees.NONE, 0.0, 0): 0.25}, 0.4)

    assert own == {1: pytest.approx(0.225), 0: pytest.approx(0.25)}
    assert rate == pytest.approx(0.225)
    assert trees == pytest.approx(0.3)
