"""Readings of resources are heard in any order, and nothing said of one depends on a later one."""

from datetime import UTC, datetime, timedelta

import numpy as np

from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.readings import Reading, Sign
from predictors.known.falling import hours_to_zero
from predictors.known.signals import (
    COLUMNS,
    are_sensed,
    known_signals,
    no_signals,
    signal_columns,
    signals_of,
)

START = datetime(2026, 3, 2, tzinfo=UTC)
FEED = Feed(
    FeedName("fx"),
    TeamId("t"),
    Schedule(Rhythm.INTERVAL, every_minutes=60),
    source="bank",
    pool="blue",
    databases=("gold",),
)


def readings(minutes: int = 10, seed: int = 3) -> list[Reading]:
    """A day in which the source becomes four times slower at 20:00 and the database fills from 12:00 on."""
    random = np.random.default_rng(seed)
    told = []
    for step in range(1_440 // minutes):
        when, passed = START + timedelta(minutes=minutes * step), minutes * step
        slow = 4.0 if passed >= 1_200 else 1.0
        told.append(Reading("bank", Sign.RESPONSE, when, float(0.5 * slow * random.normal(1.0, 0.05))))
        told.append(Reading("gold", Sign.FREE, when, 0.5 - max(passed - 720, 0) * 0.0005))
    return told


def heard(at: datetime, given: list[Reading]) -> dict[str, float]:
    columns = signal_columns(
        signals_of(given), [FEED], np.zeros(1, dtype=np.intp), np.array([at.timestamp()])
    )
    return {name: float(values[0]) for name, values in columns.items()}


def test_a_slow_source_and_a_database_that_fills_up_are_heard_with_age_and_time_left() -> None:
    at = START + timedelta(hours=23, minutes=55)

    told = heard(at, readings())

    assert 1.2 < told["response"] < 1.6
    assert 3.0 < np.expm1(told["response_age"]) / 6.0 < 4.2
    assert 3.0 < 1.0 / told["free_hours"] - 0.5 < 6.0


def test_order_and_repetition_do_not_matter() -> None:
    at = START + timedelta(hours=22)
    shuffled = [readings()[place] for place in np.random.default_rng(1).permutation(288)]

    assert heard(at, shuffled + shuffled[:50]) == heard(at, readings())


def test_what_is_said_now_does_not_change_when_the_future_is_known() -> None:
    at = START + timedelta(hours=21)
    past = [one for one in readings() if one.seen_at <= at]

    assert heard(at, past) == heard(at, readings())
    cut = known_signals(signals_of(readings()), at.timestamp())
    assert np.array_equal(cut.level, signals_of(past).level)


def test_stale_readings_and_resources_without_any_say_nothing() -> None:
    late = START + timedelta(days=3)

    assert heard(late, readings())["response"] == 0.0
    assert heard(START + timedelta(hours=1), readings())["queue"] == 0.0
    columns = signal_columns(no_signals(), [FEED], np.zeros(1, dtype=np.intp), np.zeros(1))
    assert set(columns) == set(COLUMNS)


def test_values_that_are_no_numbers_are_left_out() -> None:
    at = START + timedelta(hours=22)
    spoilt = [*readings(), Reading("bank", Sign.RESPONSE, at - timedelta(minutes=1), float("nan"))]

    assert heard(at, spoilt) == heard(at, readings())


def a_fall(begin: int, hours: float, count: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Free space that stays at a half and then falls to nothing in a line, with a little noise."""
    moments = np.arange(count) * 600.0
    fallen = np.clip((np.arange(count) - begin) / (6.0 * hours), 0.0, 1.0)
    noise = np.random.default_rng(2).normal(0.0, 0.002, count)
    return moments, np.clip(0.5 * (1.0 - fallen) + noise, 0.0, 1.0)


def test_a_fall_is_drawn_out_to_its_end_the_surer_the_longer_it_lasts() -> None:
    moments, values = a_fall(100, 30.0)

    told = hours_to_zero(moments, values)

    assert (told[:95] > 24.0).mean() > 0.95
    for reading in (150, 200, 250):
        assert abs(told[reading] - (100 + 180 - reading) / 6.0) < 0.6


def test_free_space_that_is_gone_is_gone_and_what_was_cleared_falls_no_more() -> None:
    moments, values = a_fall(20, 10.0, 120)
    cleared = np.r_[values[:70], values[:50]]

    assert hours_to_zero(moments, values)[-1] == 0.0
    assert hours_to_zero(moments, cleared)[75] > 24.0


def test_a_fall_is_not_told_from_what_comes_later() -> None:
    moments, values = a_fall(100, 20.0)

    assert np.allclose(hours_to_zero(moments[:160], values[:160]), hours_to_zero(moments, values)[:160])


def test_twice_as_many_readings_tell_the_same_of_a_slow_source_and_a_fall() -> None:
    both = (readings(minutes=5, seed=4), readings())
    often, seldom = (heard(START + timedelta(hours=21, minutes=2), one) for one in both)

    assert abs(often["response"] - seldom["response"]) < 0.2
    assert abs(often["response_step"] - seldom["response_step"]) < 0.2
    assert abs(often["free_hours"] - seldom["free_hours"]) < 0.01


def test_the_first_reading_after_a_start_counts_once_it_is_known() -> None:
    signals = signals_of(readings())
    begun = np.array([(START + timedelta(hours=19, minutes=55)).timestamp()])
    feed = np.zeros(1, dtype=np.intp)

    soon = signal_columns(signals, [FEED], feed, begun, begun + 60.0)["response"][0]
    later = signal_columns(signals, [FEED], feed, begun, begun + 3_600.0)["response"][0]

    assert abs(soon) < 0.3
    assert later > 1.2


def test_the_last_minutes_of_a_slow_fall_are_told_by_its_line() -> None:
    moments, values = a_fall(60, 40.0, 320)

    told = hours_to_zero(moments, values)

    # 300 is the end; half an hour before it less than a hundredth is left.
    assert values[297] < 0.01
    assert abs(told[297] - 0.5) < 0.15
    assert told[315] < 0.1


def test_changes_of_feeds_alone_are_no_reading_of_what_they_use() -> None:
    changes = [Reading("fx", Sign.CHANGE, START + timedelta(hours=hour), 1.0) for hour in range(3)]
    both = signals_of([*changes, Reading("bank", Sign.REFUSED, START + timedelta(hours=2), 0.1)])

    assert not are_sensed(None)
    assert not are_sensed(no_signals())
    assert not are_sensed(signals_of(changes))
    assert are_sensed(both)
    # What is read only after the cut teaches nothing.
    assert not are_sensed(known_signals(both, (START + timedelta(hours=1)).timestamp()))
