"""Whom the trouble of callers points at although nothing tells how it answers: a database without traces, a
service whose telemetry is lost.

Such a callee shows neither latency nor failures, so that all its callers' trouble would stay theirs. What
points at it is a caller's error line that names it, or a resource of its own that is plainly out of range;
how far that goes is the share of its callers that are in trouble, more than half of them at least. A resource
is pointed at by no caller that is as plainly out of range, or that calls somebody else in trouble: what
a caller that leaks does to its database is not the database's fault.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.counting import in_series
from domain.investigation.evidence import ENTRY, IncidentCase, LogTable
from rca.culprits.standing_failure import FAILS
from rca.families import Family, family_of, words_of
from rca.findings import Finding, clean
from rca.series.measures import measures_of

UNTOLD = "untold"
MOST = 6.0
_PLAIN, _NAMED = 6.0, 1.0
_MOST_NAMED, _FEW = 3, 0.5
_LONE_NAMED, _LONE = 0.8, 0.6
_AS_PLAIN = 0.5
_FAILING = frozenset({"errors", "success", "failed_spans"})
_SLOW = frozenset({"latency", "own_time", "call_gap"})
_FELT = _FAILING | _SLOW
_INSIDE = frozenset({"saturation", "disk", "cpu", "memory", "errors"})
_OWN = frozenset({"disk", "cpu", "memory"})
_ASKED = frozenset({"load", "network"})
_SAYS_WHO = frozenset({"blamed", "silence"})


def untold_findings(
    case: IncidentCase, findings: Sequence[Finding], calls: Sequence[tuple[str, str]], lines: LogTable
) -> list[Finding]:
    """Return at most one finding for each callee of which nothing tells how it answers; findings count rows
    of `lines`, of which the case may hold a part."""
    seen = _seen(case, findings)
    both_ways = set(calls)
    callers: dict[str, set[str]] = defaultdict(set)
    below: dict[str, set[str]] = defaultdict(set)
    for caller, callee in calls:
        if caller == callee:
            continue
        if callee not in seen.slowness & seen.failures:
            callers[callee].add(caller)
        if callee in seen.told and callee in seen.hurt and (callee, caller) not in both_ways:
            below[caller].add(callee)
    found = _beside_all(findings, seen, {name for call in calls for name in call})
    for callee, above in sorted(callers.items()):
        pointing = [f for f in findings if f.service == callee and _points(f)]
        hurt = seen.hurt
        if (
            callee in seen.told
        ):  # its callers' trouble of the kind that it does not tell of, and not of its load
            hurt = seen.slow if callee in seen.failures else seen.failing
            pointing = [f for f in pointing if seen.load[callee] < _AS_PLAIN * f.strength]
            if callee in seen.slowness - seen.slow:  # who is busy and answers as fast as ever refuses nobody
                pointing = [f for f in pointing if f.family != "cpu"]
        if not pointing:
            continue
        most = max(pointing, key=lambda f: (f.family == "blamed", f.strength, f.reference))
        is_named = most.family == "blamed"
        # Whose trouble is as plainly its own, or another callee's, is no witness of this one; nor who tells
        # nothing.
        enough = _AS_PLAIN * most.strength
        asked = {
            name
            for name in above & (seen.told | seen.hurt)
            if is_named or not (below[name] - above - {callee} or seen.within[name] >= enough)
        }
        # Who begins to complain of it by name suffers by it, however little else is told of that one.
        hurt = hurt | ({_author(lines, most)} & asked if is_named else set())
        share = len(asked & hurt) / max(len(asked), 1)
        if share <= _FEW:  # who else calls it is well
            continue
        lone = _LONE_NAMED if is_named else _LONE
        strength = MOST * (share if len(asked) > 1 else lone)
        named = in_series([clean(name, 60) for name in sorted(asked & hurt)[:_MOST_NAMED]])
        text = f"its callers suffer, {named}, and nothing tells {seen.what_is_untold(callee)}"
        explains = frozenset(asked & hurt) if is_named else frozenset()
        told_of = replace(most, family=UNTOLD, strength=strength, text=text, measure="", own=1.0)
        found.append(replace(told_of, explains=explains))
    return found


def _author(lines: LogTable, finding: Finding) -> str:
    """Return who wrote the line that a finding rests on; empty where it rests on none."""
    kind, _, row = finding.reference.partition(":")
    return lines.service[int(row)] if kind == "log" else ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """Who tells how slowly and how often in vain it answers, who suffers of which, and from inside."""

    slowness: set[str]
    failures: set[str]
    slow: set[str]
    failing: set[str]
    within: Mapping[str, float]
    load: Mapping[str, float]

    @property
    def told(self) -> set[str]:
        return self.slowness | self.failures

    @property
    def hurt(self) -> set[str]:
        return self.slow | self.failing

    def what_is_untold(self, callee: str) -> str:
        if callee not in self.told:
            return "how it answers them"
        return "how long it takes" if callee in self.failures else "how often it fails"


def _seen(case: IncidentCase, findings: Sequence[Finding]) -> _Seen:
    traced = set(case.telemetry.spans.service)
    slowness, failures = set(traced), set(traced)
    measures = measures_of(case.telemetry.metrics.series)
    for of, metric in case.telemetry.metrics.series:
        measure = measures.get((of, metric), metric)
        family = family_of(measure)
        if family is Family.LATENCY:
            slowness.add(of)
        elif family is Family.SUCCESS or (family is Family.ERRORS and words_of(measure) & FAILS):
            failures.add(of)
    within: dict[str, float] = defaultdict(float)
    load: dict[str, float] = defaultdict(float)
    for finding in findings:
        if finding.bad and finding.family in _OWN:
            within[finding.service] = max(within[finding.service], finding.strength)
        elif finding.bad and finding.family in _ASKED:
            load[finding.service] = max(load[finding.service], finding.strength)
    plain = [f for f in findings if f.bad and f.strength >= _PLAIN]
    return _Seen(
        slowness,
        failures,
        {f.service for f in plain if f.family in _SLOW},
        {f.service for f in plain if f.family in _FAILING},
        within,
        load,
    )


def _beside_all(findings: Sequence[Finding], seen: _Seen, on_map: set[str]) -> list[Finding]:
    """Return what points at the one who answers nobody and is on no map, such as a database of which only its
    own work is told, where others suffer and have no such trouble of their own."""
    accused = {f.service for f in findings if f.family in _SAYS_WHO and f.strength >= _NAMED}
    # Where traces make a map of some, who is on none answers slowly, too, and its callers' own time holds it.
    slow = {
        f.service for f in findings if on_map and f.bad and f.family == "latency" and f.strength >= _PLAIN
    }
    inside: dict[str, Finding] = {}
    for finding in findings:
        if finding.service not in on_map | {ENTRY} | (seen.told - slow) and _points(finding):
            known = inside.get(finding.service)
            if known is None or finding.strength > known.strength:
                inside[finding.service] = finding
    ordered = sorted(inside.values(), key=lambda f: (-f.strength, f.service))
    if not ordered or (len(ordered) > 1 and ordered[1].strength >= _AS_PLAIN * ordered[0].strength):
        return []
    most, suffering = ordered[0], sorted(seen.hurt - {ENTRY, ordered[0].service})
    if accused and most.service not in accused:
        return []
    if most.family == "cpu" and seen.load[most.service] >= _AS_PLAIN * most.strength:
        return []
    if not suffering or any(seen.within[name] >= _AS_PLAIN * most.strength for name in suffering):
        return []
    began = [
        f.at for f in findings if f.service in suffering and f.bad and f.family in _FELT and f.at is not None
    ]
    if most.at is None or (began and most.at > min(began)):
        return []
    named = in_series([clean(name, 60) for name in suffering], most=_MOST_NAMED)
    verb = "suffers" if len(suffering) == 1 else "suffer"
    unknown = "who calls it" if most.service in seen.told else "how it answers"
    text = f"{most.text}, while {named} {verb}, and nothing tells {unknown}"
    strength, explains = MOST * _LONE, frozenset(suffering)
    return [
        replace(most, family=UNTOLD, strength=strength, text=text, measure="", own=1.0, explains=explains)
    ]


def _points(finding: Finding) -> bool:
    if finding.family == "blamed":
        return finding.strength >= _NAMED
    if finding.family == "errors" and finding.change < finding.before:  # a little more of what always is
        return False
    return finding.bad and finding.family in _INSIDE and finding.strength >= _PLAIN
