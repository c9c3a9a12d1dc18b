"""The series detector is causal and speaks of what goes beyond the habits of a series."""

import numpy as np

from predictors.series.episodes import habitual_sizes, worth_a_report
from predictors.series.novel_shapes import novelty
from predictors.series.series_detector import anomaly_scores


def a_day_and_night_series(days: int = 10) -> tuple[np.ndarray, np.ndarray]:
    t = np.arange(days * 288) * 300.0
    random = np.random.default_rng(5)
    return np.sin(2 * np.pi * t / 86_400) * 10 + 50 + random.normal(0, 0.5, len(t)), t


def test_a_jump_beyond_all_habits_scores_highest_when_it_comes() -> None:
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
    for level in (7.0, 2_147_483_648.1):
        assert anomaly_scores(np.full(500, level), np.arange(500) * 300.0).max() == 0.0


def test_an_empty_series_has_no_scores() -> None:
    assert len(anomaly_scores(np.zeros(0), np.zeros(0))) == 0


def test_what_came_once_is_still_news_and_what_came_often_is_a_habit() -> None:
    random, t = np.random.default_rng(6), np.arange(3_000) * 300.0
    twice = 50 + random.normal(0, 1, len(t))
    often = twice.copy()
    twice[[800, 2_500]] += 40
    often[300::300] += 40

    assert anomaly_scores(twice, t)[2_500] > 0.6
    assert anomaly_scores(often, t)[2_400:].max() < 0.6


def test_a_jump_is_news_where_values_wander_further_than_it_goes_and_none_where_they_often_jump() -> None:
    place = np.arange(2_000)
    wandering = 10 * np.sin(place / 35) + 4 * np.sin(place / 61)
    wandering += np.random.default_rng(3).normal(0, 0.1, len(place))
    once, often = wandering.copy(), wandering.copy()
    once[1_500] -= 4
    often[300::100] += 4

    assert anomaly_scores(once, place * 300.0)[1_500] > 0.6
    assert anomaly_scores(wandering, place * 300.0)[400:].max() < 0.5
    assert anomaly_scores(often, place * 300.0)[1_200:].max() < 0.5


def test_a_size_is_habitual_from_its_third_episode_on() -> None:
    sizes = np.zeros(400)
    sizes[[10, 11, 100, 200, 300]] = [9.0, 5.0, 7.0, 8.0, 3.0]

    habit = habitual_sizes(sizes)

    assert habit[[150, 250, 350]].tolist() == [0.0, 7.0, 7.0]


def test_peaks_that_come_back_at_intervals_become_a_habit_however_short_the_calm_between() -> None:
    random = np.random.default_rng(11)
    runs = 8.0 + 0.15 * random.normal(size=250)
    runs[10::25] += np.log(3.0)
    scores = anomaly_scores(runs, np.arange(250) * 3_600.0)

    assert scores[125:].max() < 0.6


def test_after_a_report_only_the_clearly_stranger_is_told_until_some_time_has_passed() -> None:
    strange = np.zeros(1_000)
    strange[[500, 510, 520, 800]] = [2.0, 2.4, 2.6, 1.0]

    assert np.flatnonzero(worth_a_report(strange)).tolist() == [500, 520, 800]


def test_a_rhythm_that_quickens_is_new_although_its_values_are_not() -> None:
    values = np.zeros(3_000)
    values[::100] = 10.0
    values[2_000:2_100:10] = 10.0

    new = novelty(values)

    assert np.nanmax(new[500:2_000]) == 0.0
    assert np.nanmax(new[2_000:2_100]) > 1.0
    assert np.isnan(new[:100]).all()
