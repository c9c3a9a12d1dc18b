"""By when runs have to have ended: promised moments, several in an hour, and reports in any order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from domain.configuration.changes import FeedEntry
from domain.running.feed_facts import FeedFacts
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome
from predictors.known.landscape import landscape
from predictors.known.run_table import table_of
from predictors.timeliness.deadlines import deadlines_of
from predictors.timeliness.lateness import late_within, owed_runs
from predictors.timeliness.punctuality import punctualities
from tests.runtime.dawn import DAILY, DESK, LOAD, SIX_THIRTY, Dawn, FixedClock, a_run


@pytest.fixture
def dawn(tmp_path: Path) -> Dawn:
    return Dawn(tmp_path, clock=FixedClock(SIX_THIRTY - timedelta(hours=1)))  # type: ignore[arg-type]


def test_a_run_is_late_from_the_moment_that_readers_were_promised(dawn: Dawn) -> None:
    dawn.know(DAILY)
    with dawn.transactions.writing() as uow:
        facts = FeedFacts(promised="09:00 Europe/Berlin", grace_minutes=30)
        uow.feeds.save(
            FeedEntry(
                name=LOAD, owner="desk", schedule="30 6 * * * UTC", facts=facts, updated_at=dawn.clock.now()
            )
        )

    dawn.at(80)
    assert not dawn.told().is_late
    dawn.at(91)

    assert dawn.told().overdue_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert dawn.told().is_late


@pytest.mark.parametrize(
    ("due", "by"),
    [
        ("2026-11-20 21:30", "2026-11-23 06:00"),
        ("2026-12-24 21:30", "2026-12-29 06:00"),
        ("2026-03-27 21:30", "2026-03-30 05:00"),
        ("2026-11-24 21:30", "2026-11-25 06:00"),
    ],
    ids=["friday to monday", "over Christmas and Boxing Day, kept on 28th", "summer time", "overnight"],
)
def test_a_promise_is_kept_by_the_wall_clock_of_its_zone_on_business_days(due: str, by: str) -> None:
    nightly = Schedule(
        Rhythm.DAILY,
        at_minute=21 * 60 + 30,
        weekdays=frozenset(range(5)),
        zone="Europe/London",
        promised_minute=360,
    )
    at = datetime.fromisoformat(f"{due}+00:00").timestamp()

    (deadline,) = deadlines_of(Feed(LOAD, DESK, nightly), np.array([at]), 60.0)

    assert f"{datetime.fromtimestamp(deadline, UTC):%Y-%m-%d %H:%M}" == by


def test_a_promise_that_is_broken_more_often_than_kept_is_still_a_promise() -> None:
    feed = Feed(LOAD, DESK, Schedule(Rhythm.DAILY, at_minute=390, promised_minute=392))
    runs = [a_run(SIX_THIRTY - timedelta(days=back)) for back in range(30, 0, -1)]

    (known,) = punctualities([feed], table_of(runs, [LOAD]), {})

    assert known.is_promised
    assert known.rate > 0.5


@pytest.mark.parametrize(("minutes", "missed"), [(5, 1), (25, 1), (70, 1), (80, 2), (150, 3), (60 * 24, 24)])
def test_how_many_runs_in_a_row_are_missing_is_counted(minutes: int, missed: int) -> None:
    hourly = Feed(LOAD, DESK, Schedule(Rhythm.INTERVAL, every_minutes=60, grace_minutes=10))
    newest = SIX_THIRTY - timedelta(minutes=30)
    table = table_of([a_run(newest - timedelta(hours=back)) for back in range(60)], [LOAD])
    at = np.array([(newest + timedelta(minutes=60 + minutes)).timestamp()])
    known = punctualities([hourly], table, {})
    scene = landscape([hourly], at[0] - 2 * 86_400.0, at[0] + 86_400.0)

    owed = owed_runs(scene, table, known, np.zeros(1, dtype=np.intp), at)

    assert owed.missed.tolist() == [missed]


def test_a_public_holiday_is_no_missing_run() -> None:
    workdays = Schedule(Rhythm.DAILY, at_minute=390, weekdays=frozenset(range(5)), zone="Europe/Berlin")
    feed = Feed(LOAD, DESK, workdays)
    newest = datetime(2026, 12, 23, 5, 30, tzinfo=UTC)
    table = table_of([a_run(newest)], [LOAD])
    at = np.array([datetime(2026, 12, day, 12, tzinfo=UTC).timestamp() for day in (24, 25, 28, 29)])
    known = punctualities([feed], table, {})
    scene = landscape([feed], at[0] - 2 * 86_400.0, at[-1] + 86_400.0)

    owed = owed_runs(scene, table, known, np.zeros(len(at), dtype=np.intp), at)

    assert owed.missed.tolist() == [1, 1, 2, 3]


def test_every_deadline_within_the_hour_counts_and_not_only_the_first() -> None:
    often = Feed(LOAD, DESK, Schedule(Rhythm.INTERVAL, every_minutes=10, grace_minutes=1))
    hour = SIX_THIRTY - timedelta(minutes=30)
    runs = [
        a_run(hour - timedelta(minutes=10 * back), late=2.0 * (back % 10 == 0)) for back in range(60, 0, -1)
    ]
    table, at = table_of(runs, [LOAD]), np.array([hour.timestamp() - 240.0])
    known = punctualities([often], table, {})
    scene = landscape([often], at[0] - 86_400.0, at[0] + 86_400.0)

    owed = owed_runs(scene, table, known, np.zeros(1, dtype=np.intp), at)
    half, _, whole = late_within(owed, np.array([0.1]))[0]

    assert owed.later.tolist() == [[2.0, 3.0, 5.0]]
    assert known[0].onset > 0.05
    assert 0.1 < half < whole < 1.0 - 0.9 * 0.9**5


def test_a_report_that_comes_late_does_not_bring_an_older_run_back(dawn: Dawn) -> None:
    hourly = Schedule(Rhythm.INTERVAL, every_minutes=60, at_minute=30)
    dawn.know(hourly, every=timedelta(hours=1))
    good, older = a_run(SIX_THIRTY), a_run(SIX_THIRTY - timedelta(minutes=20), outcome=Outcome.FAILED)
    dawn.at(6)
    dawn.report(Outcome.OK, LOAD, "new", started_at=good.started_at, finished_at=good.finished_at)
    dawn.at(8)
    dawn.report(Outcome.FAILED, LOAD, "old", started_at=older.started_at, finished_at=older.finished_at)
    dawn.at(9)

    told = dawn.told()

    assert (told.trouble_at, told.last.run if told.last else "") == (None, "new")
    assert told.running_since is None
    table = table_of([good, replace(older, seen_at=SIX_THIRTY + timedelta(minutes=9))], [LOAD])
    at = np.array([SIX_THIRTY.timestamp() + 600.0])
    owed = owed_runs(
        landscape([Feed(LOAD, DESK, hourly)], at[0] - 86_400.0, at[0]),
        table,
        punctualities([Feed(LOAD, DESK, hourly)], table, {}),
        np.zeros(1, dtype=np.intp),
        at,
    )
    assert not owed.running[0], "the newer run has ended, whatever was reported after it"
