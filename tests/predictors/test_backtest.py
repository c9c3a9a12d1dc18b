"""Which feeds may speak after a backtest: those whose own alerts were right at least once."""

import numpy as np

from domain.feeds import Feed, Rhythm, Schedule
from domain.ids import FeedName, TeamId
from predictors.backtest import Backtest, thresholds_of

HOURS = 24 * 14
FEEDS = [Feed(FeedName(name), TeamId("t"), Schedule(Rhythm.INTERVAL)) for name in ("right", "wrong", "calm")]


def _backtest() -> Backtest:
    told, true = np.full((3, HOURS), 0.001), np.zeros((3, HOURS))
    told[:2, [20, 80, 140, 200]] = 0.9
    true[0, [20, 80, 140]] = 1.0
    now = np.tile(np.arange(HOURS) * 3_600.0, 3)
    feed = np.repeat(np.arange(3, dtype=np.intp), HOURS)
    flat = true.ravel()
    when = np.where(flat > 0, now + 600.0, np.nan)
    return Backtest(feed, now, told.ravel(), flat, when, 0.1, 0.1, 0.0, 0.0)


def test_a_feed_speaks_once_its_own_alerts_were_right_and_not_on_the_record_of_others() -> None:
    levels = thresholds_of(_backtest(), FEEDS, a_week={}, usual_a_week=10.0, bar=0.3, least=1)

    told = {one.feed: (one.true, one.alerts, one.speaks) for one in levels}
    assert told == {"right": (3, 4, True), "wrong": (0, 4, False), "calm": (0, 0, False)}
