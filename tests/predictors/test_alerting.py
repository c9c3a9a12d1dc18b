"""People hear of a trouble once, within their budget, and only from feeds that proved themselves."""

from datetime import UTC, datetime

from domain.ids import FeedName, TeamId
from domain.running.feeds import Criticality, Feed, Rhythm, Schedule
from domain.watch.predictions import Prediction, SuchMornings
from predictors.backtesting.alerting import falls_short, grouped
from predictors.backtesting.levels import Rules

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
