"""Hold readings of resources as sorted arrays, and say how far and since when each departs from its usual.

What a source, database or pool says between runs is heard minutes after it changes; runs tell the same story
only when they end. Every derived value looks back from its own reading.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.running.feeds import Feed
from domain.running.readings import Reading, Sign
from predictors.known.falling import NEVER_HOURS, hours_to_zero
from predictors.known.run_table import SPAN

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Names = Sequence[tuple[str, ...]]

# The usual is that of so many seconds, without the newest, and of so many readings at least.
_USUAL, _SKIPPED, _LEAST_READINGS = "1D", 3_600.0, 6
_HIGH = 0.35
_FRESH = 2 * 3_600.0
# A change is that over so many seconds; readings come a minute early or late.
_SHORT = 2_340.0

COLUMNS = (
    *("response", "response_age", "response_step", "refused", "refused_age", "file_late", "file_age"),
    *(
        "file_small",
        "queue",
        "queue_age",
        "queue_step",
        "queue_wait",
        "free_left",
        "free_hours",
        "since_change",
        "changed_hours",
    ),
)
FROM_UPSTREAMS = ("response", "refused", "file_late", "queue", "free_hours")


@dataclass(frozen=True)
class Signals:
    """Readings sorted by series (one sign of one resource) and moment known.

    Attributes:
        number: Place of each series.
        key: Series and moment in one sorted number.
        value: As read.
        level: Log ratio to the usual for times, the value itself for shares, tens of minutes for lateness.
        age: Seconds for which the level has been high without a break of two readings.
        step: Change of the level over the last few readings.
        hours: Hours until free space that falls is gone, by its line.
    """

    number: Mapping[tuple[str, Sign], int]
    key: Floats
    value: Floats
    level: Floats
    age: Floats
    step: Floats
    hours: Floats


def signals_of(readings: Iterable[Reading]) -> Signals:
    """Return the signals of some readings, in any order; the same reading twice counts once."""
    number: dict[tuple[str, Sign], int] = {}
    places, seen, value = [], [], []
    for one in readings:
        places.append(number.setdefault((one.resource, one.sign), len(number)))
        seen.append(one.seen_at.timestamp())
        value.append(one.value)
    return signals_from(
        number, np.array(places, dtype=np.intp), np.array(seen, dtype=float), np.array(value, dtype=float)
    )


NOTHING: Mapping[tuple[str, Sign], int] = {}


def no_signals() -> Signals:
    """Return signals of nothing."""
    nothing = np.zeros(0)
    return Signals(NOTHING, nothing, nothing, nothing, nothing, nothing, nothing)


def signals_from(
    number: Mapping[tuple[str, Sign], int], series: Whole, seen: Floats, value: Floats
) -> Signals:
    """Return the signals of readings given as columns; `series` holds places of `number`."""
    if not len(series):
        return no_signals()
    kept = np.isfinite(value) & np.isfinite(seen)
    key, first = np.unique(series[kept] * SPAN + seen[kept], return_index=True)
    place, told = series[kept][first], value[kept][first]
    sign = np.empty(len(number), dtype=object)
    for (_, kind), position in number.items():
        sign[position] = kind
    kinds = sign[place]
    level = np.where(kinds == Sign.FILE_LATE, told / 20.0, told)
    ratio = (kinds == Sign.RESPONSE) | (kinds == Sign.QUEUE)
    logs = np.log(np.maximum(told, 0.0) + 1e-3)
    moments = key - place * SPAN
    rows = np.flatnonzero(ratio)
    level[rows] = logs[rows] - _usual(key[rows], place[rows], logs[rows])
    high = (level > _HIGH) & (kinds != Sign.FREE) & (kinds != Sign.FILE_SIZE)
    hours = np.full(len(told), NEVER_HOURS)
    for number_of in np.unique(place[kinds == Sign.FREE]):
        own = place == number_of
        hours[own] = hours_to_zero(moments[own], told[own])
    step = level - _earlier(key, place, level)
    return Signals(
        number, key, told, np.nan_to_num(level), _ages(place, moments, high), np.nan_to_num(step), hours
    )


def known_signals(signals: Signals, moment: float) -> Signals:
    """Return the signals as they stood at a moment; nothing derived changes, since it only looks back."""
    kept = signals.key % SPAN <= moment
    columns = (getattr(signals, name)[kept] for name in ("key", "value", "level", "age", "step", "hours"))
    return Signals(signals.number, *columns)


def are_sensed(signals: Signals | None) -> bool:
    """Return whether any source, database or pool is read: that feeds were changed says nothing of those."""
    if signals is None or not len(signals.key):
        return False
    read = np.unique(np.floor(signals.key / SPAN)).astype(np.intp)
    changes = {place for (_, sign), place in signals.number.items() if sign is Sign.CHANGE}
    return not changes.issuperset(read.tolist())


def signal_columns(
    signals: Signals, feeds: Sequence[Feed], feed: Whole, now: Floats, until: Floats | None = None
) -> dict[str, Floats]:
    """Return the columns of `COLUMNS` for feeds at moments; 0 where nothing fresh is known.

    With `until`, what is said is that of the first reading after each moment that is known by then, if any.
    """
    columns = {name: np.zeros(len(now)) for name in COLUMNS} | {"changed_hours": np.full(len(now), 1e4)}
    if not len(signals.key):
        return columns
    source: Names = [(one.source,) for one in feeds]
    pool: Names = [(one.pool,) for one in feeds]
    database = [one.databases[:2] for one in feeds]
    for names, sign, label in (
        (source, Sign.RESPONSE, "response"),
        (source, Sign.REFUSED, "refused"),
        (source, Sign.FILE_LATE, "file"),
        (pool, Sign.QUEUE, "queue"),
    ):
        row, fresh = _newest(signals, names, sign, feed, now, until)
        level = "file_late" if label == "file" else label
        columns[level] = np.where(fresh, np.clip(signals.level[row], -2.0, 5.0), 0.0)
        columns[f"{label}_age"] = np.where(fresh, np.log1p(signals.age[row] / 600.0), 0.0)
        if label == "queue":
            # A wait is long or not whatever is usual: at a month's end all are.
            columns["queue_wait"] = np.where(fresh, np.log1p(np.maximum(signals.value[row], 0.0) / 60.0), 0.0)
        if label in ("response", "queue"):
            columns[f"{label}_step"] = np.where(fresh, np.clip(signals.step[row], -4.0, 4.0), 0.0)
    row, fresh = _newest(signals, source, Sign.FILE_SIZE, feed, now, until)
    columns["file_small"] = np.where(fresh, np.clip(1.0 - signals.value[row], -1.0, 1.0), 0.0)
    for place in range(2):
        near: Names = [(one[place],) if len(one) > place else () for one in database]
        row, fresh = _newest(signals, near, Sign.FREE, feed, now, until)
        left = np.where(fresh, 1.0 - np.clip(signals.value[row], 0.0, 1.0), 0.0)
        hours = np.where(fresh, 1.0 / (0.5 + np.clip(signals.hours[row], 0.0, 1_000.0)), 0.0)
        columns["free_left"] = np.maximum(columns["free_left"], left)
        columns["free_hours"] = np.maximum(columns["free_hours"], hours)
    row, _ = _newest(signals, [(one.name,) for one in feeds], Sign.CHANGE, feed, now)
    asked = _series(signals, [(one.name,) for one in feeds], Sign.CHANGE)[feed]
    ours = (asked >= 0) & (np.floor(signals.key[row] / SPAN) == asked)
    ours &= signals.key[row] <= asked * SPAN + now
    hours = np.where(ours, (now - signals.key[row] % SPAN) / 3_600.0, 1e4)
    columns["since_change"] = 1.0 / (1.0 + np.maximum(hours, 0.0))
    columns["changed_hours"] = hours
    return columns


def _newest(
    signals: Signals, names: Names, sign: Sign, feed: Whole, now: Floats, until: Floats | None = None
) -> tuple[Whole, NDArray[np.bool_]]:
    """Return the newest reading of each question's resource, and whether it is of that resource and fresh;
    with `until` the one after it, where that was known by then."""
    series = _series(signals, names, sign)[feed]
    base = np.maximum(series, 0) * SPAN
    after = np.searchsorted(signals.key, base + now, "right")
    row = np.maximum(after - 1, 0)
    if until is not None:
        next_one = np.minimum(after, len(signals.key) - 1)
        row = np.where((after == next_one) & (signals.key[next_one] <= base + until), next_one, row)
    told = signals.key[row]
    # Before the first reading of all there is none.
    ours = (
        (series >= 0) & (np.floor(told / SPAN) == series) & (told <= base + (now if until is None else until))
    )
    fresh = np.abs(now - told % SPAN) < _FRESH
    return row.astype(np.intp), np.asarray(ours & fresh, dtype=bool)


def _series(signals: Signals, names: Names, sign: Sign) -> Whole:
    number = signals.number
    return np.array([number.get((one[0], sign), -1) if one else -1 for one in names], dtype=np.intp)


def _usual(key: Floats, place: Whole, logs: Floats) -> Floats:
    """Return the median of the day before without the last hour, so that a trouble is not its own usual."""
    if not len(key):
        return logs
    # Series lie so far apart on the axis of keys that no window reaches over two.
    told = pd.Series(logs, index=pd.DatetimeIndex(key.astype("datetime64[s]")))
    median = told.rolling(_USUAL, min_periods=_LEAST_READINGS).median().to_numpy(np.float64)
    before = np.searchsorted(key, key - _SKIPPED, "right") - 1
    safe = np.maximum(before, 0)
    usual = np.where((before >= 0) & (place[safe] == place), median[safe], np.nan)
    return np.where(np.isfinite(usual), usual, logs)


def _earlier(key: Floats, place: Whole, values: Floats) -> Floats:
    """Return the value a short while earlier in the series, or the first there is."""
    first = np.maximum.accumulate(np.where(np.r_[True, place[1:] != place[:-1]], np.arange(len(key)), 0))
    before = np.searchsorted(key, key - _SHORT, "right") - 1
    return np.asarray(values[np.maximum(before, first)], dtype=np.float64)


def _ages(place: Whole, moments: Floats, high: NDArray[np.bool_]) -> Floats:
    """Return for how long a level has been high; one calm reading in between does not end it, two do."""
    first = np.r_[True, place[1:] != place[:-1]]
    before = np.r_[False, high[:-1]] & ~first
    calm = first | (~high & ~before)
    index = np.arange(len(high))
    start = np.maximum.accumulate(np.where(calm, index, 0))
    return np.where(calm, 0.0, moments - moments[start])
