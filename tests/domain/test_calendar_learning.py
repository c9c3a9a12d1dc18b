"""Calendars read off the times of runs, the newest first."""

from datetime import UTC, datetime, timedelta

from domain.calendar_learning import learned_schedule
from domain.feeds import Rhythm

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


def test_a_weekly_and_a_monthly_feed_are_told_apart() -> None:
    weekly = learned_schedule([MONDAY + timedelta(days=7 * n, hours=5) for n in range(8)])
    monthly = learned_schedule([datetime(2026, month, 28, 5, tzinfo=UTC) for month in range(1, 11)])

    assert weekly is not None
    assert (weekly.rhythm, weekly.weekdays) == (Rhythm.WEEKLY, frozenset({0}))
    assert monthly is not None
    assert monthly.rhythm is Rhythm.MONTH_END


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
