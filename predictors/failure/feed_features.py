"""Say what is known of a feed at a moment: its last runs, what is due, what runs now, its upstreams and
neighbours.

A question is (feed, moment). What decides it are the runs that may end within the next hour: one under way,
one that is overdue, those still to start. What is said of the feed is said with a view to each of them. Their
hazards, each given that the runs before it went well, make the probabilities for 30, 45 and 60 minutes, which
cannot contradict each other.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from predictors.failure.run_outlook import AskedRun, Known, outlook, upcoming
from predictors.failure.situation import (
    at_start,
    resources,
    seen_by_run,
    since_change,
    upstream_runs_before,
    upstreams,
    witnesses,
)
from predictors.failure.start_law import StartLaw, held_up
from predictors.known.due_times import EARLY_START
from predictors.known.history import DAY_SECONDS
from predictors.known.landscape import GIVEN_UP, Landscape, landscape, last_due, next_due
from predictors.known.neighbour_features import neighbours
from predictors.known.run_table import SPAN, RunStates, RunTable, states_after, table_of
from predictors.known.signals import Signals, no_signals
from predictors.timeliness.finish_model import FinishModel

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

# A start that went through a key of feed and moment comes back rounded by a few thousandths of a second.
SAME_START = 0.5
# What tells moments apart and says nothing of trouble: trees would learn episodes by heart with it.
_NOT_LEARNED = (
    *("start", "usual", "spread", "since_run", "minutes_to_due", "changed_hours", "waiting"),
    *("presumed", "newest"),
)
HORIZONS = (1_800.0, 2_700.0, 3_600.0)

PRIOR = {
    "rate_ever": 0.4,
    "rate_30": 0.3,
    "rate_5": 0.2,
    "failed_last": 0.5,
    "retried": 0.3,
    "warned": 0.3,
    "slower": 0.4,
    "fewer_rows": 0.2,
    "queued": 0.2,
    "rejecting": 0.2,
    "overrun": 0.5,
    "not_started": 0.6,
    "upstream_bad": 0.8,
    "upstream_slow": 0.3,
    "source_bad": 0.6,
    "source_slow": 0.4,
    "pool_bad": 0.4,
    "pool_slow": 0.4,
    "month_end": 0.1,
    "novel": 0.3,
    "repeats": 0.5,
    "response": 0.5,
    "refused": 2.0,
    "file_late": 0.5,
    "file_small": 0.3,
    "queue": 0.3,
    "free_hours": 1.0,
    "upstream_late": 0.2,
    "upstream_retried": 0.1,
    "upstream_refused": 0.5,
}


@dataclass(frozen=True)
class Asked:
    """Questions, and the runs that decide them.

    Attributes:
        situation: Columns of each question: what is known of its feed now.
        runs: Columns of each run that may end within the hour.
        question: Which question each run belongs to.
        ends: Chance of each run to have ended by each of `HORIZONS`.
        beyond: How many deviations of the log each question's run under way is beyond its usual duration.
    """

    situation: dict[str, Floats]
    runs: dict[str, Floats]
    question: Whole
    ends: Floats
    beyond: Floats

    @property
    def expected(self) -> Floats:
        """Return how many runs should end within the hour, per question."""
        count = len(self.situation["running"])
        return np.bincount(self.question, self.ends[:, -1], minlength=count).astype(np.float64)


def asked_runs(
    scene: Landscape,
    table: RunTable,
    states: RunStates,
    feed: Whole,
    now: Floats,
    signals: Signals | None = None,
    laws: tuple[FinishModel, StartLaw] | None = None,
) -> Asked:
    """Return the runs that may end within the hour after each moment, with all that is known of them.

    Args:
        scene: The feeds.
        table: Their runs; states: what was known after each.
        feed: Number of each question's feed; now: its moment.
        signals: What resources said.
        laws: When runs end, and whether late ones still come.
    """
    shared = _situation(scene, table, states, feed, now, signals)
    known = _known(scene, shared, (feed, now), laws or (FinishModel(), StartLaw()))
    seen = outlook(known, HORIZONS)
    theirs = {name: values[seen.question] for name, values in shared.items()}
    run = AskedRun(feed[seen.question], now[seen.question], seen.lead, seen.under_way, seen.before)
    return Asked(shared, _of_run(scene, theirs, run), seen.question, seen.ends, known.beyond)


@cache
def known_columns() -> frozenset[str]:
    """Return the names of all that is known of a run; a model that goes by others is of another release."""
    nothing, table = np.zeros(0), table_of((), ())
    scene = landscape((), 0.0, DAY_SECONDS)
    return frozenset(asked_runs(scene, table, states_after(table), nothing.astype(np.intp), nothing).runs)


def run_columns(
    scene: Landscape,
    table: RunTable,
    states: RunStates,
    run: AskedRun,
    signals: Signals | None = None,
) -> dict[str, Floats]:
    """Return the same columns for runs that are known, as they were seen at some moment before their end."""
    shared = _situation(scene, table, states, run.feed, run.now, signals)
    return _of_run(scene, shared, run)


def _of_run(scene: Landscape, shared: dict[str, Floats], run: AskedRun) -> dict[str, Floats]:
    kept = {name: values for name, values in shared.items() if not name.endswith("_start")}
    for name in _NOT_LEARNED:
        del kept[name]
    kept["lead"] = np.clip(run.lead / 60.0, -240.0, 61.0)
    kept["before"] = run.before
    start = run.now + np.where(run.under_way, 0.0, np.maximum(run.lead, 0.0))
    kept["upstream_again"] = upstream_runs_before(scene, run.feed, run.now, start)
    return kept | seen_by_run(shared, run.lead, run.under_way, scene.interval[run.feed])


def _situation(
    scene: Landscape, table: RunTable, states: RunStates, feed: Whole, now: Floats, signals: Signals | None
) -> dict[str, Floats]:
    """Return what is known of each feed at each moment, whatever run is asked about."""
    heard = signals or no_signals()
    row = table.newest_known(feed, now)
    known, safe = row >= 0, np.maximum(row, 0)
    shared = {
        name: np.where(known, values[safe], 0.0) if len(values) else np.zeros(len(now))
        for name, values in states.columns.items()
    }
    duration = _usual_duration(table, states, known, safe)
    shared |= _progress(scene, table, feed, now, duration, known, safe)
    shared |= upstreams(scene, table, states, feed, now)
    shared |= neighbours(table, states, scene.source, feed, now, "source")
    shared |= neighbours(table, states, scene.pool, feed, now, "pool")
    shared |= neighbours(table, states, scene.database, feed, now, "database")
    shared |= resources(scene, heard, feed, now)
    # What strikes a run is the state at its start: for a run under way that moment is past.
    begun = np.where(shared["running"] > 0, shared["start"], now)
    shared |= at_start(scene, (table, states, heard), feed, now, begun)
    shared |= witnesses(scene, table, feed, now, begun)
    shared |= since_change(table, states, feed, now, shared["changed_hours"])
    spread = np.where(known, states.spread[safe], np.nan) if len(table.seen) else np.full(len(now), np.nan)
    return shared | _calendar(scene, feed, now) | {"usual": np.log(duration), "spread": spread}


def _known(
    scene: Landscape,
    shared: dict[str, Floats],
    asked: tuple[Whole, Floats],
    laws: tuple[FinishModel, StartLaw],
) -> Known:
    """Return what decides when runs of each question's feed end."""
    (feed, now), (finish, starts) = asked, laws
    running = shared["running"] > 0
    # A run under way is as slow as things were when it started.
    then = {name: shared[f"{name}_after_start"] for name in ("response", "queue")}
    stretched = finish.stretch(shared | then)
    middle, spread = shared["usual"] + stretched, finish.spread(shared["spread"])
    late = 600.0 * np.expm1(shared["not_started"])
    waiting = np.where((shared["waiting"] > 0) & (late < GIVEN_UP), -late, np.inf)
    served = feed * SPAN + shared["newest"] + EARLY_START
    return Known(
        now,
        running,
        shared["start"],
        (np.log(np.maximum(now - shared["start"], 1.0)) - middle) / spread,
        finish,
        waiting,
        upcoming(scene.due_key, feed * SPAN + now, served, SPAN),
        held_up(shared["file_late"], shared["queue"]),
        middle,
        spread,
        starts,
    )


def _calendar(scene: Landscape, feed: Whole, now: Floats) -> dict[str, Floats]:
    day = (now / DAY_SECONDS).astype("datetime64[D]")
    of_month = (day - day.astype("datetime64[M]")).astype(np.float64)
    return {
        "holiday": scene.is_free(feed, now).astype(np.float64),
        "month_end": ((of_month >= 28) | (of_month <= 1)).astype(np.float64),
    }


def _progress(
    scene: Landscape,
    table: RunTable,
    feed: Whole,
    now: Floats,
    duration: Floats,
    known: NDArray[np.bool_],
    row: Whole,
) -> dict[str, Floats]:
    """Return what runs now and what should run: elapsed against usual time, minutes past due without a
    start."""
    start = table.last_start(feed, now)
    seen = np.where(known, table.seen[row], -np.inf) if len(table.seen) else np.full(len(now), -np.inf)
    finished = np.where(known, table.started[row], -np.inf) if len(table.seen) else seen
    running = (
        np.isfinite(start)
        & (start > np.nan_to_num(finished, nan=-np.inf) + SAME_START)
        & (now - start < 2 * DAY_SECONDS)
    )
    due, ahead = last_due(scene, feed, now), next_due(scene, feed, now)
    # Who never tells a start tells an end: then its run for this due time has been.
    newest = np.fmax(start, finished)
    waiting = ~running & scene.waits(feed, now, due, newest)
    # Whoever tells of runs only when they have ended has begun the one that is due, for all that is known.
    presumed = waiting & table.hides_starts(feed, now) & (now - due < GIVEN_UP + duration)
    start, running, waiting = np.where(presumed, due, start), running | presumed, waiting & ~presumed
    elapsed = np.where(running, now - start, 0.0)
    late = np.where(waiting, np.clip(now - due, 0.0, 4 * 3_600.0), 0.0)
    return {
        "running": running.astype(np.float64),
        "start": np.where(running, start, 0.0),
        "overrun": np.clip(np.log((elapsed + 1.0) / (duration + 1.0)), -1.0, 2.0) * running,
        "not_started": np.log1p(late / 600.0),
        "waiting": waiting.astype(np.float64),
        "presumed": presumed.astype(np.float64),
        "newest": newest,
        "since_run": np.log1p(np.clip(now - seen, 0.0, 60 * DAY_SECONDS)),
        "minutes_to_due": np.clip((ahead - now) / 60.0, 0.0, 1_440.0),
    }


def _usual_duration(table: RunTable, states: RunStates, known: NDArray[np.bool_], row: Whole) -> Floats:
    if not len(table.seen):
        return np.full(len(known), 600.0)
    return np.exp(
        np.where(known, np.nan_to_num(states.usual_duration[row], nan=np.log(600.0)), np.log(600.0))
    )
