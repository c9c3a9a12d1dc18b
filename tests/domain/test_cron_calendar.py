"""A configured schedule becomes the calendar that the watch goes by."""

import pytest

from domain.running.cron_calendar import configured_calendar, promised_calendar
from domain.running.feeds import UNKNOWN_SCHEDULE, Rhythm, Schedule


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*/15 * * * * UTC", Schedule(Rhythm.INTERVAL, every_minutes=15)),
        ("35 * * * *", Schedule(Rhythm.INTERVAL, every_minutes=60, at_minute=35)),
        ("0 */4 * * * UTC", Schedule(Rhythm.INTERVAL, every_minutes=240)),
        ("0 */8 * * * Asia/Singapore", Schedule(Rhythm.INTERVAL, every_minutes=480, zone="Asia/Singapore")),
        ("5 * * * * Europe/Berlin", Schedule(Rhythm.INTERVAL, at_minute=5, zone="Europe/Berlin")),
        (
            "30 6 * * 1-5 Europe/Zurich",
            Schedule(Rhythm.DAILY, at_minute=390, weekdays=frozenset(range(5)), zone="Europe/Zurich"),
        ),
        ("0 22 * * *", Schedule(Rhythm.DAILY, at_minute=1_320)),
        ("0 5 * * SUN", Schedule(Rhythm.WEEKLY, at_minute=300, weekdays=frozenset({6}))),
        ("0 2 1 * *", Schedule(Rhythm.MONTHLY, at_minute=120, month_day=1)),
        ("15 23 L * *", Schedule(Rhythm.MONTH_END, at_minute=1_395)),
    ],
)
def test_five_cron_fields_and_a_zone_are_a_calendar(text: str, expected: Schedule) -> None:
    assert configured_calendar(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "on arrival",
        "",
        "0 6 1,15 * *",
        "0 6 1 * MON",
        "0 6 32 * *",
        "0 6 * 12 *",
        "0 6,18 * * *",
        "99 6 * * *",
        "*/15 * * * 1-5",
        "0 25 * * *",
        "0 */6 * * * Europe/Berlin",
        "0 */5 * * * UTC",
        "*/7 * * * *",
        "15 * * * * Asia/Kolkata",
        "0 */6 * * * Nowhere/Land",
    ],
)
def test_what_can_not_be_told_is_left_to_the_runs(text: str) -> None:
    assert configured_calendar(text) is None


def test_a_promise_is_that_of_the_configuration_and_goes_with_it() -> None:
    daily = Schedule(Rhythm.DAILY, at_minute=390, zone="UTC")

    promised = promised_calendar(daily, "07:15 Europe/Berlin")

    assert (promised.promised_minute, promised.promised_zone) == (435, "Europe/Berlin")
    assert promised_calendar(promised, "") == daily
    assert promised_calendar(UNKNOWN_SCHEDULE, "07:15 UTC") == UNKNOWN_SCHEDULE
