"""A history that ended days ago: nothing is late by it until live runs arrive."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.watching import WatchRef
from domain.ids import FeedName
from domain.running.feeds import NEVER, UNKNOWN_SCHEDULE, Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.alerts import AlertState
from domain.watch.feed_health import Light
from predictors.known.due_times import due_times
from predictors.known.run_table import SPAN
from predictors.timeliness.punctuality import missed_deadlines, punctualities
from runtime.wiring.watch_errands import EngineErrands
from runtime.wiring.watching.training_history import read_history
from storage.feed_health import SqlFeedHealth
from tests.runtime.dawn import LOAD, SIX_THIRTY, Dawn, FixedClock, a_run

ENDED = timedelta(days=9)
"""Before the morning on which it is imported."""
DAY = timedelta(days=1)


@pytest.fixture
def dawn(tmp_path: Path) -> Dawn:
    house = Dawn(tmp_path, clock=FixedClock(SIX_THIRTY - timedelta(hours=1)))  # type: ignore[arg-type]
    _import(house, [a_run(SIX_THIRTY - ENDED - DAY * back) for back in range(40, -1, -1)])
    return house


def _import(house: Dawn, runs: list[Run], live_from: str = "", began: datetime | None = None) -> str:
    head = "feed,run,state,scheduled_at,started_at,finished_at,rows_written"
    rows = [
        f"{r.feed},{r.run}-{r.scheduled_at:%m},{r.outcome},{r.scheduled_at},{r.started_at},{end},1000"
        for r in runs
        for end in (r.finished_at or "",)
    ]
    path = house.folder / "runs.csv"
    path.write_text("\n".join([head, *rows]))
    work = EngineErrands(house.settings, replace(house.stores, clock=house.clock))
    return work.import_runs(path, path.name, began or house.clock.now(), live_from=live_from).sentence


def _live(house: Dawn, due: datetime) -> None:
    end = due + timedelta(minutes=5)
    house.clock.at = end  # type: ignore[attr-defined]
    facts = {"scheduled_at": due, "started_at": due, "finished_at": end, "rows_written": 1_000}
    house.report(Outcome.OK, LOAD, f"live{due:%d}", **facts)


def test_what_was_due_since_an_imported_history_ended_is_not_late_and_people_read_why(dawn: Dawn) -> None:
    for minutes in (-30, 0, 36, 120):
        dawn.at(minutes)

    told = dawn.told()
    assert dawn.open_alerts() == []
    assert (told.is_late, told.overdue_at, told.is_high) == (False, None, False)
    assert dawn.light() == (
        Light.GREY,
        "no news since 15 Nov 06:35 UTC; watching begins when live runs arrive",
    )
    assert [one.feed for one in SqlFeedHealth(dawn.stores.database).timeline(dawn.clock.now())] == []
    with dawn.transactions.reading() as uow:
        (one,) = (one for one in uow.watched.every() if one.feed.name == LOAD)
    assert one.feed.schedule.rhythm is Rhythm.DAILY
    assert one.heard_since is None


def test_the_import_says_that_watching_begins_with_live_runs(dawn: Dawn) -> None:
    again = _import(dawn, [a_run(SIX_THIRTY - ENDED + DAY)])

    assert "1 feed has reported no live run yet: nothing counts as late" in again


def test_a_monthly_feed_is_due_on_its_date_and_one_that_follows_no_calendar_is_never_late(
    dawn: Dawn,
) -> None:
    firsts = [datetime(2026, month, 1, 2, tzinfo=UTC) for month in range(4, 12)]
    moved = [at + DAY * (3 * n % 5) for n, at in enumerate(firsts)]
    runs = [
        replace(a_run(at), feed=FeedName(name))
        for name, times in (("first_load", firsts), ("moved_load", moved))
        for at in times
    ]

    told = _import(dawn, runs, live_from="Airflow")

    assert "1 on a date of the month" in told
    assert "1 follows none that I know, so nothing of it is late" in told
    with dawn.transactions.reading() as uow:
        known = {one.feed.name: one.feed.schedule for one in uow.watched.every()}
    assert known[FeedName("first_load")].next_due(firsts[-1]) == datetime(2026, 12, 1, 2, tzinfo=UTC)
    assert known[FeedName("moved_load")] == UNKNOWN_SCHEDULE


def test_a_run_that_the_history_left_open_is_neither_running_nor_late(dawn: Dawn) -> None:
    begun = dawn.clock.now() - timedelta(hours=20)
    with dawn.transactions.writing() as uow:
        open_run = Run(LOAD, a_run(begun).run, begun, Outcome.RUNNING, begun, begun)
        uow.runs.add_history([open_run], dawn.clock.now())

    dawn.at(0)

    assert (dawn.told().running_since, dawn.told().is_late) == (None, False)
    assert dawn.open_alerts() == []


def test_lateness_begins_with_the_first_live_run_and_then_silence_is_an_alert(dawn: Dawn) -> None:
    dawn.at(0)
    _live(dawn, SIX_THIRTY)
    dawn.at(10)
    assert dawn.open_alerts() == []
    assert dawn.light()[0] is Light.GREEN
    assert dawn.told().overdue_at == SIX_THIRTY + DAY + timedelta(minutes=35)

    dawn.at(24 * 60 + 36)

    (alert,) = dawn.open_alerts()
    assert (alert.state, alert.is_shadow) == (AlertState.HAPPENED, True)
    assert dawn.light()[0] is Light.RED


def test_a_report_that_tells_of_days_ago_is_history_too(dawn: Dawn) -> None:
    end = dawn.clock.now() - 2 * DAY
    dawn.report(Outcome.OK, LOAD, "old", scheduled_at=end, started_at=end, finished_at=end)

    dawn.at(36)

    assert dawn.light()[0] is Light.GREY


def test_no_training_takes_the_days_without_news_for_missed_deadlines(dawn: Dawn) -> None:
    _live(dawn, SIX_THIRTY)
    _live(dawn, SIX_THIRTY + DAY)
    now = dawn.clock.now()

    history = read_history(dawn.stores.database, now, lambda far: None)

    place = [feed.name for feed in history.feeds].index(LOAD)
    changes = history.known.changes
    known = punctualities(history.feeds, history.table, changes)
    missed = missed_deadlines(history.feeds, history.table, known, now.timestamp(), changes)
    assert place not in (missed.key // SPAN).tolist()
    assert known[place].is_promised
    assert known[place].rate < 0.01
    (span,) = (one for one in history.known.words if one.feed == place)
    assert (span.since, span.is_neither) == ((SIX_THIRTY - ENDED).timestamp() + 300.0, True)
    assert span.until == SIX_THIRTY.timestamp()


def test_by_no_schedule_nothing_is_ever_due() -> None:
    silent = Feed(LOAD, LOAD, NEVER)  # type: ignore[arg-type]

    assert len(due_times(silent, 0.0, 1e9)) == 0
    assert Schedule(Rhythm.DAILY) != NEVER


def test_a_sweep_of_a_house_that_only_imported_opens_nothing(dawn: Dawn) -> None:
    round_ = dawn.watching.sweep(WatchRef())

    assert round_.opened == 0


def test_an_import_that_a_schedule_repeats_is_news_and_what_it_no_longer_brings_is_late(dawn: Dawn) -> None:
    runs = [a_run(SIX_THIRTY - DAY * back) for back in range(4, 0, -1)]
    told = _import(dawn, runs, "Airflow")
    assert "It is live: 1 feed of them can be late from now on." in told
    dawn.at(0)
    assert dawn.light()[0] is Light.GREEN

    _import(dawn, runs, "Airflow")
    dawn.at(36)

    (alert,) = dawn.open_alerts()
    assert alert.state is AlertState.HAPPENED
    with dawn.transactions.reading() as uow:
        (heard,) = uow.senders.every()
    assert (heard.feed, heard.sender) == (LOAD, "Airflow\nimport")
    assert heard.at == SIX_THIRTY - timedelta(hours=1), "what brings nothing new is no word"


def test_a_run_that_was_under_way_when_it_was_imported_ends_by_a_later_import(dawn: Dawn) -> None:
    begun = SIX_THIRTY - DAY
    _import(dawn, [replace(a_run(begun), outcome=Outcome.RUNNING, finished_at=None)], "Airflow")
    dawn.at(-30)
    assert dawn.told().running_since == begun

    _import(dawn, [a_run(begun)], "Airflow")

    assert dawn.told().running_since is None


@pytest.mark.parametrize("back", [timedelta(0), 7 * DAY])
def test_what_a_long_import_brings_last_reaches_a_watch_that_looked_meanwhile(
    dawn: Dawn, back: timedelta
) -> None:
    engine, began = dawn.forecaster(), dawn.clock.now()
    engine.sweep(began)
    dawn.clock.at = began + timedelta(minutes=10)  # type: ignore[attr-defined]
    engine.sweep(dawn.clock.now())

    _import(dawn, [a_run(began - back - timedelta(hours=1))], began=began)

    seen = next(one for one in engine.sweep(dawn.clock.now()).estimates if one.name == LOAD)
    assert seen.good_at == began - back - timedelta(minutes=55)


def test_a_packed_history_that_somebody_dropped_is_taken_in_by_its_name(dawn: Dawn) -> None:
    row = f"{LOAD},packed,ok,{SIX_THIRTY - 60 * DAY},{SIX_THIRTY - 60 * DAY},{SIX_THIRTY - 60 * DAY},7"
    head = "feed,run,state,scheduled_at,started_at,finished_at,rows_written"
    blob = dawn.folder / "0a1b2c"
    blob.write_bytes(gzip.compress(f"{head}\n{row}\n".encode()))
    work = EngineErrands(dawn.settings, replace(dawn.stores, clock=dawn.clock))

    found = work.import_runs(blob, "runs.csv.gz", dawn.clock.now())

    assert (found.taken, found.new) == (1, 1)
