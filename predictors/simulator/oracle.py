"""Answer every question as well as it can be answered: by the hidden state, but not by what is still to come.

The oracle senses every episode that has begun and whether it already fails; it knows the laws by which
episodes
come, last and fade. It does not know the draws. Its score is the ceiling; no model may read its answers.
"""

import numpy as np
from numpy.typing import NDArray

from predictors.run_table import SPAN
from predictors.simulator.runs import History, parent_failed
from predictors.simulator.world import HIT, MECHANISMS, PASSED_ON, World

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

_MENDED = 0.1
_MOST_RUNS = 6


def truth(history: History, feed: Whole, now: Floats, horizon: float = 3_600.0) -> Floats:
    """Return 1 where a run of the feed fails in (now, now + horizon], else 0."""
    key = np.sort(history.feed[history.failed] * SPAN + history.finished[history.failed])
    found = np.searchsorted(key, feed * SPAN + now + horizon, "right") - np.searchsorted(
        key, feed * SPAN + now, "right"
    )
    return (found > 0).astype(np.float64)


def oracle(world: World, history: History, feed: Whole, now: Floats, horizon: float = 3_600.0) -> Floats:
    """Return the probability of a failed run in (now, now + horizon], by perfect sensing of the present."""
    order = np.lexsort((history.finished, history.feed))
    key = history.feed[order] * SPAN + history.finished[order]
    first = np.searchsorted(key, feed * SPAN + now, "right")
    last = np.searchsorted(key, feed * SPAN + now + horizon, "right")
    healthy = np.ones(len(feed))
    for step in range(_MOST_RUNS):
        rows = np.flatnonzero(first + step < last)
        if not len(rows):
            break
        run = order[first[rows] + step]
        p = _own(world, feed[rows], now[rows], history.started[run])
        healthy[rows] *= 1.0 - _with_parents(
            world, history, key, order, feed[rows], now[rows], history.started[run], p
        )
    return 1.0 - healthy


def _own(world: World, feed: Whole, now: Floats, start: Floats) -> Floats:
    """Return the probability that a run starting at `start` fails of its own, as seen at `now`."""
    healthy = np.full(len(feed), 1.0 - world.sudden)
    episodes = world.episodes
    comes = np.array([mechanism.comes for mechanism in MECHANISMS]) * (1.0 - _MENDED)
    for column in range(world.places.shape[1]):
        place = world.places[feed, column]
        last = np.searchsorted(episodes.key, place * SPAN + now, "right") - 1
        for back in range(4):
            one = np.maximum(last - back, 0)
            ours = (last - back >= 0) & (episodes.place[one] == place) & (now < episodes.ends[one])
            begin, lasts = episodes.begin[one], episodes.lasts[one]
            ahead = np.maximum(start - now, 0.0)
            failing = now >= episodes.fails[one]
            # A run that started before now was struck if its start lay in the failing stretch.
            began = np.where(start >= episodes.fails[one], 1.0, 0.0)
            struck_now = np.where(start <= now, began, np.exp(-ahead / lasts))
            low = np.maximum(now - begin, episodes.low[one])
            reach = np.clip(np.minimum(start - begin, episodes.high[one]), low, None)
            tail = lasts * (
                np.exp(-np.maximum(start - begin - reach, 0.0) / lasts)
                - np.exp(-np.maximum(start - begin - low, 0) / lasts)
            )
            coming = (
                np.where(reach > low, tail / np.maximum(episodes.high[one] - low, 1.0), 0.0)
                * comes[episodes.kind[one]]
            )
            p = HIT * np.where(failing, struck_now, np.clip(coming, 0.0, 1.0))
            healthy *= 1.0 - np.where(ours, p, 0.0)
    return 1.0 - healthy


def _with_parents(
    world: World,
    history: History,
    key: Floats,
    order: Whole,
    feed: Whole,
    now: Floats,
    start: Floats,
    own: Floats,
) -> Floats:
    """Add what upstreams pass on: known results of parents' runs, and chances of those still to finish."""
    healthy = 1.0 - own
    failed = history.failed[order]
    for column in range(world.scene.upstream.shape[1]):
        parent = world.scene.upstream[feed, column]
        safe = np.maximum(parent, 0)
        last = np.maximum(np.searchsorted(key, safe * SPAN + start, "right") - 1, 0)
        ended = key[last] - safe * SPAN
        fresh = (parent >= 0) & (np.floor(key[last] / SPAN) == parent) & (start - ended < 6 * 3_600.0)
        known = parent_failed(world, key, failed, feed, start, column).astype(np.float64)
        chance = _own(world, safe, now, history.started[order[last]])
        healthy *= 1.0 - PASSED_ON * np.where(fresh, np.where(ended <= now, known, chance), 0.0)
    return 1.0 - healthy
