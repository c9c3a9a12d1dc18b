"""Until when something is to last is read as people say it, by the wall clock of a zone."""

from datetime import UTC, datetime

import pytest

from domain.clock.until_words import said_until

SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("for 3 hours", "22 15:00"),
        ("for 90 min, deploy", "22 13:30"),
        ("for half an hour", "22 12:30"),
        ("for the next two days", "24 12:00"),
        ("for 1.5 h", "22 13:30"),
        ("2h please", "22 14:00"),
        ("for an hour", "22 13:00"),
        ("until 18:00", "22 18:00"),
        ("til 6", "22 18:00"),
        ("until 11", "22 23:00"),
        ("until 9am", "23 09:00"),
        ("until monday", "23 00:00"),
        ("until sunday", "29 00:00"),
        ("through monday", "24 00:00"),
        ("until monday 8:30", "23 08:30"),
        ("until monday at 6", "23 06:00"),
        ("until friday 6pm", "27 18:00"),
        ("till tomorrow", "23 00:00"),
        ("until tomorrow morning", "23 08:00"),
        ("until noon", "23 12:00"),
        ("until the evening", "22 18:00"),
        ("until 24 nov", "24 00:00"),
        ("until november 24th 10:00", "24 10:00"),
        ("until 2026-11-25", "25 00:00"),
        ("overnight", "23 08:00"),
        ("over the weekend", "23 00:00"),
        ("today", "23 00:00"),
        ("until end of day", "23 00:00"),
        ("until next week", "23 00:00"),
        ("until the end of the month", "01 00:00"),
    ],
)
def test_an_end_is_read_by_the_clock_of_the_house(text: str, until: str) -> None:
    found = said_until(text, SUNDAY)

    assert found is not None
    assert f"{found:%d %H:%M}" == until


@pytest.mark.parametrize(
    "text",
    ["", "for ben", "until fx_rates is done", "for friday's release", "3 hours ago", "until 31 feb",
     "because it takes 3 hours", "for the deploy at 18:00", "until the deploy is over", "for 0 hours",
     "until 2026-11-01", "until 2026-02-31", "until 99:99", "until " * 200],
)  # fmt: skip
def test_what_names_no_end_has_none(text: str) -> None:
    assert said_until(text, SUNDAY) is None


def test_an_end_is_meant_by_the_zone_that_is_given() -> None:
    found = said_until("until 18:00", SUNDAY, "America/New_York")

    assert found == datetime(2026, 11, 22, 23, tzinfo=UTC)
