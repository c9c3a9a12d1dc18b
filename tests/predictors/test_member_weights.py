"""Members are weighed one by one, by what a backtest asks and no further."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from predictors.estimators.inner_choice import Mix, Parts, Trees, Trial, chosen, member_shares
from predictors.estimators.member_weights import each_weighed, members
from predictors.estimators.prior_logistic import logit

Floats = NDArray[np.float64]

FIRST, SECOND, RATE, TREES = members(2)
USUAL = Mix(Trees.GRANTED, 0.2)
# Where they are judged, trees that are granted a half begin with a little more.
BEGUN = {FIRST: 0.19, SECOND: 0.19, RATE: 0.095, TREES: 0.525}


@pytest.fixture
def y() -> Floats:
    return (np.random.default_rng(2).random(2_000) < 0.1).astype(np.float64)


def a_trial(y: Floats, granted: float = 0.5, **told: Floats) -> Trial:
    """Return a trial in which members that are not named say nothing."""
    first, second, rate, trees = (
        logit(told.get(name, np.full(len(y), 0.1))) for name in ("first", "second", "rate", "trees")
    )
    parts = Parts((first, second), trees, rate)
    return Trial(parts, granted, y, np.arange(len(y)) // 20.0, np.ones(len(y)))


def knowing(y: Floats) -> Floats:
    return np.where(y == 1, 0.5, 0.05)


def test_without_anything_to_judge_by_members_stay_where_they_began() -> None:
    weights = each_weighed(members(2), USUAL, [], 3.0, 0.5)

    assert weights == pytest.approx({FIRST: 0.2, SECOND: 0.2, RATE: 0.1, TREES: 0.5})
    own, rate, trees = member_shares(weights, 0.5)
    assert (own[0], own[1], rate, trees) == pytest.approx((0.2, 0.2, 0.1, 0.5))


def test_members_that_say_the_same_stay_where_they_began(y: Floats) -> None:
    same = knowing(y)

    weights = each_weighed(
        members(2), USUAL, [a_trial(y, first=same, second=same, rate=same, trees=same)], 1.0, 0.5
    )

    assert weights == pytest.approx(BEGUN, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "member"), [("first", FIRST), ("second", SECOND), ("rate", RATE), ("trees", TREES)]
)
def test_whoever_knows_comes_to_count_most(y: Floats, name: str, member: Mix) -> None:
    misled = np.where(y == 1, 0.05, 0.11)
    others = dict.fromkeys(("first", "second", "rate", "trees"), misled) | {name: knowing(y)}

    weights = each_weighed(members(2), USUAL, [a_trial(y, **others)], 1.0, 0.5)

    assert next(iter(weights)) == member
    assert weights[member] > 0.8
    assert sum(weights.values()) == pytest.approx(1.0)
    assert min(weights.values()) >= 0.0


def test_a_lead_too_short_to_choose_by_still_weighs(y: Floats) -> None:
    noise = np.random.default_rng(5).uniform(0.1, 4.0, len(y))
    knows = np.clip(np.where(y == 1, 0.3, 0.05) * noise, 0.001, 0.9)
    few = slice(0, 120)
    trial = replace(a_trial(y[few], granted=0.0, second=knows[few]), cluster=np.arange(120) // 60.0)

    weights = each_weighed(members(2), Mix(Trees.GRANTED), [trial], 2.0, 0.0)

    assert chosen((FIRST, SECOND), FIRST, [trial]) == FIRST
    assert weights[SECOND] > 0.55


def daily(rate: Floats, told: Floats) -> Trial:
    """Return a trial of 40 jobs on 60 days, in which trees say what comes, and the others one rate."""
    failed = (np.random.default_rng(4).random(2_400) < rate).astype(np.float64)
    one = logit(np.full(2_400, failed.mean()))
    return Trial(
        Parts((one, one), logit(told), one), 0.5, failed, np.repeat(np.arange(60.0), 40), np.ones(2_400)
    )


def weight_of_trees(trial: Trial, sharing: float) -> float:
    return each_weighed(members(2), USUAL, [trial], sharing, 0.5)[TREES]


def test_jobs_that_fail_every_day_each_for_itself_are_as_much_evidence_as_they_are_jobs() -> None:
    hint = np.tile(np.r_[np.full(10, 0.3), np.full(30, 0.12)], 60)
    trial = daily(np.tile(np.r_[np.full(10, 0.3), np.full(30, 0.12)], 60), hint)

    alone = weight_of_trees(trial, sharing=1.0)

    assert alone > 0.75
    assert weight_of_trees(trial, sharing=8.0) > alone - 0.1


def test_jobs_that_fall_together_unforeseen_count_as_one() -> None:
    bad_day = np.repeat(np.isin(np.arange(60.0), [7.0, 8.0, 9.0]), 40)
    # By chance these jobs were told a little more than others, on days when most jobs failed.
    luck = np.where(bad_day & (np.arange(2_400) % 40 < 10), 0.3, 0.2)
    trial = daily(np.where(bad_day, 0.9, 0.02), luck * 0.3)

    assert abs(weight_of_trees(trial, sharing=30.0) - 0.5) < 0.2
    assert weight_of_trees(trial, sharing=1.0) > 0.8


def test_no_more_share_a_cause_than_fall_together() -> None:
    trial = daily(np.repeat(np.where(np.arange(60) < 5, 0.9, 0.02), 40), np.full(2_400, 0.09))

    assert weight_of_trees(trial, sharing=1.0) == weight_of_trees(trial, sharing=0.5)


def test_after_few_failures_trees_count_only_where_they_were_judged(y: Floats) -> None:
    knows, knows_nothing = (
        a_trial(y, granted=0.0, trees=trees, first=first)
        for trees, first in (
            (knowing(y), np.where(y == 1, 0.05, 0.11)),
            (np.where(y == 1, 0.05, 0.11), knowing(y)),
        )
    )

    assert each_weighed(members(2), USUAL, [], 1.0, 0.0)[TREES] == 0.0
    assert each_weighed(members(2), USUAL, [knows_nothing], 1.0, 0.0)[TREES] < 0.01
    assert each_weighed(members(2), USUAL, [knows], 1.0, 0.0)[TREES] > 0.5


def test_promising_too_much_by_the_same_factor_moves_nothing(y: Floats) -> None:
    told = knowing(y)
    louder = 1.0 / (1.0 + np.exp(-logit(told) - 1.0))

    weights = each_weighed(
        members(2), USUAL, [a_trial(y, first=louder, second=told, rate=told, trees=told)], 1.0, 0.5
    )

    assert weights == pytest.approx(BEGUN, abs=1e-3)
