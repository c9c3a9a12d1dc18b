"""Sample the main signs of feeds over some days, alike at every training and whenever drift is looked for.

Only so many runs of each feed are read, so that a long history and a short one are looked at in one way: no
feed is asked about at a moment before which too few of its runs are known.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from domain.running.feeds import Feed
from predictors.failure.drift import SIGNS
from predictors.failure.feed_features import asked_runs
from predictors.known.due_times import Changes
from predictors.known.landscape import landscape
from predictors.known.run_table import COLUMNS, RunTable, states_after
from predictors.known.signals import Signals

Floats = NDArray[np.float64]

_MOMENTS = 12_000
_MOST_ROWS, _LEAST_PER_FEED, _MOST_PER_FEED = 400_000, 60, 400
# What is usual of a feed is read off so many runs.
_RUNS_BEFORE = 40


def runs_per_feed(feeds: int) -> int:
    """Return how many of its newest runs are looked at of each feed."""
    return min(max(_MOST_ROWS // max(feeds, 1), _LEAST_PER_FEED), _MOST_PER_FEED)


def sampled_signs(
    feeds: Sequence[Feed],
    table: RunTable,
    begin: float,
    end: float,
    *,
    signals: Signals | None = None,
    changes: Changes | None = None,
) -> tuple[Floats, dict[str, Floats]]:
    """Return moments drawn between two, epoch seconds, and the main signs then; no signs without any runs."""
    newest, low = _newest(table, len(feeds), runs_per_feed(len(feeds)), begin)
    able = np.flatnonzero(low < end)
    if not len(newest.seen) or not len(able):
        return np.zeros(0), {}
    random = np.random.default_rng([len(feeds), 7])
    feed = able[random.integers(0, len(able), _MOMENTS)].astype(np.intp)
    now = random.uniform(low[feed], end)
    scene = landscape(feeds, begin, end, changes)
    situation = asked_runs(scene, newest, states_after(newest), feed, now, signals).situation
    return now, {name: situation[name] for name in SIGNS}


def _newest(table: RunTable, feeds: int, most: int, begin: float) -> tuple[RunTable, Floats]:
    """Return the newest runs of each feed, and from when on it may be asked about."""
    kept, low = np.zeros(len(table.seen), dtype=bool), np.full(feeds, begin)
    edges = np.searchsorted(table.feed, np.arange(feeds + 1)).tolist()
    for place, (first, last) in enumerate(pairwise(edges)):
        start = max(first, last - most)
        kept[start:last] = True
        known = min(start + _RUNS_BEFORE, last - 1) if last > first else -1
        low[place] = max(begin, float(table.seen[known])) if known >= 0 else np.inf
    rows = {name: getattr(table, name)[kept] for name in COLUMNS}
    return replace(table, feed=table.feed[kept], **rows), low
