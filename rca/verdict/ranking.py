"""Rank services by weighted evidence, after taking away what others explain.

Each family of a service counts once, with its strongest finding, on a saturating scale: being a hundred
times out of range says no more than being thirty times. Latency and errors that a service's callees show
too are theirs first (own excess); resource use that load explains is load's. Weights are data with their
provenance, `weights.json`.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from domain.investigation.evidence import ENTRY
from rca.culprits.own_excess import own_excess
from rca.findings import Finding

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
    proxies: frozenset[str] = frozenset(),
) -> list[Ranked]:
    """Return all candidates, best first; equal scores in order of their names.

    `patience_seconds` is how much later than its caller a callee may turn and still explain it; `proxies`
    pass on what others answer, whom no map places below them.
    """
    by_service: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_service[finding.service].append(finding)
    explained = own_excess(by_service, calls, patience_seconds, proxies)
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
