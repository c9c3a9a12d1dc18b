"""Change windows on people's own clocks: inside, outside, over midnight, and when clocks are moved."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.approval.policy import parse_policy
from domain.clock.windows import Window, is_open, next_opening
from domain.errors import BadInput

BERLIN = Window(days=("sat", "sun", "mon"), opens="02:30", closes="04:00", time_zone="Europe/Berlin")
NIGHT = Window(days=("fri",), opens="22:00", closes="04:00", time_zone="UTC")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.proves("A13")
def test_no_window_means_always() -> None:
    assert is_open((), utc("2026-11-22 12:00"))
    assert next_opening((), utc("2026-11-22 12:00")) == utc("2026-11-22 12:00")


@pytest.mark.proves("A13")
@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-11-20 21:59", False),
        ("2026-11-20 22:00", True),
        ("2026-11-21 03:59", True),
        ("2026-11-21 04:00", False),
        ("2026-11-21 23:00", False),
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens(moment: str, open_: bool) -> None:
    assert is_open((NIGHT,), utc(moment)) is open_


@pytest.mark.proves("A13")
def test_the_wall_clock_counts_when_clocks_go_forward() -> None:
    # On 29 March 2026, Berlin goes from 02:00 to 03:00: half past two does not exist, four o'clock does.
    before = next_opening((BERLIN,), utc("2026-03-28 12:00"))

    assert before is not None
    assert not is_open((BERLIN,), utc("2026-03-29 02:00"))  # 04:00 on the wall
    assert is_open((BERLIN,), utc("2026-03-29 01:45"))  # 03:45 on the wall
    assert is_open((BERLIN,), utc("2026-03-30 01:00"))  # 03:00 on the wall, summer time
    assert not is_open((BERLIN,), utc("2026-03-30 02:30"))


@pytest.mark.proves("A13")
def test_the_wall_clock_counts_when_clocks_go_back() -> None:
    # On 25 October 2026, Berlin goes from 03:00 to 02:00, so four o'clock comes an hour later in UTC.
    assert is_open((BERLIN,), utc("2026-10-24 01:30"))
    assert not is_open((BERLIN,), utc("2026-10-24 02:30"))
    assert is_open((BERLIN,), utc("2026-10-25 02:30"))
    assert not is_open((BERLIN,), utc("2026-10-25 03:00"))


@pytest.mark.proves("A13")
def test_the_next_opening_is_found_and_none_is_said_when_none_comes() -> None:
    never = Window(days=(), opens="10:00", closes="11:00")

    assert next_opening((NIGHT,), utc("2026-11-21 05:00")) == utc("2026-11-27 22:00")
    assert next_opening((never,), utc("2026-11-21 05:00")) is None
    inside = utc("2026-11-20 23:00")
    assert next_opening((NIGHT,), inside) == inside
    assert next_opening((NIGHT,), inside + timedelta(hours=6)) == utc("2026-11-27 22:00")


@pytest.mark.proves("A6")
@pytest.mark.parametrize(
    "window",
    [
        {"opens": "25:00", "closes": "04:00"},
        {"opens": "10:00", "closes": "11:00", "days": ["someday"]},
        {"opens": "10:00", "closes": "11:00", "time_zone": "Europe/Atlantis"},
    ],
)
def test_a_window_that_means_nothing_makes_the_policy_invalid(window: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        parse_policy({"rules": [{"id": "r", "windows": [window]}]})
