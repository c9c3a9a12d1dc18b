"""Hold runs of many feeds as sorted arrays, and derive what was known after each of them.

Arrays instead of objects, because a sweep over ten thousand feeds asks each feed the same few things; one
search answers them all. Order is (feed, moment we learned of it): what arrived late is used late.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.ids import FeedName, RunId
from domain.running.runs import Outcome, Run
from predictors.known.error_classes import class_number, newly_met, repeats
from predictors.known.failure_rates import failure_rates
from predictors.known.told_starts import starts_known, tells_starts

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

# Feeds are told apart by adding their number times this many seconds to a time: one sorted key for both.
SPAN = 1e11
_WINDOW = 20
# Log of how many times more rows than usual are rejected before it counts as a change.
_REJECTING = 1.0
_STATES = (
    *("rate_ever", "rate_200", "rate_30", "rate_5", "failed_last", "retried", "warned", "slower"),
    *("fewer_rows", "queued", "rejecting", "slower_3", "novel", "failing", "rejecting_runs", "repeats"),
)


# What is kept of each finished run beside its feed.
COLUMNS = (
    *("seen", "started", "finished", "rows", "rejected", "retries", "queue", "warnings", "novel", "bad"),
    *("error", "timed", "told"),
)
# A run that never said when it started stands this long before its end: it was never seen under way.
_UNSEEN_SECONDS = 1.0


@dataclass(frozen=True)
class RunTable:
    """Finished runs, sorted by feed and moment known, and the starts that were told, by feed and start.

    A run that did not say when it started is kept at its end, with `timed` 0: that it ended, and how, is as
    good to learn from as any other; how long it took is not known.

    `told` says when a start became known, infinity for one that never was; `start_told` is the same of all
    starts, in the order of `start_key`. `earlier` counts each feed's ended runs before those of the table,
    and how many of them were in trouble (feeds x 2).
    """

    names: tuple[FeedName, ...]
    feed: Whole
    seen: Floats
    started: Floats
    finished: Floats
    rows: Floats
    rejected: Floats
    retries: Floats
    queue: Floats
    warnings: Floats
    novel: Floats
    bad: Floats
    error: Floats
    timed: Floats
    told: Floats
    start_key: Floats
    start_told: Floats
    earlier: Floats

    # Worked out once: a sweep asks for them feed by feed.
    @cached_property
    def seen_key(self) -> Floats:
        """Return the sorted key of (feed, moment known)."""
        return self.feed * SPAN + self.seen

    @cached_property
    def duration(self) -> Floats:
        """Return the duration of each finished run in seconds, NaN where a time is missing."""
        return np.where(self.timed > 0.0, self.finished - self.started, np.nan)

    def last_known(self, feed: Whole, now: Floats) -> Whole:
        """Return the row of each feed's newest report of a finished run at each moment, -1 without one."""
        if not len(self.feed):
            return np.full(len(now), -1, dtype=np.intp)
        place = np.searchsorted(self.seen_key, feed * SPAN + now, "right") - 1
        return np.where((place >= 0) & (self.feed[np.maximum(place, 0)] == feed), place, -1)

    @cached_property
    def _starts_as_told(self) -> tuple[Floats, Floats]:
        """Return the sorted key of (feed, moment a start became known), and of the newest start by then."""
        known = np.floor(self.start_key / SPAN) * SPAN + self.start_told
        order = np.argsort(known, kind="stable")
        return known[order], np.maximum.accumulate(self.start_key[order])

    def last_start(self, feed: Whole, now: Floats) -> Floats:
        """Return when each feed's newest run started of which that was known, NaN without one."""
        known_at, newest = self._starts_as_told
        place = np.searchsorted(known_at, feed * SPAN + now, "right") - 1
        key = newest[np.maximum(place, 0)] if len(newest) else np.zeros(len(now))
        known = (place >= 0) & (np.floor(key / SPAN) == feed)
        return np.where(known, key - feed * SPAN, np.nan)

    @cached_property
    def _tells_starts(self) -> NDArray[np.bool_]:
        return tells_starts(self.feed, self.started, self.seen, self.told)

    def hides_starts(self, feed: Whole, now: Floats) -> NDArray[np.bool_]:
        """Return whether a run of each feed is heard of only when it has ended, by what is known then."""
        row = self.last_known(feed, now)
        if not len(self.seen):
            return np.zeros(len(now), dtype=bool)
        return (row >= 0) & ~self._tells_starts[np.maximum(row, 0)]

    @cached_property
    def _newest(self) -> Whole:
        """Per row, that of the run that started last of those known by then: reports come in any order."""
        began = self.feed * SPAN + np.nan_to_num(self.started, nan=0.0)
        is_newest = began >= np.maximum.accumulate(began)
        return np.maximum.accumulate(np.where(is_newest, np.arange(len(began)), 0)).astype(np.intp)

    def newest_known(self, feed: Whole, now: Floats) -> Whole:
        """Return the row of the run that began last of each feed's finished runs known at each moment, -1
        without one. What a late report says of an older run is older than what is known already."""
        row = self.last_known(feed, now)
        return np.where(row >= 0, self._newest[np.maximum(row, 0)], -1) if len(self.seen) else row

    def newest_ended(self, feed: Whole, now: Floats) -> Floats:
        """Return when the newest finished run known at each moment began or, untold, ended; NaN without."""
        row = self.newest_known(feed, now)
        if not len(self.seen):
            return np.full(len(now), np.nan)
        return np.where(row >= 0, self.started[np.maximum(row, 0)], np.nan)

    def newest_run(self, feed: Whole, now: Floats) -> Floats:
        """Return when each feed's newest run known at each moment began or, untold, ended; NaN without."""
        return np.fmax(self.last_start(feed, now), self.newest_ended(feed, now))


def table_of(runs: Iterable[Run], names: Sequence[FeedName]) -> RunTable:
    """Return the table of the named feeds' runs; runs of other feeds are left out."""
    number = {name: place for place, name in enumerate(names)}
    columns: dict[str, list[float]] = {name: [] for name in ("feed", "open", *COLUMNS) if name != "timed"}
    templates: dict[FeedName, set[str]] = {}
    for run in _latest(run for run in runs if run.feed in number):
        met = templates.setdefault(run.feed, set())
        columns["novel"].append(float(len(set(run.warnings) - met)))
        met.update(run.warnings)
        columns["feed"].append(number[run.feed])
        columns["seen"].append((run.end_told_at or run.seen_at).timestamp())
        columns["told"].append(_epoch(run.start_told_at))
        columns["started"].append(_epoch(run.started_at))
        columns["finished"].append(_epoch(run.finished_at))
        columns["rows"].append(_number(run.rows_written if run.rows_written is not None else run.rows_read))
        columns["rejected"].append(_number(run.rows_rejected))
        columns["retries"].append(float(run.retries))
        columns["queue"].append(_number(run.queue_seconds))
        columns["warnings"].append(float(len(run.warnings)))
        columns["bad"].append(float(run.is_trouble))
        columns["open"].append(float(run.outcome is Outcome.RUNNING))
        columns["error"].append(class_number(run.error_class))
    return from_columns(
        names, {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}
    )


def _latest(runs: Iterable[Run]) -> list[Run]:
    """Return one report per run in the order they came: the first of its outcome, the last outcome told."""
    kept: dict[tuple[FeedName, RunId], Run] = {}
    for run in sorted(runs, key=lambda one: one.seen_at):
        before = kept.get(run.key)
        if before is None or (run.outcome is not before.outcome and run.outcome is not Outcome.RUNNING):
            kept[run.key] = run
    return sorted(kept.values(), key=lambda one: (one.seen_at, one.feed, one.run))


def from_columns(
    names: Sequence[FeedName], columns: Mapping[str, Floats], earlier: Floats | None = None
) -> RunTable:
    """Return the table of runs given as columns of equal length; `open` marks runs that still run.

    A column `run` (the source's number of the run) makes a repeated report count once, as it came first;
    `error` is the number of the class of error; `lines`, that of the lines that warned, says what is novel;
    `told`, when the start was told, NaN where nobody knows.
    """
    if "run" in columns:
        columns = _once(columns)
    feed = columns["feed"].astype(np.intp)
    begun = np.isfinite(columns["started"])
    nobody_knows = np.full(len(feed), np.nan)
    moments, is_open = (columns["started"], columns["seen"]), columns["open"] > 0
    told = starts_known(feed, *moments, is_open, columns.get("told", nobody_knows))
    start_key = feed[begun] * SPAN + columns["started"][begun]
    by_start = np.argsort(start_key, kind="stable")
    started = np.where(begun, columns["started"], columns["finished"] - _UNSEEN_SECONDS)
    none = np.zeros(len(feed))
    timed = begun.astype(np.float64)
    columns = {"novel": none, "error": none, **columns, "started": started, "timed": timed, "told": told}
    done = np.flatnonzero(columns["open"] == 0)
    order = done[np.lexsort((columns["seen"][done], feed[done]))]
    kept = {name: columns[name][order] for name in COLUMNS}
    if "lines" in columns:
        kept["novel"] = newly_met(feed[order], columns["lines"][order])
    starts = {"start_key": start_key[by_start], "start_told": told[begun][by_start]}
    none_before = np.zeros((len(names), 2))
    before = none_before if earlier is None else earlier
    return RunTable(tuple(names), feed[order], earlier=before, **kept, **starts)


def _once(columns: Mapping[str, Floats]) -> Mapping[str, Floats]:
    order = np.argsort(columns["seen"], kind="stable")
    _, first = np.unique(columns["feed"][order] * SPAN + columns["run"][order], return_index=True)
    kept = np.sort(order[first])
    return {name: values[kept] for name, values in columns.items()}


@dataclass(frozen=True)
class RunStates:
    """What was known after each finished run, one value per row of the table."""

    columns: Mapping[str, Floats]
    usual_duration: Floats
    spread: Floats
    pooled: Floats


def states_after(table: RunTable) -> RunStates:
    """Return per run the shrunk failure rates, and how effort and volume compare with the 20 runs before."""
    feed, bad = table.feed, table.bad
    if not len(bad):
        nothing = np.zeros(0)
        return RunStates(dict.fromkeys(_STATES, nothing), nothing, nothing, nothing)
    columns, done, pooled = failure_rates(feed, table.seen, bad, table.earlier)
    log_duration, usual_duration = _against_usual(feed, np.log(np.maximum(table.duration, 1.0)))
    log_rows, _ = _against_usual(feed, np.log1p(np.maximum(table.rows, 0.0)))
    queue, _ = _against_usual(feed, np.log1p(np.maximum(table.queue, 0.0)))
    rejected, _ = _against_usual(feed, np.log1p(np.maximum(table.rejected, 0.0)))
    columns |= {
        "failed_last": bad,
        "retried": np.minimum(np.nan_to_num(table.retries), 5.0),
        "warned": np.minimum(table.warnings, 3.0),
        "novel": np.minimum(np.nan_to_num(table.novel), 3.0) * (done > 5.0),
        "slower": np.clip(log_duration, -2, 2),
        "fewer_rows": np.clip(-log_rows, -2, 4),
        "queued": np.clip(queue, -2, 4),
        "rejecting": np.clip(rejected, -2, 4),
    }
    columns["repeats"] = repeats(feed, table.seen, bad, table.error)
    columns["failing"] = np.minimum(_streak(feed, bad > 0), 20.0)
    columns["rejecting_runs"] = np.minimum(_streak(feed, rejected > _REJECTING), 20.0)
    slow = pd.Series(columns["slower"]).groupby(feed)
    columns["slower_3"] = _array(slow.rolling(3, min_periods=1).mean())
    # The mean distance from the usual, times 1.25, is the deviation of a normal law.
    timed = np.where(np.isfinite(table.duration), np.abs(log_duration), np.nan)
    off = pd.Series(timed).groupby(feed).rolling(_WINDOW, min_periods=3).mean()
    return RunStates(columns, usual_duration, 1.25 * _array(off), pooled)


def _against_usual(feed: Whole, values: Floats) -> tuple[Floats, Floats]:
    """Return value minus the median of the feed's earlier runs (0 when unknown), and that median with this
    run."""
    series = pd.Series(values)
    median = _array(series.groupby(feed).rolling(_WINDOW, min_periods=1).median())
    before = _array(pd.Series(median).groupby(feed).shift(1))
    return np.nan_to_num(values - before), median


def _streak(feed: Whole, held: NDArray[np.bool_]) -> Floats:
    """Return for how many of a feed's newest runs in a row something held."""
    index = np.arange(len(held))
    first = np.r_[True, feed[1:] != feed[:-1]]
    # The place of the newest run without it, or that before the feed's first.
    calm = np.maximum.accumulate(np.where(~held, index, np.where(first, index - 1, -1)))
    return np.asarray(index - calm, dtype=np.float64)


def _array(values: pd.Series) -> Floats:
    return np.asarray(values.to_numpy(np.float64), dtype=np.float64)


def _epoch(moment: datetime | None) -> float:
    return moment.timestamp() if moment is not None else float("nan")


def _number(value: float | None) -> float:
    return float(value) if value is not None else float("nan")
