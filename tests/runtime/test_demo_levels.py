"""The failing source of the demo is heard, whatever levels training bought from the teams' budgets."""

from domain.ids import FeedName
from domain.watch.watching import WatchedFeed
from runtime.demo.feeds import loud
from tests.predictors.test_alerting import a_feed


def test_the_feeds_of_the_failing_source_speak_from_a_chance_that_it_reaches() -> None:
    watched = [
        WatchedFeed(a_feed(name), level, speaks=False)
        for name, level in (("feed_1", 0.95), ("feed_2", 0.1), ("feed_3", 0.95))
    ]

    levels = loud(watched, {FeedName("feed_1"), FeedName("feed_2")})

    assert [(level.feed, level.level, level.speaks) for level in levels] == [
        ("feed_1", 0.3, True),
        ("feed_2", 0.1, True),
    ]
