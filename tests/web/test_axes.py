"""Axes of the pages' pictures: round numbers up, whole days or hours of the feed's zone along."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from web.pages.axes import HEIGHT, LEFT, RIGHT, TOP, WIDTH, Frame

BEGUN = datetime(2026, 3, 1, 10, 40, tzinfo=UTC)


def ticks(frame: Frame, zone: str = "UTC") -> list[str]:
    return re.findall(r'<text class="tick[^"]*"[^>]*>([^<]*)</text>', "".join(frame.axes("minutes", zone)))[
        2:
    ]


@pytest.mark.parametrize(
    ("most", "said"),
    [
        (0.0, "0"),
        (0.9, "0 0.2 0.4 0.6 0.8 1"),
        (83.0, "0 20 40 60 80 100"),
        (100.0, "0 20 40 60 80 100"),
        (1_132.0, "0 200 400 600 800 1,000 1,200"),
        (9_600.0, "0 2 k 4 k 6 k 8 k 10 k"),
        (2.4e6, "0 0.5 M 1 M 1.5 M 2 M 2.5 M"),
    ],
)
def test_numbers_beside_a_picture_are_round_and_reach_over_everything(most: float, said: str) -> None:
    frame = Frame(BEGUN, BEGUN + timedelta(days=30), most)
    written = [tick for tick in ticks(frame) if not re.search(r"[A-Z][a-z]{2}$", tick)]
    assert " ".join(written).startswith(said)
    assert frame.y(most) >= TOP


@pytest.mark.parametrize(
    ("lasts", "zone", "said"),
    [
        (timedelta(days=30), "UTC", ["08 Mar", "15 Mar", "22 Mar", "29 Mar"]),
        (timedelta(hours=5), "Asia/Kolkata", ["17:00", "18:00", "19:00", "20:00", "21:00"]),
        (timedelta(days=34), "America/New_York", ["08 Mar", "15 Mar", "22 Mar", "29 Mar"]),
        (timedelta(0), "UTC", []),
    ],
)
def test_moments_below_a_picture_are_whole_by_the_clock_of_the_zone(
    lasts: timedelta, zone: str, said: list[str]
) -> None:
    frame = Frame(BEGUN, BEGUN + lasts, 100.0)
    assert [tick for tick in ticks(frame, zone) if re.search(r"[A-Z:]", tick)] == said
    assert frame.x(BEGUN) == LEFT
    assert frame.x(BEGUN + lasts) in (LEFT, WIDTH - RIGHT)
    assert frame.y(100.0) == TOP
    assert frame.y(0.0) < HEIGHT
