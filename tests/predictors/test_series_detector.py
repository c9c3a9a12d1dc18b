"""The series detector is causal and speaks of what breaks the record."""

import numpy as np

from predictors.series_detector import anomaly_scores


def a_day_and_night_series(days: int = 10) -> tuple[np.ndarray, np.ndarray]:
    t = np.arange(days * 288) * 300.0
    random = np.random.default_rng(5)
    return np.sin(2 * np.pi * t / 86_400) * 10 + 50 + random.normal(0, 0.5, len(t)), t


def test_a_jump_beyond_all_records_scores_highest_when_it_comes() -> None:
    values, t = a_day_and_night_series()
    values[2_000:2_020] += 60

    scores = anomaly_scores(values, t)

    assert 2_000 <= int(scores[500:].argmax()) + 500 < 2_020


def test_no_score_depends_on_later_points() -> None:
    values, t = a_day_and_night_series()
    scores = anomaly_scores(values, t)

    for end in (300, 1_111, 2_500):
        assert np.isclose(anomaly_scores(values[:end], t[:end])[-1], scores[end - 1])


def test_a_flat_line_is_no_anomaly() -> None:
    scores = anomaly_scores(np.full(500, 7.0), np.arange(500) * 300.0)

    assert scores.max() == 0.0


def test_an_empty_series_has_no_scores() -> None:
    assert len(anomaly_scores(np.zeros(0), np.zeros(0))) == 0
