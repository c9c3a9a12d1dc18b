"""Which feeds may speak, and from which estimate: by budget, backtest, and how real alerts ended."""

from datetime import UTC, datetime, timedelta

import numpy as np

from domain.ids import FeedName, TeamId
from domain.running.feeds import Criticality, Feed, Rhythm, Schedule
from domain.watch.predictions import Verdict
from domain.watch.watching import Threshold, ToldAlert
from predictors.backtesting.backtest import Backtest
from predictors.backtesting.levels import Rules, thresholds_of

HOURS = 24 * 14
NAMES = [FeedName(name) for name in ("right", "wrong", "calm")]
FEEDS = [Feed(name, TeamId("t"), Schedule(Rhythm.INTERVAL)) for name in NAMES]
RULES = Rules({}, 10.0, 0.3, 1)
START = datetime(2026, 9, 1, tzinfo=UTC)


def _backtest() -> Backtest:
    told, true = np.full((3, HOURS), 0.001), np.zeros((3, HOURS))
    told[:2, [20, 80, 140, 200]] = 0.9
    true[0, [20, 80, 140]] = 1.0
    now = np.tile(START.timestamp() + np.arange(HOURS) * 3_600.0, 3)
    feed = np.repeat(np.arange(3, dtype=np.intp), HOURS)
    flat, rule = true.ravel(), np.full(3 * HOURS, 0.01)
    when = np.where(flat > 0, now + 600.0, np.nan)
    return Backtest(feed, now, told.ravel(), flat, when, rule, rule, float(now[HOURS // 2]))


def _alert(name: str, hour: float, outcome: Verdict, peak: float = 0.9) -> ToldAlert:
    opened = START + timedelta(hours=hour)
    return ToldAlert(FeedName(name), opened, opened + timedelta(minutes=50), outcome, peak)


def _levels(*told: ToldAlert, **before: float) -> dict[str, Threshold]:
    known = {FeedName(name): level for name, level in before.items()}
    found = thresholds_of(_backtest(), FEEDS, RULES, told=told, before=known)
    return {one.feed: one for one in found}


def test_a_feed_speaks_once_its_own_alerts_were_right_and_not_on_the_record_of_others() -> None:
    found = _levels()

    told = {name: (one.true, one.alerts, one.speaks) for name, one in found.items()}
    assert told == {"right": (3, 4, True), "wrong": (0, 4, False), "calm": (0, 0, False)}


def test_a_feed_whose_real_alerts_come_out_false_goes_back_into_shadow() -> None:
    false = [_alert("right", HOURS + 24.0 * day, Verdict.DID_NOT_HAPPEN) for day in range(4)]

    found = _levels(*false)["right"]

    assert (found.true, found.alerts, found.live_true, found.live_alerts) == (3, 8, 0, 4)
    assert not found.speaks


def test_real_alerts_that_were_right_let_a_feed_speak_that_the_backtest_would_not() -> None:
    right = [_alert("wrong", HOURS + 24.0 * day, Verdict.HAPPENED) for day in range(4)]

    assert _levels(*right)["wrong"].speaks


def test_what_was_prevented_or_expected_is_no_false_alarm() -> None:
    left_out = [
        _alert("right", HOURS + 24.0 * day, Verdict.PREVENTED if day % 2 else Verdict.EXPECTED)
        for day in range(6)
    ]

    assert _levels(*left_out)["right"] == _levels()["right"]


def test_a_real_alert_stands_for_the_one_that_the_backtest_would_have_raised() -> None:
    found = _levels(_alert("right", 199.5, Verdict.HAPPENED))["right"]

    assert (found.true, found.alerts, found.live_alerts) == (4, 4, 1)


def test_alerts_that_the_new_level_would_not_raise_say_nothing_against_it() -> None:
    weak = [_alert("right", HOURS + 24.0 * day, Verdict.DID_NOT_HAPPEN, peak=0.1) for day in range(6)]

    assert _levels(*weak)["right"].live_alerts == 0


def test_a_level_that_hardly_moves_stays_where_it_is() -> None:
    level = _levels()["right"].level

    assert _levels(right=1.05 * level)["right"].level == 1.05 * level
    assert _levels(right=2.0 * level)["right"].level == level


def test_critical_feeds_alert_earlier_than_others_of_their_team() -> None:
    feeds = [
        Feed(name, TeamId("t"), Schedule(Rhythm.INTERVAL), criticality)
        for name, criticality in zip(
            NAMES, (Criticality.NORMAL, Criticality.CRITICAL, Criticality.LOW), strict=True
        )
    ]

    normal, critical, low = (one.level for one in thresholds_of(_backtest(), feeds, RULES))

    assert critical < normal < low
