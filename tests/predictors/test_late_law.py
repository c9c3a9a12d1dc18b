"""A chance of lateness is worth what such chances were worth before."""

import numpy as np

from predictors.late_law import LateLaw, fit_late_law
from predictors.lateness import OwedRun
from predictors.punctuality import Missed


def _owed(now: np.ndarray, deadline: np.ndarray, running: bool = True) -> OwedRun:  # type: ignore[type-arg]
    ones = np.ones(len(now))
    rare, none = ones * 0.01, np.zeros((len(now), 3))
    began = now - 600.0
    return OwedRun(now, np.full(len(now), running), began, began, ones > 0, deadline, rare, rare, none)


def test_bold_chances_that_seldom_came_true_are_told_as_they_were_worth() -> None:
    random = np.random.default_rng(1)
    count = 4_000
    now = np.arange(count) * 7_200.0 + 1e6
    bold = random.random(count) < 0.5
    chance = np.where(bold, 0.7, 0.02)
    # Of the bold ones one in seven was right, of the others one in a hundred.
    came = random.random(count) < np.where(bold, 0.14, 0.01)
    missed = Missed(now[came] + 1_800.0, now[came] + 2_000.0, np.zeros(0, dtype=bool))
    owed = _owed(now, now + 1_800.0)

    law = fit_late_law(chance, owed, np.zeros(count, dtype=np.intp), missed)

    told = law.worth(np.array([0.02, 0.7]), _owed(now[:2], now[:2] + 1_800.0))
    assert 0.0 < told[0] < 0.03
    assert 0.10 < told[1] < 0.18


def test_runs_that_only_looked_overdue_are_not_told_as_certain() -> None:
    now = np.arange(200) * 7_200.0 + 1e6
    truly = np.arange(200) % 4 == 0
    missed = Missed(now[truly] - 60.0, now[truly] + 900.0, np.zeros(0, dtype=bool))

    law = fit_late_law(np.ones(200), _owed(now, now - 60.0), np.zeros(200, dtype=np.intp), missed)

    assert 0.2 < law.overdue < 0.3
    assert law.worth(np.ones(1), _owed(now[:1], now[:1] - 60.0))[0] == law.overdue


def test_without_moments_to_learn_from_little_is_promised_and_without_a_law_nothing_changes() -> None:
    now = np.array([1e6])
    none = Missed(np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool))
    owed = _owed(now, now + 60.0)

    poor = fit_late_law(np.array([0.9]), owed, np.zeros(1, dtype=np.intp), none)

    assert poor.worth(np.array([0.9]), owed)[0] < 0.1
    assert LateLaw().worth(np.array([0.9]), owed)[0] == 0.9
