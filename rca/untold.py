"""Whom the trouble of callers points at although nothing tells how it answers: a database without traces, a
service whose telemetry is lost.

Such a callee shows neither latency nor failures, so that all its callers' trouble would stay theirs. What
points at it is a caller's error line that names it, or a resource of its own that is plainly out of range;
how far that goes is the share of its callers that are in trouble, more than half of them at least.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from domain.counting import in_series
from domain.evidence import IncidentCase
from rca.families import Family, family_of
from rca.findings import Finding, clean

UNTOLD = "untold"
MOST = 6.0
_PLAIN, _NAMED = 6.0, 1.0
_MOST_NAMED, _FEW = 3, 0.5
_LONE_NAMED, _LONE = 0.8, 0.6
_ANSWERS = frozenset({Family.LATENCY, Family.SUCCESS})
_FELT = frozenset({"errors", "success", "latency", "failed_spans", "own_time", "call_gap"})
_INSIDE = frozenset({"saturation", "disk", "cpu", "memory", "errors"})


def untold_findings(
    case: IncidentCase, findings: Sequence[Finding], calls: Sequence[tuple[str, str]]
) -> list[Finding]:
    """Return at most one finding for each callee of which nothing tells how it answers."""
    told = set(case.telemetry.spans.service)
    told |= {of for of, metric in case.telemetry.metrics.series if family_of(metric) in _ANSWERS}
    hurt = {f.service for f in findings if f.bad and f.family in _FELT and f.strength >= _PLAIN}
    callers: dict[str, set[str]] = defaultdict(set)
    for caller, callee in calls:
        if caller != callee and callee not in told:
            callers[callee].add(caller)
    found = []
    for callee, above in sorted(callers.items()):
        share = len(above & hurt) / len(above)
        pointing = [f for f in findings if f.service == callee and _points(f)]
        if not pointing or share <= _FEW:  # who else calls it is well
            continue
        most = max(pointing, key=lambda f: (f.family == "blamed", f.strength, f.reference))
        lone = _LONE_NAMED if most.family == "blamed" else _LONE
        strength = MOST * (share if len(above) > 1 else lone)
        named = in_series([clean(name, 60) for name in sorted(above & hurt)[:_MOST_NAMED]])
        text = f"its callers suffer, {named}, and nothing tells how it answers them"
        found.append(replace(most, family=UNTOLD, strength=strength, text=text, measure="", own=1.0))
    return found


def _points(finding: Finding) -> bool:
    if finding.family == "blamed":
        return finding.strength >= _NAMED
    return finding.bad and finding.family in _INSIDE and finding.strength >= _PLAIN
