"""Since when something had grown by and by before trouble began, as what is never given back does.

What grows so is its own past: what was usual says the beginning of the window, not the time before the onset.
"""

import numpy as np

from rca.series.robust import Floats

FEWEST = 6
"""Samples before the onset, below which nothing is said."""
_ROSE_BEFORE, _LAST = 1.4, 3


def growth(early: Floats, at: Floats, least_spread: float) -> tuple[float, float, float | None]:
    """Return what was usual before the onset, how far it spread, and since when it had grown, if it had.

    Args:
        early: Samples before the onset, `FEWEST` at least.
        at: Their times.
        least_spread: What counts as no growth, whatever the samples spread.
    """
    ground = early[: max(_LAST, early.size // 4)]
    usual = float(np.median(ground))
    spread = max(float(np.quantile(np.abs(ground - usual), 0.9)), least_spread)
    above = early > usual + 2.0 * spread
    began = int(np.flatnonzero(~above)[-1]) + 1 if not above.all() else 0
    lately = float(np.median(early[-_LAST:]))
    grew = lately >= _ROSE_BEFORE * usual and lately > usual + 3.0 * spread and began < early.size - 1
    return usual, spread, float(at[began]) if grew else None
