"""People hear of a trouble once, within their budget, and only from feeds that proved themselves."""

from datetime import UTC, datetime, time

from domain.feeds import Criticality, Feed, Rhythm, Schedule
from domain.ids import FeedName, TeamId
from domain.predictions import Prediction, SuchMornings
from predictors.alerting import (
    CardState,
    QuietHours,
    Watch,
    grouped,
    may_leave_shadow,
    may_speak,
    threshold_for_budget,
    watched,
)

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


def test_the_budget_sets_the_threshold() -> None:
    past = [0.9, 0.8, 0.5, 0.4, 0.3, 0.2]

    assert threshold_for_budget(past, 1.0, 2.0, Criticality.NORMAL) == 0.8
    assert threshold_for_budget(past, 0.0, 2.0, Criticality.NORMAL) == 1.0
    assert threshold_for_budget(past, 1.0, 2.0, Criticality.CRITICAL) < 0.1


def test_an_alert_is_not_withdrawn_by_one_calm_sweep() -> None:
    watch = watched(Watch(), 0.5, 0.4)
    assert watch.state is CardState.RAISED

    watch = watched(watched(watch, 0.1, 0.4), 0.1, 0.4)
    assert watch.state is CardState.RAISED

    assert watched(watch, 0.1, 0.4).state is CardState.BACK_ON_TRACK


def test_a_wobble_just_below_the_threshold_keeps_the_alert() -> None:
    watch = Watch(CardState.RAISED, 2)

    assert watched(watch, 0.35, 0.4) == Watch(CardState.RAISED, 0)


def test_quiet_hours_cross_midnight_and_critical_feeds_speak_anyway() -> None:
    quiet = QuietHours(time(22), time(7), "UTC")

    assert not may_speak(a_feed("aa"), quiet, NIGHT)
    assert may_speak(a_feed("aa", criticality=Criticality.CRITICAL), quiet, NIGHT)
    assert may_speak(a_feed("aa"), quiet, NIGHT.replace(hour=12))


def test_a_feed_leaves_the_shadow_by_proof_not_by_luck() -> None:
    assert not may_leave_shadow(4, 4)
    assert not may_leave_shadow(6, 11)
    assert may_leave_shadow(16, 20)
