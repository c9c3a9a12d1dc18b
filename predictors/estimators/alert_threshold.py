"""Choose the estimate from which to alert."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Shares of quiet questions that may alert, the strictest first; the last is the budget.
_BUDGETS = (0.001, 0.002, 0.005, 0.01, 0.02)


def alert_threshold(told: Floats, y: Floats, weight: Floats | None = None) -> float:
    """Return the estimate from which to alert, by questions whose answers are known.

    Of a few shares of quiet questions that may alert, at most two in a hundred, the one with the best F1:
    where precision collapses before the budget is used up, the rest of it buys false alarms.
    """
    quiet = y == 0
    if not quiet.any():
        return 1.0
    mass = np.ones(len(y)) if weight is None else weight
    order = np.argsort(told[quiet], kind="stable")
    levels, total = told[quiet][order], np.cumsum(mass[quiet][order])
    places = np.searchsorted(total, (1.0 - np.array(_BUDGETS)) * total[-1])
    candidates = levels[np.minimum(places, len(levels) - 1)]
    return float(max(candidates, key=lambda level: _f1(told >= level, y, mass)))


def _f1(alerted: NDArray[np.bool_], y: Floats, mass: Floats) -> float:
    both = float((mass * y * alerted).sum())
    return 2.0 * both / max(float((mass * y).sum() + (mass * alerted).sum()), 1e-12)
