"""Learn how often a run of which no end has been heard still runs.

Ends are reported late, or never. A run far beyond its usual duration has most likely ended unheard, and then
it no longer fails within the hour; how far is far, each house's own reports tell.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictors.failure.feed_features import SAME_START, asked_runs
from predictors.failure.start_law import StartLaw
from predictors.known.due_times import EARLY_START
from predictors.known.history import DAY_SECONDS
from predictors.known.landscape import GIVEN_UP, Landscape, last_due
from predictors.known.run_table import SPAN, RunStates, RunTable
from predictors.known.signals import Signals
from predictors.timeliness.finish_model import BEYOND, FinishModel

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.intp]
Seen: TypeAlias = tuple[RunTable, RunStates, Signals | None]

_LOOKS = 12_000
# A run is no longer waited for after so long.
_LONGEST = 2 * DAY_SECONDS
# What is believed before any look: it still runs.
_PRIOR_LOOKS = 5.0


def fit_still(
    scene: Landscape, seen: Seen, finish: FinishModel, start: float, random: np.random.Generator
) -> tuple[float, ...]:
    """Return how often a run under way, as far as was known, still ran, per step of `finish_model.BEYOND`.

    Args:
        scene: The feeds.
        seen: Runs, what was known after each, and readings.
        finish: How long runs take.
        start: First moment to look at, epoch seconds.
        random: Chooses moments between each start and the report of its end.
    """
    table, states, signals = seen
    feed, begun, ended, heard = (
        np.concatenate(both)
        for both in zip(_waits(scene, table, start), _never_told(scene, table, start), strict=True)
    )
    lasts = np.maximum(heard - begun, 0.0)
    if not lasts.sum():
        return finish.still
    row = random.choice(len(feed), _LOOKS, p=lasts / lasts.sum())
    now = begun[row] + random.random(_LOOKS) * lasts[row]
    asked = asked_runs(scene, table, states, feed[row], now, signals, (finish, StartLaw()))
    told = asked.situation
    # A later run may have started meanwhile: then that one is what was looked at.
    presumed = np.where(
        told["presumed"] > 0, last_due(scene, feed[row], begun[row] + EARLY_START), begun[row]
    )
    ours = (told["running"] > 0) & (np.abs(told["start"] - presumed) < SAME_START)
    place = np.searchsorted(BEYOND, asked.beyond[ours])
    looks = np.bincount(place, minlength=len(BEYOND) + 1) + _PRIOR_LOOKS
    still = np.bincount(place, ended[row][ours] > now[ours], minlength=len(BEYOND) + 1) + _PRIOR_LOOKS
    return tuple(float(share) for share in still / looks)


def _waits(scene: Landscape, table: RunTable, start: float) -> tuple[Whole, Floats, Floats, Floats]:
    """Return feed, start, end, and when the end was heard of runs; one of which no end was ever heard ended
    before anybody looked. A run that never told its start is taken to have begun when it was due."""
    due = last_due(scene, table.feed, table.finished)
    began = np.where(table.timed > 0.0, table.started, due)
    rows = np.flatnonzero((began > start) & np.isfinite(table.finished))
    heard = np.minimum(table.seen[rows], began[rows] + _LONGEST)
    lost = np.setdiff1d(table.start_key, table.feed * SPAN + table.started)
    feed, begun = np.floor(lost / SPAN).astype(np.intp), lost % SPAN
    newest = float(table.seen.max()) if len(table.seen) else start
    old = (begun > start) & (begun + _LONGEST < newest)
    # A run that starts takes its place.
    later = np.searchsorted(table.start_key, lost[old], "right")
    key = np.r_[table.start_key, np.inf][later]
    until = np.minimum(begun[old] + _LONGEST, np.where(key // SPAN == feed[old], key % SPAN, np.inf))
    return (
        np.r_[table.feed[rows], feed[old]],
        np.r_[began[rows], begun[old]],
        np.r_[table.finished[rows], begun[old]],
        np.r_[heard, until],
    )


def _never_told(scene: Landscape, table: RunTable, start: float) -> tuple[Whole, Floats, Floats, Floats]:
    """Return the same of due times without a run, of feeds that tell of runs only when they have ended."""
    feed, due = np.floor(scene.due_key / SPAN).astype(np.intp), scene.due_key % SPAN
    newest = float(table.seen.max()) if len(table.seen) else start
    rows = np.flatnonzero((due > start) & (due + GIVEN_UP < newest))
    rows = rows[table.hides_starts(feed[rows], due[rows])]
    began = np.sort(np.r_[table.start_key, table.feed * SPAN + table.started])
    key = scene.due_key[rows]
    later = np.r_[began, np.inf][np.searchsorted(began, key - EARLY_START)]
    following = np.r_[scene.due_key, np.inf][rows + 1]
    missed = later >= following - EARLY_START
    rows, until = rows[missed], np.minimum(following[missed] - key[missed], GIVEN_UP)
    return feed[rows], due[rows], due[rows], due[rows] + until
