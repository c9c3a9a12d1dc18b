"""Say what is known of a feed at a moment: its last runs, what is due, what runs now, its upstreams and
neighbours.

A question is (feed, moment, stretch ahead). Stretches of one hour, cut at 30 and 45 minutes, make the model a
discrete-time hazard: the probabilities for 30, 45 and 60 minutes come from the same three hazards and cannot
contradict each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.feeds import Feed
from predictors.due_times import Changes, due_times, is_holiday
from predictors.history import DAY_SECONDS
from predictors.neighbour_features import neighbours
from predictors.run_table import SPAN, RunStates, RunTable
from predictors.signals import FROM_UPSTREAMS, Signals, no_signals, signal_columns

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

STRETCHES = ((0.0, 1_800.0), (1_800.0, 2_700.0), (2_700.0, 3_600.0))
_RECENT = 6 * 3_600.0
_MOST_UPSTREAMS = 3

PRIOR = {
    "ends": 1.0,
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
class Landscape:
    """What stays put while questions are asked: due times, upstreams, and who shares a source, pool or
    database."""

    feeds: tuple[Feed, ...]
    due_key: Floats
    upstream: Whole
    source: Whole
    pool: Whole
    database: Whole
    interval: Floats


def landscape(feeds: Sequence[Feed], start: float, end: float, changes: Changes | None = None) -> Landscape:
    """Return the landscape of the feeds with every due time from a day before `start` to a day behind `end`;
    `changes` tells which schedules held before those the feeds have now."""
    number = {feed.name: place for place, feed in enumerate(feeds)}
    keys, interval = [], np.empty(len(feeds))
    for place, feed in enumerate(feeds):
        earlier = (changes or {}).get(feed.name, ())
        due = due_times(feed, start - DAY_SECONDS, end + DAY_SECONDS, earlier)
        keys.append(place * SPAN + due)
        interval[place] = float(np.median(np.diff(due))) if len(due) > 1 else 31 * DAY_SECONDS
    upstream = np.full((len(feeds), _MOST_UPSTREAMS), -1, dtype=np.intp)
    for place, feed in enumerate(feeds):
        known = [number[name] for name in feed.upstreams if name in number][:_MOST_UPSTREAMS]
        upstream[place, : len(known)] = known
    return Landscape(
        tuple(feeds),
        np.concatenate([np.zeros(0), *keys]),
        upstream,
        _numbers([feed.source for feed in feeds]),
        _numbers([feed.pool for feed in feeds]),
        _numbers([feed.databases[0] if feed.databases else "" for feed in feeds]),
        interval,
    )


def next_due(scene: Landscape, feed: Whole, now: Floats) -> Floats:
    """Return the first due time strictly after each moment, infinity when none is known."""
    return _due(scene, feed, np.searchsorted(scene.due_key, feed * SPAN + now, "right"), np.inf)


def last_due(scene: Landscape, feed: Whole, now: Floats) -> Floats:
    """Return the last due time at or before each moment, minus infinity when none is known."""
    return _due(scene, feed, np.searchsorted(scene.due_key, feed * SPAN + now, "right") - 1, -np.inf)


def question_columns(
    scene: Landscape,
    table: RunTable,
    states: RunStates,
    feed: Whole,
    now: Floats,
    signals: Signals | None = None,
) -> list[dict[str, Floats]]:
    """Return the columns of `PRIOR` and more for each of `STRETCHES`, one value per question."""
    row = table.last_known(feed, now)
    known, safe = row >= 0, np.maximum(row, 0)
    shared = {
        name: np.where(known, values[safe], 0.0) if len(values) else np.zeros(len(now))
        for name, values in states.columns.items()
    }
    duration = _usual_duration(table, states, known, safe)
    shared |= _progress(scene, table, feed, now, duration, known, safe)
    shared |= _upstreams(scene, table, states, feed, now)
    shared |= neighbours(table, states, scene.source, feed, now, "source")
    shared |= neighbours(table, states, scene.pool, feed, now, "pool")
    shared |= neighbours(table, states, scene.database, feed, now, "database")
    shared |= _signals(scene, signals or no_signals(), feed, now)
    # What strikes a run is the state at its start: for a run under way that moment is past.
    begun = np.where(shared["running"] > 0, shared["start"], now)
    shared |= _at_start(scene, table, states, signals or no_signals(), feed, begun)
    shared["holiday"] = _holidays(scene, feed, now)
    day = (now / DAY_SECONDS).astype("datetime64[D]")
    of_month = (day - day.astype("datetime64[M]")).astype(np.float64)
    shared["month_end"] = ((of_month >= 28) | (of_month <= 1)).astype(np.float64)
    shared["hour"], shared["weekday"] = (now % DAY_SECONDS) / 3_600.0, (now // DAY_SECONDS + 3.0) % 7.0
    shared["interval"] = np.log(scene.interval[feed])
    asked = []
    running = shared["running"] > 0
    start = shared.pop("start")
    for number, (low, high) in enumerate(STRETCHES):
        ends = _expected_ends(scene, feed, now, duration, low, high)
        ends += running * ((start + duration > now + low) & (start + duration <= now + high))
        # A run that is overdue can end at any moment: half a run per stretch, however long it lasts already.
        ends += 0.5 * (running & (start + duration <= now + low))
        asked.append(
            shared | {"ends": np.log(ends + 0.02) - np.log(0.5), "stretch": np.full(len(now), float(number))}
        )
    return asked


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
        np.isfinite(start) & (start > np.nan_to_num(finished, nan=-np.inf)) & (now - start < 2 * DAY_SECONDS)
    )
    elapsed = np.where(running, now - start, 0.0)
    due, ahead = last_due(scene, feed, now), next_due(scene, feed, now)
    waiting = ~running & (np.nan_to_num(start, nan=-np.inf) < due - 300.0) & np.isfinite(due)
    late = np.where(waiting, np.clip(now - due, 0.0, 4 * 3_600.0), 0.0)
    return {
        "running": running.astype(np.float64),
        "start": np.where(running, start, 0.0),
        "overrun": np.clip(np.log((elapsed + 1.0) / (duration + 1.0)), -1.0, 2.0) * running,
        "not_started": np.log1p(late / 600.0),
        "since_run": np.log1p(np.clip(now - seen, 0.0, 60 * DAY_SECONDS)),
        "minutes_to_due": np.clip((ahead - now) / 60.0, 0.0, 1_440.0),
    }


def _upstreams(
    scene: Landscape, table: RunTable, states: RunStates, feed: Whole, now: Floats
) -> dict[str, Floats]:
    """Return the worst recent state among a feed's upstreams."""
    worst = {
        name: np.zeros(len(now))
        for name in ("upstream_bad", "upstream_slow", "upstream_retried", "upstream_late")
    }
    for column in range(scene.upstream.shape[1] if len(table.seen) else 0):
        parent = scene.upstream[feed, column]
        has = parent >= 0
        if not has.any():
            continue
        parent = np.maximum(parent, 0)
        row = table.last_known(parent, now)
        safe = np.maximum(row, 0)
        fresh = has & (row >= 0) & (now - table.seen[safe] < _RECENT)
        for name, source in (
            ("upstream_bad", "failed_last"),
            ("upstream_slow", "slower"),
            ("upstream_retried", "retried"),
        ):
            worst[name] = np.maximum(worst[name], np.where(fresh, states.columns[source][safe], 0.0))
        due, start = last_due(scene, parent, now), table.last_start(parent, now)
        waiting = has & np.isfinite(due) & (np.nan_to_num(start, nan=-np.inf) < due - 300.0)
        late = np.where(waiting, np.clip(now - due, 0.0, 4 * 3_600.0), 0.0)
        worst["upstream_late"] = np.maximum(worst["upstream_late"], np.log1p(late / 600.0))
    return worst


def _usual_duration(table: RunTable, states: RunStates, known: NDArray[np.bool_], row: Whole) -> Floats:
    if not len(table.seen):
        return np.full(len(known), 600.0)
    return np.exp(
        np.where(known, np.nan_to_num(states.usual_duration[row], nan=np.log(600.0)), np.log(600.0))
    )


def _expected_ends(
    scene: Landscape, feed: Whole, now: Floats, duration: Floats, low: float, high: float
) -> Floats:
    """Return how many runs that are not due yet should end in (now + low, now + high]."""
    first = np.maximum(now + low - duration, now)
    until = np.maximum(now + high - duration, now)
    found = np.searchsorted(scene.due_key, feed * SPAN + until, "right")
    return (found - np.searchsorted(scene.due_key, feed * SPAN + first, "right")).astype(np.float64)


def _due(scene: Landscape, feed: Whole, place: Whole, otherwise: float) -> Floats:
    inside = (place >= 0) & (place < len(scene.due_key))
    key = (
        scene.due_key[np.clip(place, 0, max(len(scene.due_key) - 1, 0))]
        if len(scene.due_key)
        else feed * 0.0 - 1.0
    )
    return np.where(inside & (np.floor(key / SPAN) == feed), key - feed * SPAN, otherwise)


def _signals(scene: Landscape, signals: Signals, feed: Whole, now: Floats) -> dict[str, Floats]:
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


def _at_start(
    scene: Landscape, table: RunTable, states: RunStates, signals: Signals, feed: Whole, begun: Floats
) -> dict[str, Floats]:
    """Return the signs of resources and upstreams as they were when the run under way started."""
    told = signal_columns(signals, scene.feeds, feed, begun)
    parents = _upstreams(scene, table, states, feed, begun)
    names = ("response", "refused", "file_late", "queue", "free_left")
    return {f"{name}_at_start": told[name] for name in names} | {
        "upstream_bad_at_start": parents["upstream_bad"]
    }


def _holidays(scene: Landscape, feed: Whole, now: Floats) -> Floats:
    """Return 1 where it is a public holiday where the feed is at home."""
    zones = sorted({one.schedule.zone for one in scene.feeds})
    number = np.array([zones.index(one.schedule.zone) for one in scene.feeds], dtype=np.intp)[feed]
    result = np.zeros(len(now))
    for place, zone in enumerate(zones):
        mine = number == place
        result[mine] = is_holiday(zone, now[mine])
    return result


def _numbers(labels: Sequence[str]) -> Whole:
    number = {label: place for place, label in enumerate(sorted({label for label in labels if label}))}
    return np.array([number.get(label, -1) for label in labels], dtype=np.intp)
