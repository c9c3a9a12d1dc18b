"""Calendars read off the times of runs, the newest first."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.running.calendar_learning import learned_schedule
from domain.running.feeds import UNKNOWN_SCHEDULE, Rhythm, Schedule

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)


def test_an_interval_is_recognised_and_rounded() -> None:
    schedule = learned_schedule([MONDAY + timedelta(minutes=15.2 * n) for n in range(40)])

    assert schedule is not None
    assert (schedule.rhythm, schedule.every_minutes) == (Rhythm.INTERVAL, 15)


def test_a_feed_of_business_days_rests_at_the_weekend() -> None:
    days = [MONDAY + timedelta(days=n, hours=6, minutes=30) for n in range(21)]
    schedule = learned_schedule([day for day in days if day.weekday() < 5])

    assert schedule is not None
    assert (schedule.rhythm, schedule.at_minute, schedule.weekdays) == (
        Rhythm.DAILY,
        390,
        frozenset(range(5)),
    )


def test_a_schedule_that_changed_yesterday_is_followed_after_a_few_runs() -> None:
    before = [MONDAY + timedelta(hours=n) for n in range(48)]
    after = [before[-1] + timedelta(minutes=15 * n) for n in range(1, 13)]
    schedule = learned_schedule([*before, *after])

    assert schedule is not None
    assert schedule.every_minutes == 15


def test_too_few_runs_show_no_calendar() -> None:
    assert learned_schedule([]) is None
    assert learned_schedule([MONDAY, MONDAY]) is None


def test_a_weekly_feed_is_due_on_its_day_and_one_of_every_other_week_on_none() -> None:
    weekly, other = (
        learned_schedule([MONDAY + timedelta(days=days * n, hours=5) for n in range(8)]) for days in (7, 14)
    )

    assert weekly is not None
    assert (weekly.rhythm, weekly.weekdays) == (Rhythm.WEEKLY, frozenset({0}))
    assert other == UNKNOWN_SCHEDULE


def _last(month: int) -> datetime:
    return datetime(2026, month + 1, 1, 22, tzinfo=UTC) - timedelta(days=1)


def _on(day: int, month: int) -> datetime:
    return datetime(2026, month, day, 2, tzinfo=UTC)


def _business_day(from_: datetime, step: int) -> datetime:
    return next(day for n in range(5) if (day := from_ + timedelta(days=step * n)).weekday() < 5)


_EVERY = range(1, 11)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([_last(month) for month in _EVERY], Schedule(Rhythm.MONTH_END, at_minute=1_320)),
        ([_on(1, month) for month in _EVERY], Schedule(Rhythm.MONTHLY, at_minute=120, month_day=1)),
        ([_on(28, month) for month in _EVERY], Schedule(Rhythm.MONTHLY, at_minute=120, month_day=28)),
        (
            [*(_on(5, month) for month in _EVERY), _on(17, 6), _on(6, 10)],
            Schedule(Rhythm.MONTHLY, at_minute=120, month_day=5),
        ),
        ([_business_day(_on(1, month), 1) for month in _EVERY], UNKNOWN_SCHEDULE),
        ([_business_day(_last(month), -1) for month in _EVERY], UNKNOWN_SCHEDULE),
        ([_on(1, month) for month in (1, 4, 7, 10)], UNKNOWN_SCHEDULE),
    ],
)
def test_a_feed_of_every_month_is_due_on_its_date_and_on_the_last_day_only_where_that_is_it(
    times: list[datetime], expected: Schedule
) -> None:
    assert learned_schedule(times) == expected


def test_a_daily_feed_that_moved_is_followed_after_two_runs_and_not_after_one() -> None:
    days = [MONDAY + timedelta(days=n, hours=6, minutes=30) for n in range(10)]
    moved = [MONDAY + timedelta(days=n, hours=9) for n in (10, 11)]
    once, twice = learned_schedule([*days, moved[0]]), learned_schedule([*days, *moved])

    assert once is not None
    assert once.at_minute == 390
    assert twice is not None
    assert twice.at_minute == 540


def test_an_hourly_feed_at_half_past_is_due_at_half_past() -> None:
    schedule = learned_schedule([MONDAY + timedelta(hours=n, minutes=30) for n in range(20)])

    assert schedule is not None
    assert schedule.next_due(MONDAY + timedelta(minutes=5)) == MONDAY + timedelta(minutes=30)
    assert schedule.next_due(MONDAY + timedelta(minutes=30)) == MONDAY + timedelta(minutes=90)
