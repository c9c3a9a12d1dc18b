"""A sender of many feeds that goes silent is one card, which lives until news returns."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from random import Random

import pytest

from domain.ids import FeedName, PersonId, TeamId
from domain.running.feeds import Criticality, Feed, Rhythm, Schedule
from domain.running.senders import in_words, sender_of
from domain.watch.alert_policy import AlertPolicy
from domain.watch.alert_rules import after_sweep
from domain.watch.alerts import Alert, AlertState, Ending, Mute, feed_fingerprint, sender_fingerprint
from domain.watch.predictions import Prediction, Reason, SuchMornings
from domain.watch.silent_senders import (
    last_words,
    silent_senders,
    with_silence_said,
    with_silent_senders,
)
from domain.watch.watching import Estimate, Heard, Swept, Trouble, WatchedFeed

NOW = datetime(2026, 11, 22, 6, 10, tzinfo=UTC)
AIRFLOW, SPARK = "prod\nairflow", "prod\nopenlineage\nspark"
NAMES = [FeedName(f"feed_{letter}") for letter in "abcdefgh"]
A, B, C, D, E = NAMES[:5]


def _at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


@dataclass
class _World:
    """Feeds of which news was due at minute 0 and that are late from minute 20 on, swept when a test says."""

    feeds: dict[FeedName, Feed]
    heard: dict[tuple[FeedName, str], float]
    failed: dict[FeedName, float] = field(default_factory=dict)
    came: dict[FeedName, float] = field(default_factory=dict)
    begun: dict[FeedName, float] = field(default_factory=dict)
    also_due: dict[FeedName, float] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    mutes: dict[str, Mute] = field(default_factory=dict)
    opened: list[Alert] = field(default_factory=list)

    def sweep(self, minutes: float) -> list[Alert]:
        now = _at(minutes)
        estimates = [self._estimate(feed, minutes) for feed in self.feeds.values()]
        by_name = {one.name: one for one in estimates}
        heard = [Heard(feed, sender, _at(at)) for (feed, sender), at in self.heard.items()]
        high = [one for one in estimates if one.is_high]
        roots: dict[FeedName, list[FeedName]] = {}
        for one in high:
            above = [name for name in one.watched.feed.upstreams if by_name[name].is_high]
            roots.setdefault(above[0] if above else one.name, []).append(one.name)
        troubles = [
            Trouble(root, (root, *(n for n in some if n != root)), 1.0) for root, some in roots.items()
        ]
        silent = silent_senders(estimates, heard, now)
        told = with_silent_senders(troubles, silent, by_name)
        swept = Swept(now, tuple(estimates), tuple(told), "m1", 0.0, words=last_words(heard))
        changes = after_sweep([one for one in self.alerts.values() if one.is_open], swept, self.mutes)
        self.alerts |= changes.alerts
        self.opened += changes.opened
        return [one for one in self.alerts.values() if one.is_open]

    def reports(self, name: FeedName, minutes: float, sender: str = AIRFLOW, *, failed: bool = False) -> None:
        self.heard[(name, sender)] = minutes
        (self.failed if failed else self.came)[name] = minutes

    def _estimate(self, feed: Feed, minutes: float) -> Estimate:
        name, has_come = feed.name, feed.name in self.came or feed.name in self.failed
        is_missing = not has_come or (name in self.also_due and minutes >= self.also_due[name])
        overdue = (self.also_due.get(name, 0.0) if has_come else 0.0) + 20.0
        level = 0.8 if (is_missing and minutes >= overdue - 10) or name in self.failed else 0.01
        told = Prediction(
            name,
            _at(minutes),
            ((60, level),),
            None,
            (Reason("it has not come", 1.0),),
            SuchMornings(8, 10),
            "m1",
        )
        due = (self.also_due[name] if has_come else 0.0) if is_missing else minutes + 60
        if not has_come and name in self.begun:
            due = self.begun[name] + 10
        last = max(due, self.also_due.get(name, due)) if minutes >= self.also_due.get(name, 1e9) else due
        return Estimate(
            watched=WatchedFeed(feed, 0.3, speaks=True),
            prediction=told,
            last=None,
            trouble_at=_at(self.failed[name]) if name in self.failed else None,
            good_at=_at(self.came[name]) if name in self.came else None,
            running_since=_at(self.begun[name]) if name in self.begun and not has_come else None,
            overdue_at=_at(overdue) if is_missing else _at(minutes + 90),
            news_due_at=_at(due),
            news_due_last=_at(last),
        )


def _world(*names: FeedName, sender: str = AIRFLOW, **weights: Criticality) -> _World:
    feeds = {
        name: Feed(
            name,
            TeamId("desk"),
            Schedule(Rhythm.DAILY),
            criticality=weights.get(name, Criticality.NORMAL),
        )
        for name in names or NAMES
    }
    return _World(feeds, {(name, sender): -30.0 - place for place, name in enumerate(feeds)})


def test_a_sender_that_goes_silent_is_one_card_that_names_the_feeds_without_news() -> None:
    world = _world()

    (alert,) = world.sweep(15)

    assert alert.state is AlertState.HAPPENED
    assert {alert.root, *alert.dependants} == set(NAMES)
    assert alert.sentence == (
        "Nothing was heard from prod (Airflow) since 05:40 UTC. "
        "8 feeds are due without news: feed_a, feed_b, feed_c, feed_d, feed_e and 3 more."
    )
    assert [one.id for one in world.sweep(60)] == [alert.id]
    assert len(world.opened) == 1


def test_a_sender_that_spoke_a_moment_ago_is_not_silent_however_late_its_feeds_are() -> None:
    world = _world(A, B, C)
    world.heard[(A, AIRFLOW)] = 5.0

    apart = world.sweep(12)
    (together,) = world.sweep(16)

    assert [(one.root, one.sender) for one in apart] == [(A, ""), (B, ""), (C, "")]
    assert together.sender == AIRFLOW


def test_cards_that_feeds_had_before_fold_into_the_one_of_their_sender() -> None:
    world = _world(A, B)
    assert len(world.sweep(15)) == 2
    for name in (C, D):
        world.feeds[name] = Feed(name, TeamId("other"), Schedule(Rhythm.DAILY))
        world.heard[(name, AIRFLOW)] = -40.0

    (alert,) = world.sweep(16)

    assert {alert.root, *alert.dependants} == {A, B, C, D}
    assert alert.teams == ("desk", "other")
    assert alert.outcome is None
    assert not alert.is_foretold
    joined = [one for one in world.alerts.values() if not one.is_open]
    assert [one.ending for one in joined] == [Ending.JOINED]


def test_two_feeds_without_news_or_feeds_that_wait_for_one_are_not_a_silent_sender() -> None:
    assert all(not alert.sender for alert in _world(A, B).sweep(15))
    chain = _world(A, B, C, D)
    for name in (B, C, D):
        chain.feeds[name] = Feed(name, TeamId("desk"), Schedule(Rhythm.DAILY), upstreams=(A,))

    (alert,) = chain.sweep(15)

    assert (alert.root, alert.sender) == (A, "")


def test_a_sender_that_speaks_of_others_meanwhile_is_alive_and_its_missing_feeds_are_late_by_themselves() -> (
    None
):
    world = _world()
    world.reports(E, 14)

    alerts = world.sweep(15)

    assert len(alerts) == len(NAMES) - 1
    assert not any(alert.sender for alert in alerts)


def test_one_namespace_of_a_key_may_be_silent_while_another_speaks() -> None:
    world = _world(A, B, C, D)
    world.heard[(E, SPARK)] = 14.0

    (alert,) = world.sweep(15)

    assert alert.sender == AIRFLOW
    for name in (A, B, C, D):
        del world.heard[(name, AIRFLOW)]
        world.heard[(name, SPARK.replace("spark", "flink"))] = -30.0
    (alert,) = world.sweep(16)
    assert "flink (OpenLineage, key prod)" in alert.sentence


def test_a_feed_that_two_senders_tell_of_is_folded_only_when_both_are_silent() -> None:
    world = _world(A, B, C, D)
    world.heard[(D, "other\njson")] = -35.0
    world.heard[(E, "other\njson")] = 12.0

    alerts = {alert.root: alert for alert in world.sweep(15)}

    assert {alerts[A].root, *alerts[A].dependants} == {A, B, C}
    assert alerts[D].sender == ""

    both = _world(A, B, C, D)
    both.heard[(D, "other\njson")] = -35.0
    (alert,) = both.sweep(15)
    assert D in alert.dependants


def test_a_sender_that_told_of_a_feed_long_ago_has_no_say_in_it() -> None:
    world = _world(A, B, C)
    world.heard[(A, "former\njson")] = -3 * 1_440.0
    world.heard[(E, "former\njson")] = 12.0

    (alert,) = world.sweep(15)

    assert {alert.root, *alert.dependants} == {A, B, C}


def test_a_sender_that_comes_back_closes_its_card_when_every_feed_has_news() -> None:
    world = _world(A, B, C, D)
    (before,) = world.sweep(15)
    world.reports(A, 40)

    (alert,) = world.sweep(41)

    assert (alert.id, alert.state) == (before.id, AlertState.BACK_ON_TRACK)
    assert "reports again since 06:50 UTC" in alert.sentence
    assert "Of 3 feeds nothing came" in alert.sentence
    for name in (B, C, D):
        world.reports(name, 43)
    assert world.sweep(44) == []
    closed = world.alerts[before.id]
    assert (closed.outcome, closed.sentence) == (None, "prod (Airflow) reports again.")


def test_what_is_missing_of_the_time_of_silence_stays_and_what_is_missing_later_speaks_for_itself() -> None:
    world = _world(A, B, C, D)
    world.sweep(15)
    world.reports(A, 40)
    world.also_due[B] = 60.0

    assert len(world.sweep(59)) == 1
    first, second = world.sweep(75)

    assert {first.root, *first.dependants} == {C, D}
    assert (second.root, second.sender) == (B, "")
    assert len(world.opened) == 2


def test_runs_that_begin_late_when_their_sender_is_back_get_no_cards_of_their_own_before_they_outlast() -> (
    None
):
    world = _world(A, B, C, D)
    world.sweep(25)
    for name in (A, B, C, D):
        world.heard[(name, AIRFLOW)] = world.begun[name] = 100
    (card,) = world.sweep(101)
    assert (card.sender, len(world.opened)) == (AIRFLOW, 1)
    assert {card.root, *card.dependants} == {A, B, C, D}

    for name in (A, B, C):
        world.reports(name, 105)
    world.sweep(106)
    assert len(world.opened) == 1

    world.heard[(A, AIRFLOW)] = 129
    (alone,) = world.sweep(130)
    assert (alone.root, alone.sender) == (D, "")


class _Foretold(_World):
    """From minute 100 on E is foretold to be late: its run is due at 160."""

    def _estimate(self, feed: Feed, minutes: float) -> Estimate:
        one = super()._estimate(feed, minutes)
        ahead = {"news_due_at": _at(160), "news_due_last": _at(160), "overdue_at": _at(170)}
        return replace(one, **ahead) if feed.name == E and minutes > 100 else one  # type: ignore[arg-type]


def test_who_waits_for_a_run_that_begins_late_stays_on_the_card_and_does_not_join_it_anew() -> None:
    before = _world(A, B, C, D, E)
    before.feeds[E] = replace(before.feeds[E], upstreams=(A,))
    world = _Foretold(before.feeds, before.heard)
    world.sweep(25)
    for name in (A, B, C, D):
        world.heard[(name, AIRFLOW)] = world.begun[name] = 100

    (card,) = world.sweep(101)

    assert E in card.dependants
    assert E not in card.named_at


def test_a_sender_that_falls_silent_again_goes_on_with_the_same_card() -> None:
    world = _world(A, B, C, D, *NAMES[4:])
    (before,) = world.sweep(15)
    for name in NAMES[2:]:
        world.reports(name, 40)
        world.also_due[name] = 60.0
    (calm,) = world.sweep(41)

    (again,) = world.sweep(80)

    assert (calm.id, calm.state) == (before.id, AlertState.BACK_ON_TRACK)
    assert (again.id, again.state) == (before.id, AlertState.HAPPENED)
    assert again.silent_since == _at(40)
    assert {again.root, *again.dependants} == set(NAMES)


def test_a_feed_that_has_failed_keeps_its_own_card_while_its_sender_is_silent() -> None:
    world = _world(A, B, C, D)
    world.failed[A] = -31.0
    (failed,) = world.sweep(-20)
    assert failed.root == A

    alerts = {alert.root: alert for alert in world.sweep(15)}

    assert alerts[A].id == failed.id
    assert alerts[A].sender == ""
    assert {alerts[B].root, *alerts[B].dependants} == {B, C, D}


def test_a_feed_that_reports_a_failure_when_news_returns_gets_a_card_of_its_own() -> None:
    world = _world(A, B, C, D)
    (silent,) = world.sweep(15)
    world.reports(silent.root, 40, failed=True)

    first, second = world.sweep(41)

    assert (first.id, first.sender) == (silent.id, AIRFLOW)
    assert silent.root not in (first.root, *first.dependants)
    assert (second.root, second.sender) == (silent.root, "")


def test_a_feed_that_waits_for_one_without_news_stands_on_the_same_card() -> None:
    world = _world(A, B, C, D)
    world.heard[(D, "other\njson")] = world.heard.pop((D, AIRFLOW)) + 47
    world.feeds[D] = Feed(D, TeamId("desk"), Schedule(Rhythm.DAILY), upstreams=(A,))

    (alert,) = world.sweep(15)

    assert set(alert.dependants) | {alert.root} == {A, B, C, D}
    assert "3 feeds are due without news" in alert.sentence


def test_a_silent_sender_matters_as_much_as_the_gravest_of_its_feeds_and_else_waits_for_the_morning() -> None:
    policy = AlertPolicy("feeds", quiet_from=time(22), quiet_until=time(7))
    (calm,) = _world(A, B, C).sweep(15)
    (grave,) = _world(A, B, C, feed_c=Criticality.CRITICAL).sweep(15)

    assert policy.may_speak_at(calm.criticality, _at(15)) == datetime(2026, 11, 22, 7, tzinfo=UTC)
    assert policy.may_speak_at(grave.criticality, _at(15)) == _at(15)
    assert (grave.root, grave.impact) == (C, "critical (feed_c)")
    assert grave.priority > calm.priority


def test_what_people_muted_or_expect_is_not_told_of_a_silent_sender_nor_of_the_feeds_it_named() -> None:
    world = _world(A, B, C, D)
    by = PersonId("erin")
    world.mutes[feed_fingerprint(A)] = Mute(
        fingerprint=feed_fingerprint(A), feed=A, cause="expected", until=_at(900), by=by
    )
    (alert,) = world.sweep(15)
    assert A not in (alert.root, *alert.dependants)

    hushed = _world(A, B, C, D)
    key = sender_fingerprint(AIRFLOW)
    hushed.mutes[key] = Mute(fingerprint=key, feed=A, cause="", until=_at(900), by=by, feeds=(A, B, C, D))
    assert hushed.sweep(15) == []
    hushed.reports(A, 40)
    assert hushed.sweep(41) == []


@pytest.mark.parametrize("returned", [False, True])
def test_a_muted_upstream_begins_no_second_card_for_a_feed_of_a_silent_sender(returned: bool) -> None:
    world = _world(A, B, C, D)
    world.heard[(D, SPARK)] = world.heard.pop((D, AIRFLOW)) + 50
    world.reports(D, 14, SPARK)
    (silent,) = world.sweep(15)
    feed = world.feeds[silent.root]
    world.feeds[silent.root] = Feed(feed.name, feed.team, feed.schedule, upstreams=(D,))
    if returned:
        world.reports(next(name for name in (A, B, C) if name != silent.root), 20)
    key = feed_fingerprint(D)
    world.mutes[key] = Mute(fingerprint=key, feed=D, cause="", until=_at(900), by=PersonId("erin"))
    world.reports(D, 24, SPARK, failed=True)

    open_alerts = world.sweep(25)

    assert [alert.id for alert in open_alerts] == [silent.id]
    assert len(world.opened) == 1


def test_no_two_open_cards_ever_start_at_one_feed() -> None:
    for seed in range(60):
        random = Random(seed)  # noqa: S311  a made-up world
        world = _world(*NAMES)
        for place, name in enumerate(NAMES):
            above = tuple(NAMES[n] for n in range(place) if random.random() < 0.2)
            world.feeds[name] = Feed(name, TeamId("desk"), Schedule(Rhythm.DAILY), upstreams=above)
            if random.random() < 0.4:
                world.heard[(name, SPARK)] = world.heard.pop((name, AIRFLOW))
        for minutes in range(15, 200, 7):
            name = random.choice(NAMES)
            match random.choice(("mute", "report", "fail", "due", "rest")):
                case "mute":
                    key = feed_fingerprint(name)
                    until, by = _at(minutes + 60), PersonId("erin")
                    world.mutes[key] = Mute(fingerprint=key, feed=name, cause="", until=until, by=by)
                case "report":
                    world.reports(name, minutes - 1, random.choice((AIRFLOW, SPARK)))
                    world.failed.pop(name, None)
                case "fail":
                    world.reports(name, minutes - 1, random.choice((AIRFLOW, SPARK)), failed=True)
                case "due":
                    world.also_due[name] = minutes + 5.0
            roots = [alert.root for alert in world.sweep(minutes)]
            assert len(roots) == len(set(roots)), (seed, minutes)


def test_a_sender_is_told_by_its_key_its_format_and_the_namespace_that_it_names() -> None:
    assert sender_of("prod", "openlineage", "spark") == SPARK
    assert in_words(SPARK) == "spark (OpenLineage, key prod)"
    assert in_words("prod") == "prod"
    assert in_words(sender_of("nightly", "json")) == "nightly (reports of runs)"


@pytest.mark.parametrize(
    ("missed", "spoke", "is_said"),
    [(3.0, {}, True), (2.0, {}, False), (3.0, {B: 30.0}, False), (3.0, {A: 25.0}, False)],
)
def test_three_runs_in_a_row_that_are_missing_with_all_else_of_their_sender_are_told_as_its_silence(
    missed: float, spoke: dict[FeedName, float], is_said: bool
) -> None:
    world = _world(A, B)
    late = world._estimate(world.feeds[A], 60)
    heard = [Heard(name, AIRFLOW, _at(spoke.get(name, -30.0))) for name in (A, B)]

    (told,) = with_silence_said([late], [missed], heard)

    facts = [reason.fact for reason in told.prediction.reasons]
    silence = f"nothing was heard from {in_words(AIRFLOW)} since 05:40 UTC"
    assert facts == ["it has not come", *([silence] if is_said else [])]
