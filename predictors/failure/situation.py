"""Say what a feed's resources and upstreams tell at a moment: now, or when the run under way started."""

import numpy as np
from numpy.typing import NDArray

from predictors.known.landscape import Landscape, last_due
from predictors.known.run_table import SPAN, RunStates, RunTable
from predictors.known.shared_fate import fates
from predictors.known.signals import FROM_UPSTREAMS, Signals, signal_columns

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

_RECENT = 6 * 3_600.0
_USUAL_DURATION = float(np.log(600.0))
# A run usually takes about so much of the time between two.
_PART_OF_INTERVAL, _LONGEST_INTERVAL = 0.15, 2 * 3_600.0
_STRIKING = ("response", "refused", "file_late", "queue", "queue_wait", "free_left")
_WITNESSED = ("source", "pool", "database")
# A change is of old times after so many hours, or runs: service holds only the newest of these.
_CHANGE_MATTERS, _RUNS_MATTER = 10 * 24.0, 25
AROUND_CHANGES = (
    *("slower_unchanged", "failing_unchanged", "rejecting_unchanged"),
    *("changed_hours_at_start", "runs_since_change_then"),
)
_SINCE = ("response_age", "refused_age", "file_age", "queue_age")


def upstreams(
    scene: Landscape, table: RunTable, states: RunStates, feed: Whole, now: Floats
) -> dict[str, Floats]:
    """Return the worst recent state among a feed's upstreams."""
    worst = {
        name: np.zeros(len(now))
        for name in (
            *("upstream_bad", "upstream_slow", "upstream_retried", "upstream_late", "upstreams_bad"),
            "upstream_repeats",
        )
    }
    for column in range(scene.upstream.shape[1] if len(table.seen) else 0):
        parent = scene.upstream[feed, column]
        has = parent >= 0
        if not has.any():
            continue
        parent = np.maximum(parent, 0)
        row = table.newest_known(parent, now)
        safe = np.maximum(row, 0)
        fresh = has & (row >= 0) & (now - table.seen[safe] < _RECENT)
        for name, source in (
            ("upstream_bad", "failed_last"),
            ("upstream_slow", "slower"),
            ("upstream_retried", "retried"),
            ("upstream_repeats", "repeats"),
        ):
            worst[name] = np.maximum(worst[name], np.where(fresh, states.columns[source][safe], 0.0))
        worst["upstreams_bad"] += np.where(fresh, states.columns["failed_last"][safe], 0.0)
        due = last_due(scene, parent, now)
        # Of who never tells a start, the end says that the run for this due time has been.
        waiting = has & scene.waits(parent, now, due, table.newest_run(parent, now))
        usual = np.exp(np.nan_to_num(states.usual_duration[safe], nan=_USUAL_DURATION))
        lasts = np.where(table.hides_starts(parent, now), usual, 0.0)
        late = np.where(waiting, np.clip(now - due - lasts, 0.0, 4 * 3_600.0), 0.0)
        worst["upstream_late"] = np.maximum(worst["upstream_late"], np.log1p(late / 600.0))
    return worst


def upstream_runs_before(scene: Landscape, feed: Whole, now: Floats, start: Floats) -> Floats:
    """Return how many runs of upstreams are due to end between now and a run's start, the most of any."""
    most = np.zeros(len(feed))
    for column in range(scene.upstream.shape[1]):
        parent = scene.upstream[feed, column]
        safe = np.maximum(parent, 0)
        lasts = _PART_OF_INTERVAL * np.minimum(scene.interval[safe], _LONGEST_INTERVAL)
        low, high = (np.searchsorted(scene.due_key, safe * SPAN + at - lasts) for at in (now, start))
        most = np.maximum(most, np.where(parent >= 0, high - low, 0))
    return np.minimum(most, 4.0)


def resources(scene: Landscape, signals: Signals, feed: Whole, now: Floats) -> dict[str, Floats]:
    """Return what the feed's resources say now, and the worst of what its upstreams' resources say."""
    columns = signal_columns(signals, scene.feeds, feed, now)
    worst = {name: np.zeros(len(now)) for name in FROM_UPSTREAMS}
    for column in range(scene.upstream.shape[1] if len(signals.key) else 0):
        parent = scene.upstream[feed, column]
        has = np.flatnonzero(parent >= 0)
        if not len(has):
            continue
        theirs = signal_columns(signals, scene.feeds, parent[has], now[has])
        for name, values in worst.items():
            values[has] = np.maximum(values[has], theirs[name])
    return columns | {f"upstream_{name}": values for name, values in worst.items()}


def at_start(
    scene: Landscape,
    seen: tuple[RunTable, RunStates, Signals],
    feed: Whole,
    now: Floats,
    begun: Floats,
) -> dict[str, Floats]:
    """Return the signs of resources and upstreams as they were when the run under way started, and the first
    that came after: a reading is minutes old, so what held at the start is said by both."""
    table, states, signals = seen
    told = signal_columns(signals, scene.feeds, feed, begun)
    after = signal_columns(signals, scene.feeds, feed, begun, now)
    parents = upstreams(scene, table, states, feed, begun)
    result = {f"{name}_at_start": told[name] for name in (*_STRIKING, *_SINCE)}
    result["changed_hours_at_start"] = told["changed_hours"]
    result |= {f"{name}_after_start": after[name] for name in _STRIKING}
    return result | {f"{name}_at_start": parents[name] for name in ("upstream_bad", "upstreams_bad")}


def witnesses(
    scene: Landscape, table: RunTable, feed: Whole, now: Floats, begun: Floats
) -> dict[str, Floats]:
    """Return how the runs fared that started beside one that starts now, and beside the run under way."""
    groups = {"source": scene.source, "pool": scene.pool, "database": scene.database}
    told = fates(table, groups, feed, now, now)
    then = {name: values.copy() for name, values in told.items()}
    under_way = np.flatnonzero(begun < now)
    for name, values in fates(table, groups, feed[under_way], now[under_way], begun[under_way]).items():
        then[name][under_way] = values
    result = {f"{name}_at_start": values for name, values in then.items()}
    return result | {f"{label}_before": told[f"{label}_before"] for label in groups}


def since_change(
    table: RunTable, states: RunStates, feed: Whole, now: Floats, changed_hours: Floats
) -> dict[str, Floats]:
    """Return how the newest run fared if it started after the feed's last change, 0 if it did not; and how
    those before that change fared: what follows a row of failures is rarely changed for the worse.

    Args:
        table: The runs; states: what was known after each.
        feed: Number of each question's feed; now: its moment.
        changed_hours: Hours since the last change.
    """
    names = ("slower", "failing", "rejecting")
    if not len(table.seen):
        return {f"{name}_{when}": np.zeros(len(now)) for name in names for when in ("changed", "unchanged")}
    change = now - changed_hours * 3_600.0
    row, then = table.newest_known(feed, now), table.newest_known(feed, change)
    safe, before = np.maximum(row, 0), np.maximum(then, 0)
    after = (row >= 0) & (table.started[safe] >= change)
    near = (then >= 0) & (changed_hours < _CHANGE_MATTERS) & (row - then <= _RUNS_MATTER)
    result = {}
    for name in names:
        result[f"{name}_changed"] = np.where(after, states.columns[name][safe], 0.0)
        result[f"{name}_unchanged"] = np.where(near, states.columns[name][before], 0.0)
    return result


def seen_by_run(
    shared: dict[str, Floats], lead: Floats, under_way: NDArray[np.bool_], interval: Floats
) -> dict[str, Floats]:
    """Return each sign as it bears on a run: as it was when the run under way started, or as it is now, with
    how long it will have lasted when the run starts.

    For a run under way, what the readings before and after its start both say was so; what only one says may
    have been.

    Args:
        shared: Columns of the moment and of the start of the run under way.
        lead: Seconds until the run starts, negative for one under way.
        under_way: Whether the run is under way.
        interval: Seconds between the feed's runs.
    """
    result = {}
    for name in _STRIKING:
        before = np.where(under_way, shared[f"{name}_at_start"], shared[name])
        after = np.where(under_way, shared[f"{name}_after_start"], shared[name])
        result[name], result[f"{name}_either"] = np.minimum(before, after), np.maximum(before, after)
    for name in _SINCE:
        age = 10.0 * np.expm1(np.where(under_way, shared[f"{name}_at_start"], shared[name]))
        ahead = np.where(under_way, 0.0, np.maximum(lead, 0.0) / 60.0)
        result[name] = np.where(age > 0.0, age + ahead, 0.0)
    left = np.where(shared["free_hours"] > 0.0, 1.0 / np.maximum(shared["free_hours"], 1e-3) - 0.5, 1e3)
    result["full_by_run"] = np.clip(left - np.maximum(lead, 0.0) / 3_600.0, -3.0, 60.0)
    changed = shared["changed_hours"] * 3_600.0 + lead
    result["runs_since_change"] = np.clip(changed / interval, -1.0, 10.0)
    then = np.where(under_way, shared["changed_hours_at_start"] * 3_600.0, changed)
    result["runs_since_change_then"] = np.clip(then / interval, -1.0, 10.0)
    for label in _WITNESSED:
        result[f"{label}_after"] = np.where(under_way, shared[f"{label}_after_at_start"], 0.0)
    for name in ("upstream_bad", "upstreams_bad", *(f"{label}_before" for label in _WITNESSED)):
        result[name] = np.where(under_way, shared[f"{name}_at_start"], shared[name])
    return result
