"""Bad luck before the watch: each has a defined answer."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event, text

from activities.watching import Watching, WatchRef
from domain.errors import NotNow, OutsideTrouble
from domain.ids import FeedName, RunId, TeamId
from domain.ports.run_intake import RunEvent
from domain.ports.transactions import UnitOfWork
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.watching import Estimate, Swept
from predictors.known.run_table import RunTable, states_after
from runtime.wiring.watching.training_history import read_history
from runtime.wiring.watching.watch_window import RunWindow
from tests.workflows.watch_house import FX, REF, WatchHouse


@pytest.fixture
def house(tmp_path: Path) -> WatchHouse:
    return WatchHouse(tmp_path)


def _of(house: WatchHouse, name: FeedName) -> Estimate:
    swept = house.forecaster().sweep(house.clock.now())
    return next(one for one in swept.estimates if one.name == name)


def test_without_a_model_a_rule_on_elapsed_time_answers_and_says_so(house: WatchHouse) -> None:
    house.begins(minutes_ago=11)

    late, calm = _of(house, FX), _of(house, REF)

    assert late.prediction.model == "elapsed-time rule"
    assert late.prediction.probability > 0.4 > calm.prediction.probability
    assert "usual time" in late.prediction.reasons[0].fact


def test_a_second_sweep_waits_for_the_one_that_is_still_at_it(house: WatchHouse) -> None:
    """A try that was given up for its time goes on in its thread, and the next one has the same arrays."""
    inner, first, second = house.forecaster(), threading.Event(), threading.Event()

    class Slow:
        def sweep(self, now: datetime) -> Swept:
            if first.is_set():
                second.set()
            else:
                first.set()
                # What would come in comes at once; what waits outside is not waited for long.
                assert not second.wait(0.5)
            return inner.sweep(now)

    opening = {"reading": house.transactions.reading, "writing": house.transactions.writing}
    watching = Watching(Slow(), **opening, clock=house.clock, wake=lambda: None)
    with ThreadPoolExecutor(2) as threads:
        tries = [threads.submit(watching.sweep, WatchRef()) for _ in range(2)]
        assert [one.result(60).feeds for one in tries] == [2, 2]
    assert second.is_set()


def test_what_a_failed_commit_lost_is_stored_by_the_next_sweep(house: WatchHouse) -> None:
    house.begins(minutes_ago=11)
    fails = [True]

    @contextmanager
    def writing() -> Iterator[UnitOfWork]:
        with house.transactions.writing() as uow:
            yield uow
            if fails:
                raise OutsideTrouble("the disk is full", say="My disk is full.")

    opening = {"reading": house.transactions.reading, "writing": writing}
    watching = Watching(house.forecaster(), **opening, clock=house.clock, wake=lambda: None)
    with pytest.raises(OutsideTrouble):
        watching.sweep(WatchRef())
    fails.clear()
    watching.sweep(WatchRef())

    with house.transactions.reading() as uow:
        shown = uow.watched.shown_since(None)
        assert shown[FX] is not None
        assert shown[REF] is not None
    assert _half_hours(house) == {FX: 1, REF: 1}


def test_two_workers_sweep_as_one(house: WatchHouse) -> None:
    opening = {"reading": house.transactions.reading, "writing": house.transactions.writing}
    one, other = (
        Watching(house.forecaster(), **opening, clock=house.clock, wake=lambda: None) for _ in range(2)
    )
    one.sweep(WatchRef())
    house.begins(minutes_ago=11)
    other.sweep(WatchRef())
    house.report(Outcome.OK, finished_at=house.clock.now())

    one.sweep(WatchRef())

    # What the first one had shown is as it was then; the other one has shown something else since.
    with house.transactions.reading() as uow:
        shown = uow.watched.shown_since(None)[FX]
        assert shown is not None
        assert shown.running_since is None
        assert shown.probability < 0.3
    assert _half_hours(house) == {FX: 2, REF: 1}, "once by the clock, and once for the alert"


def _half_hours(house: WatchHouse) -> dict[str, int]:
    with house.stores.database.reading() as connection:
        rows = connection.execute(text("SELECT feed, count(*) FROM predictions GROUP BY feed"))
        return {feed: count for feed, count in rows}  # noqa: C416  rows are no pairs


def test_a_feed_that_appears_is_read_alone_and_the_others_keep_their_runs(house: WatchHouse) -> None:
    read: list[str] = []
    window, database = RunWindow(house.stores.database), house.stores.database
    now = house.clock.now()
    window.table([FX, REF], now)
    done = Run(FeedName("a_new"), RunId("n1"), now, Outcome.OK, finished_at=now)
    with house.transactions.writing() as uow:
        uow.runs.add_history([done], now - timedelta(days=1))
    names = [done.feed, FX]

    def note(_: object, __: object, statement: str, *___: object) -> None:
        read.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    table = window.table(names, now)
    event.remove(database.engine, "before_cursor_execute", note)

    ranked = [statement for statement in read if "row_number" in statement.lower()]
    assert [statement.count("feed IN") for statement in ranked] == [1]
    anew = RunWindow(database).table(names, now)
    assert sorted(zip(table.feed, table.seen, strict=True)) == sorted(zip(anew.feed, anew.seen, strict=True))
    assert (set(window.last), set(window.good_at)) == ({"a_new", FX}, {"a_new", FX})


def test_a_sweep_sees_the_rates_and_the_news_that_a_training_saw_though_it_keeps_the_newest_runs_alone(
    house: WatchHouse,
) -> None:
    now = house.clock.now()
    busy, slow = FeedName("every_15_minutes"), FeedName("a_daily_one")
    line = ("certificate ends in <n> days",)

    def run(feed: FeedName, minutes: float, *, bad: bool = False, said: tuple[str, ...] = ()) -> Run:
        at = now - timedelta(minutes=minutes)
        outcome = Outcome.FAILED if bad else Outcome.OK
        return Run(feed, RunId(f"{minutes}"), at, outcome, finished_at=at, warnings=said)

    old = [run(busy, 15.0 * n, bad=n > 380, said=line if n == 390 else ()) for n in range(20, 400)]
    old += [run(slow, 1_440.0 * n, bad=n % 10 == 0) for n in range(1, 30)]
    with house.transactions.writing() as uow:
        uow.runs.add_history(old, now - timedelta(minutes=1))
    window = RunWindow(house.stores.database)
    window.table([busy, slow, FX, REF], now)
    # So many more than a window keeps that the oldest go, the newest saying a line of weeks ago.
    more = [run(busy, 0.1 * n, bad=n % 50 == 0, said=line if n == 1 else ()) for n in range(1, 150)]
    with house.transactions.writing() as uow:
        uow.runs.add_history(more, now + timedelta(seconds=1))

    kept = window.table([slow, busy, FX, REF], now + timedelta(seconds=1))

    anew = RunWindow(house.stores.database).table([slow, busy, FX, REF], now + timedelta(seconds=1))
    whole = read_history(house.stores.database, now + timedelta(seconds=1), lambda said: None)
    names = [one.feed.name for one in whole.watched]
    assert len(anew.feed) < len(kept.feed) < len(whole.table.feed)
    for name in (busy, slow):
        told = [
            _newest_state(table, place)
            for table, place in ((kept, kept.names.index(name)), (anew, anew.names.index(name)))
        ]
        trained = _newest_state(whole.table, names.index(name))
        assert told == [pytest.approx(trained, rel=1e-2)] * 2
        assert trained["novel"] == 0.0


def _newest_state(table: RunTable, feed: int) -> dict[str, float]:
    row = int(np.flatnonzero(table.feed == feed)[-1])
    columns = states_after(table).columns
    return {name: float(columns[name][row]) for name in ("rate_ever", "rate_30", "rate_5", "novel")}


def test_a_damaged_model_file_is_passed_over_and_told_once(house: WatchHouse) -> None:
    folder = house.folder / "models"
    folder.mkdir()
    (folder / "failures-1.json").write_text('{"digest": "00", "text": "{}"')

    house.watching.sweep(WatchRef())
    house.watching.sweep(WatchRef())
    # A process that began anew knows nothing of what the one before told.
    again = {"reading": house.transactions.reading, "writing": house.transactions.writing}
    Watching(house.forecaster(), **again, clock=house.clock, wake=lambda: None).sweep(WatchRef())

    from storage.feed_health import SqlFeedHealth

    log = SqlFeedHealth(house.stores.database).scorecard().log
    assert [line.sentence for line in log] == [
        "The model file failures-1.json is damaged, so it is not used; elapsed-time rule answers."
    ]


def test_a_feed_that_never_ran_is_watched_and_not_called_late(house: WatchHouse) -> None:
    name = FeedName("brand_new")
    with house.transactions.writing() as uow:
        uow.watched.keep(
            [Feed(name, TeamId("desk"), Schedule(Rhythm.INTERVAL, every_minutes=15))], house.clock.now()
        )

    new = _of(house, name)

    assert new.overdue_at is not None
    assert new.overdue_at > house.clock.now()
    assert not new.is_high
    assert new.last is None


def test_a_run_moves_with_the_wall_clock_when_the_clocks_change() -> None:
    daily = Schedule(Rhythm.DAILY, at_minute=6 * 60 + 30, zone="Europe/Zurich")
    before = daily.next_due(datetime(2026, 3, 28, 0, tzinfo=UTC))
    after = daily.next_due(datetime(2026, 3, 29, 0, tzinfo=UTC))

    assert (before.hour, before.minute) == (5, 30)
    assert (after.hour, after.minute) == (4, 30)


def test_a_report_that_comes_late_still_corrects_what_the_sweep_believed(house: WatchHouse) -> None:
    house.begins(minutes_ago=11)
    forecaster = house.forecaster()
    first = next(one for one in forecaster.sweep(house.clock.now()).estimates if one.name == FX)
    assert first.running_since is not None

    house.report(Outcome.OK, finished_at=house.clock.now() - timedelta(minutes=5))
    second = next(one for one in forecaster.sweep(house.clock.now()).estimates if one.name == FX)

    assert second.running_since is None
    assert second.good_at is not None
    assert not second.is_high


def test_a_run_that_is_reported_failed_after_all_is_no_good_run_any_more(house: WatchHouse) -> None:
    engine, now = house.forecaster(), house.clock.now()

    def good_at(feed: FeedName = FX) -> datetime | None:
        return next(one for one in engine.sweep(now).estimates if one.name == feed).good_at

    before, other = good_at(), good_at(REF)
    for minutes, run in ((3, "first"), (2, "second")):
        house.report(Outcome.OK, run=run, finished_at=now - timedelta(minutes=minutes))
    assert good_at() == now - timedelta(minutes=2)

    house.report(Outcome.FAILED, run="second", finished_at=now - timedelta(minutes=2))
    assert good_at() == now - timedelta(minutes=3)

    house.report(Outcome.FAILED, run="first", finished_at=now - timedelta(minutes=3))
    assert (good_at(), good_at(REF)) == (before, other)

    house.report(Outcome.OK, run="second", finished_at=now - timedelta(minutes=1))
    assert good_at() == now - timedelta(minutes=1)


def test_a_burst_is_taken_whole_and_seen_by_the_next_sweep(house: WatchHouse) -> None:
    now = house.clock.now()
    events = [
        RunEvent(
            Run(FeedName(f"burst_{n % 200:03d}"), RunId(str(n)), now, Outcome.OK, finished_at=now),
            source="burst",
            dialect="json",
        )
        for n in range(10_000)
    ]
    for first in range(0, len(events), 2_000):
        assert house.intake.take(events[first : first + 2_000]).taken == 2_000

    swept = house.forecaster().sweep(house.clock.now())
    assert len(swept.estimates) == 202
    assert all(one.last is not None for one in swept.estimates)


def _training_under_way() -> int | None:
    """Return the process id of a training that this process began."""
    asked = ["ps", "-ww", "--ppid", str(os.getpid()), "-o", "pid=,args="]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return next((int(line.split()[0]) for line in listed.splitlines() if "watch_training" in line), None)


def test_a_training_that_is_killed_leaves_the_model_in_service(house: WatchHouse) -> None:
    from activities.training import TrainingRef

    with ThreadPoolExecutor(1) as pool:
        training = pool.submit(house.training.train, TrainingRef())
        while (process := _training_under_way()) is None:
            assert not training.done(), training.result()
        os.kill(process, signal.SIGKILL)
        with pytest.raises(OutsideTrouble):
            training.result()

    assert list((house.folder / "models").glob("*")) == []
    assert _of(house, FX).prediction.model == "elapsed-time rule"


def test_more_deliveries_at_once_than_can_wait_are_put_off_and_nothing_is_lost(house: WatchHouse) -> None:
    """While the database is busy sixteen deliveries wait; the others are told to come again (429)."""
    now = house.clock.now()

    def deliver(number: int) -> int:
        name = FeedName(f"burst_{number % 10}")
        run = Run(name, RunId(f"b{number}"), now, Outcome.OK, finished_at=now)
        try:
            return house.intake.take([RunEvent(run, source="burst", dialect="json")]).taken
        except NotNow:
            return 0

    with ThreadPoolExecutor(24) as senders:
        with house.transactions.writing():
            first = [senders.submit(deliver, number) for number in range(24)]
            refused, _ = wait(first, timeout=30, return_when=FIRST_COMPLETED)
            assert [one.result() for one in refused] == [0] * len(refused)
        put_off = [number for number, one in enumerate(first) if not one.result()]
        again = [deliver(number) for number in put_off]

    assert 0 < len(put_off) <= 8
    assert again == [1] * len(put_off)
    with house.transactions.reading() as uow:
        kept = sum(len(uow.runs.of_feed(f"burst_{number}", 10)) for number in range(10))
    assert kept == 24


def test_a_clock_that_is_set_back_hides_no_run_and_no_feed(house: WatchHouse) -> None:
    forecaster, now = house.forecaster(), house.clock.now()
    forecaster.sweep(now)
    earlier = now - timedelta(hours=2)
    new = FeedName("a_new")
    with house.transactions.writing() as uow:
        uow.watched.keep([Feed(new, TeamId("desk"), Schedule(Rhythm.DAILY))], earlier)
        done = Run(FX, RunId("late"), now, Outcome.FAILED, finished_at=now)
        uow.runs.merge([RunEvent(done, source="x", dialect="json")], earlier)

    swept = forecaster.sweep(earlier + timedelta(minutes=1))

    by_name = {one.name: one for one in swept.estimates}
    assert new in by_name
    assert by_name[FX].last is not None
    assert by_name[FX].last.run == "late"
