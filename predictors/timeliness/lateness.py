"""Say which run each feed owes now, by when, and how likely it is to miss that deadline.

The law of a duration is log-normal around what is usual, with a part of it, the feed's own share of missed
deadlines, that lasts as long again as it has lasted: runs that have outlived what is usual can take any time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.running.feeds import Feed, Rhythm
from domain.watch.predictions import HORIZONS_MINUTES
from predictors.known.due_times import EARLY_START, is_holiday
from predictors.known.landscape import Landscape, last_due, next_due
from predictors.known.run_table import SPAN, RunTable
from predictors.timeliness.deadlines import deadlines
from predictors.timeliness.punctuality import Punctuality

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Truths = NDArray[np.bool_]

PACES = ("often", "seldom")
"""Due several times within the longest horizon, or less often."""
_LONGEST_RUN = 2 * 86_400.0
_SAME_START = 0.5
_MOST_HOLIDAYS = 5
_UNKNOWN_SPREAD = 0.5


@dataclass(frozen=True)
class OwedRun:
    """The run that each question is about: under way, else the oldest one missing, else the next.

    Attributes:
        running: Whether it is under way; begun: since when (NaN otherwise).
        due: When it is, or was, due; its start, for a run that no calendar asked for; infinity where
            nothing is known.
        is_scheduled: Whether a calendar says so.
        deadline: When it counts as late; infinity where nothing is promised.
        rate: Share of its deadlines that the feed misses; `onset`: of those that follow one that it kept.
        later: How many more of its deadlines fall within each horizon, a column a horizon.
        pace: How often the feed is due, as the place of `PACES`.
        hides: Whether the feed's sender tells of runs only when they have ended.
        missed: How many of its deadlines in a row have passed without news of a run, one at least.
    """

    now: Floats
    running: Truths
    begun: Floats
    due: Floats
    is_scheduled: Truths
    deadline: Floats
    rate: Floats
    onset: Floats
    later: Floats
    pace: Whole
    hides: Truths
    missed: Floats

    @property
    def is_late(self) -> Truths:
        """Return whether the deadline has passed."""
        return np.asarray(self.deadline <= self.now)


def owed_runs(
    scene: Landscape,
    table: RunTable,
    known: Sequence[Punctuality],
    feed: Whole,
    now: Floats,
    *,
    running: Floats | None = None,
    oldest: Floats | None = None,
    since: Floats | None = None,
) -> OwedRun:
    """Return what each question's feed owes.

    Args:
        scene: The feeds and due times; should reach back to the runs asked about.
        table: Runs known at each moment.
        known: How punctual each feed is.
        feed: Number of the feed per question; now: its moment.
        running: Start of the run under way, NaN without; read off the table unless given.
        oldest: The oldest due time without a run, where it lies before the landscape; NaN elsewhere.
        since: From when on the feed is watched, by question: a first run owes nothing that was due before.
    """
    ended = table.newest_ended(feed, now)
    running = begun_and_not_ended(table, feed, now) if running is None else running
    running = np.where(now - running < _LONGEST_RUN, running, np.nan)
    newest = table.newest_run(feed, now)
    is_running = np.isfinite(running)
    served = last_due(scene, feed, np.where(is_running, running, now) + EARLY_START)
    # A second run for a due time that has had one is measured from its own start.
    again = ~(served > np.nan_to_num(ended, nan=-np.inf) + EARLY_START)
    believed = np.array([one.is_promised for one in known], dtype=bool)[feed]
    # Nor is one measured by a calendar that nobody knows or believes, or by what was due before the watch.
    again |= ~believed
    if since is not None:
        again |= ~np.isfinite(ended) & (served < since - EARLY_START)
    missing = next_due(scene, feed, np.where(np.isfinite(newest), newest + EARLY_START, now))
    missing = _past_holidays(scene, feed, missing)
    missing = missing if oldest is None else np.where(np.isfinite(oldest), oldest, missing)
    due = np.where(is_running, np.where(again, running, served), missing)
    allowed, rate, onset = (
        np.array([getattr(one, name) for one in known], dtype=np.float64)[feed]
        for name in ("allowed", "rate", "onset")
    )
    promised = believed | is_running
    scheduled = np.isfinite(due) & ~(is_running & again)
    by = due + allowed
    by[scheduled] = deadlines(scene.feeds, feed[scheduled], due[scheduled], allowed[scheduled])
    deadline = np.where(promised, by, np.inf)
    by_calendar = np.where(promised & scheduled, due, np.inf)
    later = _later(scene, feed, now, by_calendar, allowed)
    missed = _missed(scene, feed, now, by_calendar, allowed)
    pace = paces(scene.feeds)[feed]
    hides = table.hides_starts(feed, now)
    return OwedRun(
        now, is_running, running, due, scheduled, deadline, rate, onset, later, pace, hides, missed
    )


def begun_and_not_ended(table: RunTable, feed: Whole, now: Floats) -> Floats:
    """Return when the run began that each feed has under way, as far as is known at each moment; NaN without.

    Where a later run has ended, the end of an earlier one was lost.
    """
    begun, ended = table.last_start(feed, now), table.newest_ended(feed, now)
    return np.where(begun > np.nan_to_num(ended, nan=-np.inf) + _SAME_START, begun, np.nan)


def paces(feeds: Sequence[Feed]) -> Whole:
    """Return the place of each feed's pace in `PACES`."""
    often = [
        one.schedule.rhythm is Rhythm.INTERVAL and one.schedule.every_minutes < HORIZONS_MINUTES[-1]
        for one in feeds
    ]
    return np.where(often, 0, 1).astype(np.intp)


def _later(scene: Landscape, feed: Whole, now: Floats, due: Floats, allowed: Floats) -> Floats:
    """Return how many due times after the owed one have their deadline within each horizon."""
    often = np.array([one.schedule.rhythm is Rhythm.INTERVAL for one in scene.feeds], dtype=bool)[feed]
    counted = often & np.isfinite(due)
    found = np.zeros((len(now), len(HORIZONS_MINUTES)))
    after = np.searchsorted(scene.due_key, feed[counted] * SPAN + due[counted], "right")
    for column, minutes in enumerate(HORIZONS_MINUTES):
        until = np.maximum(now[counted] + 60.0 * minutes - allowed[counted], due[counted])
        upto = np.searchsorted(scene.due_key, feed[counted] * SPAN + until, "right")
        found[counted, column] = upto - after
    return found


def _missed(scene: Landscape, feed: Whole, now: Floats, due: Floats, allowed: Floats) -> Floats:
    """Return how many due times from the owed one on have their deadline behind them, one at least; of feeds
    of business days those on holidays are none."""
    counted = np.isfinite(due)
    found = np.ones(len(now))
    base = feed[counted] * SPAN
    first = np.searchsorted(scene.due_key, base + due[counted] - _SAME_START)
    upto = np.searchsorted(scene.due_key, base + np.maximum((now - allowed)[counted], due[counted]), "right")
    asked, missing = feed[counted], upto - first
    rests = np.array([one.schedule.rests for one in scene.feeds], dtype=bool)[asked]
    for row in np.flatnonzero(rests & (missing > 1)).tolist():
        place = asked[row]
        awaited = scene.due_key[first[row] : upto[row]] - place * SPAN
        missing[row] -= np.count_nonzero(is_holiday(scene.feeds[place].schedule.zone, awaited))
    found[counted] = np.maximum(missing, 1)
    return found


def _past_holidays(scene: Landscape, feed: Whole, due: Floats) -> Floats:
    """Return due times moved on from the holidays on which business-day feeds rest."""
    zones: dict[str, list[int]] = {}
    for place, one in enumerate(scene.feeds):
        if one.schedule.rests:
            zones.setdefault(one.schedule.zone, []).append(place)
    due = due.copy()
    for zone, places in zones.items():
        mine = np.flatnonzero(np.isin(feed, places) & np.isfinite(due))
        for _ in range(_MOST_HOLIDAYS):
            mine = mine[is_holiday(zone, due[mine])]
            due[mine] = next_due(scene, feed[mine], due[mine])
            mine = mine[np.isfinite(due[mine])]
    return due


def late_chances(owed: OwedRun, middle: Floats, spread: Floats) -> Floats:
    """Return how likely each owed run is to miss its deadline, whenever that is.

    Args:
        owed: The runs.
        middle: Log of the duration to expect, seconds.
        spread: Deviation of that log.
    """
    heavy = np.clip(owed.rate, 0.005, 0.5)
    known = np.isfinite(owed.deadline)
    due = np.where(known, owed.due, owed.now)
    limit = np.where(known, owed.deadline, owed.now) - np.where(owed.running, owed.begun, due)
    # Many senders tell of a run only when it has ended: one that seems not to have begun may be under way.
    lasted = np.where(owed.running, owed.now - owed.begun, np.maximum(owed.now - due, 0.0))
    told = _outlasts(limit, middle, spread, heavy) / _outlasts(lasted, middle, spread, heavy)
    told = np.where(owed.running, told, np.maximum(told, owed.rate))
    told = np.where(owed.is_late, 1.0, np.clip(told, 0.0, 1.0))
    return np.where(known, told, 0.0)


def late_within(owed: OwedRun, chance: Floats, onset: Floats | None = None) -> Floats:
    """Return how likely a deadline is to be missed within each horizon, a column a horizon.

    Args:
        owed: The runs.
        chance: How likely each of them is to miss its own deadline, whenever that is.
        onset: How likely a further one is to be missed after a kept one; as the feed does unless given.
    """
    onset = owed.onset if onset is None else onset
    reach = owed.now[:, None] + 60.0 * np.array(HORIZONS_MINUTES)
    first = np.where(owed.deadline[:, None] <= reach, chance[:, None], 0.0)
    # One that is late already stays so: nothing more can be missed before it has come.
    more = np.where(owed.is_late[:, None], 0.0, 1.0 - (1.0 - onset[:, None]) ** owed.later)
    return np.asarray(1.0 - (1.0 - first) * (1.0 - more), dtype=np.float64)


def plain_chances(owed: OwedRun, known: Sequence[Punctuality]) -> Floats:
    """Return how likely owed runs are to miss their deadlines by what is usual for each feed alone."""
    usual = np.array([max(one.usual, 1.0) for one in known])
    return late_chances(owed, np.log(usual), np.full(len(usual), _UNKNOWN_SPREAD))


def _outlasts(seconds: Floats, middle: Floats, spread: Floats | float, heavy: Floats) -> Floats:
    """Return the chance to last longer than so many seconds."""
    from scipy.special import ndtr

    kept = np.clip(np.nan_to_num(seconds, nan=1.0, posinf=1e12), 1e-3, 1e12)
    beyond = 1.0 - ndtr((np.log(kept) - middle) / spread)
    tail = np.minimum(np.exp(middle) / kept, 1.0)
    return np.asarray((1.0 - heavy) * beyond + heavy * tail, dtype=np.float64)
