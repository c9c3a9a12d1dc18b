"""Which series count up, and by how much those rose between two samples.

Names promise little: `_total` may stand over a rate, and a counter may have any name. So the samples decide:
a counter only rises, and falls to nearly nothing where its process began anew.
"""

from collections.abc import Sequence

import numpy as np

from rca.families import Family, words_of
from rca.series.robust import Floats

_NAMED = "total"
_COUNTED = frozenset({Family.LOAD, Family.ERRORS, Family.CPU, Family.NETWORK, Family.DISK, Family.LATENCY})
_LEVELS = frozenset({
    "free", "pct", "percent", "percentage", "ratio", "rate", "share", "util", "utilization",
    "size", "space", "age", "uptime", "lag", "avg", "average", "mean", "median", "max", "min", "p50", "p75",
    "p90", "p95", "p99", "p999", "load",
})  # fmt: skip
_FILLED = frozenset({"used", "usage"})
_MOST_RESETS = 0.1
_NEARLY_NOTHING = 0.5
_FEWEST, _PLENTY = 3, 12
_RISES_FOR_A_RESET = 10


def increments(metric: str, family: Family, windows: Sequence[Floats]) -> list[Floats]:
    """Return the windows of one series as they are, or, of a counter, how much it rose to each sample."""
    clean = [np.where(np.isinf(window), np.nan, window) for window in windows]
    if not counts_up(metric, family, clean):
        return clean
    return [_rises(window) for window in clean]


def counts_up(metric: str, family: Family, windows: Sequence[Floats]) -> bool:
    """Return whether a series is a counter; without a name that says so, where it plainly rises."""
    pairs = [_neighbours(window) for window in windows]
    before, after = (np.concatenate([pair[end] for pair in pairs] or [np.empty(0)]) for end in (0, 1))
    if before.size + 1 < _FEWEST or min(before.min(), after.min()) < 0:
        return False
    falls = after < before
    if falls.mean() > _MOST_RESETS or np.any(after[falls] > _NEARLY_NOTHING * before[falls]):
        return False
    if metric.lower().endswith(_NAMED):
        return True
    levels = _LEVELS | _FILLED if family is Family.DISK else _LEVELS
    may_count = family in _COUNTED and not words_of(metric) & levels
    # Between two scrapes a counter stands still, so it is how often it rose that tells, not how mostly.
    return may_count and int((after > before).sum()) >= max(_PLENTY, _RISES_FOR_A_RESET * int(falls.sum()))


def _neighbours(window: Floats) -> tuple[Floats, Floats]:
    """Return each present sample and the one that follows it."""
    present = window[~np.isnan(window)]
    return present[:-1], present[1:]


def _rises(values: Floats) -> Floats:
    """Return the increments of a counter for each step of time, over holes too; a reset counts from zero."""
    known = np.flatnonzero(~np.isnan(values))
    if known.size < 2:
        return values
    steps = np.diff(values[known])
    rises = np.where(steps < 0, values[known[1:]], steps) / np.diff(known)
    found = np.full(values.size, np.nan)
    found[known] = np.concatenate((rises[:1], rises))
    return found
