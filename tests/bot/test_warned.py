"""Who asks why nobody was warned reads whether anybody was, and if not, why not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.presenters.warned import Kept, warned_card
from domain.ids import FeedName, PersonId, RunId, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.alerts import Alert, Mute, feed_fingerprint
from domain.watch.feed_health import FeedHealth, FeedPage, Light, RunPoint, ScorecardView, ToldPoint
from domain.watch.watching import WatchedFeed
from tests.bot.desk_house import DeskHouse
from tests.domain.builders import an_alert

FEED = FeedName("fx_trades")
FAILED = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
NOW = FAILED + timedelta(hours=3)
WATCHED = WatchedFeed(
    Feed(FEED, TeamId("desk"), Schedule(Rhythm.DAILY)), 0.4, True, heard_since=FAILED - timedelta(days=30)
)


def _page(*told: ToldPoint, outcome: str = "failed") -> FeedPage:
    health = FeedHealth(
        name=FEED,
        team="desk",
        criticality="high",
        state=Light.RED,
        probability=0.1,
        threshold=0.4,
        measured_at=NOW,
    )
    return FeedPage(health=health, runs=(RunPoint(run="r1", outcome=outcome, finished_at=FAILED),), told=told)


def _said(kept: Kept, *told: ToldPoint, outcome: str = "failed") -> str:
    return warned_card(_page(*told, outcome=outcome), kept, ScorecardView(), NOW).lead


def _before(minutes: int, **facts: object) -> Alert:
    at = FAILED - timedelta(minutes=minutes)
    return an_alert(at, **({"announced_at": at} | facts))


def test_an_alert_that_was_posted_before_is_named_with_how_long_before() -> None:
    said = _said(Kept(WATCHED, [_before(40)]))

    assert "Yes: its alert was posted 40 min before" in said


def test_an_alert_that_names_the_feed_as_a_dependant_counts_too(house: DeskHouse) -> None:
    with house.transactions.writing() as uow:
        uow.alerts.save(_before(40, root="fx_rates", dependants=["fx_trades"]))
        uow.watched.keep([WATCHED.feed], FAILED)
        health = _page().health
        uow.watched.show([health], NOW)
        uow.runs.add_history([_run()], NOW)

    house.say("sam", "why didn't you warn me about fx_trades?")

    assert "posted 40 min before" in house.cards_to_all()[-1].lead


def test_what_was_only_counted_in_shadow_was_told_to_nobody() -> None:
    said = _said(Kept(WATCHED, [_before(40, is_shadow=True, announced_at=None)]))

    assert "I saw it coming 40 min before and told nobody: it was in shadow" in said


def test_what_waited_in_quiet_hours_was_seen_and_not_posted() -> None:
    said = _said(Kept(WATCHED, [_before(40, announced_at=None)]))

    assert "it waited to be told" in said


def test_a_muted_feed_is_said_to_be_muted_and_a_muted_cause_is_not() -> None:
    until = FAILED + timedelta(hours=5)
    facts = {"feed": FEED, "until": until, "by": PersonId("sam"), "since": FAILED - timedelta(hours=1)}
    whole = Mute(fingerprint=feed_fingerprint(FEED), cause="expected", **facts)
    cause = Mute(fingerprint="other", cause="slow", **facts)

    assert "Nobody was to be told" in _said(Kept(WATCHED, mutes=[whole]))
    assert "Nobody was to be told" not in _said(Kept(WATCHED, mutes=[cause]))


def test_a_feed_whose_runs_came_later_as_history_was_not_watched() -> None:
    late = WatchedFeed(WATCHED.feed, 0.4, True, heard_since=FAILED + timedelta(hours=1))

    assert "I did not watch it yet" in _said(Kept(late))


def test_what_nobody_saw_coming_is_admitted_with_the_highest_estimate() -> None:
    told = [ToldPoint(made_at=FAILED - timedelta(minutes=m), probability=p, alerted=False) for m, p in
            ((30, 0.07), (60, 0.12), (600, 0.9))]  # fmt: skip

    said = _said(Kept(WATCHED, [an_alert(FAILED + timedelta(minutes=5))]), *told)

    assert "No, I did not see it coming: my highest estimate in the two hours before was 12%" in said
    assert "Its alert came afterwards" in said


def test_a_feed_without_trouble_has_nothing_that_could_be_told() -> None:
    assert "I know of no trouble" in _said(Kept(WATCHED), outcome="ok")


def test_who_names_no_feed_is_asked_about_which_of_those_in_trouble(house: DeskHouse) -> None:
    with house.transactions.writing() as uow:
        uow.watched.keep([WATCHED.feed], FAILED)
        uow.watched.show([_page().health], NOW)

    house.say("sam", "why didn't you warn me?")

    assert "In trouble now: **fx_trades**" in house.cards_to_all()[-1].lead


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    made = DeskHouse(tmp_path, is_watched=True)
    made.clock.at = NOW
    return made


def _run() -> Run:
    start = FAILED - timedelta(minutes=9)
    return Run(FEED, RunId("r1"), FAILED, Outcome.FAILED, started_at=start, finished_at=FAILED)
