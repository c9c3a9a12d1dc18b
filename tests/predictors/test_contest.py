"""A challenger takes over when the same later questions clearly say that it is better, and only then."""

import numpy as np
import pytest
from numpy.typing import NDArray

from predictors.backtesting.backtest import Backtest
from predictors.backtesting.contest import Champion, Common, decided, gain

Floats = NDArray[np.float64]
DAYS, FEEDS = 10, 40
COUNT = DAYS * 24 * FEEDS
NOW = np.tile(np.arange(DAYS * 24) * 3_600.0, FEEDS)
RANDOM = np.random.default_rng(1)
RISK = np.where(RANDOM.random(COUNT) < 0.1, 0.6, 0.02)
TRUE = (RANDOM.random(COUNT) < RISK).astype(np.float64)
RATE = np.full(COUNT, float(TRUE.mean()))


def _test(told: Floats, rule: Floats = RATE) -> Backtest:
    feed = np.repeat(np.arange(FEEDS, dtype=np.intp), DAYS * 24)
    when = np.where(TRUE > 0, NOW + 60.0, np.nan)
    return Backtest(feed, NOW, told, TRUE, when, rule, rule, 5 * 86_400.0)


def _champion(told: Floats | None, age: float = 8.0, troubles: int = 100, drifted: str = "") -> Champion:
    common = None if told is None else Common(NOW, TRUE, told, RISK)
    return Champion("old", age, troubles, common, drifted)


def test_without_a_champion_the_simple_rules_have_to_be_beaten() -> None:
    assert decided(_test(RISK), 100, None).wins
    lost = decided(_test(RATE), 100, None)
    assert not lost.wins
    assert "not clearly better than elapsed time and last status" in lost.words
    assert not decided(_test(RISK, rule=RISK), 100, None).wins


def test_a_clearly_better_challenger_wins_and_says_on_how_many_days() -> None:
    decision = decided(_test(RISK), 100, _champion(RATE))

    assert decision.wins
    assert "Than old it is better" in decision.words
    assert f"{COUNT:,} questions" in decision.words
    assert "of 10 days (skill" in decision.words


def test_a_difference_that_chance_would_bring_leaves_the_champion_in_service() -> None:
    wobble = np.clip(RISK + np.random.default_rng(2).normal(0.0, 0.003, COUNT), 0.0, 1.0)
    nearly = Common(NOW, TRUE, RISK, wobble)

    decision = decided(_test(RISK), 100, Champion("old", 8.0, 100, nearly))

    assert not decision.wins
    assert "no more than chance" in decision.words or "is worse" in decision.words


def test_a_single_lucky_day_is_no_proof() -> None:
    first = NOW < 86_400.0
    lucky = np.where(first, TRUE, RISK)

    found = gain(lucky, RISK, TRUE, NOW)

    assert found.mean > 0
    assert not found.is_clear


@pytest.mark.parametrize(
    ("champion", "wins", "why"),
    [
        (_champion(None, age=1.0), False, "so old stays"),
        (_champion(None, age=1.0, troubles=40), True, "learned from 100 troubles instead of 40"),
        (_champion(None, age=1.0, troubles=0), True, "instead of an unknown number"),
        (_champion(None, age=1.0, drifted="drifted"), True, "the world has left it"),
        (_champion(None, age=20.0), True, "learned nothing for 20 days"),
        (_champion(RISK, age=20.0), True, "not clearly better"),
        (_champion(0.2 * RISK + 0.8 * TRUE, age=20.0), False, "is worse"),
    ],
)
def test_where_little_can_be_compared_a_sound_rule_decides_and_is_said(
    champion: Champion, wins: bool, why: str
) -> None:
    decision = decided(_test(RISK), 100, champion)

    assert decision.wins is wins
    assert why in decision.words
