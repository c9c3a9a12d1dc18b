"""How sure, from features of the evidence, never from asking a model.

A logistic curve over four features that exist for every system: the evidence of the first candidate, that
evidence beside the most that this case's telemetry could give, how far the first stands out from all others,
and how far the second is behind. Missing telemetry lowers the first by itself.
Coefficients are data (`confidence.json`), learned by `benchmarks.rca_calibrate` on made-up systems and on
labelled development cases; docs/root-cause.md says how they did on systems left out.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import mean, pstdev

from rca.findings import Finding
from rca.ranking import Ranked, Weights

# That an alert names a service is no measurement of it.
_TOLD = frozenset({"alerted", "entrance"})
_LEAST_MEASURED = 0.15
_LEAST_ATTAINABLE = 0.5
_LEAST_SPREAD = 0.1
_LINES = frozenset({"new_errors", "blamed", "complains"})
# Who writes no error lines is not measured by them: beside such a one nobody stands out.
_HEARD_OF_IN_LINES = 0.25
FEATURES = ("score", "attained", "stands_out", "margin")
CURVE = Path(__file__).parent / "confidence.json"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Coefficients of the curve and the confidence below which nobody should be named."""

    intercept: float
    coefficients: tuple[float, ...]
    abstain_below: float


@lru_cache(maxsize=1)
def load_calibration() -> Calibration:
    """Return the calibration that ships with the engine."""
    document = json.loads(CURVE.read_text(encoding="utf-8"))
    return Calibration(
        intercept=float(document["intercept"]),
        coefficients=tuple(float(document["coefficients"][name]) for name in FEATURES),
        abstain_below=float(document["abstain_below"]),
    )


def features(ranked: Sequence[Ranked], findings: Sequence[Finding], weights: Weights) -> tuple[float, ...]:
    """Return score, attained, stands out and margin, each 0 to 1.

    Attained is the score beside the most that the kinds of evidence in this case could give: a system that
    reports three kinds of series can be as plain as one that reports twenty. Standing out is the distance of
    the first candidate from all others, in their deviations; the margin is its distance from the second, as
    a share of its score.
    """
    nothing = (0.0,) * len(FEATURES)
    if not ranked or ranked[0].score <= 0:
        return nothing
    first = ranked[0]
    measured = sum(points for points, finding in first.findings if finding.family not in _TOLD)
    if measured < _LEAST_MEASURED:
        return nothing
    kinds = {finding.family for finding in findings if finding.family not in _TOLD}
    most = sum(weights.weights.get(kind, weights.weights["other"]) for kind in sorted(kinds))
    others = [float(candidate.score) for candidate in ranked[1:]] or [0.0]
    apart = (first.score - mean(others)) / (pstdev(others) + _LEAST_SPREAD)
    heard_of = _HEARD_OF_IN_LINES if kinds <= _LINES else 1.0
    return (
        min(float(first.score), 3.0) / 3.0,
        min(float(first.score) / max(most, _LEAST_ATTAINABLE), 1.0),
        heard_of * min(float(apart), 10.0) / 10.0,
        heard_of * (1.0 - max(float(others[0]), 0.0) / float(first.score)),
    )


def confidence(values: Sequence[float], calibration: Calibration) -> float:
    """Return the share of diagnoses with such features whose first cause was right."""
    if not any(values):
        return 0.0
    total = calibration.intercept + sum(c * v for c, v in zip(calibration.coefficients, values, strict=True))
    return 1.0 / (1.0 + math.exp(-total))


def track_record(sure: float) -> tuple[int, int] | None:
    """Return how many of the labelled cases with a confidence like this were right, and of how many.

    None when the shipped figures hold no case near it.
    """
    document = json.loads(CURVE.read_text(encoding="utf-8"))
    for low, high, right, judged in document.get("reliability", ()):
        if low <= sure < high or (sure >= 1.0 and high >= 1.0):
            return (int(right), int(judged)) if judged else None
    return None
