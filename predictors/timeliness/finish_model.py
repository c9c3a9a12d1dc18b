"""Forecast when a run will end: its feed's usual duration, stretched by what can be seen now, with a spread.

Durations scatter roughly log-normally. How much the present state stretches them is learned over all feeds;
how much they scatter comes from each feed's own last runs. A run of which no end has been heard may have
ended all the same, for ends are reported late, or never: how often, goes by how far it is beyond its usual.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STRETCHED_BY = ("slower", "slower_3", "response", "queue", "source_slow", "pool_slow", "month_end")
_LEAST_RUNS = 200
_LEAST_SPREAD = 0.08
_UNKNOWN_SPREAD = 0.5
_RIDGE = 20.0
# How far a run is beyond its usual duration, in deviations of the log: edges between which looks are counted.
BEYOND = (-1.0, 0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0)


@dataclass(frozen=True)
class FinishModel:
    """Weights of `STRETCHED_BY` on the log of the duration, the residuals' share of the feeds' spread, and
    how often runs without an end still ran, by how far they were beyond their usual duration."""

    weights: tuple[float, ...] = (0.0,) * len(STRETCHED_BY)
    intercept: float = 0.0
    scale: float = 1.0
    still: tuple[float, ...] = (1.0,) * (len(BEYOND) + 1)

    def still_on(self, beyond: Floats) -> Floats:
        """Return the chance that a run of which no end has been heard still runs, by how many deviations of
        the log its duration so far is beyond its usual."""
        return np.asarray(self.still)[np.searchsorted(BEYOND, beyond)]

    def stretch(self, columns: Mapping[str, Floats]) -> Floats:
        """Return the log of how many times longer than usual a run starting now takes."""
        design = np.column_stack([columns[name] for name in STRETCHED_BY])
        told = self.intercept + design @ np.asarray(self.weights)
        return np.asarray(np.clip(told, -1.0, 2.0), dtype=np.float64)

    def spread(self, own: Floats) -> Floats:
        """Return the deviation of the log duration, from that of a feed's last runs (NaN: unknown)."""
        known = np.where(np.isfinite(own), own, _UNKNOWN_SPREAD)
        return np.maximum(known * self.scale, _LEAST_SPREAD)


def fit_finish(columns: Mapping[str, Floats], ratio: Floats, own: Floats) -> FinishModel:
    """Return the model of runs that ended.

    Args:
        columns: `STRETCHED_BY` as they were when each run started.
        ratio: Log of duration over usual duration.
        own: Deviation of the feed's last runs, as known at the start.
    """
    design = np.column_stack([columns[name] for name in STRETCHED_BY])
    good = np.isfinite(ratio) & np.isfinite(design).all(axis=1) & (np.abs(ratio) < 3.0)
    if good.sum() < _LEAST_RUNS:
        return FinishModel()
    x, y = design[good], ratio[good]
    centre, mean = x.mean(axis=0), float(y.mean())
    moved = x - centre
    gram = moved.T @ moved + _RIDGE * np.eye(moved.shape[1])
    weights = np.linalg.solve(gram, moved.T @ (y - mean))
    model = FinishModel(tuple(float(w) for w in weights), mean - float(centre @ weights), 1.0)
    left = np.abs(y - model.stretch({name: x[:, n] for n, name in enumerate(STRETCHED_BY)}))
    spread = np.maximum(np.where(np.isfinite(own[good]), own[good], _UNKNOWN_SPREAD), _LEAST_SPREAD)
    # The scale at which eight in ten runs end within the 80 % band.
    scale = float(np.clip(np.quantile(left / (1.2816 * spread), 0.8), 0.3, 3.0))
    return FinishModel(model.weights, model.intercept, scale)
