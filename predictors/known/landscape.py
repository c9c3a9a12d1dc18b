"""Hold what stays put while questions are asked: due times, upstreams, and who shares which resource."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from domain.running.feeds import Feed, Rhythm
from predictors.known.due_times import EARLY_START, Changes, due_times, is_holiday
from predictors.known.history import DAY_SECONDS
from predictors.known.run_table import SPAN

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

GIVEN_UP = 3.9 * 3_600.0
"""A run that has not started for so many seconds is no longer waited for."""
_MOST_UPSTREAMS = 3
_EVERY_DAY = 7
# A month may have no such date, as the 31st.
_TWO_WEEKS, _TWO_MONTHS = 15 * DAY_SECONDS, 94 * DAY_SECONDS


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

    # Worked out once: a sweep asks for them for every feed and each of its upstreams.
    @cached_property
    def _zones(self) -> tuple[tuple[str, ...], Whole]:
        zones = tuple(sorted({one.schedule.zone for one in self.feeds}))
        return zones, np.array([zones.index(one.schedule.zone) for one in self.feeds], dtype=np.intp)

    @cached_property
    def _rests(self) -> NDArray[np.bool_]:
        return np.array([one.schedule.rests for one in self.feeds], dtype=bool)

    def is_free(self, feed: Whole, moments: Floats) -> NDArray[np.bool_]:
        """Return whether each moment lies on a public holiday where the feed is at home."""
        zones, number = self._zones
        found = np.zeros(len(moments), dtype=bool)
        for place, zone in enumerate(zones):
            mine = (number[feed] == place) & np.isfinite(moments)
            found[mine] = is_holiday(zone, moments[mine])
        return found

    def waits(self, feed: Whole, now: Floats, due: Floats, newest: Floats) -> NDArray[np.bool_]:
        """Return whether the run of each due time has not begun: the newest run that is known began, or
        untold ended, earlier. Feeds that run on business days wait for nothing on a public holiday."""
        begun = np.nan_to_num(newest, nan=-np.inf, neginf=-np.inf) >= due - EARLY_START
        # Of a feed that never ran, what was due long ago was most likely due before it was there.
        begun |= ~np.isfinite(newest) & (now - due > GIVEN_UP)
        return ~begun & np.isfinite(due) & ~(self._rests[feed] & self.is_free(feed, due))


def landscape(
    feeds: Sequence[Feed],
    start: float,
    end: float,
    changes: Changes | None = None,
    *,
    reach: Callable[[Feed], float] = lambda feed: DAY_SECONDS,
) -> Landscape:
    """Return the landscape of the feeds with every due time from some time before `start` to a day behind
    `end`.

    Args:
        feeds: The feeds.
        start: First moment to be asked about; end: the last one, epoch seconds.
        changes: Which schedules held before those the feeds have now.
        reach: How many seconds before `start` the due times of a feed begin; a day unless given.
    """
    number = {feed.name: place for place, feed in enumerate(feeds)}
    keys, interval = [], np.empty(len(feeds))
    for place, feed in enumerate(feeds):
        earlier = (changes or {}).get(feed.name, ())
        due = due_times(feed, start - reach(feed), end + DAY_SECONDS, earlier)
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


def two_due_times(feed: Feed) -> float:
    """Return in how many seconds a feed was due twice, whatever the day: of one that runs once a week a
    landscape of days would not know when it last should have run."""
    rhythm, weekdays = feed.schedule.rhythm, feed.schedule.weekdays
    if rhythm in (Rhythm.MONTHLY, Rhythm.MONTH_END):
        return _TWO_MONTHS
    seldom = rhythm is not Rhythm.INTERVAL and len(weekdays) < _EVERY_DAY
    return _TWO_WEEKS if seldom else DAY_SECONDS


def next_due(scene: Landscape, feed: Whole, now: Floats) -> Floats:
    """Return the first due time strictly after each moment, infinity when none is known."""
    return _due(scene, feed, np.searchsorted(scene.due_key, feed * SPAN + now, "right"), np.inf)


def last_due(scene: Landscape, feed: Whole, now: Floats) -> Floats:
    """Return the last due time at or before each moment, minus infinity when none is known."""
    return _due(scene, feed, np.searchsorted(scene.due_key, feed * SPAN + now, "right") - 1, -np.inf)


def _due(scene: Landscape, feed: Whole, place: Whole, otherwise: float) -> Floats:
    inside = (place >= 0) & (place < len(scene.due_key))
    key = (
        scene.due_key[np.clip(place, 0, max(len(scene.due_key) - 1, 0))]
        if len(scene.due_key)
        else feed * 0.0 - 1.0
    )
    return np.where(inside & (np.floor(key / SPAN) == feed), key - feed * SPAN, otherwise)


def _numbers(labels: Sequence[str]) -> Whole:
    number = {label: place for place, label in enumerate(sorted({label for label in labels if label}))}
    return np.array([number.get(label, -1) for label in labels], dtype=np.intp)
