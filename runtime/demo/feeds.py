"""`dogwatch demo feeds`: a world of simulated feeds, its history imported, then its life in real time.

Everything here is simulated and says so. So that a newcomer sees an alert within minutes, one source is
made to fail around the start: its feeds get slower and retry, then fail; the rest is left to chance.
"""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from activities.training import TrainingRef
from domain.counting import counted
from domain.ids import FeedName, RunId
from domain.ports.run_intake import RunEvent
from domain.running.feeds import Criticality, Feed
from domain.running.runs import Outcome, Run
from domain.watch.watching import Threshold, WatchedFeed
from predictors.simulator.runs import History, simulate
from predictors.simulator.world import World, make_world
from runtime.demo.readings import DemoReadings, demo_readings, import_readings, tell
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores, open_stores
from runtime.wiring.watch import training_of
from storage.run_intake import SqlRunIntake, watch_call
from storage.stores.raw_runs import RawRun, add_rows

Floats = NDArray[np.float64]

_ROWS_AT_ONCE = 20_000
_SLOW_BEFORE, _FAIL_BEFORE, _LASTS = 55 * 60.0, 8 * 60.0, 50 * 60.0
_SHOWN_FROM = 0.3
"""From what chance on the feeds of the failing source alert: levels that training bought from a team's budget
may be above anything that one source does to its feeds, and a newcomer would wait in vain."""
_IMPACTS = {
    Criticality.CRITICAL: "regulatory report waits for it",
    Criticality.HIGH: "the desk opens without it",
    Criticality.NORMAL: "",
    Criticality.LOW: "",
}


@dataclass(frozen=True)
class Wish:
    """What to show."""

    feeds: int = 400
    days: int = 180
    seed: int = 7
    minutes: float = 0.0
    """How long to stay alive; 0: until Ctrl-C."""
    is_history_only: bool = False


def run_demo_feeds(settings: Settings, wish: Wish) -> None:
    """Import the history of a simulated world, learn from it, then live in real time."""
    stores = open_stores(settings)
    print("Everything here is simulated. History, readings and a first model take some minutes.", flush=True)
    begun = time.monotonic()
    now = stores.clock.now()
    world, history = _world(wish, now)
    feeds = [_with_impact(feed) for feed in world.scene.feeds]
    print(f"Simulated {len(history.due):,} runs of {len(feeds)} feeds in {time.monotonic() - begun:.0f} s.")
    failing = stage(world, history, now.timestamp())
    begun = time.monotonic()
    kept, lost = import_world(stores, feeds, history, now)
    # Watched only now: looked at before, they would be feeds that have never run.
    with stores.transactions.writing() as uow:
        uow.watched.keep(feeds, now)
    print(
        f"Imported {kept:,} runs in {time.monotonic() - begun:.0f} s; {lost:,} reports were lost on the way,"
        f" {int(history.failed.sum()):,} runs failed."
    )
    begun = time.monotonic()
    readings = demo_readings(world, now)
    moment = now.timestamp()
    readings.slow_down(f"source_{failing:02d}", moment - _SLOW_BEFORE, moment + _LASTS)
    said = import_readings(stores, world, readings, now)
    print(f"Imported {said:,} readings of sources, databases and pools in {time.monotonic() - begun:.0f} s.")
    begun = time.monotonic()
    print("Now I learn from them what is usual, and what comes before trouble.", flush=True)
    outcome = training_of(settings, stores).train(TrainingRef(reason="demo"))
    print(f"{outcome.sentence} ({time.monotonic() - begun:.0f} s)")
    told = {feed.name for number, feed in enumerate(feeds) if int(world.scene.source[number]) == failing}
    print(
        f"To show an alert, {counted(len(told), 'feed')} of one failing source may speak"
        f" from {_SHOWN_FROM:.0%} on without having proved themselves."
    )
    with stores.transactions.writing() as uow:
        uow.watched.set_thresholds(loud(uow.watched.every(), told), stores.clock.now())
        uow.stories.add(watch_call(stores.clock.now()))
    if not wish.is_history_only:
        print(
            "Feeds live now, in real time. Keep this running beside `dogwatch up`; Ctrl-C ends it.",
            flush=True,
        )
        live(stores, feeds, history, readings, now, wish.minutes)
    stores.database.close()


def loud(watched: Iterable[WatchedFeed], told: Collection[FeedName]) -> list[Threshold]:
    """Return levels that let the named feeds speak soon."""
    return [
        Threshold(one.feed.name, one.feed.team, min(one.threshold, _SHOWN_FROM), 0, 0, speaks=True)
        for one in watched
        if one.feed.name in told
    ]


def import_world(stores: Stores, feeds: Sequence[Feed], history: History, now: datetime) -> tuple[int, int]:
    """Import what was reported by now; return how many runs, and how many reports were lost."""
    past = history.columns["seen"] <= now.timestamp()
    rows = np.flatnonzero(past & history.reported)
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        part = _raw(feeds, history, rows[first : first + _ROWS_AT_ONCE], now)
        with stores.database.writing() as connection:
            add_rows(connection, part)
    return len(rows), int((past & ~history.reported).sum())


def live(
    stores: Stores,
    feeds: Sequence[Feed],
    history: History,
    readings: DemoReadings,
    since: datetime,
    minutes: float,
) -> None:
    """Report starts and ends as they come, until the time is over or Ctrl-C."""
    intake = SqlRunIntake(stores.transactions, stores.clock)
    columns, kept = history.columns, history.reported
    starts = _ordered(columns["started"], kept & (columns["finished"] > since.timestamp()))
    ends = _ordered(columns["seen"], kept & (columns["seen"] > since.timestamp()))
    until = time.monotonic() + 60.0 * minutes if minutes else float("inf")
    try:
        while time.monotonic() < until and (len(starts) or len(ends)):
            now = stores.clock.now()
            moment = now.timestamp()
            begun = starts[columns["started"][starts] <= moment]
            ended = ends[columns["seen"][ends] <= moment]
            starts, ends = starts[len(begun) :], ends[len(ended) :]
            events = [_event(feeds, history, row, now, has_ended=False) for row in begun.tolist()]
            events += [_event(feeds, history, row, now, has_ended=True) for row in ended.tolist()]
            if events:
                intake.take(events, source="demo")
            tell(stores, readings, now)
            time.sleep(1.0)
    except KeyboardInterrupt:
        print("The feeds stop.")


def stage(world: World, history: History, now: float) -> int:
    """Make one source fail around now: signs first, then failures, then it is over; return its number."""
    feed = history.feed
    near = (history.due > now - _SLOW_BEFORE) & (history.due < now + _LASTS)
    sources = world.scene.source[feed]
    due_soon = (history.due > now) & (history.due < now + 2_400.0)
    counts = np.bincount(sources[due_soon & (sources >= 0)], minlength=1)
    chosen = int(np.argmax(counts))
    mine = near & (sources == chosen)
    columns = history.columns
    length = columns["finished"] - columns["started"]
    grown = np.clip((history.due - (now - _SLOW_BEFORE)) / _SLOW_BEFORE, 0.0, 1.0)
    columns["finished"][mine] += (2.0 * grown * length)[mine]
    columns["seen"][mine] = np.maximum(columns["seen"], columns["finished"])[mine]
    columns["retries"][mine] = np.ceil(1.0 + 3.0 * grown)[mine]
    failing = mine & (columns["finished"] > now - _FAIL_BEFORE)
    columns["bad"][failing] = 1.0
    history.failed[failing] = True
    history.reported[mine] = True
    return chosen


def _world(wish: Wish, now: datetime) -> tuple[World, History]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight - timedelta(days=wish.days)
    world = make_world(wish.seed, feeds=wish.feeds, days=wish.days + 2, start=start.timestamp())
    return world, simulate(world)


def _raw(feeds: Sequence[Feed], history: History, rows: NDArray[np.intp], now: datetime) -> list[RawRun]:
    columns = history.columns
    taken = int(now.timestamp() * 1e6)
    found: list[RawRun] = []
    for row in rows.tolist():
        count = columns["rows"][row]
        found.append(
            (
                feeds[int(history.feed[row])].name,
                f"{int(history.due[row])}",
                int(columns["seen"][row] * 1e6),
                taken,
                (Outcome.FAILED if columns["bad"][row] else Outcome.OK).value,
                int(history.due[row] * 1e6),
                int(columns["started"][row] * 1e6),
                int(columns["finished"][row] * 1e6),
                None,
                None if np.isnan(count) else int(count),
                int(np.nan_to_num(columns["rejected"][row])),
                None,
                int(np.nan_to_num(columns["retries"][row])),
                float(np.nan_to_num(columns["queue"][row])),
                "",
                "source replied slowly" if columns["warnings"][row] else "",
                None,
                None,
            )
        )
    return found


def _event(feeds: Sequence[Feed], history: History, row: int, now: datetime, *, has_ended: bool) -> RunEvent:
    columns = history.columns
    count = columns["rows"][row]
    failed = bool(columns["bad"][row])
    run = Run(
        feed=FeedName(feeds[int(history.feed[row])].name),
        run=RunId(f"{int(history.due[row])}"),
        seen_at=now,
        outcome=(Outcome.FAILED if failed else Outcome.OK) if has_ended else Outcome.RUNNING,
        scheduled_at=_moment(history.due[row]),
        started_at=_moment(columns["started"][row]),
        finished_at=_moment(columns["finished"][row]) if has_ended else None,
        rows_written=None if np.isnan(count) or not has_ended else int(count),
        rows_rejected=int(np.nan_to_num(columns["rejected"][row])) if has_ended else None,
        retries=int(np.nan_to_num(columns["retries"][row])) if has_ended else 0,
        queue_seconds=float(np.nan_to_num(columns["queue"][row])),
        error_class="source timed out" if failed and has_ended else "",
    )
    return RunEvent(run, source="demo", dialect="json")


def _ordered(at: Floats, chosen: NDArray[np.bool_]) -> NDArray[np.intp]:
    rows = np.flatnonzero(chosen)
    return rows[np.argsort(at[rows], kind="stable")]


def _with_impact(feed: Feed) -> Feed:
    from dataclasses import replace

    return replace(feed, impact=_IMPACTS[feed.criticality])


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(float(epoch), UTC)
