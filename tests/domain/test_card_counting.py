"""The scorecard counts cards beside troubles, as people saw them; shadow is never mixed in."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.ids import FeedName, PersonId, TeamId
from domain.running.feeds import Criticality
from domain.watch.alerts import Alert, AlertState, Ending, Mute, alert_id, feed_fingerprint
from domain.watch.card_counting import ledger_of
from domain.watch.feed_health import CardScore
from domain.watch.predictions import Verdict
from domain.watch.scorecards import (
    EstimateTally,
    FeedTrouble,
    Ledger,
    score_cards,
    score_row,
    troubles_as_said,
)
from domain.watch.verdicts import Word

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FX, REF = FeedName("fx_trades"), FeedName("ref_data")


def _at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def a_card(minutes: float = 0, outcome: Verdict | None = None, **facts: object) -> Alert:
    told = {
        "id": alert_id(FX, _at(minutes)),
        "fingerprint": "f",
        "root": FX,
        "team": TeamId("desk"),
        "state": AlertState.CLOSED if outcome else AlertState.RAISED,
        "probability": 0.6,
        "peak": 0.6,
        "threshold": 0.3,
        "outcome": outcome,
        "closed_at": _at(minutes + 60) if outcome else None,
        "announced_at": None if facts.get("is_shadow") else _at(minutes),
        "opened_at": _at(minutes),
        "updated_at": _at(minutes),
        "raised_at": _at(minutes),
    }
    return Alert.model_validate(told | facts)


def a_trouble(minutes: float, feed: FeedName = FX, **facts: bool) -> FeedTrouble:
    return FeedTrouble(feed, _at(minutes), **facts)


def _told(alerts: list[Alert], troubles: list[FeedTrouble], *mutes: Mute) -> CardScore:
    return score_cards(_ledger(alerts, troubles, *mutes), in_shadow=False)


def _ledger(alerts: list[Alert], troubles: list[FeedTrouble], *mutes: Mute) -> Ledger:
    return ledger_of(alerts, troubles, [], mutes, weeks=2.0, now=_at(1_000))


def test_cards_and_troubles_are_counted_and_not_the_estimates_behind_them() -> None:
    happened = a_card(0, Verdict.HAPPENED, trouble_at=_at(40))
    not_so = a_card(200, Verdict.DID_NOT_HAPPEN)

    score = _told([happened, not_so], [a_trouble(40), a_trouble(500)])

    assert (score.cards, score.right, score.wrong, score.precision) == (2, 1, 1, 0.5)
    assert (score.troubles, score.foretold, score.recall) == (2, 1, 0.5)
    assert score.lead_minutes == (40.0, 40.0, 40.0)
    assert score.cards_a_week == 1.0


def test_shadow_cards_stand_apart_from_what_people_were_told() -> None:
    silent = a_card(0, Verdict.HAPPENED, is_shadow=True, trouble_at=_at(30))

    ledger = _ledger([silent], [a_trouble(30, in_shadow=True), a_trouble(300)])

    told, shadow = (score_cards(ledger, in_shadow=some) for some in (False, True))
    assert (told.cards, told.troubles, told.foretold, told.precision) == (0, 1, 0, None)
    assert (shadow.cards, shadow.right, shadow.troubles, shadow.foretold) == (1, 1, 1, 1)


def test_a_card_that_people_read_after_the_trouble_is_no_forecast() -> None:
    late = a_card(0, Verdict.HAPPENED, trouble_at=_at(-5))

    score = _told([late], [a_trouble(-5)])

    assert (score.cards, score.troubles, score.foretold) == (0, 1, 0)


def test_a_card_kept_for_the_morning_is_no_card_and_its_trouble_nobodys_miss() -> None:
    kept = a_card(0, Verdict.HAPPENED, trouble_at=_at(30), announced_at=_at(300))

    score = _told([kept], [a_trouble(30)])

    assert (score.cards, score.troubles, score.unheard) == (0, 0, 1)


@pytest.mark.parametrize(
    "facts", [{"announced_at": NOW + timedelta(minutes=31)}, {"criticality": Criticality.CRITICAL}]
)
def test_a_card_that_came_too_late_at_an_hour_of_speaking_is_a_miss(facts: dict[str, object]) -> None:
    late = a_card(29, Verdict.HAPPENED, trouble_at=_at(30), **({"announced_at": _at(300)} | facts))

    score = _told([late], [a_trouble(30)])

    assert (score.cards, score.troubles, score.foretold, score.unheard) == (0, 1, 0, 0)


def test_trouble_of_a_muted_feed_counts_neither_way_until_the_mute_ends() -> None:
    mute = Mute(
        fingerprint=feed_fingerprint(FX),
        feed=FX,
        cause="expected",
        since=_at(0),
        until=_at(60),
        by=PersonId("ana"),
    )

    score = _told([a_card(-1, Verdict.EXPECTED, closed_at=_at(0))], [a_trouble(30), a_trouble(90)], mute)

    assert (score.cards, score.neither, score.precision) == (1, 1, None)
    assert (score.troubles, score.unheard) == (1, 1)


@pytest.mark.parametrize(("minutes", "right", "wrong"), [(30, 0, 0), (64, 0, 0), (65, 0, 1)])
def test_a_card_that_was_just_muted_is_judged_when_its_hour_is_over(
    minutes: int, right: int, wrong: int
) -> None:
    muted = a_card(0, state=AlertState.CLOSED, ending=Ending.MUTED, closed_at=_at(5))

    score = score_cards(ledger_of([muted], [], [], [], weeks=2.0, now=_at(minutes)), in_shadow=False)

    assert (score.cards, score.right, score.wrong) == (1, right, wrong)


@pytest.mark.parametrize(("minutes", "right"), [(50, 1), (200, 0)])
def test_a_card_that_was_muted_is_judged_by_what_its_feed_did_within_the_hour(
    minutes: float, right: int
) -> None:
    muted = a_card(0, state=AlertState.CLOSED, ending=Ending.MUTED, closed_at=_at(5))

    score = _told([muted], [a_trouble(minutes)])

    assert (score.right, score.wrong) == (right, 1 - right)


def test_a_card_that_another_one_took_over_does_not_count() -> None:
    joined = a_card(0, state=AlertState.CLOSED, ending=Ending.JOINED, closed_at=_at(5))

    assert _told([joined], []).cards == 0


def test_a_run_that_people_gave_more_time_is_late_only_when_that_has_passed() -> None:
    extended = a_card(0, Verdict.DID_NOT_HAPPEN, extended_until=_at(60))

    score = _told([extended], [a_trouble(30, is_late=True)])

    assert (score.wrong, score.troubles) == (1, 0)


def test_a_feed_that_joined_a_card_late_was_not_foretold_by_it() -> None:
    card = a_card(0, dependants=(REF,), named_at={REF: _at(45)}, teams=("desk", "ref"))

    score = _told([card], [a_trouble(30, REF), a_trouble(60, REF)])

    assert (score.troubles, score.foretold, score.lead_minutes) == (2, 1, (15.0, 15.0, 15.0))


def test_teams_and_feeds_see_the_cards_that_name_them() -> None:
    card = a_card(0, Verdict.HAPPENED, dependants=(REF,), teams=("desk", "ref"), trouble_at=_at(30))
    ledger = _ledger([card], [a_trouble(30), a_trouble(35, REF)])

    teams = ledger.by_team({FX: TeamId("desk"), REF: TeamId("ref")})
    feeds = ledger.by_feed()

    counted = {name: score_cards(part, in_shadow=False) for name, part in (*teams.items(), *feeds.items())}
    assert {name: (one.cards, one.foretold) for name, one in counted.items()} == dict.fromkeys(
        ["desk", "ref", FX, REF], (1, 1)
    )


def test_what_people_say_of_a_trouble_stands_above_the_reports() -> None:
    troubles = [a_trouble(30), a_trouble(30, REF)]
    words = {
        FX: [Word(FX, Verdict.DID_NOT_HAPPEN, _at(0), _at(60), _at(60))],
        REF: [Word(REF, Verdict.HAPPENED, _at(100), _at(160), _at(160))],
    }

    said = troubles_as_said(troubles, words)

    assert [(one.feed, one.began_at) for one in said] == [(REF, _at(30)), (REF, _at(160))]


def test_reliability_tells_the_few_great_estimates_apart_from_the_many_small_ones() -> None:
    def some(promise: float, asked: int, came: int) -> EstimateTally:
        return EstimateTally(FX, asked=asked, came=came, promised=promise * asked, squares=0.0)

    many = [some(0.001 * n, 9_000, 9 * n) for n in range(1, 11)]
    few = [some(0.15, 200, 28), some(0.45, 15, 7), some(0.65, 30, 20), some(0.9, 3, 3)]

    parts = score_row("all", Ledger(estimates=[*few, *many])).reliability

    assert [(round(promise, 3), count) for promise, _, count in parts[:10]] == [
        (round(0.001 * n, 3), 9_000) for n in range(1, 11)
    ]
    assert [(round(promise, 2), round(came, 2), count) for promise, came, count in parts[10:]] == [
        (0.15, 0.14, 200),
        (0.58, 0.6, 45),
        (0.9, 1.0, 3),
    ]
    assert sum(count for _, _, count in parts) == 90_248


def test_estimates_are_scored_by_all_their_promises() -> None:
    low = EstimateTally(FX, asked=90, came=9, promised=9.0, squares=90 * 0.1 * 0.9)
    high = EstimateTally(FX, asked=10, came=8, promised=8.0, squares=10 * 0.8 * 0.2)

    row = score_row("all", Ledger(estimates=[low, high]))

    assert (row.questions, row.came_true) == (100, 17)
    assert row.brier == pytest.approx(0.097)
    assert row.brier_skill == pytest.approx(1.0 - 0.097 / (0.17 * 0.83))
    assert [(round(promise, 2), round(came, 2), count) for promise, came, count in row.reliability] == [
        (0.1, 0.1, 90),
        (0.8, 0.8, 10),
    ]


def test_that_a_sender_is_silent_is_no_forecast_of_what_its_feeds_miss() -> None:
    silent = a_card(0, sender="prod\nairflow", dependants=(REF,), state=AlertState.HAPPENED)

    score = _told([silent], [a_trouble(5, is_late=True), a_trouble(6, REF, is_late=True)])

    assert (score.cards, score.foretold, score.troubles) == (0, 0, 2)
