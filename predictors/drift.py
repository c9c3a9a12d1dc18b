"""Notice when the world has left the model: estimates that no longer come true, or features that moved
away."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BINS = 10
_MOVED = 0.25
_DEVIATIONS = 3.0


@dataclass(frozen=True)
class DriftReport:
    """How far promises and outcomes, and each feature's distribution, have come apart."""

    promised: float
    happened: float
    deviations: float
    moved: tuple[tuple[str, float], ...]

    @property
    def calls_for_training(self) -> bool:
        """Return whether a new model should be trained now rather than on schedule."""
        return abs(self.deviations) > _DEVIATIONS or len(self.moved) >= 3


def drift(told: Floats, y: Floats, before: dict[str, Floats], lately: dict[str, Floats]) -> DriftReport:
    """Return the drift of recent estimates and features.

    Args:
        told: Recent estimates; y: what became of them (Spiegelhalter's z, 1986, tests their calibration).
        before: Features of training, per name; lately: the same features now.
    """
    spread = float(np.sqrt(np.sum((1.0 - 2.0 * told) ** 2 * told * (1.0 - told))))
    z = float(np.sum((y - told) * (1.0 - 2.0 * told))) / spread if spread > 0 else 0.0
    moved = [(name, stability_index(before[name], lately[name])) for name in before if name in lately]
    far = sorted(((name, value) for name, value in moved if value > _MOVED), key=lambda pair: -pair[1])
    return DriftReport(float(told.mean()), float(y.mean()), z, tuple(far))


def stability_index(before: Floats, lately: Floats) -> float:
    """Return the population stability index over deciles of `before`; above 0.25 is a different
    population."""
    edges = np.unique(np.quantile(before, np.linspace(0, 1, _BINS + 1)[1:-1]))
    old = np.bincount(np.searchsorted(edges, before, "right"), minlength=len(edges) + 1) / max(len(before), 1)
    new = np.bincount(np.searchsorted(edges, lately, "right"), minlength=len(edges) + 1) / max(len(lately), 1)
    return float(np.sum((new - old) * np.log((new + 1e-3) / (old + 1e-3))))
