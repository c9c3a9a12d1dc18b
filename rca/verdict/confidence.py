"""How sure, from features of the evidence, never from asking a model.

A logistic curve over four features that exist for every system: the evidence of the first candidate, how far
the second is behind, how plain the plainest thing about the first is, and how plain the worst is that anybody
would feel. Missing telemetry lowers the first by itself. Where nothing is wrong somebody comes first as well:
the latter two tell a fault from the largest of many chances.
Coefficients are data (`confidence.json`), learned by `benchmarks.rca_calibrate` on made-up systems with a
fault and without, and on labelled development cases; docs/root-cause.md says how they did on systems left
out.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from rca.findings import Finding
from rca.verdict.ranking import Ranked, Weights

# That an alert names a service is no measurement of it.
_TOLD = frozenset({"alerted", "entrance"})
# Who turned first did something else besides.
_FOLLOW = _TOLD | {"first"}
_LEAST_MEASURED = 0.15
# A family that weighs less says little by itself, however plain it is.
_LEAST_WEIGHT = 0.3
_FELT = frozenset({
    "errors", "success", "latency", "client_latency", "failed_spans", "new_errors", "blamed", "silence",
    "own_time", "call_gap", "visit_lines", "visit_calls",
})  # fmt: skip
_LINES = frozenset({"new_errors", "blamed", "complains"})
# Who writes no error lines is not measured by them: beside such a one nobody stands out.
_HEARD_OF_IN_LINES = 0.25
FEATURES = ("score", "margin", "plain", "felt")
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
    """Return score, margin, plain and felt, each 0 to 1.

    The margin is the distance of the first candidate from the second, as a share of its score. Plain is the
    strongest of what speaks for the first, 0.5 at the strength at which its family counts half; felt the same
    of the worst that users or callers of anybody would notice, whoever explains it.
    """
    nothing = (0.0,) * len(FEATURES)
    if not ranked or ranked[0].score <= 0:
        return nothing
    first = ranked[0]
    measured = [(points, finding) for points, finding in first.findings if finding.family not in _TOLD]
    if sum(points for points, _ in measured) < _LEAST_MEASURED:
        return nothing
    kinds = {finding.family for finding in findings if finding.family not in _TOLD}
    heard_of = _HEARD_OF_IN_LINES if kinds <= _LINES else 1.0
    second = max(float(ranked[1].score), 0.0) if len(ranked) > 1 else 0.0
    telling = [
        weights.plainness(finding)
        for _, finding in measured
        if finding.bad and weights.weight(finding) >= _LEAST_WEIGHT
    ]
    return (
        min(float(first.score), 3.0) / 3.0,
        heard_of * (1.0 - second / float(first.score)),
        max(telling, default=0.0),
        felt(findings, weights),
    )


def felt(findings: Sequence[Finding], weights: Weights) -> float:
    """Return how plain the worst is that anybody would notice, 0 to 1, whoever explains it."""
    worst = (replace(f, own=1.0) for f in findings if f.bad and f.family in _FELT)
    return max((weights.plainness(finding) for finding in worst), default=0.0)


def plainest(findings: Sequence[Finding], weights: Weights) -> float:
    """Return how plain the plainest thing is that was measured of anybody, 0 to 1, whoever explains it."""
    measured = (
        replace(finding, own=1.0)
        for finding in findings
        if finding.bad and finding.family not in _FOLLOW and weights.weight(finding) >= _LEAST_WEIGHT
    )
    return max((weights.plainness(finding) for finding in measured), default=0.0)


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
