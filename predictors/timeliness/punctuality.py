"""Say how punctual feeds are: how long their runs may take, how often they ended late, which deadlines were
missed.

A run serves the newest due time up to five minutes after its start. Its deadline is the time that readers
were promised after that, or else that due time, plus what nine in ten of the feed's runs take, plus the
schedule's grace; it is missed when no run for it, and none for
a later due time, has ended by then. Business-day feeds owe nothing on the public holidays of their zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from domain.running.feeds import UNKNOWN_SCHEDULE, Feed
from predictors.known.due_times import EARLY_START, Changes, due_times, is_holiday
from predictors.known.history import DAY_SECONDS
from predictors.known.run_table import SPAN, RunTable
from predictors.timeliness.deadlines import deadlines_of

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Truths = NDArray[np.bool_]

_USUAL_SECONDS = 600.0
_RUNS = 60
_PRIOR_DUES, _PRIOR_RATE = 20.0, 0.01
# A calendar by which a feed is late more often than not does not describe the feed.
_MOST_MISSED = 0.5
_LEAST_SETTLED = 4


@dataclass(frozen=True)
class Punctuality:
    """What is known of one feed.

    Attributes:
        usual: Seconds that half of its runs take at most.
        allowed: Seconds from its due time to its deadline, where no time was promised.
        rate: Share of its deadlines that it misses, shrunk to that of an average feed.
        onset: The same of deadlines that follow one that it kept.
        is_promised: Whether its calendar says when it is due; without one nothing is late.
    """

    usual: float
    allowed: float
    rate: float
    is_promised: bool
    onset: float = 0.01


@dataclass(frozen=True)
class Missed:
    """Deadlines that were missed, sorted by feed and time, and the runs that ended too late for theirs.

    Attributes:
        key: Feed number times `SPAN` plus the deadline.
        came: When a run for it, or a later one, ended; infinity while none did.
        runs: Per row of the table, whether the run ended beyond its deadline.
    """

    key: Floats
    came: Floats
    runs: Truths

    def first_in(self, feed: Whole, now: Floats, seconds: float) -> Floats:
        """Return the first deadline missed in (now, now + seconds], NaN without one."""
        base = feed * SPAN + now
        place = np.searchsorted(self.key, base, "right")
        if not len(self.key):
            return np.full(len(now), np.nan)
        found = self.key[np.minimum(place, len(self.key) - 1)]
        inside = (place < len(self.key)) & (found > base) & (found <= base + seconds)
        return np.where(inside, found - feed * SPAN, np.nan)

    def is_late(self, feed: Whole, now: Floats) -> Truths:
        """Return whether a run was overdue at each moment."""
        if not len(self.key):
            return np.zeros(len(now), dtype=bool)
        place = np.searchsorted(self.key, feed * SPAN + now, "right") - 1
        safe = np.maximum(place, 0)
        return np.asarray((place >= 0) & (np.floor(self.key[safe] / SPAN) == feed) & (self.came[safe] > now))


def punctuality_of(
    feed: Feed, started: Floats, finished: Floats, timed: Floats, changes: Changes
) -> Punctuality:
    """Return how punctual a feed is by its finished runs, in any order."""
    order = np.argsort(started, kind="stable")
    order = order[np.isfinite(started[order]) & np.isfinite(finished[order])][-_RUNS:]
    begun, ended = started[order], finished[order]
    took = (ended - begun)[timed[order] > 0.0]
    took = took[np.isfinite(took)]
    usual, allowed = np.quantile(took, (0.5, 0.9)).tolist() if len(took) else (_USUAL_SECONDS, _USUAL_SECONDS)
    allowed += 60.0 * feed.schedule.grace_minutes
    if feed.schedule == UNKNOWN_SCHEDULE:
        return Punctuality(usual, allowed, _PRIOR_RATE, is_promised=False)
    if not len(begun):
        return Punctuality(usual, allowed, _PRIOR_RATE, is_promised=True)
    due, came, _ = _dues(feed, begun, ended, float(begun[-1]) + 1.0, changes)
    settled = np.isfinite(came)
    missed = came[settled] > deadlines_of(feed, due[settled], allowed)
    late, count = int(missed.sum()), len(missed)
    fresh = int(np.sum(missed & ~np.r_[False, missed[:-1]]))
    # What people promised is believed, however often it is missed.
    trusted = count < _LEAST_SETTLED or late <= _MOST_MISSED * count or feed.schedule.is_promised
    return Punctuality(usual, allowed, _shrunk(late, count), trusted, _shrunk(fresh, count))


def _shrunk(missed: int, count: int) -> float:
    return (missed + _PRIOR_DUES * _PRIOR_RATE) / (count + _PRIOR_DUES)


def punctualities(feeds: Sequence[Feed], table: RunTable, changes: Changes) -> list[Punctuality]:
    """Return the punctuality of every feed, in their order."""
    edges = np.searchsorted(table.feed, np.arange(len(feeds) + 1))
    found = []
    for feed, (low, high) in zip(feeds, pairwise(edges.tolist()), strict=True):
        runs = (table.started[low:high], table.finished[low:high], table.timed[low:high])
        found.append(punctuality_of(feed, *runs, changes))
    return found


def missed_deadlines(
    feeds: Sequence[Feed], table: RunTable, known: Sequence[Punctuality], until: float, changes: Changes
) -> Missed:
    """Return the deadlines until a moment that the runs of a table missed, from each feed's first run on."""
    edges = np.searchsorted(table.feed, np.arange(len(feeds) + 1))
    keys, all_came, runs = [np.zeros(0)], [np.zeros(0)], np.zeros(len(table.feed), dtype=bool)
    for place, (feed, one) in enumerate(zip(feeds, known, strict=True)):
        rows = np.arange(edges[place], edges[place + 1])
        rows = rows[np.isfinite(table.started[rows]) & np.isfinite(table.finished[rows])]
        if not one.is_promised or not len(rows):
            continue
        rows = rows[np.argsort(table.started[rows], kind="stable")]
        due, came, run = _dues(feed, table.started[rows], table.finished[rows], until, changes)
        deadline = deadlines_of(feed, due, one.allowed)
        missed = (came > deadline) & (deadline < until)
        keys.append(place * SPAN + deadline[missed])
        all_came.append(came[missed])
        # The run that ends it is late itself only where no later due time has passed before it began.
        last = np.r_[run[1:] != run[:-1], True]
        ends = missed & last & (run < len(rows))
        runs[rows[run[ends]]] = True
    return Missed(np.concatenate(keys), np.concatenate(all_came), runs)


def first_due_after(feed: Feed, moment: float, changes: Changes) -> float:
    """Return the first due time after a moment that the feed owes, infinity without one in nine weeks."""
    begin, earlier = moment, changes.get(feed.name, ())
    for days in (2.0, 8.0, 63.0):
        due = _owed(feed, due_times(feed, begin, moment + days * DAY_SECONDS, earlier))
        due = due[due > moment]
        if len(due):
            return float(due[0])
        begin = moment + days * DAY_SECONDS
    return float("inf")


def _dues(
    feed: Feed, begun: Floats, ended: Floats, until: float, changes: Changes
) -> tuple[Floats, Floats, Whole]:
    """Return due times from the first run on, when a run for each or a later one ended, and which run is the
    first that could (their number where none is); runs are sorted by start."""
    # What was due before the first run that is known may have had a run that is not.
    due = due_times(feed, float(begun[0]) - EARLY_START, until, changes.get(feed.name, ()))
    due = _owed(feed, due)
    soonest = np.r_[np.minimum.accumulate(ended[::-1])[::-1], np.inf]
    run = np.searchsorted(begun, due - EARLY_START, "left")
    return due, soonest[run], run


def _owed(feed: Feed, due: Floats) -> Floats:
    return due[~is_holiday(feed.schedule.zone, due)] if feed.schedule.rests and len(due) else due
