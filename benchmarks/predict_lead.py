"""How long ahead simulated failures are told, by a model and by the oracle beside it.

Each failure is asked about at five-minute steps of the hour before it. It is told from the first of them
whose estimate exceeds the level that two in a hundred calm questions exceed; each teller has its own level.

In a trouble that lasts, each failure foretells the next. So the first failure of each trouble, the only one
that a card foretells, is counted by itself, too.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from predictors.simulator.runs import History

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Ask = Callable[[Whole, Floats], Floats]
"""From feeds and moments (epoch seconds) to chances of a failed run within the hour."""

_FAILURES = 2_000
_MINUTES = np.arange(60.0, 0.0, -5.0)
_HALF_MINUTES = 30.0


def calm_level(y: Floats, told: Floats) -> float:
    """Return the estimate that two in a hundred questions without a failure exceed."""
    return float(np.quantile(told[y == 0], 0.98))


def leads(ask: Ask, level: float, history: History, start: float, end: float, seed: int) -> dict[str, float]:
    """Return `lead_p50_min` of the failures told, and which share is told at all and half an hour ahead;
    `first_*` is the same of failures before which the feed's newest run ended well."""
    asked = (history.finished > start) & (history.finished < end)
    told = _of(ask, level, history, np.flatnonzero(history.would_fail & asked), seed)
    first = _of(ask, level, history, np.flatnonzero(firsts(history) & asked), seed)
    return told | {f"first_{name}": value for name, value in first.items()}


def firsts(history: History) -> NDArray[np.bool_]:
    """Return of each run whether it fails, or would, and the one of its feed that ended before it did not."""
    order = np.lexsort((history.finished, history.feed))
    feed, failed = history.feed[order], history.would_fail[order]
    goes_on = np.zeros(len(order), dtype=np.bool_)
    goes_on[1:] = (feed[1:] == feed[:-1]) & failed[:-1]
    found = np.empty(len(order), dtype=np.bool_)
    found[order] = failed & ~goes_on
    return found


def _of(ask: Ask, level: float, history: History, failed: Whole, seed: int) -> dict[str, float]:
    random = np.random.default_rng([seed, 7])
    chosen = random.choice(failed, min(_FAILURES, len(failed)), replace=False)
    feed = np.repeat(history.feed[chosen], len(_MINUTES))
    now = (history.finished[chosen][:, None] - 60.0 * _MINUTES).ravel()
    hit = (ask(feed.astype(np.intp), now) > level).reshape(len(chosen), len(_MINUTES))
    ahead = np.where(hit.any(axis=1), _MINUTES[hit.argmax(axis=1)], 0.0)
    told = ahead > 0.0
    return {
        "lead_p50_min": float(np.median(ahead[told])) if told.any() else 0.0,
        "told": float(told.mean()) if len(told) else 0.0,
        "told_half_hour": float((ahead >= _HALF_MINUTES).mean()) if len(told) else 0.0,
    }
