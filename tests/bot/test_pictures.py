"""Pictures for chats: each is drawn, readable on a phone, and survives names that look like formulas."""

import struct
from datetime import UTC, datetime, timedelta

from bot.pictures.charts import draw
from bot.pictures.orders import MOST_LANES, Chart, Order
from bot.presenters.watch import likely_card
from domain.watch.feed_health import Light, ScoreRow, TimelineEntry

NOW = datetime(2026, 11, 22, 5, 45, tzinfo=UTC)


def _entry(feed: str, minutes: int, **facts: object) -> TimelineEntry:
    told = {"probability": 0.4, "state": Light.YELLOW, "team": "desk", "criticality": "high"}
    return TimelineEntry.model_validate(told | {"feed": feed, "at": NOW + timedelta(minutes=minutes)} | facts)


def _size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_the_hours_ahead_have_a_lane_for_each_feed() -> None:
    finish = {"finish_early": NOW + timedelta(minutes=20), "finish_late": NOW + timedelta(minutes=70)}
    few = (
        _entry("fx_trades", 45, **finish),
        _entry("late$now$_a_very_long_name_of_a_feed", 0, state=Light.RED),
    )
    many = tuple(_entry(f"feed_{n}", 30 * n) for n in range(MOST_LANES))

    drawn = [draw(Order(chart=Chart.AHEAD, ahead=some, now=NOW)) for some in (few, many, ())]

    widths, heights = zip(*(_size(one) for one in drawn), strict=True)
    assert set(widths) == {896}
    assert heights[1] > heights[0] >= heights[2]


def test_a_reliability_diagram_is_as_wide_as_the_others() -> None:
    row = ScoreRow(scope="all feeds", reliability=((0.02, 0.03, 400), (0.4, 0.38, 20)))

    assert _size(draw(Order(chart=Chart.RELIABILITY, row=row)))[0] == 896


def test_what_will_break_says_in_words_what_its_picture_shows() -> None:
    card = likely_card([_entry("fx_trades", 0), _entry("positions", 45)], NOW, "/pictures/a.png")

    assert card.picture is not None
    assert card.picture.alternative == "The next hours: fx_trades now, positions at 06:30 UTC"
    assert likely_card([_entry("fx_trades", 0)], NOW).picture is None


def test_a_day_that_no_estimate_reaches_is_not_answered_with_the_next_hours_alone() -> None:
    for timeline in ([], [_entry("fx_trades", 0)]):
        card = likely_card(timeline, NOW, beyond="tomorrow")
        assert card.lead.startswith("My estimates reach 8 hours ahead, not to *tomorrow*.")
        assert "not to tomorrow." in card.plain
