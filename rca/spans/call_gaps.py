"""Whose fault a slow call is: the caller's, the callee's, or the network at one of both ends.

The gap of a call is what its caller waited beyond what its callee worked. A service whose calls are all
slow, in or out, is the likelier end than one of whose calls only this is slow; a lone edge is charged to
the callee first. Where no span was made for the call, the caller's own work is in the gap, and it is the
likelier end, unless all who call the same callee wait.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from domain.investigation.evidence import EvidenceKind, IncidentCase
from rca.findings import Finding, clean, figure
from rca.series.robust import Floats, deviation

_SLOW = 2.0
_LONE_IN = 0.6
_LONE_OUT = 0.35
_OWN_WORK = 0.8
_LEAST_IMPACT = 0.2


@dataclass(frozen=True, slots=True)
class EdgeGap:
    """One call edge: how unusual its gap is, and the usual and present gap in `unit`; `holds_work` where the
    caller's own work is in it."""

    caller: str
    callee: str
    z: float
    before: float
    after: float
    unit: str
    calls: int = 0
    holds_work: bool = False

    @property
    def excess(self) -> float:
        """Return what all its calls waited longer than usual, where their number is known."""
        return max(self.after - self.before, 0.0) * self.calls


def metric_gaps(case: IncidentCase, onset: float) -> list[EdgeGap]:
    """Return the gaps of edges whose latency both ends report as series (`a>b|…caller`, `a>b|…callee`)."""
    times = np.asarray(case.telemetry.metrics.times, dtype=float)
    series = case.telemetry.metrics.series
    usual = case.reference.metrics.series if case.reference is not None else {}
    gaps = []
    for edge, metric in series:
        if ">" not in edge or not metric.endswith("caller"):
            continue
        other = metric[: -len("caller")] + "callee"
        if (edge, other) not in series:
            continue
        ratio = _gap_of(series[(edge, metric)], series[(edge, other)])
        ground = _gap_of(usual.get((edge, metric), ()), usual.get((edge, other), ()))
        found = deviation(ratio[times >= onset], ratio[times < onset], ground, ratio_scale=True)
        if found is not None:
            caller, callee = edge.split(">", 1)
            gaps.append(EdgeGap(caller, callee, found.z, found.before, found.after, "of its unit"))
    return gaps


def _gap_of(caller: Iterable[float], callee: Iterable[float]) -> Floats:
    outer, inner = np.asarray(list(caller), dtype=float), np.asarray(list(callee), dtype=float)
    if outer.size != inner.size:
        return np.empty(0)
    return np.asarray(np.maximum(outer - inner, 0.0), dtype=float)


def gap_findings(gaps: Iterable[EdgeGap], elsewhere: float = 0.0) -> list[Finding]:
    """Charge every slow edge to its two ends and return the strongest charge of each service.

    `elsewhere` is the largest excess, calls times milliseconds, that own times show.
    """
    edges = list(gaps)
    slow: dict[tuple[str, str], bool] = defaultdict(bool)
    for edge in edges:  # an edge may be told twice, with the caller's own work and without
        slow[edge.caller, edge.callee] |= edge.z >= _SLOW
    into, out = defaultdict(list), defaultdict(list)
    for (caller, callee), is_slow in slow.items():
        into[callee].append(is_slow)
        out[caller].append(is_slow)
    best: dict[str, Finding] = {}
    most = max(most_excess(edges), elsewhere)
    for edge in edges:
        if edge.z < _SLOW:
            continue
        weight = impact(edge.excess, most) if edge.calls else 1.0
        inward = _share(into[edge.callee], _LONE_IN)
        outward = _OWN_WORK if edge.holds_work else _share(out[edge.caller], _LONE_OUT) ** 2
        blame = inward / (inward + outward)
        for service, share in ((edge.callee, blame), (edge.caller, 1.0 - blame)):
            strength = edge.z * share * weight
            if service not in best or strength > best[service].strength:
                best[service] = _finding(service, edge, strength)
    return list(best.values())


def most_excess(edges: Iterable[EdgeGap]) -> float:
    """Return the largest excess of a slow edge."""
    return max((edge.excess for edge in edges if edge.z >= _SLOW), default=0.0)


def impact(excess: float, most: float) -> float:
    """Return how much of the trouble an excess can be, beside the largest of its kind.

    Two milliseconds more are a sure finding where calls take one, and explain no incident beside two
    seconds.
    """
    return max(_LEAST_IMPACT, (max(excess, 0.0) / most) ** 0.5) if most > 0 else 1.0


def _share(slow: list[bool], lone: float) -> float:
    if len(slow) == 1:
        return lone
    return max(sum(slow), 0.1) / len(slow)


def _finding(service: str, edge: EdgeGap, strength: float) -> Finding:
    took = "took or waited" if edge.holds_work else "waited"
    return Finding(
        service=service,
        family="call_gap",
        strength=strength,
        kind=EvidenceKind.EDGE,
        text=f"calls {clean(edge.caller, 60)} → {clean(edge.callee, 60)} "
        f"{took} {figure(edge.after)} {edge.unit} beyond "
        f"the callee's work, usually {figure(edge.before)}",
        reference=f"edge:{edge.caller}>{edge.callee}",
    )
