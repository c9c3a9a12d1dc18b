"""The promotion log says who moved, from what, to what, and why."""

from datetime import UTC, datetime

from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.watch.promotions import promotions
from domain.watch.watching import Threshold, WatchedFeed

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHY = (
    "5 of the 9 alerts of the tested time pass, 5 may; missing a normal feed costs as much as 3 false alarms"
)


def _before(name: str, level: float, *, speaks: bool) -> WatchedFeed:
    return WatchedFeed(Feed(FeedName(name), TeamId("desk"), Schedule(Rhythm.INTERVAL)), level, speaks)


def _after(name: str, level: float, *, speaks: bool, **counts: float) -> Threshold:
    return Threshold(FeedName(name), TeamId("desk"), level, speaks=speaks, why=WHY, **counts)  # type: ignore[arg-type]


def _lines(before: WatchedFeed, after: Threshold) -> list[tuple[str, str, str]]:
    found = promotions({before.feed.name: before}, [after], NOW)
    return [(line.kind, line.subject, line.sentence) for line in found]


def test_a_feed_that_leaves_shadow_is_told_with_its_counts() -> None:
    after = _after("fx", 0.31, speaks=True, true=7, alerts=9, live_true=3, live_alerts=4, share=0.7)

    assert _lines(_before("fx", 0.31, speaks=False), after) == [
        (
            "feed",
            "fx",
            "fx of desk moved from shadow to people, from 31.0% on: 7 of its 9 alerts were right"
            " (3 of 4 real ones, 4 of 5 in the backtest); with those of all feeds that counts as 70%.",
        )
    ]


def test_a_feed_that_goes_back_into_shadow_is_told_too() -> None:
    after = _after("fx", 0.31, speaks=False, true=0, alerts=4, live_true=0, live_alerts=4, share=0.2)

    ((_, _, sentence),) = _lines(_before("fx", 0.31, speaks=True), after)

    assert "moved from people back to shadow" in sentence
    assert "0 of its 4 alerts were right, all of them real ones" in sentence


def test_a_feed_without_an_alert_at_its_new_level_has_no_counts() -> None:
    after = _after("fx", 0.9, speaks=False, true=0, alerts=0, share=0.5)

    ((_, _, sentence), _) = _lines(_before("fx", 0.3, speaks=True), after)

    assert "from 90.0% on: no alert of its own reached that level; with those" in sentence


def test_levels_that_move_are_one_line_a_team() -> None:
    before = {FeedName(f"f{n}"): _before(f"f{n}", 0.3, speaks=True) for n in range(6)}
    after = [_after(f"f{n}", 0.3 + n / 100, speaks=True, true=1, alerts=2, share=0.5) for n in range(6)]

    (line,) = promotions(before, after, NOW)

    assert (line.kind, line.subject) == ("level", "desk")
    assert line.sentence == (
        "Alert levels of desk moved: f5 from 30.0% to 35.0%, f4 from 30.0% to 34.0%, f3 from 30.0% to 33.0%"
        f" and 2 more. Why: {WHY}."
    )


def test_nothing_that_stays_is_told() -> None:
    after = _after("fx", 0.31, speaks=True, true=7, alerts=9, share=0.7)

    assert _lines(_before("fx", 0.31, speaks=True), after) == []
