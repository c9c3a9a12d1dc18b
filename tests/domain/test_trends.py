"""Where a score is heading: no trend is told that is none, and two scores make no forecast certain."""

import random

from domain.trends import forecast_band, trend_in_words


def test_a_falling_score_is_told_with_its_pace_and_a_wobbling_one_is_steady() -> None:
    chance = random.Random(3)  # noqa: S311  made-up scores

    assert trend_in_words([98.0 - 0.8 * n for n in range(8)]) == "falling by about 0.8 a delivery"
    assert trend_in_words([80.0 + 1.5 * n for n in range(6)]) == "rising by about 1.5 a delivery"
    assert trend_in_words([90.0 + chance.gauss(0.0, 2.0) for _ in range(12)]) == "steady"
    assert trend_in_words([97.0] * 6) == "steady"
    assert trend_in_words([90.0, 80.0, 70.0, 60.0]) == ""


def test_a_forecast_from_two_scores_says_that_it_knows_little() -> None:
    low, middle, high = forecast_band([95.0, 80.0], ahead=1)

    assert high - low > 10.0
    assert low < middle < high


def test_eight_in_ten_scores_lie_in_the_band_whatever_is_known() -> None:
    chance = random.Random(11)  # noqa: S311  made-up scores
    hits = dict.fromkeys((3, 8, 30), 0)
    for length in hits:
        for _ in range(400):
            scores = [88.0 + chance.gauss(0.0, 2.0) for _ in range(length + 1)]
            low, _, high = forecast_band(scores[:-1], ahead=1)
            hits[length] += low <= scores[-1] <= high

    assert all(0.72 <= count / 400 <= 0.92 for count in hits.values()), hits
