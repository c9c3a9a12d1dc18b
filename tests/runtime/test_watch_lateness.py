"""Runs that come late or not at all: foretold, named, held against the estimates, and never forgotten."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from domain.configuration.changes import FeedEntry
from domain.running.feeds import UNKNOWN_SCHEDULE, Feed, Rhythm, Schedule
from domain.running.runs import Outcome
from domain.watch.alerts import AlertState
from domain.watch.feed_health import Light
from domain.watch.predictions import Verdict
from predictors.known.landscape import landscape
from predictors.known.run_table import table_of
from predictors.timeliness.lateness import owed_runs
from predictors.timeliness.punctuality import missed_deadlines, punctualities
from tests.runtime.dawn import DAILY, DESK, LOAD, SIX_THIRTY, Dawn, FixedClock, a_run


@pytest.fixture
def dawn(tmp_path: Path) -> Dawn:
    return Dawn(tmp_path, clock=FixedClock(SIX_THIRTY - timedelta(hours=1)))  # type: ignore[arg-type]


def test_a_load_that_does_not_begin_is_told_before_its_deadline_and_happens_when_that_has_passed(
    dawn: Dawn,
) -> None:
    dawn.know(DAILY)
    dawn.at(-30)
    assert dawn.open_alerts() == []

    dawn.at(25)

    (alert,) = dawn.open_alerts()
    assert (alert.root, alert.state, alert.due_at) == (LOAD, AlertState.RAISED, SIX_THIRTY)
    assert "its 06:30 UTC run should have started 25 minutes ago" in alert.reasons[0]
    assert alert.lateness == alert.probability

    dawn.at(36)
    (alert,) = dawn.open_alerts()
    assert (alert.state, alert.outcome) == (AlertState.HAPPENED, Verdict.HAPPENED)
    assert alert.sentence == "gold_load has been late since 07:05 UTC."
    assert dawn.light()[0] is Light.RED

    dawn.at(24 * 60 - 60)
    assert [one.id for one in dawn.open_alerts()] == [alert.id]

    end = dawn.clock.now()
    dawn.report(Outcome.OK, LOAD, "at last", started_at=end - timedelta(minutes=5), finished_at=end)
    dawn.at(24 * 60 - 59)
    assert dawn.open_alerts() == []
    assert dawn.light()[0] is Light.GREEN


def test_a_run_that_is_overdue_when_it_is_first_seen_is_told_as_what_it_is(dawn: Dawn) -> None:
    dawn.know(DAILY)

    dawn.at(180)

    (alert,) = dawn.open_alerts()
    assert (alert.state, alert.outcome) == (AlertState.HAPPENED, Verdict.HAPPENED)
    assert alert.probability > 0.9


@pytest.mark.parametrize("schedule", [UNKNOWN_SCHEDULE, DAILY])
def test_the_first_run_of_a_feed_is_not_late_by_what_was_due_before_anybody_knew_of_it(
    dawn: Dawn, schedule: Schedule
) -> None:
    begun = SIX_THIRTY + timedelta(hours=4)
    dawn.clock.at = begun  # type: ignore[attr-defined]
    with dawn.transactions.writing() as uow:
        uow.watched.keep([Feed(LOAD, DESK, schedule)], begun)
    dawn.report(Outcome.RUNNING, LOAD, "first", started_at=begun)

    dawn.at(245)

    told = dawn.told()
    assert (told.is_late, told.running_since) == (False, begun)
    assert dawn.open_alerts() == []
    assert dawn.light()[0] is not Light.RED


def test_the_first_run_of_a_day_is_not_late_where_no_calendar_is_known(dawn: Dawn) -> None:
    dawn.know(UNKNOWN_SCHEDULE, runs=2)
    begun = SIX_THIRTY + timedelta(hours=4)
    dawn.clock.at = begun  # type: ignore[attr-defined]
    dawn.report(Outcome.RUNNING, LOAD, "today", started_at=begun)

    dawn.at(242)
    assert not dawn.told().is_late
    assert dawn.open_alerts() == []

    dawn.at(300)
    assert dawn.told().is_late, "it has run for an hour where five minutes are usual"


def test_a_first_run_is_late_by_what_was_due_since_its_feed_is_watched(dawn: Dawn) -> None:
    with dawn.transactions.writing() as uow:
        uow.watched.keep([Feed(LOAD, DESK, DAILY)], SIX_THIRTY - timedelta(hours=1))
    begun = SIX_THIRTY + timedelta(hours=4)
    dawn.clock.at = begun  # type: ignore[attr-defined]
    dawn.report(Outcome.RUNNING, LOAD, "first", started_at=begun)

    dawn.at(242)

    assert dawn.told().is_late


def test_a_dead_hourly_feed_stays_late_from_hour_to_hour(dawn: Dawn) -> None:
    dawn.know(Schedule(Rhythm.INTERVAL, every_minutes=60, at_minute=30), every=timedelta(hours=1))

    late = []
    for minutes in (20, 45, 70, 100, 130):
        dawn.at(minutes)
        late.append(dawn.told().is_late)

    assert late == [False, True, True, True, True]
    assert dawn.told().overdue_at == SIX_THIRTY + timedelta(minutes=35)


def test_a_weekly_feed_that_missed_its_day_is_still_late_days_later(dawn: Dawn) -> None:
    weekly = Schedule(Rhythm.WEEKLY, at_minute=390, weekdays=frozenset({1}))
    dawn.know(weekly, every=timedelta(days=7), runs=8)

    dawn.at(5 * 24 * 60)

    assert dawn.told().overdue_at == SIX_THIRTY + timedelta(minutes=35)
    assert dawn.light() == (Light.RED, "it has been late since 24 Nov 07:05 UTC")


def test_a_business_day_feed_owes_nothing_on_a_holiday_of_its_zone() -> None:
    christmas = datetime(2026, 12, 25, 12, tzinfo=UTC).timestamp()
    schedule = Schedule(Rhythm.DAILY, at_minute=390, weekdays=frozenset(range(5)), zone="Europe/London")
    feed = Feed(LOAD, DESK, schedule)
    runs = [a_run(datetime(2026, 12, day, 6, 30, tzinfo=UTC)) for day in (14, 15, 16, 17, 18, 21, 22, 23, 24)]
    table = table_of(runs, [LOAD])

    missed = missed_deadlines([feed], table, punctualities([feed], table, {}), christmas, {})

    assert len(missed.key) == 0
    number, at = np.zeros(1, dtype=np.intp), np.array([christmas])
    scene = landscape([feed], christmas - 86_400.0, christmas + 4 * 86_400.0)
    owed = owed_runs(scene, table, punctualities([feed], table, {}), number, at)
    assert owed.due[0] == datetime(2026, 12, 29, 6, 30, tzinfo=UTC).timestamp(), "Boxing Day is kept on 28th"


def test_late_but_ok_runs_are_labels_of_trouble_and_count_in_the_feeds_own_rate() -> None:
    runs = [
        a_run(SIX_THIRTY - timedelta(days=back), late=60.0 * (back % 5 == 0)) for back in range(30, 0, -1)
    ]
    feed, table = Feed(LOAD, DESK, DAILY), table_of(runs, [LOAD])
    known = punctualities([feed], table, {})

    missed = missed_deadlines([feed], table, known, SIX_THIRTY.timestamp(), {})

    assert int(missed.runs.sum()) == 5
    assert 0.1 < known[0].rate < 0.2


def test_what_was_said_is_judged_as_trouble_when_the_run_was_late_or_never_came(dawn: Dawn) -> None:
    dawn.know(DAILY)
    dawn.at(0)
    dawn.at(31)
    late = a_run(SIX_THIRTY, late=50)
    dawn.report(Outcome.OK, LOAD, "slow", started_at=late.started_at, finished_at=late.finished_at)
    dawn.at(24 * 60)
    dawn.at(27 * 60)

    with dawn.transactions.reading() as uow:
        judged = {one.made_at: one for one in uow.forecasts.judged(SIX_THIRTY - timedelta(1))[LOAD]}

    due = SIX_THIRTY + timedelta(minutes=35)
    assert [(one.made_at, one.trouble_at) for one in judged.values()] == [
        (SIX_THIRTY, due),
        (SIX_THIRTY + timedelta(minutes=31), due),
        (SIX_THIRTY + timedelta(days=1), due + timedelta(days=1)),
    ]
    assert all(one.came_true for one in judged.values())


def test_a_configured_feed_is_watched_from_its_merge_and_late_when_it_never_runs(dawn: Dawn) -> None:
    with dawn.transactions.writing() as uow:
        entry = FeedEntry(name=LOAD, owner="desk", schedule="30 6 * * * UTC", updated_at=dawn.clock.now())
        uow.feeds.save(entry)
        uow.watched.begin([LOAD], dawn.clock.now())

    dawn.at(0)
    assert not dawn.told().is_late
    dawn.at(45)

    assert dawn.told().is_late
    assert dawn.light() == (Light.RED, "it has never run and has been late since 24 Nov 07:10 UTC")


def test_a_schedule_that_changed_last_week_makes_no_calendar_untrue(dawn: Dawn) -> None:
    """Runs of before came by the former schedule: by the new one all of them would have been late."""
    moved = SIX_THIRTY - timedelta(days=6)
    half_past_nine = Schedule(Rhythm.DAILY, at_minute=570)
    dawn.know(half_past_nine, runs=0)
    runs = [a_run(SIX_THIRTY - timedelta(days=back, hours=-3 * (back > 5))) for back in range(40, 0, -1)]
    with dawn.transactions.writing() as uow:
        uow.runs.add_history(runs, SIX_THIRTY)
        uow.watched.keep([Feed(LOAD, DESK, DAILY)], moved)

    dawn.at(36)

    assert dawn.told().is_late
    assert dawn.told().overdue_at == SIX_THIRTY + timedelta(minutes=35)


def test_a_run_that_had_ended_in_time_and_was_told_of_late_is_no_trouble(dawn: Dawn) -> None:
    dawn.know(DAILY)
    dawn.at(25)
    dawn.at(36)
    (late,) = dawn.open_alerts()
    assert late.state is AlertState.HAPPENED

    came = a_run(SIX_THIRTY, late=20)
    dawn.report(Outcome.OK, LOAD, "told late", started_at=came.started_at, finished_at=came.finished_at)
    dawn.at(37)

    assert dawn.open_alerts() == []
    with dawn.transactions.reading() as uow:
        over = uow.alerts.get(late.id)
    assert over.outcome is Verdict.DID_NOT_HAPPEN
    assert over.sentence == "Its run ended in time, at 06:55 UTC; I was told later."


def test_a_clock_that_is_set_back_makes_no_run_late_that_had_come(dawn: Dawn) -> None:
    dawn.know(DAILY)
    dawn.at(70)
    came = a_run(SIX_THIRTY)
    dawn.report(Outcome.OK, LOAD, "came", started_at=came.started_at, finished_at=came.finished_at)
    dawn.at(71)

    dawn.at(40)

    assert dawn.open_alerts() == []
    assert not dawn.told().is_late


def test_a_card_that_came_true_says_how_the_run_stands_and_not_how_it_stood(dawn: Dawn) -> None:
    dawn.know(DAILY)
    dawn.at(-30)
    begun = dawn.at(0)
    dawn.report(Outcome.RUNNING, LOAD, "slow", scheduled_at=begun, started_at=begun)
    dawn.at(34)
    assert "is still running, 1 minute before" in dawn.open_alerts()[0].reasons[0]

    dawn.at(36)
    assert (
        dawn.open_alerts()[0].reasons[0]
        == "its 06:30 UTC run has not ended and has been late since 07:05 UTC"
    )

    dawn.report(Outcome.FAILED, LOAD, "slow", started_at=begun, finished_at=dawn.clock.now())
    dawn.at(37)
    dawn.at(38)

    (alert,) = dawn.open_alerts()
    assert alert.sentence == "gold_load has been late since 07:05 UTC, and its run failed at 07:06 UTC."
    assert alert.reasons == ("its last run failed",)
