"""A chance of lateness is worth what such chances were worth before."""

from dataclasses import replace

import numpy as np
import pytest

from predictors.timeliness.late_law import LateLaw, PaceLaw, fit_late_law
from predictors.timeliness.lateness import OwedRun
from predictors.timeliness.punctuality import Missed


def _owed(
    now: np.ndarray,  # type: ignore[type-arg]
    deadline: np.ndarray,  # type: ignore[type-arg]
    running: bool = True,
    pace: int | np.ndarray = 1,  # type: ignore[type-arg]
    later: float = 0.0,
    missed: float = 1.0,
) -> OwedRun:
    ones = np.ones(len(now))
    rare, more = ones * 0.01, np.full((len(now), 3), later)
    began, paces = now - 600.0, np.broadcast_to(np.asarray(pace, dtype=np.intp), now.shape)
    runs = np.full(len(now), running)
    rest = (deadline, rare, rare, more, paces, ones < 0, ones * missed)
    return OwedRun(now, runs, began, began, ones > 0, *rest)


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

    assert 0.2 < law.every.overdue < 0.3
    assert law.worth(np.ones(1), _owed(now[:1], now[:1] - 60.0))[0] == law.paced[1].overdue


def test_without_moments_to_learn_from_little_is_promised_and_without_a_law_nothing_changes() -> None:
    now = np.array([1e6])
    none = Missed(np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool))
    owed = _owed(now, now + 60.0)

    poor = fit_late_law(np.array([0.9]), owed, np.zeros(1, dtype=np.intp), none)

    assert poor.worth(np.array([0.9]), owed)[0] < 0.1
    assert LateLaw().worth(np.array([0.9]), owed)[0] == 0.9


def test_each_pace_learns_its_own_worth() -> None:
    random = np.random.default_rng(2)
    count = 6_000
    now = np.arange(count) * 7_200.0 + 1e6
    pace = np.arange(count) % 2
    # Feeds that are due often miss one deadline in a thousand, the others one in twenty.
    came = random.random(count) < np.where(pace == 0, 0.001, 0.05)
    missed = Missed(now[came] + 1_800.0, now[came] + 2_000.0, np.zeros(0, dtype=bool))
    chance = np.full(count, 0.1) + random.random(count) * 1e-3

    law = fit_late_law(chance, _owed(now, now + 1_800.0, pace=pace), np.zeros(count, dtype=np.intp), missed)

    often, seldom = (
        law.worth(np.array([0.1005]), _owed(now[:1], now[:1] + 1_800.0, pace=place))[0] for place in range(2)
    )
    assert often < 0.01
    assert 0.03 < seldom < 0.07


def test_a_pace_of_which_little_is_known_leans_on_all_feeds() -> None:
    count = 4_000
    now = np.arange(count) * 7_200.0 + 1e6
    came = np.arange(count) % 20 == 0
    missed = Missed(now[came] + 1_800.0, now[came] + 2_000.0, np.zeros(0, dtype=bool))
    pace = np.where(np.arange(count) < 30, 0, 1)

    law = fit_late_law(
        np.full(count, 0.1), _owed(now, now + 1_800.0, pace=pace), np.zeros(count, dtype=np.intp), missed
    )

    assert law.paced[0].running == law.every.running
    assert law.paced[0].waiting == law.every.waiting


def test_further_deadlines_of_an_hour_are_told_as_often_as_they_were_missed() -> None:
    count = 4_000
    now = np.arange(count) * 7_200.0 + 1e6
    missed_at = now[::400] + 2_700.0
    missed = Missed(missed_at, missed_at + 60.0, np.zeros(0, dtype=bool))
    owed = _owed(now, now + 900.0, pace=0, later=3.0)

    law = fit_late_law(np.full(count, 0.01), owed, np.zeros(count, dtype=np.intp), missed)

    # Told: one per cent for each of three; missed: one hour in four hundred.
    assert 0.05 < law.paced[0].later < 0.12
    assert LateLaw().onset(owed)[0] == 0.01


def test_what_one_lost_report_explains_several_in_a_row_do_not() -> None:
    now = np.array([1e6])
    law = LateLaw(PaceLaw(overdue=0.4))

    told = [
        law.worth(np.ones(1), _owed(now, now - 60.0, missed=missed))[0] for missed in (1.0, 2.0, 3.0, 10.0)
    ]

    assert told == pytest.approx([0.4, 0.64, 0.784, 0.994], abs=1e-3)


def test_what_was_promised_of_a_run_that_is_not_late_hangs_on_no_deadline_before() -> None:
    now = np.array([1e6])
    law = LateLaw(PaceLaw(overdue=0.4))

    told = law.worth(np.array([0.3]), _owed(now, now + 60.0, missed=5.0))

    assert told[0] == pytest.approx(0.3)


def test_what_one_missing_run_is_worth_is_learned_from_feeds_that_miss_one() -> None:
    now = np.arange(200) * 7_200.0 + 1e6
    truly = np.arange(200) >= 100
    missed = Missed(now[truly] - 60.0, now[truly] + 900.0, np.zeros(0, dtype=bool))
    owed = replace(_owed(now, now - 60.0), missed=np.where(truly, 3.0, 1.0))

    law = fit_late_law(np.ones(200), owed, np.zeros(200, dtype=np.intp), missed)

    assert law.every.overdue < 0.02
