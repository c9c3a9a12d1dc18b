"""From when on a schedule holds that people have agreed on: what is due and not late yet moves along."""

from datetime import UTC, datetime

import pytest

from domain.running.feeds import Rhythm, Schedule, moved_from

HOURLY = Schedule(Rhythm.INTERVAL, every_minutes=60)
AT_0630, AT_1400, AT_0500 = (Schedule(Rhythm.DAILY, at_minute=minute) for minute in (390, 840, 300))
WEEKLY = Schedule(Rhythm.WEEKLY, at_minute=390, weekdays=frozenset({2}))


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "after", "begun", "now"),
    [
        (AT_0630, AT_1400, _at(9, 6, 30), _at(10, 6, 50)),
        (AT_0630, WEEKLY, _at(9, 6, 30), _at(10, 6, 50)),
        (AT_0630, Schedule(Rhythm.DAILY, at_minute=390, zone="America/New_York"), None, _at(10, 6, 59)),
    ],
)
def test_a_run_that_is_due_and_not_late_yet_moves_with_its_schedule(
    before: Schedule, after: Schedule, begun: datetime | None, now: datetime
) -> None:
    assert moved_from(before, after, begun, now) == _at(10, 6, 30)


def test_the_hours_of_a_feed_that_is_daily_from_now_on_are_owed_no_more() -> None:
    assert moved_from(HOURLY, AT_0630, _at(10, 9), _at(10, 10, 20)) == _at(10, 10)


@pytest.mark.parametrize(
    ("before", "after", "begun", "now"),
    [
        # The run of today has begun.
        (AT_0630, AT_1400, _at(10, 6, 28), _at(10, 6, 50)),
        # It is later than its grace: that it was missed was true.
        (AT_0630, AT_1400, _at(9, 6, 30), _at(10, 8)),
        # Nothing was due lately.
        (AT_0630, AT_1400, _at(9, 6, 30), _at(10, 4)),
        # By the new schedule too it should have come today.
        (AT_0630, AT_0500, _at(9, 6, 30), _at(10, 6, 50)),
        (AT_0630, HOURLY, _at(9, 6, 30), _at(10, 6, 50)),
    ],
)
def test_else_a_schedule_holds_from_when_it_was_agreed_on(
    before: Schedule, after: Schedule, begun: datetime | None, now: datetime
) -> None:
    assert moved_from(before, after, begun, now) == now
