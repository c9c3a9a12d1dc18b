"""Measures of root-cause rankings: AC@k, Avg@5, calibration, abstention, changes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.counting import counted
from domain.investigation.diagnosis import Diagnosis, Verdict
from domain.investigation.evidence import ChangeKind, IncidentCase
from rca.cases.case_labels import Label

NONE = "none"
"""The label of a case in which no change is guilty."""


@dataclass(slots=True)
class SetScore:
    """What one contender did on one data set, case by case.

    Args:
        places: Place of the true service from 0, a large number when it was not named.
        metric_places: The same for the true series, where a case labels one.
        seconds: Time per case.
        confidences: How sure the contender was, empty when it does not say.
        abstained: Whether it declined to name anybody.
        change_right: Whether the culprit change, or `none`, was right, where labelled.
        change_decoy: Whether a known decoy was blamed.
    """

    places: list[int] = field(default_factory=list)
    metric_places: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    abstained: list[bool] = field(default_factory=list)
    change_right: list[bool] = field(default_factory=list)
    change_decoy: list[bool] = field(default_factory=list)


NOWHERE = 10_000
_BINS = 10


def place_of(true: Sequence[str], ranked: Sequence[str]) -> int:
    """Return the place of the first true name from 0, NOWHERE when none was named."""
    wanted = set(true)
    return next((place for place, name in enumerate(ranked) if name in wanted), NOWHERE)


def accuracy_at(places: Sequence[int], k: int) -> float:
    """Return the share of cases whose true service is among the first k."""
    return sum(place < k for place in places) / len(places) if places else math.nan


def average_at_5(places: Sequence[int]) -> float:
    """Return the mean of AC@1 to AC@5."""
    return sum(accuracy_at(places, k) for k in range(1, 6)) / 5.0


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie, the nearest rank above."""
    ordered = sorted(values)
    return (
        ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))] if ordered else math.nan
    )


def calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Return the expected calibration error over equal bins of confidence (Naeini et al., AAAI 2015)."""
    error = 0.0
    for number in range(_BINS):
        inside = [
            (sure, hit)
            for sure, hit in zip(confidences, right, strict=True)
            if min(int(sure * _BINS), _BINS - 1) == number
        ]
        if inside:
            sure = sum(pair[0] for pair in inside) / len(inside)
            hits = sum(pair[1] for pair in inside) / len(inside)
            error += abs(sure - hits) * len(inside) / len(confidences)
    return error


def figures_of(name: str, score: SetScore) -> dict[str, float]:
    """Return the figures of one data set under its folder's name."""
    right = [place == 0 for place in score.places]
    figures = {
        f"ac1_{name}": accuracy_at(score.places, 1),
        f"ac3_{name}": accuracy_at(score.places, 3),
        f"avg5_{name}": average_at_5(score.places),
        f"p50_s_{name}": quantile(score.seconds, 0.5),
        f"p95_s_{name}": quantile(score.seconds, 0.95),
        f"cases_{name}": float(len(score.places)),
    }
    if score.metric_places:
        figures[f"metric_ac1_{name}"] = accuracy_at(score.metric_places, 1)
        figures[f"metric_ac3_{name}"] = accuracy_at(score.metric_places, 3)
        figures[f"metric_avg5_{name}"] = average_at_5(score.metric_places)
    if score.confidences:
        wrong = [sure >= 0.8 and not hit for sure, hit in zip(score.confidences, right, strict=True)]
        figures[f"ece_{name}"] = calibration_error(score.confidences, right)
        figures[f"confident_wrong_{name}"] = sum(wrong) / len(wrong)
    if score.abstained:
        figures[f"abstained_{name}"] = sum(score.abstained) / len(score.abstained)
        named = [hit for hit, out in zip(right, score.abstained, strict=True) if not out]
        if named:
            figures[f"ac1_when_named_{name}"] = sum(named) / len(named)
    if score.change_right:
        figures[f"change_accuracy_{name}"] = sum(score.change_right) / len(score.change_right)
        figures[f"change_decoy_{name}"] = sum(score.change_decoy) / len(score.change_decoy)
    return figures


def score_unreadable(score: SetScore, label: Label) -> None:
    """Add a case that could not be read: missed, with nobody named."""
    score.places.append(NOWHERE)
    if label.metrics:
        score.metric_places.append(NOWHERE)
    score.confidences.append(0.0)
    score.abstained.append(True)


def score_case(
    score: SetScore, case: IncidentCase, label: Label, diagnosis: Diagnosis, seconds: float
) -> None:
    """Add one diagnosis to the score."""
    score.places.append(place_of(label.services, [hypothesis.service for hypothesis in diagnosis.hypotheses]))
    if label.metrics:
        score.metric_places.append(place_of(label.metrics, diagnosis.metrics))
    score.seconds.append(seconds)
    score.confidences.append(diagnosis.confidence)
    score.abstained.append(diagnosis.verdict is Verdict.INCONCLUSIVE)
    if label.change is not None and case.changes:
        commits = [change.change_id for change in diagnosis.changes if change.kind is ChangeKind.COMMIT]
        blamed = commits[0] if commits else NONE
        score.change_right.append(blamed == label.change)
        score.change_decoy.append(blamed in label.decoys)


@dataclass(slots=True)
class Replays:
    """How many labelled cases come out as people confirmed, today and, where that is known, at the time."""

    cases: int = 0
    confirmed: int = 0
    known: int = 0
    confirmed_then: int = 0
    same: int = 0

    def add(self, label: Label, said: Sequence[str], diagnosis: Diagnosis) -> None:
        """Count one case; `said` are the causes named when the incident was diagnosed, best first."""
        first = next((h.service for h in diagnosis.hypotheses if h.claims), "")
        self.cases += 1
        self.confirmed += first in label.services
        if said:
            self.known += 1
            self.confirmed_then += said[0] in label.services
            self.same += said[0] == first

    def sentence(self) -> str:
        """Return the counts in words."""
        come = "comes" if self.cases == 1 else "come"
        text = f"{self.confirmed} of {counted(self.cases, 'case')} {come} out as people confirmed."
        if self.known:
            text += (
                f" Of the {self.known} whose diagnosis of the time is known, {self.confirmed_then} did then,"
                f" and {self.same} name the same first cause today."
            )
        return text
