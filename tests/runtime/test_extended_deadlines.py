"""A later deadline reaches the estimate and the alert of its run, whether or not an alert stood."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.configuration.changes import FeedEntry
from domain.ids import PersonId
from domain.running.feed_facts import FeedFacts
from domain.running.feeds import Extension, Rhythm, Schedule
from domain.running.runs import Outcome
from domain.watch.alerts import AlertState
from domain.watch.predictions import Verdict
from tests.runtime.dawn import DAILY, LOAD, SIX_THIRTY, Dawn, FixedClock

NINE = SIX_THIRTY + timedelta(minutes=150)


@pytest.fixture
def dawn(tmp_path: Path) -> Dawn:
    house = Dawn(tmp_path, clock=FixedClock(SIX_THIRTY - timedelta(hours=1)))  # type: ignore[arg-type]
    house.know(DAILY)
    return house


def _extend(house: Dawn) -> None:
    with house.transactions.writing() as uow:
        uow.watched.extend(Extension(LOAD, NINE, house.clock.now(), PersonId("erin"), "p1"))


def test_a_deadline_that_was_extended_before_any_alert_keeps_it_from_being_raised(dawn: Dawn) -> None:
    dawn.at(-30)
    _extend(dawn)

    for minutes in (0, 25, 36, 60):
        dawn.at(minutes)
        assert dawn.open_alerts() == []
    assert dawn.told().overdue_at == NINE

    dawn.at(151)

    (alert,) = dawn.open_alerts()
    assert (alert.state, alert.overdue_at) == (AlertState.HAPPENED, NINE)
    assert alert.sentence == "gold_load has been late since 09:00 UTC."


def test_the_next_run_has_its_own_deadline_again(dawn: Dawn) -> None:
    dawn.at(-30)
    _extend(dawn)
    end = dawn.at(60)
    dawn.report(Outcome.OK, LOAD, "came", scheduled_at=SIX_THIRTY, started_at=end, finished_at=end)

    dawn.at(61)

    assert dawn.told().overdue_at == SIX_THIRTY + timedelta(days=1, minutes=35)


def test_a_run_that_came_within_the_time_that_people_gave_it_is_no_trouble_to_learn_from(dawn: Dawn) -> None:
    dawn.at(-30)
    _extend(dawn)
    end = dawn.at(60)
    assert dawn.words() == []

    dawn.report(Outcome.OK, LOAD, "came", scheduled_at=SIX_THIRTY, started_at=end, finished_at=end)

    (word,) = dawn.words()
    assert (word.feed, word.verdict, word.until) == (LOAD, Verdict.DID_NOT_HAPPEN, NINE)
    dawn.report(Outcome.FAILED, LOAD, "again", started_at=end, finished_at=end)
    assert dawn.words() == []


def test_a_card_of_a_late_run_follows_a_configuration_that_gives_it_longer(dawn: Dawn) -> None:
    # The run of the day before ends as this one is due, and is not taken for it.
    begun, ended = SIX_THIRTY - timedelta(minutes=8), SIX_THIRTY - timedelta(minutes=2)
    dawn.report(Outcome.OK, LOAD, "of yesterday", started_at=begun, finished_at=ended)
    for minutes in (25, 36):
        dawn.at(minutes)
    (late,) = dawn.open_alerts()
    assert late.state is AlertState.HAPPENED
    with dawn.transactions.writing() as uow:
        facts = FeedFacts(promised="09:00 UTC")
        told = FeedEntry(name=LOAD, owner="desk", schedule="30 6 * * * UTC", facts=facts, updated_at=NINE)
        uow.feeds.save(told)

    dawn.at(37)
    (waits,) = dawn.open_alerts()
    dawn.at(151)
    (again,) = dawn.open_alerts()

    assert (waits.id, waits.outcome, waits.trouble_at) == (late.id, None, None)
    assert waits.state is not AlertState.HAPPENED
    assert (again.state, again.trouble_at) == (AlertState.HAPPENED, NINE)


def test_a_busy_feed_owes_what_is_due_by_then_at_that_moment_and_later_runs_as_ever(tmp_path: Path) -> None:
    dawn = Dawn(tmp_path, clock=FixedClock(SIX_THIRTY - timedelta(hours=1)))  # type: ignore[arg-type]
    dawn.know(Schedule(Rhythm.INTERVAL, every_minutes=60, at_minute=30), every=timedelta(hours=1))
    dawn.at(-5)
    _extend(dawn)

    for minutes in (36, 100, 140):
        dawn.at(minutes)
        assert (dawn.told().overdue_at, dawn.told().is_late) == (NINE, False)
    late = dawn.at(151)
    assert dawn.told().is_late
    dawn.report(Outcome.OK, LOAD, "came", scheduled_at=late, started_at=late, finished_at=late)

    dawn.at(152)

    assert dawn.told().overdue_at == NINE + timedelta(minutes=65)


def test_an_extension_of_a_feed_that_is_watched_no_more_harms_no_sweep(dawn: Dawn) -> None:
    _extend(dawn)
    with dawn.transactions.writing() as uow:
        uow.watched.end(LOAD)

    assert dawn.at(0) == SIX_THIRTY
