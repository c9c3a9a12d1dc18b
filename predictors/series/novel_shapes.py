"""Tell how unlike the latest stretch of a series is to every stretch seen before.

A stretch is six means of the newest points, the further back the wider. Stretches are kept as boxes, as fuzzy
adaptive resonance does: a new one widens the nearest box as long as no side becomes wider than a fifth of the
range of the series, or else begins a box of its own. The distance to the nearest box is how new a stretch is.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# From and to how many points ago each mean reaches.
_REACH = ((0, 1), (1, 2), (2, 4), (4, 8), (8, 16), (16, 32))
_LONGEST = _REACH[-1][1]
_WIDEST_SHARE = 0.2
# A stretch is learned when it is this old, or an odd one would soon be compared with itself. Stretches are
# compared, and learned, some at a time: it costs a fraction, and what is compared knows none that is younger.
_LEARNED_AFTER = 50
_AT_ONCE = 25
_WARM_UP = 100
_MOST_BOXES = 500


def novelty(values: Floats) -> Floats:
    """Return how far each point's stretch is from the nearest box, in units of the values; NaN at first."""
    stretches = _stretches(values)
    widest = _WIDEST_SHARE * (np.maximum.accumulate(values) - np.minimum.accumulate(values) + 1e-9)
    boxes = _Boxes()
    found = np.full(len(values), np.nan)
    first = _LONGEST - 1
    for start in range(first, len(values), _AT_ONCE):
        if start >= first + _WARM_UP:
            end = start + _AT_ONCE
            found[start:end] = boxes.distances(stretches[start:end]).min(axis=1)
        old = slice(max(start - _LEARNED_AFTER, first), max(start - _LEARNED_AFTER + _AT_ONCE, first))
        boxes.learn(stretches[old], widest[old])
    return found


def _stretches(values: Floats) -> Floats:
    # Sums from the first value on stay exact on a flat line, however high it lies.
    total = np.r_[0.0, np.cumsum(values - values[:1])]
    ends = np.arange(_LONGEST, len(values) + 1)
    means = [(total[ends - near] - total[ends - far]) / (far - near) for near, far in _REACH]
    unknown = np.full((min(_LONGEST - 1, len(values)), len(_REACH)), np.nan)
    return np.vstack([unknown, np.column_stack(means)])


class _Boxes:
    def __init__(self) -> None:
        self._low = np.empty((0, len(_REACH)))
        self._high = np.empty((0, len(_REACH)))

    def distances(self, stretches: Floats) -> Floats:
        """Return, a row per stretch, how far each box would have to grow on its worst side to hold it."""
        beyond = np.maximum(self._low - stretches[:, None], stretches[:, None] - self._high)
        return np.asarray(np.maximum(beyond.max(axis=2), 0.0))

    def learn(self, stretches: Floats, widest: Floats) -> None:
        """Take in the stretches that no box holds."""
        outside = (self.distances(stretches) > 0.0).all(axis=1)
        for place in np.flatnonzero(outside).tolist():
            self._take_in(stretches[place], float(widest[place]))

    def _take_in(self, stretch: Floats, widest: float) -> None:
        """Widen the nearest box that may grow, or begin one; with too many, the nearest grows anyway."""
        low, high = np.minimum(self._low, stretch), np.maximum(self._high, stretch)
        may = (high - low).max(axis=1, initial=0.0) <= widest
        if not may.any() and len(low) < _MOST_BOXES:
            self._low, self._high = np.vstack([self._low, stretch]), np.vstack([self._high, stretch])
            return
        distances = self.distances(stretch[None])[0]
        chosen = int(np.where(may | ~may.any(), distances, np.inf).argmin())
        self._low[chosen], self._high[chosen] = low[chosen], high[chosen]
