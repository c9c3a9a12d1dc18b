"""How surprising it is that a series stopped, or that a resource that was always used stands still.

A gauge of a service that is gone has no samples; a counter of it is still there and does not move.
"""

import numpy as np

from rca.families import Family
from rca.robust import Floats

_LEAST_SILENCE = 2.0
_ALWAYS_USED = frozenset({Family.CPU, Family.MEMORY, Family.NETWORK})
_STANDS_STILL = 0.01


def at_work(family: Family, after: Floats, before: Floats, usual: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the samples with zeros as missing where a resource was always used: its counter stands still."""
    ground = np.concatenate((usual, before))
    present = ground[~np.isnan(ground)]
    if family not in _ALWAYS_USED or present.size == 0 or present.min() <= 0:
        return after, before, usual
    return np.where(after <= _STANDS_STILL * present.min(), np.nan, after), before, usual


def silence(after: Floats, before: Floats, usual: Floats) -> float:
    """Return how surprising it is that a series stopped: tens of odds, from how often samples are missing."""
    if after.size == 0 or before.size + usual.size == 0:
        return 0.0
    if before.size and np.isnan(before).all():
        return 0.0  # it was gone before
    present = np.flatnonzero(~np.isnan(after))
    gone = after.size - 1 - int(present[-1]) if present.size else after.size
    if gone < max(1, after.size // 2):
        return 0.0
    absent = np.count_nonzero(np.isnan(before)) + np.count_nonzero(np.isnan(usual))
    missing = (absent + 1) / (before.size + usual.size + 2)
    surprise = -gone * float(np.log10(missing))
    return surprise if surprise >= _LEAST_SILENCE else 0.0
