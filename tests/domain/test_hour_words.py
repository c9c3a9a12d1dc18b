"""Hours that are over are read by a wall clock, and what can mean two is said."""

from datetime import UTC, datetime

import pytest

from domain.clock.day_words import said_window
from domain.clock.hour_words import past_time, without

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("yesterday at 3", "24 Nov 03:00 UTC"),
        ("yesterday at 3pm", "24 Nov 15:00 UTC"),
        ("between 02:00 and 03:00", "25 Nov 02:00 to 03:00 UTC"),
        ("between 2 and 3pm yesterday", "24 Nov 14:00 to 15:00 UTC"),
        ("from 11pm to 1am", "24 Nov 23:00 to 25 Nov 01:00 UTC"),
        ("between 11 and 1 am", "24 Nov 23:00 to 25 Nov 01:00 UTC"),
        ("from 9 to 17:00 on friday", "20 Nov 09:00 to 17:00 UTC"),
        ("last night", "24 Nov 18:00 to 25 Nov 08:00 UTC"),
        ("last night at 3", "25 Nov 03:00 UTC"),
        ("last night at 11", "24 Nov 23:00 UTC"),
        ("on Monday", "23 Nov 00:00 to 24 Nov 00:00 UTC"),
        ("on monday night at 2", "24 Nov 02:00 UTC"),
        ("yesterday afternoon at 4", "24 Nov 16:00 UTC"),
        ("this morning", "since 25 Nov 00:00 UTC"),
        ("at 3 in the morning", "25 Nov 03:00 UTC"),
        ("at 23:00", "24 Nov 23:00 UTC"),
        ("since yesterday 15:00", "since 24 Nov 15:00 UTC"),
        ("before 06:00", "25 Nov 05:00 to 06:00 UTC"),
        ("two hours ago", "25 Nov 10:00 UTC"),
        ("in the last 2 hours", "since 25 Nov 10:00 UTC"),
        ("24 Nov 06:30", "24 Nov 06:30 UTC"),
        ("on Nov 3rd at noon", "03 Nov 12:00 UTC"),
        ("on 3 May between 2 and 3", "03 May 02:00 to 03:00 UTC"),
        ("on 2025-11-03 at 14:00", "03 Nov 2025 14:00 UTC"),
        ("2026-11-24 14:00:05.123", "24 Nov 14:00 UTC"),
        ("2026-11-24T14:00:05+02:00", "24 Nov 12:00 UTC"),
        ("last week", "16 Nov 00:00 to 23 Nov 00:00 UTC"),
        ("gestern um 15 Uhr", "24 Nov 15:00 UTC"),
    ],
)
def test_past_hours_are_read_from_words(said: str, words: str) -> None:
    text = f"why was pay slow {said}?"
    found = past_time(text, NOW)

    assert found is not None
    assert found.words == words
    assert without(text, found.said).rstrip("? ").removesuffix(" on") == "why was pay slow"


@pytest.mark.parametrize(
    "said",
    [
        *("", "today", "since yesterday", "in the last 3 days", "this evening", "at 25:00"),
        *("at 3 of 5 nodes", "in v1.30", "at 10.0.0.1", "morning-load", "at step 3 may fail", "at 15 %"),
        *("with its cpu at 12", "since we scaled from 2 to 3", "and down by 5 today", "at 3 once"),
        *("from 10 to 20 percent", "between 2 and 3 seconds", "tomorrow at 3"),
    ],
)
def test_what_names_no_past_hours_is_about_now(said: str) -> None:
    assert past_time(f"why is pay slow {said}?", NOW) is None


def test_an_hour_that_can_mean_two_is_the_last_one_or_that_of_the_long_clock_and_the_other_is_said() -> None:
    of_day, last = past_time("yesterday at 3", NOW), past_time("at 3", NOW.replace(hour=16))

    assert of_day is not None
    assert last is not None
    assert of_day.doubts == ("read as 03:00; for 15:00 say 15:00",)
    assert [one.words for one in of_day.others] == ["24 Nov 15:00 UTC"]
    assert (last.words, last.doubts) == ("25 Nov 15:00 UTC", ("read as 15:00; for 03:00 say 03:00",))


def test_the_clock_is_that_of_the_zone_or_of_the_one_that_is_said() -> None:
    tokyo = past_time("yesterday at 15:00", NOW, "Asia/Tokyo")
    paris = past_time("yesterday at 15:00 europe/paris", NOW, "Asia/Tokyo")

    assert tokyo is not None
    assert paris is not None
    assert (tokyo.at, tokyo.words) == (datetime(2026, 11, 24, 6, tzinfo=UTC), "24 Nov 15:00 Asia/Tokyo")
    assert (paris.at, paris.zone) == (datetime(2026, 11, 24, 14, tzinfo=UTC), "Europe/Paris")


def test_hours_that_clocks_showed_twice_are_both_looked_at_and_one_that_none_showed_is_said() -> None:
    twice = past_time("at 01:30", datetime(2026, 10, 25, 9, tzinfo=UTC), "Europe/London")
    never = past_time("at 02:30", datetime(2026, 3, 29, 9, tzinfo=UTC), "Europe/Berlin")

    assert twice is not None
    assert never is not None
    assert (twice.since, twice.until) == (
        datetime(2026, 10, 25, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 2, tzinfo=UTC),
    )
    assert twice.doubts == ("01:30 came twice, as clocks went back; I look at both",)
    assert (never.at, never.words) == (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "29 Mar 03:30 Europe/Berlin")
    assert never.doubts == ("no clock showed 02:30, as clocks went forward",)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Adak"])
@pytest.mark.parametrize(
    "day", ["9999-12-31", "0001-01-01", "0001-01-01T00:00", "9999-12-31 at 23:59", "january 0000"]
)
def test_a_day_at_the_edge_of_the_calendar_breaks_nothing(day: str, zone: str) -> None:
    asked = f"why was checkout slow on {day}?"

    for found in (past_time(asked, NOW, zone), said_window(asked, NOW, zone)):
        assert found is None or found.since < NOW
