"""Days and hours that people say are read by the wall clock of a zone."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.clock.day_words import hours_ahead, later_day, said_window

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("and yesterday?", "2026-11-24T00:00", "2026-11-25T00:00"),
        ("what failed last night", "2026-11-24T18:00", "2026-11-25T08:00"),
        ("since monday", "2026-11-23T00:00", "2026-11-25T12:00"),
        ("on friday", "2026-11-20T00:00", "2026-11-21T00:00"),
        ("in the last 3 days", "2026-11-22T12:00", "2026-11-25T12:00"),
        ("last week", "2026-11-16T00:00", "2026-11-23T00:00"),
        ("on 2026-11-03", "2026-11-03T00:00", "2026-11-04T00:00"),
        ("was gestern los", "2026-11-24T00:00", "2026-11-25T00:00"),
        ("this month", "2026-11-01T00:00", "2026-11-25T12:00"),
        ("in the last month", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("last quarter", "2026-07-01T00:00", "2026-10-01T00:00"),
        ("this year", "2026-01-01T00:00", "2026-11-25T12:00"),
        ("last year", "2025-01-01T00:00", "2026-01-01T00:00"),
        ("over the last 2 months", "2026-09-26T12:00", "2026-11-25T12:00"),
        ("what went wrong over the weekend?", "2026-11-21T00:00", "2026-11-23T00:00"),
        ("what failed since the weekend?", "2026-11-21T00:00", "2026-11-25T12:00"),
        ("what failed in october?", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("in dec", "2025-12-01T00:00", "2026-01-01T00:00"),
        ("since may 2025", "2025-05-01T00:00", "2026-11-25T12:00"),
    ],
)
def test_a_span_is_read_from_words(text: str, since: str, until: str) -> None:
    found = said_window(text, NOW)

    assert found is not None
    assert (f"{found.since:%Y-%m-%dT%H:%M}", f"{found.until:%Y-%m-%dT%H:%M}") == (since, until)


def test_a_day_is_that_of_the_zone_and_none_is_read_where_none_is_said() -> None:
    found = said_window("today", NOW, "Asia/Tokyo")

    assert found is not None
    assert found.since == datetime(2026, 11, 24, 15, tzinfo=UTC)
    assert said_window("is fx_trades late", NOW) is None
    assert said_window("on 2026-13-45", NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        "step 3 may fail",
        "the file that we wait for may be late",
        "failures in the last quarter of an hour",
        "what may fail on the weekend",
        "what will break over the weekend?",
        "this weekend",
        "in may 2031",
        "march on",
        "next month",
        "in decline",
        "a monthly feed",
        "last may it be",
    ],
)
def test_what_sounds_like_a_month_and_names_none_is_no_span(text: str) -> None:
    assert said_window(text, NOW) is None


def test_a_month_begins_by_the_clock_of_the_zone_across_a_change_of_the_clocks() -> None:
    found = said_window("last month", NOW, "Europe/Berlin")

    assert found is not None
    assert found.since == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert found.until == datetime(2026, 10, 31, 23, tzinfo=UTC)


def test_how_far_ahead_is_read_from_words() -> None:
    assert hours_ahead("what will break in the next hour") == timedelta(hours=1)
    assert hours_ahead("what will fail within 90 minutes") == timedelta(minutes=90)
    assert hours_ahead("what will break") is None
    assert later_day("What will break Tomorrow?") == "tomorrow"
    assert later_day("what may fail on the weekend") == "the weekend"
    assert later_day("what will break in the next two hours") == ""


def test_the_last_weekend_is_the_one_that_is_over() -> None:
    sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)
    last, this = said_window("last weekend", sunday), said_window("on the weekend", sunday)

    assert last is not None
    assert this is not None
    assert (last.since.day, this.since.day) == (14, 21)
