"""Due times follow the wall clock, the schedule of the time, and the holidays of a place."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule, ScheduleChange
from predictors.known.due_times import due_times, is_holiday
from predictors.timeliness.deadlines import deadlines_of
from predictors.timeliness.punctuality import first_due_after

START = datetime(2025, 3, 20, tzinfo=UTC)
END = datetime(2025, 4, 10, tzinfo=UTC)


def a_feed(schedule: Schedule) -> Feed:
    return Feed(FeedName("fx"), TeamId("t"), schedule)


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(Rhythm.INTERVAL, every_minutes=15),
        Schedule(Rhythm.INTERVAL, every_minutes=60, at_minute=35),
        Schedule(Rhythm.INTERVAL, every_minutes=7),
        Schedule(Rhythm.DAILY, at_minute=390, zone="Europe/London"),
        Schedule(Rhythm.DAILY, at_minute=150, zone="Europe/Berlin", weekdays=frozenset(range(5))),
        Schedule(Rhythm.WEEKLY, at_minute=60, zone="Asia/Tokyo", weekdays=frozenset({2})),
        Schedule(Rhythm.MONTH_END, at_minute=1_300, zone="America/New_York"),
        Schedule(Rhythm.MONTHLY, at_minute=120, zone="Europe/Berlin", month_day=31),
        Schedule(Rhythm.MONTHLY, at_minute=30, zone="Asia/Tokyo", month_day=1),
    ],
)
def test_they_are_those_of_the_schedule_across_a_clock_change(schedule: Schedule) -> None:
    told = due_times(a_feed(schedule), START.timestamp(), END.timestamp())

    expected = list[float]()
    moment = schedule.next_due(START - timedelta(seconds=1))
    while moment < END:
        expected.append(moment.timestamp())
        moment = schedule.next_due(moment)
    assert told.tolist() == expected


def test_a_schedule_changed_yesterday_leaves_the_days_before_as_they_were() -> None:
    before = Schedule(Rhythm.DAILY, at_minute=360)
    at = datetime(2025, 4, 1, 12, tzinfo=UTC)
    feed = a_feed(Schedule(Rhythm.DAILY, at_minute=600))

    told = due_times(feed, START.timestamp(), END.timestamp(), [ScheduleChange(feed.name, at, before)])

    minutes = (told % 86_400) / 60
    assert set(minutes[told < at.timestamp()]) == {360.0}
    assert set(minutes[told >= at.timestamp()]) == {600.0}


def test_a_holiday_is_one_where_it_is_one() -> None:
    july_fourth = np.array([datetime(2025, 7, 4, 12, tzinfo=UTC).timestamp()])

    assert is_holiday("America/New_York", july_fourth).all()
    assert not is_holiday("Europe/London", july_fourth).any()
    assert not is_holiday("Antarctica/Troll", july_fourth).any()


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("Asia/Tokyo", datetime(2026, 11, 2, 15, tzinfo=UTC), datetime(2026, 11, 3, 15, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 12, 31, 15, tzinfo=UTC), datetime(2027, 1, 1, 15, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 26, 5, tzinfo=UTC), datetime(2026, 11, 27, 5, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 7, 3, 4, tzinfo=UTC), datetime(2026, 7, 5, 4, tzinfo=UTC)),
    ],
)
def test_a_holiday_lasts_from_midnight_to_midnight_of_its_own_place(
    zone: str, first: datetime, last: datetime
) -> None:
    second = timedelta(seconds=1)
    moments = [first - second, first, last - second, last]

    told = is_holiday(zone, np.array([moment.timestamp() for moment in moments]))

    assert told.tolist() == [False, True, True, False]


def test_a_feed_of_business_days_in_tokyo_rests_on_culture_day_and_not_on_the_day_after() -> None:
    feed = a_feed(Schedule(Rhythm.DAILY, at_minute=360, weekdays=frozenset(range(5)), zone="Asia/Tokyo"))
    tokyo = timezone(timedelta(hours=9))
    monday, wednesday = (datetime(2026, 11, day, 6, tzinfo=tokyo).timestamp() for day in (2, 4))

    assert first_due_after(feed, monday - 60.0, {}) == monday
    assert first_due_after(feed, monday, {}) == wednesday
    assert first_due_after(feed, wednesday - 60.0, {}) == wednesday


def test_a_promise_skips_the_holiday_of_a_place_whose_day_begins_before_noon_of_utc() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    schedule = Schedule(
        Rhythm.DAILY,
        at_minute=22 * 60,
        zone="Pacific/Auckland",
        weekdays=frozenset(range(5)),
        promised_minute=6 * 60,
    )
    due = datetime(2026, 10, 23, 22, tzinfo=auckland)  # Friday; Monday is Labour Day

    (by,) = deadlines_of(a_feed(schedule), np.array([due.timestamp()]), 0.0)

    assert datetime.fromtimestamp(float(by), auckland) == datetime(2026, 10, 27, 6, tzinfo=auckland)
