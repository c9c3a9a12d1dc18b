"""When the start of each run became known: as it began, or, from who tells of runs that have ended, then.

A model may learn from a run under way only where its service sees it under way. What is kept of live reports
says when a start was told; of a history nobody knows, and it is taken to be told as the same feed's live runs
are, or, without any, as those of most feeds.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Truths = NDArray[np.bool_]

# So many of its newest runs say how a sender tells of its runs.
_NEWEST = 20


def starts_known(feed: Whole, started: Floats, seen: Floats, is_open: Truths, told: Floats) -> Floats:
    """Return when the start of each run became known, infinity where it never was.

    Args:
        feed: Number of each run's feed.
        started: When it began, NaN where that was not told.
        seen: When its newest report came.
        is_open: Whether no end of it is known.
        told: When its start was told, NaN where nobody knows.
    """
    begun, known = np.isfinite(started), np.isfinite(told)
    result = np.where(known, np.fmax(told, started), started)
    if known.any():
        count = int(feed.max()) + 1
        judged = begun & known & ~is_open
        runs = np.bincount(feed[judged], minlength=count)
        ahead = np.bincount(feed[judged], result[judged] < seen[judged], minlength=count)
        heard = runs > 0
        most = bool((2 * ahead[heard] >= runs[heard]).mean() >= 0.5) if heard.any() else True
        as_it_began = np.where(heard, 2 * ahead >= runs, most)[feed]
        result = np.where(known | is_open | as_it_began, result, np.fmax(seen, started))
    return np.asarray(np.where(begun, result, np.inf), dtype=np.float64)


def tells_starts(feed: Whole, started: Floats, seen: Floats, known: Floats) -> Truths:
    """Return per ended run, of feeds one after another and in the order they came, whether most of its feed's
    newest runs by then told their start before their end."""
    ahead = np.isfinite(known) & ((known < seen) | (known <= started))
    count, index = np.r_[0, np.cumsum(ahead)], np.arange(len(ahead))
    first = np.maximum(np.searchsorted(feed, feed), index - _NEWEST + 1)
    return np.asarray(2 * (count[index + 1] - count[first]) >= index + 1 - first)
