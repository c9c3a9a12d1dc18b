"""What people say of an alert stands above the reports; what was prevented or expected counts for nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.ids import FeedName, TeamId
from domain.watch.alerts import Alert, AlertState, Label, alert_id, fingerprint_of
from domain.watch.predictions import Judged, Verdict
from domain.watch.verdicts import OUTCOME, as_said, in_words, words_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FX, PNL = FeedName("fx_trades"), FeedName("pnl")


def _at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def _alert(**facts: object) -> Alert:
    told = {
        "id": alert_id(FX, NOW),
        "fingerprint": fingerprint_of(FX, "slow"),
        "root": FX,
        "dependants": (PNL,),
        "team": TeamId("desk"),
        "state": AlertState.CLOSED,
        "probability": 0.6,
        "peak": 0.6,
        "threshold": 0.3,
        "opened_at": NOW,
        "updated_at": NOW,
        "raised_at": NOW,
        "closed_at": _at(40),
    }
    return Alert.model_validate(told | facts)


def _label(verdict: Verdict, by: str = "erin", **facts: object) -> Label:
    return Label.model_validate(
        {"alert": alert_id(FX, NOW), "feed": FX, "verdict": verdict, "by": by, "at": _at(50)} | facts
    )


def _asked(minutes: float, trouble: float | None = None) -> Judged:
    return Judged(FX, _at(minutes), 0.5, True, None if trouble is None else _at(trouble))


def test_a_word_does_not_move_a_trouble_that_reports_have_told() -> None:
    happened = words_of(_label(Verdict.HAPPENED), _alert())

    assert as_said([_asked(0, 10)], happened) == [_asked(0, 10)]


def test_a_word_of_a_person_makes_a_trouble_and_unmakes_one() -> None:
    happened = words_of(_label(Verdict.HAPPENED), _alert())
    no_trouble = words_of(_label(Verdict.DID_NOT_HAPPEN), _alert(trouble_at=_at(30)))

    assert [one.came_true for one in as_said([_asked(-50), _asked(0), _asked(41)], happened)] == [
        False,
        True,
        False,
    ]
    assert [one.came_true for one in as_said([_asked(0, 30), _asked(60, 70)], no_trouble[:1])] == [
        False,
        True,
    ]


def test_what_was_prevented_is_left_out_for_every_feed_of_the_card() -> None:
    words = words_of(_label(Verdict.PREVENTED, OUTCOME), _alert())

    assert [word.feed for word in words] == [FX, PNL]
    assert as_said([_asked(-30), _asked(20), _asked(-90), _asked(45)], words[:1]) == [_asked(-90), _asked(45)]


def test_what_is_expected_is_left_out_as_long_as_it_was_said_to_be() -> None:
    (word,) = words_of(_label(Verdict.EXPECTED, until=_at(720)), _alert())

    assert as_said([_asked(600, 620), _asked(720, 730)], [word]) == [_asked(720, 730)]


@pytest.mark.parametrize("verdict", [Verdict.HAPPENED, Verdict.DID_NOT_HAPPEN])
def test_what_the_sweeps_saw_says_nothing_beyond_the_reports(verdict: Verdict) -> None:
    assert words_of(_label(verdict, OUTCOME), _alert()) == []


def test_a_deadline_that_people_extended_and_that_was_kept_is_no_trouble() -> None:
    extended = _alert(extended_until=_at(60))

    (word,) = words_of(_label(Verdict.DID_NOT_HAPPEN, OUTCOME), extended)

    assert (word.feed, word.verdict) == (FX, Verdict.DID_NOT_HAPPEN)
    assert as_said([_asked(0, 20)], [word])[0].came_true is False
    assert words_of(_label(Verdict.HAPPENED, OUTCOME), extended) == []


def test_a_mute_says_nothing_about_whether_the_trouble_came() -> None:
    assert words_of(_label(Verdict.NOT_WORTH_TELLING), _alert()) == []


def test_how_many_words_count_is_said() -> None:
    words = words_of(_label(Verdict.PREVENTED), _alert()) + words_of(_label(Verdict.HAPPENED), _alert())

    assert in_words(words) == "Words of people and fixes that count: 1 happened; 2 prevented, left out."
    assert in_words([]) == ""
