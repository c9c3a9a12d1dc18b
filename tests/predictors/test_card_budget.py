"""The budget of a team buys the cards that save most, counted as people would get them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.feeds import Criticality
from predictors.card_budget import TeamHours, cut_of

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
    return TeamHours(np.array(told), known, **({"upstreams": {}, "sources": ()} | joins))  # type: ignore[arg-type]


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

    assert _team(same, same, same, same, sources=((0, 1, 2, 3),)).cards(1.0) == 2
    assert _team(same, same, sources=((0, 1),)).cards(1.0) == 4
