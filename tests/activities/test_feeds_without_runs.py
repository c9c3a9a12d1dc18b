"""A feed that has not run yet is not called fine."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.feed_lights import health_of
from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.watch.feed_health import Light, RunPoint
from domain.watch.predictions import Prediction, SuchMornings
from domain.watch.watching import Estimate, WatchedFeed

NOW = datetime(2026, 11, 22, 5, 45, tzinfo=UTC)


def an_estimate(last: RunPoint | None = None, due_at: datetime | None = None) -> Estimate:
    feed = Feed(FeedName("fx_trades"), TeamId("desk"), Schedule(Rhythm.DAILY, at_minute=390))
    told = Prediction(feed.name, NOW, ((60, 0.02),), None, (), SuchMornings(0, 0), "m1", due_at)
    return Estimate(WatchedFeed(feed, 0.3, True), told, last, None, None, None, None)


@pytest.mark.parametrize(
    ("due_in", "why"),
    [(None, "no runs yet"), (45, "no runs yet; the first is due at 22 Nov 06:30 UTC")],
)
def test_a_feed_that_was_just_merged_is_not_called_fine(due_in: int | None, why: str) -> None:
    due = None if due_in is None else NOW + timedelta(minutes=due_in)

    seen = health_of(an_estimate(due_at=due), None, NOW)

    assert (seen.state, seen.why, seen.has_not_run) == (Light.GREY, why, True)


def test_its_first_good_run_makes_it_green() -> None:
    run = RunPoint(run="r1", outcome="ok", finished_at=NOW)

    assert health_of(an_estimate(run), None, NOW).state is Light.GREEN
