"""What of each finding is its service's own: what those that it calls, or load, explain is taken away.

Latency and errors that a service's callees show too are theirs first; resource use that load explains is
load's. Without a map sizes tell, and of a proxy that everybody else is below it.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.investigation.evidence import ENTRY
from rca.culprits.untold import MOST, UNTOLD
from rca.findings import Finding

_PASSED_ON = frozenset({"latency", "success", "errors", "failed_spans", "saturation"})
_STOPS_WITH_CALLEE = frozenset({"visit_calls", "visit_lines", "own_time"})
_WAITED = frozenset({"own_time", "call_gap", "complains"})
_FOLLOWS = frozenset({"client_latency", "load", "network", "node", "other", "alerted", "entrance", "first"})
_DRIVEN_BY_LOAD = frozenset({"cpu", "network", "disk", "memory", "cache"})
_SHOWS_AS = {
    "latency": ("own_time", "call_gap", "silence"),
    "success": ("errors", "silence"),
    "errors": ("success", "silence"),
    "failed_spans": ("silence",),
    "saturation": ("latency", "own_time", "call_gap"),
}
_EXPLAINED = 0.85
_SURE, _PLAIN, _MOST_COMPARED = 2.0, 4.0, 12.0
_ILL = ("errors", "success", "latency", "failed_spans", "silence", UNTOLD)
_ALERTED = 0.35
"""What is left of an alert about who only suffers: it was seen there first all the same."""
_HARDLY = 0.2
# Without a map a symptom may be a victim's: it counts less, and the answer is less sure.
_UNPLACED = 0.65


def own_excess(
    by_service: Mapping[str, list[Finding]],
    calls: Sequence[tuple[str, str]],
    patience_seconds: float,
    proxies: frozenset[str] = frozenset(),
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
    evidence = _Evidence(callees, callers, worst, change, began, sizes, explained, patience_seconds, proxies)
    own = {
        service: [_beside_untold(_own(finding, evidence), evidence) for finding in found]
        for service, found in by_service.items()
    }
    if not callees:
        return {name: _alert_as_own(found) if name in proxies else found for name, found in own.items()}
    return {service: _alert_as_own(found) for service, found in own.items()}


def _alert_as_own(found: Sequence[Finding]) -> list[Finding]:
    """Return the findings of a service; that it is alerted, and that it turned first by what others bring,
    counts as much as its symptoms are its own."""
    symptoms = [f.own for f in found if f.bad and f.family in _PASSED_ON and f.strength >= _SURE]
    own = max([_ALERTED, *symptoms]) if symptoms else 1.0
    only_suffers = all(f.family in _PASSED_ON | _FOLLOWS for f in found if f.bad and f.strength >= _PLAIN)
    less = {"alerted", "first"} if only_suffers else {"alerted"}
    return [replace(f, own=min(f.own, own)) if f.family in less else f for f in found]


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
    proxies: frozenset[str]

    def below(self, service: str) -> set[str]:
        """Return whom a service calls; of a proxy on no map all others that any finding is about."""
        callees = self.callees.get(service, set())
        if callees or service in self.callers or service not in self.proxies:
            return callees
        return {name for name, _ in self.worst} - self.proxies - {ENTRY}


def _own(finding: Finding, evidence: _Evidence) -> Finding:
    service, family = finding.service, finding.family
    if finding.strength <= 0 or not finding.bad:
        return finding
    if family in _PASSED_ON:
        callees = evidence.below(service)
        if not callees and service not in evidence.callers:  # on no map: whom it calls is not known
            placed = 1.0 if evidence.callees else _UNPLACED
            return replace(finding, own=placed * (1.0 - _EXPLAINED * _explained_by_size(finding, evidence)))
        compared = finding
        if service not in evidence.callees:  # of unlike measures it is plainness that can be compared
            compared = replace(finding, strength=min(finding.strength, _MOST_COMPARED))
        share = max((_explains(callee, compared, evidence) for callee in sorted(callees)), default=0.0)
        return replace(finding, own=1.0 - _EXPLAINED * share)
    if finding.of_a_call:
        return replace(finding, own=_share_of_call(service, evidence))
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


def _share_of_call(service: str, evidence: _Evidence) -> float:
    """Return what is left of a line that a call was in vain: little where somebody who is called is in
    trouble."""
    callees = evidence.below(service)
    if not callees and service not in evidence.callers:
        return _UNPLACED
    below = {callee for callee in callees if service not in evidence.callees.get(callee, ())}
    ill = any(evidence.worst.get((callee, family), 0.0) >= _PLAIN for callee in below for family in _ILL)
    return 1.0 - _EXPLAINED if ill else 1.0


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
        family in ("silence", UNTOLD) and service not in (finding.service, ENTRY) and strength >= _SURE
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
