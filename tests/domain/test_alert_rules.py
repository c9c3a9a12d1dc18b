"""What sweeps do to alerts: raise once, join, calm, say what happened, close; as pure functions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.ids import AlertId, FeedName, PersonId, TeamId
from domain.running.feeds import Criticality, Feed, Rhythm, Schedule
from domain.watch.alert_policy import AlertPolicy
from domain.watch.alert_raising import Changes
from domain.watch.alert_rules import after_sweep
from domain.watch.alerts import Alert, AlertCall, AlertState, Ending, Mute, feed_fingerprint, fingerprint_of
from domain.watch.causes import cause_of
from domain.watch.predictions import Prediction, Reason, SuchMornings, Verdict
from domain.watch.watching import Estimate, Swept, Trouble, WatchedFeed

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FX, REF = FeedName("fx_trades"), FeedName("ref_data")


def _at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def _estimate(
    minutes: float, level: float, name: FeedName = FX, *, speaks: bool = True, **facts: object
) -> Estimate:
    feed = Feed(name, TeamId("desk"), Schedule(Rhythm.DAILY, at_minute=390))
    told = Prediction(
        name,
        _at(minutes),
        ((30, level), (45, level), (60, level)),
        None,
        (Reason("its last run needed 4 retries", 1.0),),
        SuchMornings(82, 100),
        "m1",
    )
    seen = {"last": None, "trouble_at": None, "good_at": None, "running_since": None, "overdue_at": None}
    return Estimate(watched=WatchedFeed(feed, 0.3, speaks), prediction=told, **(seen | facts))  # type: ignore[arg-type]


def _sweep(minutes: float, *estimates: Estimate, groups: list[list[FeedName]] | None = None) -> Swept:
    high = [one.name for one in estimates if one.is_high]
    some = groups if groups is not None else [[name] for name in high]
    troubles = tuple(Trouble(group[0], tuple(group), 1.0) for group in some)
    return Swept(_at(minutes), estimates, troubles, "m1", 0.0)


def _raised(*, speaks: bool = True) -> Alert:
    changes = after_sweep([], _sweep(0, _estimate(0, 0.8, speaks=speaks)), {})
    return changes.opened[0]


def _after(alert: Alert, minutes: float, level: float, **facts: object) -> Alert:
    changes = after_sweep([alert], _sweep(minutes, _estimate(minutes, level, **facts)), {})  # type: ignore[arg-type]
    assert changes.opened == []
    return changes.alerts.get(alert.id, alert)


def test_a_dependant_that_failed_before_the_card_named_it_makes_no_card_come_true() -> None:
    other = FeedName("child")
    alert = _raised()
    failed = _estimate(6, 0.9, other, trouble_at=_at(5))
    joined = after_sweep([alert], _sweep(6, _estimate(6, 0.8), failed, groups=[[FX, other]]), {})
    named = joined.alerts[alert.id]
    assert named.dependants == (other,)

    after = after_sweep([named], _sweep(7, _estimate(7, 0.8), failed, groups=[[FX, other]]), {})
    assert after.alerts.get(alert.id, named).state is AlertState.RAISED

    again = _estimate(9, 0.9, other, trouble_at=_at(8))
    then = after_sweep([named], _sweep(9, _estimate(9, 0.8), again, groups=[[FX, other]]), {})
    assert then.alerts[alert.id].state is AlertState.HAPPENED


def test_a_trouble_that_came_to_a_dependant_is_over_when_that_one_and_the_root_are_well() -> None:
    child = FeedName("child")
    both = _sweep(1, _estimate(1, 0.8), _estimate(1, 0.8, child), groups=[[FX, child]])
    alert = after_sweep([], both, {}).opened[0]

    def after(minutes: float, root: dict[str, object], of_child: dict[str, object], level: float) -> Alert:
        found = (_estimate(minutes, level, **root), _estimate(minutes, 0.1, child, **of_child))  # type: ignore[arg-type]
        changes = after_sweep([came], _sweep(minutes, *found, groups=[]), {})
        return changes.alerts.get(came.id, came)

    failed = (_estimate(9, 0.8), _estimate(9, 0.9, child, trouble_at=_at(8)))
    came = after_sweep([alert], _sweep(9, *failed, groups=[[FX, child]]), {}).alerts[alert.id]
    assert (came.state, came.stricken) == (AlertState.HAPPENED, child)
    assert came.sentence.startswith("child failed at")

    root_only = after(20, {"good_at": _at(15)}, {"trouble_at": _at(8)}, 0.1)
    child_only = after(20, {}, {"good_at": _at(15)}, 0.8)
    root_failed = after(20, {"trouble_at": _at(12)}, {"good_at": _at(15)}, 0.1)
    assert [one.state for one in (root_only, child_only, root_failed)] == [AlertState.HAPPENED] * 3

    late = after(41, {"overdue_at": _at(40)}, {"trouble_at": _at(8)}, 0.8)
    assert (late.state, late.stricken, late.trouble_at) == (AlertState.HAPPENED, None, _at(8))
    assert late.sentence.startswith("fx_trades has been late since")
    assert "; before that, child failed at" in late.sentence

    over = after(20, {"good_at": _at(7)}, {"good_at": _at(15)}, 0.1)
    assert (over.state, over.outcome) == (AlertState.CLOSED, Verdict.HAPPENED)


def test_a_trouble_is_raised_once_and_joined_by_every_later_sweep() -> None:
    alert = _raised()

    later = _after(alert, 1, 0.9)

    assert (alert.state, alert.record_wrong, alert.record_asked) == (AlertState.RAISED, 82, 100)
    assert later.id == alert.id
    assert later.probability == 0.9


def test_a_late_upstream_is_one_alert_with_its_dependants() -> None:
    feeds = [_estimate(0, 0.8, REF), *(_estimate(0, 0.7, FeedName(f"child_{n}")) for n in range(20))]
    changes = after_sweep([], _sweep(0, *feeds, groups=[[one.name for one in feeds]]), {})

    assert [alert.root for alert in changes.opened] == [REF]
    assert len(changes.opened[0].dependants) == 20


def test_two_alerts_that_turn_out_to_be_one_trouble_become_one_card_the_older_ones() -> None:
    begun = after_sweep([], _sweep(0, _estimate(0, 0.8, FX)), {}).opened[0]
    first = begun.model_copy(update={"id": AlertId("z"), "priority": 5.0})
    second = after_sweep([first], _sweep(1, _estimate(1, 0.8, FX), _estimate(1, 0.8, REF)), {}).opened[0]

    together = _sweep(2, _estimate(2, 0.8, FX), _estimate(2, 0.8, REF), groups=[[REF, FX]])
    joined = after_sweep([second, first], together, {}).alerts

    assert (joined[first.id].dependants, joined[first.id].priority) == ((REF,), 5.0)
    assert joined[second.id].state is AlertState.CLOSED
    assert joined[second.id].outcome is None


def test_an_alert_is_released_only_well_below_its_level_and_after_a_while() -> None:
    alert = _raised()

    assert _after(alert, 1, 0.25).state is AlertState.RAISED
    calm = _after(alert, 1, 0.01)
    assert calm.state is AlertState.RAISED
    assert _after(calm, 1 + 44 / 60, 0.01).state is AlertState.RAISED
    better = _after(calm, 1 + 45 / 60, 0.01)
    assert better.state is AlertState.BACK_ON_TRACK
    assert _after(better, 59, 0.01).state is AlertState.BACK_ON_TRACK
    assert _after(better, 60, 0.01).outcome is Verdict.DID_NOT_HAPPEN


def test_between_its_level_and_well_below_an_alert_stays_and_its_calm_begins_anew() -> None:
    calm = _after(_raised(), 1, 0.01)

    between = _after(calm, 2, 0.25)

    assert between.state is AlertState.RAISED
    again = _after(between, 2.5, 0.01)
    assert again.state is AlertState.RAISED
    assert _after(again, 2.5 + 44 / 60, 0.01).state is AlertState.RAISED
    assert _after(again, 2.5 + 45 / 60, 0.01).state is AlertState.BACK_ON_TRACK


def test_a_good_run_puts_it_back_on_track_at_once_and_closes_it_as_did_not_happen() -> None:
    better = _after(_raised(), 5, 0.25, good_at=_at(4))
    assert better.state is AlertState.BACK_ON_TRACK
    assert _after(better, 6, 0.01, good_at=_at(4), running_since=_at(5)).state is AlertState.BACK_ON_TRACK

    changes = after_sweep([better], _sweep(6, _estimate(6, 0.01, good_at=_at(4))), {})

    closed = changes.alerts[better.id]
    assert (closed.state, closed.outcome) == (AlertState.CLOSED, Verdict.DID_NOT_HAPPEN)
    assert [label.verdict for label in changes.labels] == [Verdict.DID_NOT_HAPPEN]


def _due(minutes: float, level: float, due: float, **facts: object) -> Estimate:
    found = _estimate(minutes, level, **facts)  # type: ignore[arg-type]
    return replace(found, prediction=replace(found.prediction, due_at=_at(due)))


@pytest.mark.parametrize(("due", "state"), [(15, AlertState.BACK_ON_TRACK), (60, AlertState.CLOSED)])
def test_a_good_run_is_the_end_only_where_no_other_is_due_within_the_hour(
    due: float, state: AlertState
) -> None:
    better = _after(_raised(), 5, 0.25, good_at=_at(4))

    after = after_sweep([better], _sweep(6, _due(6, 0.01, due, good_at=_at(4))), {})

    assert after.alerts.get(better.id, better).state is state


def test_a_feed_that_runs_often_speaks_by_the_same_card_again_until_its_hour_is_over() -> None:
    better = _after(_raised(), 5, 0.25, good_at=_at(4))

    again = after_sweep([better], _sweep(16, _due(16, 0.8, 30, good_at=_at(4))), {})
    failed = after_sweep([better], _sweep(20, _due(20, 0.25, 30, trouble_at=_at(19))), {})
    over = after_sweep([better], _sweep(60, _due(60, 0.01, 75, good_at=_at(46))), {})

    assert (again.opened, again.alerts[better.id].state) == ([], AlertState.RAISED)
    assert failed.alerts[better.id].outcome is Verdict.HAPPENED
    assert over.alerts[better.id].outcome is Verdict.DID_NOT_HAPPEN


@pytest.mark.parametrize(
    ("mended", "good", "outcome"),
    [
        (3, 4, Verdict.PREVENTED),
        (3, 2, Verdict.DID_NOT_HAPPEN),
        (-3, 4, Verdict.DID_NOT_HAPPEN),
    ],
)
def test_a_run_that_ends_well_after_a_fix_is_a_trouble_prevented(
    mended: int, good: int, outcome: Verdict
) -> None:
    better = _after(_raised(), 5, 0.01, good_at=_at(good))
    swept = _sweep(6, _estimate(6, 0.01, good_at=_at(good)))

    changes = after_sweep([better], swept, {}, {FX: _at(mended)})

    assert changes.alerts[better.id].outcome is outcome
    assert [label.verdict for label in changes.labels] == [outcome]


def test_a_failed_run_is_what_was_foretold_and_stays_on_the_card_until_it_is_over() -> None:
    alert = _raised()

    changes = after_sweep([alert], _sweep(30, _estimate(30, 0.9, trouble_at=_at(29))), {})
    happened = changes.alerts[alert.id]
    assert (happened.state, happened.outcome) == (AlertState.HAPPENED, Verdict.HAPPENED)
    assert [label.verdict for label in changes.labels] == [Verdict.HAPPENED]

    over = _after(happened, 50, 0.01, trouble_at=None, good_at=_at(49))
    assert (over.state, over.outcome) == (AlertState.CLOSED, Verdict.HAPPENED)


def test_a_trouble_without_an_end_lasts_twelve_hours_and_a_run_that_is_missing_until_it_comes() -> None:
    failed = _after(_raised(), 30, 0.9, trouble_at=_at(29))
    late = _after(_raised(), 30, 0.9, overdue_at=_at(29))
    half_a_day = 29 + 12 * 60

    assert _after(failed, half_a_day, 0.01, trouble_at=_at(29)).state is AlertState.HAPPENED
    assert _after(failed, half_a_day + 1, 0.01, trouble_at=_at(29)).state is AlertState.CLOSED
    assert _after(late, half_a_day + 1, 0.01, overdue_at=_at(29)).state is AlertState.HAPPENED


def test_a_failure_that_was_there_before_the_alert_was_not_foretold() -> None:
    swept = _sweep(0, _estimate(0, 0.8, trouble_at=_at(-5)))
    alert = after_sweep([], swept, {}).opened[0]

    assert _after(alert, 1, 0.8, trouble_at=_at(-5)).state is AlertState.RAISED


@pytest.mark.parametrize(("failed", "state"), [(-10, AlertState.RAISED), (-9, AlertState.HAPPENED)])
def test_a_failure_that_is_told_late_was_foretold_as_far_as_clocks_may_differ(
    failed: int, state: AlertState
) -> None:
    assert _after(_raised(), 1, 0.8, trouble_at=_at(failed)).state is state


def test_a_run_that_does_not_come_is_late_unless_the_deadline_was_extended() -> None:
    alert = _raised()

    assert _after(alert, 31, 0.8, overdue_at=_at(30)).state is AlertState.HAPPENED
    extended = alert.model_copy(update={"extended_until": _at(60)})
    assert _after(extended, 31, 0.8, overdue_at=_at(30)).state is AlertState.RAISED


def test_a_run_that_was_late_waits_for_a_deadline_that_was_moved_afterwards() -> None:
    late = _after(_raised(), 31, 0.8, overdue_at=_at(30))
    assert late.state is AlertState.HAPPENED
    moved = late.model_copy(update={"extended_until": _at(90)})

    waits = _after(moved, 32, 0.8, overdue_at=_at(30))
    again = _after(waits, 91, 0.8, overdue_at=_at(30))

    assert (waits.state, waits.outcome, waits.trouble_at) == (AlertState.RAISED, None, None)
    assert "counts as late from" in waits.sentence
    assert (again.state, again.trouble_at) == (AlertState.HAPPENED, _at(90))
    assert _after(moved, 91, 0.1).state is AlertState.HAPPENED, "that time is over as well"


def test_a_run_that_failed_has_failed_whatever_its_deadline() -> None:
    failed = _after(_raised(), 10, 0.8, trouble_at=_at(9))
    moved = failed.model_copy(update={"extended_until": _at(90)})

    assert _after(moved, 12, 0.8).state is AlertState.HAPPENED


def test_what_was_muted_or_expected_is_not_raised_again() -> None:
    alert = _raised()
    for fingerprint in (alert.fingerprint, feed_fingerprint(FX)):
        mute = Mute(fingerprint=fingerprint, feed=FX, cause="", until=_at(60), by=PersonId("erin"))
        changes = after_sweep([], _sweep(1, _estimate(1, 0.8)), {fingerprint: mute})
        assert changes.opened == []


SLOW, FAILED, FULL = (
    "its source answers 5.6 times slower than usual",
    "its last run failed",
    "its disk is full",
)
NEXT = FeedName("fx_rates")


def _because(name: FeedName, *facts: str, level: float = 0.8) -> Estimate:
    one = _estimate(2, level, name)
    return replace(
        one, prediction=replace(one.prediction, reasons=tuple(Reason(said, 1.0) for said in facts))
    )


def _muted(*, cause: str = SLOW) -> dict[str, Mute]:
    """Return the mute of a card that named both feeds, the cause, and that a run failed."""
    told = cause_of(cause)
    of = {"feed": FX, "cause": told, "until": _at(60), "by": PersonId("erin")}
    seen = (told, cause_of(FAILED))
    mute = Mute(fingerprint=fingerprint_of(FX, told), sharing=(NEXT,), seen=seen, **of)  # type: ignore[arg-type]
    return {mute.fingerprint: mute}


@pytest.mark.parametrize(
    "facts", [(SLOW,), (SLOW, FAILED), (FAILED, "its source answers 9.9 times slower than usual")]
)
@pytest.mark.parametrize("name", [FX, NEXT])
def test_a_muted_cause_stays_muted_for_all_feeds_of_its_card_while_it_is_one_of_the_reasons(
    name: FeedName, facts: tuple[str, ...]
) -> None:
    assert after_sweep([], _sweep(2, _because(name, *facts)), _muted()).opened == []


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        (FX, (FAILED,)),
        (FX, (FULL, SLOW)),
        (NEXT, (FULL, SLOW, FAILED)),
        (FeedName("another"), (SLOW,)),
        (FX, ()),
    ],
)
def test_another_cause_and_another_feed_are_told_beside_a_muted_one(
    name: FeedName, facts: tuple[str, ...]
) -> None:
    assert [one.root for one in after_sweep([], _sweep(2, _because(name, *facts)), _muted()).opened] == [name]


def test_no_card_of_another_feed_names_one_that_is_muted_or_expected() -> None:
    alone = after_sweep([], _sweep(1, _because(REF, SLOW)), {}).opened[0]
    together = _sweep(
        2, _because(REF, SLOW), _because(FX, SLOW), _because(NEXT, FULL), groups=[[REF, FX, NEXT]]
    )
    expected = Mute(
        fingerprint=feed_fingerprint(FX), feed=FX, cause="expected", until=_at(60), by=PersonId("erin")
    )

    for mutes in (_muted(), {expected.fingerprint: expected}):
        assert after_sweep([alone], together, mutes).alerts[alone.id].dependants == (NEXT,)
    assert after_sweep([alone], together, {}).alerts[alone.id].dependants == (NEXT, FX)


def _of(name: str, level: float, weight: Criticality, team: str) -> Estimate:
    one = _estimate(0, level, FeedName(name))
    feed = replace(one.watched.feed, criticality=weight, team=TeamId(team), impact=f"what {name} costs")
    return replace(one, watched=replace(one.watched, feed=feed))


LOW = _of("ref_data", 0.9, Criticality.LOW, "plumbing")
GRAVE = _of("risk_report", 0.8, Criticality.CRITICAL, "risk")


def test_a_card_matters_as_much_as_the_gravest_of_its_feeds_and_goes_to_all_their_teams() -> None:
    together = _sweep(0, LOW, GRAVE, groups=[[LOW.name, GRAVE.name]])

    alert = after_sweep([], together, {}).opened[0]

    assert (alert.root, alert.criticality) == (REF, Criticality.CRITICAL)
    assert alert.impact == "what risk_report costs (risk_report)"
    assert alert.teams == ("plumbing", "risk")

    alone = after_sweep([], _sweep(0, LOW), {}).opened[0]
    joined = after_sweep([alone], together, {})
    assert joined.alerts[alone.id].criticality is Criticality.CRITICAL
    assert joined.alerts[alone.id].teams == ("plumbing", "risk")
    assert [one.id for one in joined.moved] == [alone.id], "its story looks again: the night is over for it"


def test_a_grave_feed_speaks_for_itself_when_the_one_it_waits_for_is_muted() -> None:
    key = feed_fingerprint(LOW.name)
    mute = Mute(fingerprint=key, feed=LOW.name, cause="", until=_at(60), by=PersonId("erin"))
    together = _sweep(0, LOW, GRAVE, groups=[[LOW.name, GRAVE.name]])

    changes = after_sweep([], together, {key: mute})

    assert [(one.root, one.dependants, one.team) for one in changes.opened] == [("risk_report", (), "risk")]
    both = {key: mute, feed_fingerprint(GRAVE.name): mute}
    assert after_sweep([], together, both).opened == []
    well = _of("risk_report", 0.1, Criticality.CRITICAL, "risk")
    assert after_sweep([], _sweep(0, LOW, well, groups=[[LOW.name, well.name]]), {key: mute}).opened == []


def test_a_feed_in_shadow_is_counted_and_told_when_it_has_proved_itself() -> None:
    shadow = _raised(speaks=False)
    assert shadow.is_shadow

    changes = after_sweep([shadow], _sweep(1, _estimate(1, 0.8)), {})

    assert not changes.alerts[shadow.id].is_shadow
    assert [alert.id for alert in changes.moved] == [shadow.id]


@pytest.mark.parametrize(
    ("minutes", "level", "facts", "is_stored"),
    [
        (1, 0.8, {}, False),
        (1, 0.815, {}, False),
        (1, 0.825, {}, True),
        (5, 0.8, {}, False),
        (6, 0.8, {}, True),
        (1, 0.8, {"overdue_at": _at(60)}, True),
    ],
)
def test_a_sweep_stores_what_people_see_a_difference_in(
    minutes: int, level: float, facts: dict[str, object], *, is_stored: bool
) -> None:
    alert = _raised()

    stored = after_sweep([alert], _sweep(minutes, _estimate(minutes, level, **facts)), {}).alerts  # type: ignore[arg-type]

    assert bool(stored) is is_stored


def test_a_cause_is_the_same_whatever_its_numbers() -> None:
    assert cause_of("took 2.3 times its usual time") == cause_of("took 11 times its usual time")


def test_quiet_hours_wait_for_the_morning_but_not_for_what_is_critical() -> None:
    from datetime import time

    policy = AlertPolicy("data-feeds", quiet_from=time(22), quiet_until=time(6), zone="Europe/Zurich")
    night = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)

    # The clocks go forward in this night: six in the morning is four o'clock UTC.
    assert policy.may_speak_at(Criticality.HIGH, night) == datetime(2026, 3, 29, 4, tzinfo=UTC)
    assert policy.may_speak_at(Criticality.CRITICAL, night) == night
    assert policy.may_speak_at(Criticality.HIGH, NOW) == NOW


def test_a_run_that_had_just_ended_well_when_its_alert_was_raised_is_a_recovery() -> None:
    heard_late = _after(_raised(), 1 / 3, 0.05, good_at=_at(-1 / 60))

    assert heard_late.state is AlertState.BACK_ON_TRACK
    assert heard_late.sentence == "A run ended well."
    assert _after(_raised(), 1 / 3, 0.05, good_at=_at(-10)).state is AlertState.RAISED


def test_a_good_run_before_the_newest_failure_of_the_root_ends_no_card() -> None:
    child = FeedName("child")
    both = _sweep(1, _estimate(1, 0.8), _estimate(1, 0.8, child), groups=[[FX, child]])
    alert = after_sweep([], both, {}).opened[0]
    told: list[tuple[float, dict[str, object], dict[str, object]]] = [
        (9, {}, {"trouble_at": _at(8)}),
        (16, {"good_at": _at(10), "trouble_at": _at(15)}, {"trouble_at": _at(8)}),
        (17, {"good_at": _at(10), "trouble_at": _at(15)}, {"trouble_at": _at(8)}),
        (25, {"good_at": _at(24)}, {"trouble_at": _at(8)}),
    ]
    states = []
    for minutes, root, of_child in told:
        found = (_estimate(minutes, 0.8, **root), _estimate(minutes, 0.8, child, **of_child))  # type: ignore[arg-type]
        changes = after_sweep([alert], _sweep(minutes, *found, groups=[]), {})
        alert = changes.alerts.get(alert.id, alert)
        states.append(alert.state)

    assert states == [AlertState.HAPPENED] * 3 + [AlertState.CLOSED]


def _owned_by(team: str, one: Estimate) -> Estimate:
    return replace(one, watched=replace(one.watched, feed=replace(one.watched.feed, team=TeamId(team))))


def test_an_alert_follows_its_feed_to_another_team_which_is_told_and_called_anew() -> None:
    call = AlertCall(rung="0:team", number=0, at=_at(15), whom="on call of desk", people=(PersonId("erin"),))
    alert = _raised().model_copy(update={"calls": (call,), "told": 1})

    changes = after_sweep([alert], _sweep(20, _owned_by("risk", _estimate(20, 0.8))), {})
    moved = changes.alerts[alert.id]

    assert (moved.team, moved.teams, moved.resumed_at) == ("risk", ("desk", "risk"), _at(20))
    assert [one.rung for one in moved.calls] == ["0:team@desk"]
    assert [one.id for one in changes.moved] == [alert.id]
    assert after_sweep([moved], _sweep(21, _owned_by("risk", _estimate(21, 0.8))), {}).moved == []


def test_an_alert_keeps_its_team_while_nobody_owns_the_feed_and_once_it_is_over() -> None:
    alert = _raised()
    without = after_sweep([alert], _sweep(20, _owned_by("", _estimate(20, 0.8))), {})
    over = alert.model_copy(update={"state": AlertState.BACK_ON_TRACK, "calm_since": _at(1)})
    closed = after_sweep([over], _sweep(70, _owned_by("risk", _estimate(70, 0.1))), {})

    assert [(one.team, one.resumed_at) for one in without.moved] == [("desk", None)]
    assert closed.alerts[alert.id].state is AlertState.CLOSED
    assert closed.alerts[alert.id].team == "desk"


_KIDS = [FeedName(f"kid{number}") for number in range(30)]


def _hub(minutes: float, waiting: list[FeedName], **root: object) -> Swept:
    """Return a sweep in which a late hub is well again and some of its readers are late, each by itself."""
    kids = [_estimate(minutes, 0.9 if name in waiting else 0.05, name) for name in _KIDS]
    return _sweep(minutes, _estimate(minutes, 0.05, **root), *kids, groups=[[name] for name in waiting])  # type: ignore[arg-type]


def test_thirty_feeds_that_follow_a_hub_which_is_well_again_get_no_cards_of_their_own() -> None:
    late = [_estimate(0, 0.9, name) for name in _KIDS]
    hub = _estimate(0, 0.9, overdue_at=_at(-1))
    alert = after_sweep([], _sweep(0, hub, *late, groups=[[FX, *_KIDS]]), {}).opened[0]

    follow = after_sweep([alert], _hub(60, _KIDS, good_at=_at(59)), {})
    held = follow.alerts[alert.id]
    fewer = after_sweep([held], _hub(70, _KIDS[:1], good_at=_at(59)), {}).alerts[alert.id]
    over = after_sweep([fewer], _hub(80, [], good_at=_at(59)), {}).alerts[alert.id]
    overdue = after_sweep([fewer], _hub(120, _KIDS[:1], good_at=_at(59)), {})

    assert (follow.opened, held.state) == ([], AlertState.HAPPENED)
    assert held.sentence.endswith("; 30 feeds that waited for it are not yet.")
    assert fewer.sentence.endswith("; 1 feed that waited for it is not yet.")
    assert (over.state, over.outcome) == (AlertState.CLOSED, Verdict.HAPPENED)
    assert overdue.alerts[alert.id].state is AlertState.CLOSED
    assert [one.root for one in overdue.opened] == _KIDS[:1]


def _held() -> Alert:
    """Return the card of a hub that is well since minute 59 and stands for thirty that are not."""
    late = [_estimate(0, 0.9, name) for name in _KIDS]
    hub = _estimate(0, 0.9, overdue_at=_at(-1))
    alert = after_sweep([], _sweep(0, hub, *late, groups=[[FX, *_KIDS]]), {}).opened[0]
    return after_sweep([alert], _hub(60, _KIDS, good_at=_at(59)), {}).alerts[alert.id]


def test_a_hub_that_runs_every_ten_minutes_stands_for_others_for_an_hour_at_most() -> None:
    held = _held()
    soon = after_sweep([held], _hub(110, _KIDS[:2], good_at=_at(109)), {}).alerts[held.id]
    over = after_sweep([soon], _hub(120, _KIDS[:2], good_at=_at(119)), {})

    assert (soon.state, soon.well_since) == (AlertState.HAPPENED, _at(59))
    assert over.alerts[held.id].state is AlertState.CLOSED
    assert [one.root for one in over.opened] == _KIDS[:2]


def test_a_feed_that_fails_after_its_hub_is_well_speaks_for_itself_at_once() -> None:
    held = _held()
    kids = [_estimate(70, 0.9, name) for name in _KIDS[1:3]]
    failed = _estimate(70, 0.9, _KIDS[0], trouble_at=_at(69))
    hub = _estimate(70, 0.05, good_at=_at(59))

    changes = after_sweep([held], _sweep(70, hub, failed, *kids), {})
    after = changes.alerts[held.id]
    again = after_sweep([after, *changes.opened], _sweep(71, hub, failed, *kids), {})

    assert [one.root for one in changes.opened] == _KIDS[:1]
    assert (after.state, _KIDS[0] in after.dependants) == (AlertState.HAPPENED, False)
    assert after.sentence.endswith("; 2 feeds that waited for it are not yet.")
    assert again.opened == []


@pytest.mark.parametrize("again", [{"trouble_at": 69}, {"overdue_at": 69}])
def test_a_hub_in_trouble_again_while_its_card_stands_for_others_is_told_anew(again: dict[str, int]) -> None:
    held = _held()
    hub = _estimate(70, 0.9, good_at=_at(59), **{name: _at(minutes) for name, minutes in again.items()})
    kids = [_estimate(70, 0.9, name) for name in _KIDS[:2]]

    changes = after_sweep([held], _sweep(70, hub, *kids, groups=[[FX, *_KIDS[:2]]]), {})

    assert (changes.alerts[held.id].state, changes.alerts[held.id].outcome) == (
        AlertState.CLOSED,
        Verdict.HAPPENED,
    )
    assert [(one.root, one.dependants) for one in changes.opened] == [(FX, tuple(_KIDS[:2]))]


def _back_on_track(level: float = 0.9) -> tuple[Alert, Changes]:
    """Return the card of a hub that is back on track before its trouble, and what the sweep of that does."""
    high = [_estimate(0, 0.9, name) for name in _KIDS]
    alert = after_sweep([], _sweep(0, _estimate(0, 0.9), *high, groups=[[FX, *_KIDS]]), {}).opened[0]
    kids = [_estimate(10, level, name) for name in _KIDS]
    return alert, after_sweep([alert], _sweep(10, _estimate(10, 0.05, good_at=_at(9)), *kids), {})


def test_feeds_in_trouble_still_when_their_hub_is_back_on_track_get_one_card_that_says_so() -> None:
    alert, changes = _back_on_track()
    hub, (card,) = changes.alerts[alert.id], changes.opened
    kids = [_estimate(11, 0.9, name) for name in _KIDS]
    after = after_sweep([hub, card], _sweep(11, _estimate(11, 0.05, good_at=_at(9)), *kids), {})

    assert (hub.state, hub.dependants) == (AlertState.BACK_ON_TRACK, ())
    assert (card.state, sorted((card.root, *card.dependants))) == (AlertState.RAISED, sorted(_KIDS))
    assert after.opened == []
    assert after.alerts[hub.id].state is AlertState.CLOSED


def test_what_failed_of_a_card_that_took_over_is_told_on_that_one_alone() -> None:
    alert, changes = _back_on_track()
    hub, (card,) = changes.alerts[alert.id], changes.opened
    failed = _estimate(11, 0.9, card.dependants[0], trouble_at=_at(10.5))
    kids = [_estimate(11, 0.9, name) for name in _KIDS if name != failed.name]
    after = after_sweep([hub, card], _sweep(11, _estimate(11, 0.05), failed, *kids), {})

    assert after.alerts[card.id].stricken == failed.name
    assert after.alerts.get(hub.id, hub).state is not AlertState.HAPPENED


def test_a_hub_that_is_in_trouble_again_speaks_for_what_waits_for_it_by_its_own_card() -> None:
    alert, changes = _back_on_track()
    both = [changes.alerts[alert.id], *changes.opened]
    kids = [_estimate(11, 0.9, name) for name in _KIDS]
    again = after_sweep(both, _sweep(11, _estimate(11, 0.9), *kids, groups=[[FX, *_KIDS]]), {})

    assert again.opened == []
    assert again.alerts[alert.id].state is AlertState.RAISED
    assert again.alerts[alert.id].dependants == tuple(sorted(_KIDS))
    assert again.alerts[both[1].id].ending is Ending.JOINED


def test_feeds_that_are_calm_beside_their_hub_get_no_card() -> None:
    alert, changes = _back_on_track(0.05)

    assert (changes.opened, changes.alerts[alert.id].dependants) == ([], tuple(sorted(_KIDS)))
