"""The budget of a team buys the cards that save most, counted as people would get them."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.ids import FeedName, TeamId
from domain.running.feeds import Criticality, Feed, Rhythm, Schedule
from predictors.backtesting.backtest import Backtest
from predictors.backtesting.card_budget import Outside, Shared, TeamHours, cut_of, hours_of, standing
from predictors.backtesting.levels import Rules, thresholds_of

NORMAL, CRITICAL = Criticality.NORMAL, Criticality.CRITICAL
HOURS = 48


def _peaks(*peaks: float) -> NDArray[np.float64]:
    """Return an hour of each peak with calm hours between."""
    told = np.full(HOURS, 0.001)
    told[1 : 1 + 3 * len(peaks) : 3] = peaks
    return told


def _team(
    *told: NDArray[np.float64], criticality: tuple[Criticality, ...] = (), **joins: object
) -> TeamHours:
    known = criticality or (NORMAL,) * len(told)
    return TeamHours(np.array(told), known, **({"upstreams": {}} | joins))  # type: ignore[arg-type]


def test_the_budget_sets_the_level() -> None:
    team = _team(_peaks(0.9, 0.8, 0.5, 0.4, 0.3, 0.2))

    two, four, none = (cut_of(team, many) for many in (2.0, 4.0, 0.9))

    assert 0.5 < two.level(NORMAL) <= 0.8
    assert 0.3 < four.level(NORMAL) <= 0.4
    assert none.level(CRITICAL) == 1.0
    assert two.words == "2 of the 5 cards of the tested time pass, 2 may"


def test_an_alert_that_costs_more_than_it_saves_is_not_told_whatever_budget_is_left() -> None:
    cut = cut_of(_team(_peaks(0.9, 0.2)), 100.0)

    assert cut.level(NORMAL) == pytest.approx(1 / 4)
    assert cut.level(CRITICAL) == pytest.approx(1 / 31)


def test_a_critical_feed_alerts_earlier_within_the_budget_of_its_team_and_not_beside_it() -> None:
    team = _team(_peaks(0.5, 0.45, 0.4, 0.35, 0.3), _peaks(0.9, 0.6, 0.6), criticality=(CRITICAL, NORMAL))

    cut = cut_of(team, 4.0)

    assert cut.level(CRITICAL) < 0.45 < cut.level(NORMAL)
    assert team.cards(cut.worth) <= 4


def test_a_card_stands_while_its_estimate_only_wobbles() -> None:
    told = np.full(HOURS, 0.001)
    told[5:15] = [0.5, 0.35, 0.5, 0.35, 0.5, 0.35, 0.5, 0.35, 0.5, 0.35]

    assert _team(told).cards(2.0) == 1


def test_a_feed_whose_upstream_has_a_card_joins_it() -> None:
    same = _peaks(0.9, 0.9)

    assert _team(same, same).cards(1.0) == 4
    assert _team(same, same, upstreams={1: (0,)}).cards(1.0) == 2


def test_many_feeds_of_one_source_at_once_are_one_card() -> None:
    same = _peaks(0.9, 0.9)

    assert _team(same, same, same, same, shared=(Shared((0, 1, 2, 3)),)).cards(1.0) == 2
    assert _team(same, same, shared=(Shared((0, 1)),)).cards(1.0) == 4


def test_feeds_that_share_both_their_source_and_their_pool_are_one_card_and_not_none() -> None:
    same = _peaks(0.9, 0.9)
    both = (Shared((0, 1, 2)), Shared((0, 1, 2)))

    assert _team(same, same, same, shared=both).cards(1.0) == 2
    assert _team(same, same, same, upstreams={1: (0,), 2: (0,)}, shared=both).cards(1.0) == 2


def test_feeds_of_several_teams_on_one_pool_are_one_card_for_each_team() -> None:
    same = _peaks(0.9, 0.9)
    others = np.full(HOURS, 1)

    assert _team(same, same, shared=(Shared((0, 1), others),)).cards(1.0) == 2
    assert _team(same, shared=(Shared((0,), others),)).cards(1.0) == 2


def test_feeds_that_wait_for_another_team_s_feed_are_one_card() -> None:
    same = _peaks(0.9, 0.9)
    away = Outside((0, 1, 2), np.ones(HOURS, dtype=bool))
    well = Outside((0, 1, 2), np.zeros(HOURS, dtype=bool))

    assert _team(same, same, same, outside=(away,)).cards(1.0) == 2
    assert _team(same, same, same, outside=(well,)).cards(1.0) == 6


def test_another_team_s_upstream_and_a_shared_pool_are_found_and_let_a_team_alert_earlier() -> None:
    names = [FeedName(name) for name in ("up", "a", "b", "c")]
    hourly, up = Schedule(Rhythm.INTERVAL), (names[0],)
    feeds = [Feed(names[0], TeamId("theirs"), hourly)]
    feeds += [Feed(name, TeamId("ours"), hourly, upstreams=up) for name in names[1:]]
    test = _backtest(_peaks(0.9, 0.9, 0.9), *[_peaks(0.6, 0.5, 0.4)] * 3)
    stands = standing(test, 4, np.full(4, 0.3))

    found = hours_of(test, feeds, [1, 2, 3], stands)
    levels = {one.feed: one.level for one in thresholds_of(test, feeds, Rules({}, 3.0 / test.weeks, 0.3, 1))}
    unrelated = [replace(feed, upstreams=()) for feed in feeds]
    alone = {
        one.feed: one.level for one in thresholds_of(test, unrelated, Rules({}, 3.0 / test.weeks, 0.3, 1))
    }
    pooled = hours_of(test, [replace(feed, pool="p") for feed in unrelated], [1, 2, 3], stands)

    assert (found.cards(1.0), pooled.cards(1.0)) == (3, 3)
    assert levels[names[1]] < 0.4 < alone[names[1]]


def _backtest(*told: NDArray[np.float64]) -> Backtest:
    hours = 1_790_000_000.0 + np.arange(HOURS) * 3_600.0
    count = len(told) * HOURS
    rule = np.full(count, 0.01)
    feed = np.repeat(np.arange(len(told), dtype=np.intp), HOURS)
    now = np.tile(hours, len(told))
    return Backtest(
        feed,
        now,
        np.concatenate(told),
        np.zeros(count),
        np.full(count, np.nan),
        rule,
        rule,
        hours[HOURS // 2],
    )
