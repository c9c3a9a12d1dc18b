"""Say what is known of a feed at a moment: its last runs, what is due, what runs now, its upstreams and
neighbours.

A question is (feed, moment, stretch ahead). Stretches of one hour, cut at 30 and 45 minutes, make the model a
discrete-time hazard: the probabilities for 30, 45 and 60 minutes come from the same three hazards and cannot
contradict each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from domain.feeds import Feed, Rhythm
from predictors.history import DAY_SECONDS, fading_sum
from predictors.run_table import SPAN, RunStates, RunTable

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
}
EXTRA = (
    "rate_200",
    "slower_3",
    "minutes_to_due",
    "since_run",
    "stretch",
    "hour",
    "weekday",
    "upstream_late",
    "upstream_retried",
    "pool_queued",
    "source_now",
    "pool_now",
    "interval",
    "running",
)


@dataclass(frozen=True)
class Landscape:
    """What stays put while questions are asked: due times, upstreams, and who shares a source or a pool."""

    feeds: tuple[Feed, ...]
    due_key: Floats
    upstream: Whole
    source: Whole
    pool: Whole
    interval: Floats


def landscape(feeds: Sequence[Feed], start: float, end: float) -> Landscape:
    """Return the landscape of the feeds with every due time from a day before `start` to a day behind
    `end`."""
    number = {feed.name: place for place, feed in enumerate(feeds)}
    keys, interval = [], np.empty(len(feeds))
    for place, feed in enumerate(feeds):
        due = _due_times(feed, start - DAY_SECONDS, end + DAY_SECONDS)
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
        interval,
    )


def next_due(scene: Landscape, feed: Whole, now: Floats) -> Floats:
    """Return the first due time strictly after each moment, infinity when none is known."""
    return _due(scene, feed, np.searchsorted(scene.due_key, feed * SPAN + now, "right"), np.inf)


def last_due(scene: Landscape, feed: Whole, now: Floats) -> Floats:
    """Return the last due time at or before each moment, minus infinity when none is known."""
    return _due(scene, feed, np.searchsorted(scene.due_key, feed * SPAN + now, "right") - 1, -np.inf)


def question_columns(
    scene: Landscape, table: RunTable, states: RunStates, feed: Whole, now: Floats
) -> list[dict[str, Floats]]:
    """Return the columns of `PRIOR` and `EXTRA` for each of `STRETCHES`, one value per question."""
    row = table.last_known(feed, now)
    known, safe = row >= 0, np.maximum(row, 0)
    shared = {
        name: np.where(known, values[safe], 0.0) if len(values) else np.zeros(len(now))
        for name, values in states.columns.items()
    }
    duration = _usual_duration(table, states, known, safe)
    shared |= _progress(scene, table, feed, now, duration, known, safe)
    shared |= _upstreams(scene, table, states, feed, now)
    shared |= _neighbours(table, states, scene.source, feed, now, "source")
    shared |= _neighbours(table, states, scene.pool, feed, now, "pool")
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


def _neighbours(
    table: RunTable, states: RunStates, group: Whole, feed: Whole, now: Floats, label: str
) -> dict[str, Floats]:
    """Return how the runs that share this feed's source or pool fared within the last hour or so."""
    names = {"bad": table.bad, "slow": np.clip(states.columns["slower"], 0.0, 2.0)}
    if label == "pool":
        names["queued"] = np.clip(states.columns["queued"], 0.0, 3.0)
    result = {f"{label}_{name}": np.zeros(len(now)) for name in (*names, "now")}
    shared = group[table.feed] if len(table.feed) else np.zeros(0, dtype=np.intp)
    for number in np.unique(group[feed]):
        if number < 0:
            continue
        rows = np.flatnonzero(shared == number)
        rows = rows[np.argsort(table.seen[rows], kind="stable")]
        asked = np.flatnonzero(group[feed] == number)
        times = table.seen[rows]
        count = fading_sum(times, np.ones(len(rows)), now[asked], 3_600.0) + 2.0
        for name, values in names.items():
            mean = fading_sum(times, values[rows], now[asked], 3_600.0) / count
            result[f"{label}_{name}"][asked] = np.log1p(10.0 * mean)
        # What fails this very quarter of an hour says whether an episode is over.
        fresh = fading_sum(times, table.bad[rows], now[asked], 900.0)
        fresh_count = fading_sum(times, np.ones(len(rows)), now[asked], 900.0) + 0.5
        result[f"{label}_now"][asked] = fresh / fresh_count
    return result


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


def _due_times(feed: Feed, start: float, end: float) -> Floats:
    if feed.schedule.rhythm is Rhythm.INTERVAL:
        step = feed.schedule.every_minutes * 60.0
        if DAY_SECONDS % step == 0:
            return np.arange(np.ceil(start / step) * step, end, step)
    begin, finish = (datetime.fromtimestamp(moment, UTC) for moment in (start, end))
    due = feed.schedule.due_between(begin - timedelta(seconds=1), finish)
    return np.array([moment.timestamp() for moment in due])


def _numbers(labels: Sequence[str]) -> Whole:
    number = {label: place for place, label in enumerate(sorted({label for label in labels if label}))}
    return np.array([number.get(label, -1) for label in labels], dtype=np.intp)
