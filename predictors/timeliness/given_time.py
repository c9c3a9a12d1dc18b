"""Let runs have the time that people gave them: what is due by then is late only from then on, and is awaited
later by as much."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from domain.running.feeds import Extension
from predictors.known.landscape import Landscape
from predictors.known.run_table import SPAN
from predictors.timeliness.lateness import OwedRun

Floats = NDArray[np.float64]


def with_given_time(owed: OwedRun, scene: Landscape, given: Sequence[Extension]) -> tuple[OwedRun, Landscape]:
    """Return what feeds owe, a row a feed of the scene, by their later deadlines; and when it is awaited now.

    That a run has not begun speaks for trouble from its due time on. Where its deadline was moved by an hour,
    it does from an hour later on.
    """
    until = _until(owed, scene, given)
    deadline = np.where(np.isfinite(owed.deadline), np.maximum(owed.deadline, until), owed.deadline)
    moved = np.flatnonzero((deadline > owed.deadline) & ~owed.running)
    # What is due until then has time until then, so no further deadline of it falls into the hour.
    later = np.where((until > owed.now)[:, None], 0.0, owed.later)
    key = scene.due_key.copy()
    for place in moved.tolist():
        low, high = np.searchsorted(key, place * SPAN + np.array([owed.due[place], until[place]]))
        shifted = key[low:high] + deadline[place] - owed.deadline[place]
        key[low:high] = np.minimum(shifted, place * SPAN + until[place])
    return replace(owed, deadline=deadline, later=later), replace(scene, due_key=np.sort(key))


def _until(owed: OwedRun, scene: Landscape, given: Sequence[Extension]) -> Floats:
    """Return until when each feed's owed run has time, minus infinity where nobody gave it any."""
    number = {feed.name: place for place, feed in enumerate(scene.feeds)}
    until = np.full(len(scene.feeds), -np.inf)
    for one in given:
        place, moment = number.get(one.feed), one.until.timestamp()
        if place is not None and owed.due[place] <= moment:
            until[place] = max(until[place], moment)
    return until
