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


@pytest.mark.parametrize("runs_since", range(2, 12))
def test_a_daily_feed_that_moved_stays_moved_from_its_second_run_on(runs_since: int) -> None:
    days = [MONDAY + timedelta(days=n, hours=6, minutes=30) for n in range(20)]
    moved = [MONDAY + timedelta(days=20 + n, hours=14, minutes=n % 3) for n in range(runs_since)]
    schedule = learned_schedule([*days, *moved])

    assert schedule is not None
    assert abs(schedule.at_minute - 840) <= 2


def test_one_run_by_hand_moves_no_calendar_and_neither_do_two_at_different_times() -> None:
    days = [MONDAY + timedelta(days=n, hours=6, minutes=30) for n in range(20)]
    by_hand = [MONDAY + timedelta(days=20, hours=hour) for hour in (11, 15)]

    for extra in ([by_hand[0]], by_hand):
        schedule = learned_schedule([*days, *extra])
        assert schedule is not None
        assert (schedule.rhythm, schedule.at_minute) == (Rhythm.DAILY, 390)


_HOURLY = [MONDAY + timedelta(hours=n) for n in range(7 * 24)]
_SINCE = _HOURLY[-1].replace(hour=6, minute=30)


def test_an_hourly_feed_that_runs_once_a_day_now_is_daily_after_three_runs() -> None:
    schedule = learned_schedule([*_HOURLY, *(_SINCE + timedelta(days=n) for n in (1, 2, 3))])

    assert schedule is not None
    assert (schedule.rhythm, schedule.at_minute) == (Rhythm.DAILY, 390)


@pytest.mark.parametrize("last", range(3, 20))
def test_an_hourly_feed_that_runs_on_business_days_now_stays_daily_over_weekends(last: int) -> None:
    days = [_SINCE + timedelta(days=n) for n in range(1, 40)]
    business = [day for day in days if day.weekday() < 5][:last]
    schedule = learned_schedule([*_HOURLY, *business])

    assert schedule is not None
    assert (schedule.rhythm, schedule.at_minute) == (Rhythm.DAILY, 390)


def test_a_daily_feed_that_runs_once_a_week_now_is_weekly_after_three_runs() -> None:
    days = [MONDAY + timedelta(days=n, hours=5) for n in range(28)]
    schedule = learned_schedule([*days, *(MONDAY + timedelta(days=30 + 7 * n, hours=5) for n in range(3))])

    assert schedule is not None
    assert (schedule.rhythm, schedule.weekdays) == (Rhythm.WEEKLY, frozenset({2}))


@pytest.mark.parametrize(
    "times",
    [
        # Two runs a day apart are one gap: a night, or an outage that is over.
        [*_HOURLY, *(_SINCE + timedelta(days=n) for n in (1, 2))],
        # An outage of three days in which somebody ran it by hand once a day.
        [*_HOURLY, *(_SINCE + timedelta(days=n, hours=3 * n, minutes=7 * n) for n in (1, 2, 3))],
        # The outage is over.
        [*_HOURLY, *(_SINCE + timedelta(days=n) for n in (1, 2, 3)), _SINCE + timedelta(days=3, hours=1)],
        # By day alone, with nights and a weekend between.
        [
            MONDAY + timedelta(days=day, hours=hour)
            for day in (0, 1, 2, 3, 4, 7)
            for hour in (range(8, 19) if day < 7 else [8])
        ],
    ],
)
def test_an_hourly_feed_with_long_gaps_is_still_hourly(times: list[datetime]) -> None:
    schedule = learned_schedule(times)

    assert schedule is not None
    assert (schedule.rhythm, schedule.every_minutes) == (Rhythm.INTERVAL, 60)


def test_a_feed_of_business_days_is_no_weekly_one_after_two_holidays() -> None:
    days = [MONDAY + timedelta(days=n, hours=6) for n in range(26) if n % 7 < 5]
    schedule = learned_schedule(
        [*days, MONDAY + timedelta(days=28, hours=6), MONDAY + timedelta(days=31, hours=6)]
    )

    assert schedule is not None
    assert schedule.rhythm is Rhythm.DAILY
