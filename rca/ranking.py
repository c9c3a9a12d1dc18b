"""Rank services by weighted evidence, after taking away what others explain.

Each family of a service counts once, with its strongest finding, on a saturating scale: being a hundred
times out of range says no more than being thirty times. Latency and errors that a service's callees show
too are theirs first (own excess); resource use that load explains is load's. Weights are data with their
provenance, `weights.json`.
"""

import json
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from domain.investigation.evidence import ENTRY
from rca.findings import Finding
from rca.untold import MOST, UNTOLD

_PASSED_ON = frozenset({"latency", "success", "errors", "failed_spans", "saturation"})
_STOPS_WITH_CALLEE = frozenset({"visit_calls", "visit_lines", "own_time"})
_WAITED = frozenset({"own_time", "call_gap", "complains"})
_DRIVEN_BY_LOAD = frozenset({"cpu", "network", "disk", "memory", "cache"})
_SHOWS_AS = {
    "latency": ("own_time", "call_gap", "silence"),
    "success": ("errors", "silence"),
    "errors": ("success", "silence"),
    "failed_spans": ("silence",),
}
_EXPLAINED = 0.85
_SURE = 2.0
_ALERTED = 0.35
"""What is left of an alert about who only suffers: it was seen there first all the same."""
_HARDLY = 0.2
# Without a map a symptom may be a victim's: it counts less, and the answer is less sure.
_UNPLACED = 0.65
# A host name or address is the far end of somebody's calls: measured by its caller only, it may be an alias
# of a
# service that reports under its own name.
_HOST_NAME = re.compile(
    r"\b[a-z0-9-]+\.(?:com|net|org|io|internal|local|cloud)(?![a-z0-9.])"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?![0-9.])",
    re.IGNORECASE,
)
_FAR_END = 0.55
_FROM_INSIDE = frozenset({"cpu", "memory", "disk", "new_errors"})


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each family counts and at which strength it counts half."""

    weights: Mapping[str, float]
    half_strength: Mapping[str, float]
    good_direction: float

    def points(self, finding: Finding) -> float:
        """Return what a finding adds to its service's score."""
        direction = 1.0 if finding.bad else self.good_direction
        return self.weight(finding) * direction * self.plainness(finding)

    def weight(self, finding: Finding) -> float:
        """Return how much the finding's family counts."""
        return self.weights.get(finding.family, self.weights["other"])

    def plainness(self, finding: Finding) -> float:
        """Return how plain a finding is, 0 to 1: its own part of a strength, on the family's scale."""
        half = self.half_strength.get(finding.family, self.half_strength["default"])
        return float(finding.own * finding.strength / (finding.strength + half))


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """Return the weights that ship with the engine."""
    document = json.loads((Path(__file__).parent / "weights.json").read_text(encoding="utf-8"))
    return Weights(document["weights"], document["half_strength"], float(document["good_direction"]))


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score and what made it, strongest first."""

    service: str
    score: float
    findings: tuple[tuple[float, Finding], ...]


def rank(
    findings: Iterable[Finding],
    candidates: Iterable[str],
    calls: Sequence[tuple[str, str]],
    weights: Weights,
    *,
    patience_seconds: float = 90.0,
) -> list[Ranked]:
    """Return all candidates, best first; equal scores in order of their names.

    `patience_seconds` is how much later than its caller a callee may turn and still explain it.
    """
    by_service: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_service[finding.service].append(finding)
    explained = own_excess(by_service, calls, patience_seconds)
    ranked = []
    names = sorted((set(candidates) | by_service.keys()) - {ENTRY, ""})
    # Where most have one, a host name is how services are called here.
    are_ends = 2 * sum(map(is_far_end, names)) <= len(names)
    for service in names:
        best: dict[str, tuple[float, Finding]] = {}
        for finding in explained.get(service, []):
            points = weights.points(finding)
            if finding.family not in best or points > best[finding.family][0]:
                best[finding.family] = (points, finding)
        if are_ends and is_far_end(service) and not _FROM_INSIDE & best.keys():
            best = {family: (points * _FAR_END, finding) for family, (points, finding) in best.items()}
        made_of = tuple(sorted(best.values(), key=lambda pair: (-pair[0], pair[1].reference)))
        ranked.append(Ranked(service, float(sum(points for points, _ in made_of)), made_of))
    return sorted(ranked, key=lambda candidate: (-candidate.score, candidate.service))


def is_far_end(service: str) -> bool:
    """Return whether a name is a host name or an address: measured by its callers only."""
    return _HOST_NAME.search(service) is not None


def own_excess(
    by_service: Mapping[str, list[Finding]], calls: Sequence[tuple[str, str]], patience_seconds: float
) -> dict[str, list[Finding]]:
    """Return the findings with what callees or load explain taken away."""
    callees: dict[str, set[str]] = defaultdict(set)
    callers: dict[str, set[str]] = defaultdict(set)
    for caller, callee in calls:
        if caller != callee:
            callees[caller].add(callee)
            callers[callee].add(caller)
    worst: dict[tuple[str, str], float] = defaultdict(float)
    change: dict[tuple[str, str], float] = defaultdict(float)
    began: dict[tuple[str, str], float] = {}
    sizes: dict[str, list[tuple[str, float, float]]] = defaultdict(list)
    for service, found in by_service.items():
        for finding in found:
            if not finding.bad:
                continue
            key = (service, finding.family)
            worst[key] = max(worst[key], finding.strength)
            if finding.at is not None:
                began[key] = min(began.get(key, math.inf), finding.at)
            if finding.strength >= _SURE:
                unit = (service, finding.measure)
                change[unit] = max(change[unit], finding.change)
                if finding.measure and service != ENTRY:
                    sizes[finding.measure].append((service, finding.before, finding.change))
    explained: dict[str, float] = defaultdict(float)
    for finding in (finding for found in by_service.values() for finding in found):
        for victim in finding.explains - {finding.service}:
            explained[victim] = max(explained[victim], finding.strength)
    evidence = _Evidence(callees, callers, worst, change, began, sizes, explained, patience_seconds)
    own = {
        service: [_beside_untold(_own(finding, evidence), evidence) for finding in found]
        for service, found in by_service.items()
    }
    return {service: _alert_as_own(found) for service, found in own.items()} if callees else own


def _alert_as_own(found: Sequence[Finding]) -> list[Finding]:
    """Return the findings of a service, of the alert about it as much as its symptoms are its own."""
    symptoms = [f.own for f in found if f.bad and f.family in _PASSED_ON and f.strength >= _SURE]
    own = max([_ALERTED, *symptoms]) if symptoms else 1.0
    return [replace(f, own=min(f.own, own)) if f.family == "alerted" else f for f in found]


@dataclass(frozen=True, slots=True)
class _Evidence:
    callees: Mapping[str, set[str]]
    callers: Mapping[str, set[str]]
    worst: Mapping[tuple[str, str], float]
    change: Mapping[tuple[str, str], float]
    began: Mapping[tuple[str, str], float]
    sizes: Mapping[str, list[tuple[str, float, float]]]
    explained: Mapping[str, float]
    patience_seconds: float


def _own(finding: Finding, evidence: _Evidence) -> Finding:
    service, family = finding.service, finding.family
    if finding.strength <= 0 or not finding.bad:
        return finding
    if family in _PASSED_ON:
        callees = evidence.callees.get(service, set())
        if not callees and service not in evidence.callers:  # on no map: whom it calls is not known
            placed = 1.0 if evidence.callees else _UNPLACED
            return replace(finding, own=placed * (1.0 - _EXPLAINED * _explained_by_size(finding, evidence)))
        share = max((_explains(callee, finding, evidence) for callee in sorted(callees)), default=0.0)
        return replace(finding, own=1.0 - _EXPLAINED * share)
    if family in _STOPS_WITH_CALLEE:
        callees = evidence.callees.get(service, set())
        silent = any(evidence.worst.get((callee, "silence"), 0.0) >= _SURE for callee in callees)
        return replace(finding, own=1.0 - _EXPLAINED) if silent else finding
    if family == "silence":
        idle = any((caller, "silence") in evidence.worst for caller in evidence.callers.get(service, ()))
        return replace(finding, own=1.0 - _EXPLAINED) if idle else finding
    if family in _DRIVEN_BY_LOAD:
        share = min(1.0, evidence.worst.get((service, "load"), 0.0) / finding.strength)
        return replace(finding, own=1.0 - 0.7 * share)
    return finding


def _beside_untold(finding: Finding, evidence: _Evidence) -> Finding:
    """Return what is left of a caller's trouble where a callee's answers are not told and it points there,
    and of anybody's whose trouble somebody else is known to bring."""
    by_other = evidence.explained.get(finding.service, 0.0) if finding.family != "silence" else 0.0
    if finding.family == "call_gap":  # what a caller waits for whose trouble somebody else brings
        caller = finding.reference.removeprefix("edge:").partition(">")[0]
        by_other = max(by_other, evidence.explained.get(caller, 0.0))
    if not finding.bad or not (by_other or finding.family in _PASSED_ON | _WAITED):
        return finding
    callees = evidence.callees.get(finding.service, ())
    below = max((evidence.worst.get((callee, UNTOLD), 0.0) for callee in callees), default=0.0)
    below = max(below, by_other)
    return replace(finding, own=min(finding.own, 1.0 - _EXPLAINED * below / MOST)) if below else finding


def _explained_by_size(finding: Finding, evidence: _Evidence) -> float:
    """Return which share of a finding somebody else explains, where no map says who calls whom.

    A call takes longer than what it calls, and passes on at most the failures it meets: who was quicker
    before and became slower by as much may be below, who fails more may be where it begins.
    """
    if not finding.measure or not finding.change > 0:
        return 0.0
    silent = any(
        family == "silence" and service not in (finding.service, ENTRY) and strength >= _SURE
        for (service, family), strength in evidence.worst.items()
    )
    share = 1.0 if silent else 0.0
    for service, before, change in evidence.sizes.get(finding.measure, ()):
        if service == finding.service:
            continue
        if finding.family == "latency" and before < finding.before:
            share = max(share, change / finding.change)
        elif finding.family in ("errors", "success") and change > finding.change:
            share = 1.0
    return max(0.0, min(1.0, share) - _HARDLY) / (1.0 - _HARDLY)


def _explains(callee: str, finding: Finding, evidence: _Evidence) -> float:
    """Return which share of a finding a callee explains: by surprise, or by size in the same measure.

    A callee that calls back, or that turned clearly later than its caller, explains nothing. One that fell
    silent explains failures and waiting.
    """
    if finding.service in evidence.callees.get(callee, ()):
        return 0.0
    began = evidence.began.get((callee, finding.family))
    if began is not None and finding.at is not None and began > finding.at + evidence.patience_seconds:
        return 0.0
    families = (finding.family, *_SHOWS_AS.get(finding.family, ()))
    if "silence" in families and evidence.worst.get((callee, "silence"), 0.0) >= _SURE:
        return 1.0
    below = max(evidence.worst.get((callee, family), 0.0) for family in families)
    share = 2.0 * below / finding.strength
    if finding.measure and finding.change > 0:
        share = max(share, evidence.change.get((callee, finding.measure), 0.0) / finding.change)
    return max(0.0, min(1.0, share) - _HARDLY) / (1.0 - _HARDLY)
