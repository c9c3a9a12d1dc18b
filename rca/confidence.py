"""How sure, from features of the evidence, never from asking a model.

A logistic curve over three features that exist for every system: the margin to the second candidate, the
evidence of the first, and how many independent families agree. Missing telemetry lowers all three by itself.
Coefficients are data (`confidence.json`), fitted on labelled development cases; the report says how they
did on systems left out.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rca.ranking import Ranked

_CLEAR_POINTS = 0.25
# That an alert names a service is no measurement of it.
_TOLD = frozenset({"alerted", "entrance"})
_LEAST_MEASURED = 0.15
FEATURES = ("margin", "score", "families")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Coefficients of the curve and the confidence below which nobody should be named."""

    intercept: float
    coefficients: tuple[float, ...]
    abstain_below: float


@lru_cache(maxsize=1)
def load_calibration() -> Calibration:
    """Return the calibration that ships with the engine."""
    document = json.loads((Path(__file__).parent / "confidence.json").read_text(encoding="utf-8"))
    return Calibration(
        intercept=float(document["intercept"]),
        coefficients=tuple(float(document["coefficients"][name]) for name in FEATURES),
        abstain_below=float(document["abstain_below"]),
    )


def features(ranked: Sequence[Ranked]) -> tuple[float, ...]:
    """Return margin, score and families, each 0 to 1."""
    if not ranked or ranked[0].score <= 0:
        return (0.0, 0.0, 0.0)
    first = ranked[0]
    measured = sum(points for points, finding in first.findings if finding.family not in _TOLD)
    if measured < _LEAST_MEASURED:
        return (0.0, 0.0, 0.0)
    second = ranked[1].score if len(ranked) > 1 else 0.0
    clear = sum(1 for points, _ in first.findings if points >= _CLEAR_POINTS)
    return (1.0 - second / first.score, min(first.score, 3.0) / 3.0, min(clear, 4) / 4.0)


def confidence(values: Sequence[float], calibration: Calibration) -> float:
    """Return the share of diagnoses with such features whose first cause was right."""
    if not any(values[:2]):
        return 0.0
    total = calibration.intercept + sum(c * v for c, v in zip(calibration.coefficients, values, strict=True))
    return 1.0 / (1.0 + math.exp(-total))


def track_record(sure: float) -> tuple[int, int] | None:
    """Return how many of the labelled cases with a confidence like this were right, and of how many.

    None when the shipped figures hold no case near it.
    """
    document = json.loads((Path(__file__).parent / "confidence.json").read_text(encoding="utf-8"))
    for low, high, right, judged in document.get("reliability", ()):
        if low <= sure < high or (sure >= 1.0 and high >= 1.0):
            return (int(right), int(judged)) if judged else None
    return None
