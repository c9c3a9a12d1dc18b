"""People hear of a trouble once, within their budget, and only from feeds that proved themselves."""

from datetime import UTC, datetime

import pytest

from domain.feeds import Criticality, Feed, Rhythm, Schedule
from domain.ids import FeedName, TeamId
from domain.predictions import Prediction, SuchMornings
from predictors.alerting import Candidate, cut_of, falls_short, grouped
from predictors.levels import Rules

NIGHT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def a_feed(name: str, *upstreams: str, criticality: Criticality = Criticality.NORMAL) -> Feed:
    return Feed(
        FeedName(name),
        TeamId("t"),
        Schedule(Rhythm.INTERVAL),
        criticality,
        tuple(FeedName(up) for up in upstreams),
    )


def a_prediction(name: str, p: float) -> Prediction:
    return Prediction(FeedName(name), NIGHT, ((30, p / 2), (60, p)), None, (), SuchMornings(0, 0), "m")


def test_a_late_upstream_is_one_card_with_its_dependants() -> None:
    feeds = {
        f.name: f
        for f in (a_feed("ref_data"), a_feed("fx", "ref_data"), a_feed("pnl", "fx"), a_feed("other"))
    }
    raised = {name: a_prediction(name, 0.5) for name in feeds}

    cards = grouped(raised, feeds)

    assert [(card.root, card.dependants) for card in cards] == [("ref_data", ("fx", "pnl")), ("other", ())]


def test_feeds_that_wait_for_each_other_still_make_cards() -> None:
    feeds = {f.name: f for f in (a_feed("aa", "bb"), a_feed("bb", "aa"))}

    cards = grouped({name: a_prediction(name, 0.4) for name in feeds}, feeds)

    assert sum(1 + len(card.dependants) for card in cards) == 2


def _worst(*peaks: float, criticality: Criticality = Criticality.NORMAL) -> list[Candidate]:
    return [Candidate(peak, criticality) for peak in peaks]


def test_the_budget_sets_the_level() -> None:
    past = _worst(0.9, 0.8, 0.5, 0.4, 0.3, 0.2)

    assert cut_of(past, 2.0).level(Criticality.NORMAL) == pytest.approx(0.8)
    assert cut_of(past, 4.0).level(Criticality.NORMAL) == pytest.approx(0.4)
    assert cut_of(past, 0.9).level(Criticality.CRITICAL) == 1.0


def test_an_alert_that_costs_more_than_it_saves_is_not_told_whatever_budget_is_left() -> None:
    cut = cut_of(_worst(0.9, 0.2), 100.0)

    assert cut.level(Criticality.NORMAL) == pytest.approx(1 / 4)
    assert cut.level(Criticality.CRITICAL) == pytest.approx(1 / 31)


def test_a_critical_feed_alerts_earlier_within_the_budget_of_its_team_and_not_beside_it() -> None:
    critical = _worst(*[0.4] * 8, criticality=Criticality.CRITICAL)
    past = [*critical, *_worst(0.9, 0.9, 0.9)]

    cut = cut_of(past, 5.0)

    told = [one for one in past if one.peak >= cut.level(one.criticality) - 1e-9]
    assert cut.level(Criticality.CRITICAL) < 0.5 < cut.level(Criticality.NORMAL)
    assert len(told) <= 3 + 8
    assert cut_of(past, 3.0).level(Criticality.CRITICAL) > 0.4


def test_feeds_without_a_team_have_a_budget_by_twenties() -> None:
    rules = Rules({"desk": 3.0}, 10.0, 0.3, 1)

    assert [rules.budget("", feeds) for feeds in (1, 20, 21, 300)] == [10.0, 10.0, 20.0, 150.0]
    assert (rules.budget("desk", 300), rules.budget("other", 300)) == (3.0, 10.0)


def test_real_alerts_fall_short_by_proof_not_by_bad_luck() -> None:
    assert not falls_short(0, 0, 0.3)
    assert not falls_short(0, 3, 0.3)
    assert falls_short(0, 4, 0.3)
    assert not falls_short(1, 8, 0.3)
    assert falls_short(1, 10, 0.3)
