"""From which estimate to alert: the budget is a limit, not a target."""

import numpy as np

from predictors.estimators.alert_threshold import alert_threshold

QUIET = np.linspace(0.0, 0.5, 10_000)


def _asked(troubles: list[float]) -> tuple[np.ndarray, np.ndarray]:
    return np.r_[QUIET, troubles], np.r_[np.zeros(len(QUIET)), np.ones(len(troubles))]


def test_the_rest_of_the_budget_buys_no_false_alarms() -> None:
    told, y = _asked([0.9] * 10)
    level = alert_threshold(told, y)
    assert (level <= QUIET).mean() < 0.002


def test_the_budget_is_used_where_troubles_hide_among_quiet_questions() -> None:
    told, y = _asked(np.linspace(0.4905, 0.5, 400).tolist())
    level = alert_threshold(told, y)
    assert 0.015 < (level <= QUIET).mean() <= 0.0201


def test_questions_that_stand_for_many_weigh_as_many() -> None:
    told, y = _asked([0.9] * 10)
    thin = np.r_[np.full(len(QUIET), 50.0), np.ones(10)]
    assert alert_threshold(told, y, thin) >= alert_threshold(told, y)


def test_without_a_quiet_question_nothing_tells_alarms_apart() -> None:
    assert alert_threshold(np.array([0.4, 0.6]), np.ones(2)) == 1.0
