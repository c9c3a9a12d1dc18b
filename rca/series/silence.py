"""How surprising it is that a series stopped, or that a resource that was always used stands still.

A gauge of a service that is gone has no samples; a counter of it is still there and does not move.
"""

import re
from collections.abc import Collection

import numpy as np

from rca.families import Family
from rca.series.robust import Floats

_LEAST_SILENCE = 2.0
_ALWAYS_USED = frozenset({Family.CPU, Family.MEMORY, Family.NETWORK})
_STANDS_STILL = 0.01
_POD = re.compile(r"(.+)-[a-f0-9]{6,10}-[a-z0-9]{5}")
"""How Kubernetes names a pod of a deployment."""


def is_replaced(name: str, came: Collection[str]) -> bool:
    """Return whether a pod that stopped has a successor among the names that came meanwhile: a roll-out."""
    pod = _POD.fullmatch(name)
    others = (_POD.fullmatch(other) for other in came)
    return pod is not None and any(other is not None and other[1] == pod[1] for other in others)


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
