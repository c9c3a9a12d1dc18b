"""Findings from spans: own time of a service, the gap on calls between services, failed spans, changed
visits.

Only durations are compared across services, never timestamps. A service's own time is what its spans spent
less their children; the gap of a call is what the caller waited more than the callee worked, which is the
network and the queues at both ends. Both are judged in logarithms against the reference and the time before.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.counting import counted
from domain.investigation.evidence import EvidenceKind, IncidentCase, Telemetry
from rca.findings import Finding, figure, quoted
from rca.spans.call_gaps import EdgeGap, impact, most_excess
from rca.spans.call_visits import Visit, view_visits
from rca.spans.far_ends import with_far_ends
from rca.spans.span_index import Kind, SpanIndex, calls_between, index_spans, only_waits, waits_for_calls
from rca.spans.vanished_spans import vanished_findings
from rca.spans.visit_signals import visit_findings

Floats = NDArray[np.float64]
_FEWEST = 5
_STRONGEST = 30.0
_ONE_GROUND = 0.6
_PLAIN = 2.0


@dataclass(frozen=True, slots=True)
class SpanView:
    """What the spans of a case say; `gaps` holds every call edge that was judged, also quiet ones, and
    `excess_ms` the most that one service's own work took longer, `visits` whom services called, visit by
    visit."""

    findings: tuple[Finding, ...]
    gaps: tuple[EdgeGap, ...]
    calls: tuple[tuple[str, str], ...]
    spans: int
    excess_ms: float = 0.0
    visits: tuple[Visit, ...] = ()


def view_spans(case: IncidentCase, onset: float, names: frozenset[str]) -> SpanView:
    """Return the findings of the case's spans and the calls between services they show."""
    table = case.telemetry.spans
    if len(table) == 0:
        return SpanView((), (), (), 0)
    made, made_before = index_spans(table), _reference_index(case.reference)
    onset_ms = (onset - case.anomaly_time) * 1000.0
    traced = frozenset(table.service) | frozenset(made_before.table.service if made_before else ())
    far = with_far_ends(made, names, traced)
    index, reference = far.index, made_before and with_far_ends(made_before, names, traced).index
    gaps = _edge_gaps(index, reference, onset_ms)
    findings, excess_ms = _time_findings(index, reference, onset_ms, most_excess(gaps))
    waits = only_waits(index if reference is None else reference)
    findings += _failure_findings(index, onset_ms, waits)
    findings += vanished_findings(index, reference, onset_ms, waits)
    findings = far.as_made(findings)
    findings += visit_findings(case, made, made_before, onset_ms, names)
    calls = tuple(sorted(set(calls_between(index))))
    return SpanView(tuple(findings), tuple(gaps), calls, index.kept, excess_ms, view_visits(index, onset_ms))


def _reference_index(reference: Telemetry | None) -> SpanIndex | None:
    if reference is None or len(reference.spans) == 0:
        return None
    return index_spans(reference.spans)


def _shift(after: Floats, grounds: list[Floats]) -> tuple[float, float, float] | None:
    """Return (z, typical before, typical after) of the weakest comparison in logarithms."""
    if after.size < _FEWEST:
        return None
    worst: tuple[float, float, float] | None = None
    now = np.log(after + 50.0)
    compared = 0
    for ground in grounds:
        if ground.size < _FEWEST:
            continue
        then = np.log(ground + 50.0)
        error = max((now.var() / now.size + then.var() / then.size) ** 0.5, 0.03)
        difference = float(now.mean() - then.mean())
        z = difference / max(error, abs(difference) / _STRONGEST)
        # A sure shift of a few percent is a busier hour; what matters is a factor.
        z *= min(1.0, abs(difference) / 0.4)
        compared += 1
        if worst is None or abs(z) < abs(worst[0]):
            worst = (z, float(np.median(ground)), float(np.median(after)))
    if worst is None or compared > 1:
        return worst
    # A single ground cannot tell the fault from a slow drift of the system or from another mix of requests.
    return worst[0] * _ONE_GROUND, worst[1], worst[2]


def _grouped(values: Floats, starts: Floats, keys: list[str], low: float, high: float) -> dict[str, Floats]:
    groups: dict[str, list[float]] = defaultdict(list)
    for row in np.flatnonzero((starts >= low) & (starts < high)):
        if keys[row]:
            groups[keys[row]].append(float(values[row]))
    return {key: np.asarray(found) for key, found in groups.items()}


def _three(
    values: Floats, index: SpanIndex, keys: list[str], onset_ms: float
) -> tuple[dict[str, Floats], ...]:
    low, high = float("-inf"), float("inf")
    return (
        _grouped(values, index.start_ms, keys, onset_ms, high),
        _grouped(values, index.start_ms, keys, low, onset_ms),
        _grouped(values, index.start_ms, keys, low, onset_ms - 60_000.0),
    )


def _grounds(
    key: str, usual: dict[str, Floats], before: dict[str, Floats], early: dict[str, Floats]
) -> list[Floats]:
    nothing = np.empty(0)
    near = before.get(key, nothing)
    if early.get(key, nothing).size >= 3 * _FEWEST:
        near = early[key]
    return [usual.get(key, nothing), near]


def _time_findings(
    index: SpanIndex, reference: SpanIndex | None, onset_ms: float, elsewhere_ms: float
) -> tuple[list[Finding], float]:
    keys = _inner_kinds(index)
    after, before, early = _three(index.self_us, index, keys, onset_ms)
    usual = _usual(reference, [] if reference is None else _inner_kinds(reference))
    found: dict[str, tuple[float, Finding]] = {}
    spent: dict[str, float] = defaultdict(float)
    total: dict[str, float] = defaultdict(float)
    excess: dict[str, float] = defaultdict(float)
    for key, values in after.items():
        shift = _shift(values, _grounds(key, usual, before, early))
        service, operation = key.split("\x00", 1)
        if shift is None:
            continue
        z, then, now = shift
        total[service] += values.size
        spent[service] += z * values.size
        excess[service] = max(excess[service], (now - then) / 1000.0 * values.size if z > _PLAIN else 0.0)
        if service not in found or z > found[service][0]:
            found[service] = (z, _time_finding(service, operation, z, then, now))
    findings = []
    own_most = max(excess.values(), default=0.0)
    most = max(own_most, elsewhere_ms)
    for service, (z, finding) in found.items():
        overall = spent[service] / total[service]
        # One slow operation is enough when it is clear; all of them slower is a starved or distant service.
        strength = max(0.5 * z, 0.3 * z + 0.7 * overall) * impact(excess[service], most)
        if strength > 0.5:
            findings.append(_with_strength(finding, strength))
    return findings, own_most


def _inner_kinds(index: SpanIndex) -> list[str]:
    """Return the key of each span that called no other service: waiting for others is judged as a gap."""
    keys = ["\x00".join(kind) for kind in index.kinds]
    for row in np.flatnonzero(index.parent_row >= 0):
        parent = int(index.parent_row[row])
        if index.kinds[parent][0] != index.kinds[row][0]:
            keys[parent] = ""
    return keys


def _with_strength(finding: Finding, strength: float) -> Finding:
    return Finding(
        finding.service, finding.family, strength, finding.kind, finding.text, finding.reference, finding.at
    )


def _time_finding(service: str, operation: str, z: float, then: float, now: float) -> Finding:
    return Finding(
        service=service,
        family="own_time",
        strength=z,
        kind=EvidenceKind.SPAN,
        text=f"own time of {quoted(operation, 80)} went "
        f"from {figure(then / 1000)} ms to {figure(now / 1000)} ms",
        reference=f"span:{service}|{operation}",
    )


def _usual(reference: SpanIndex | None, keys: list[str], values: Floats | None = None) -> dict[str, Floats]:
    if reference is None:
        return {}
    of = reference.self_us if values is None else values
    return _grouped(of, reference.start_ms, keys, float("-inf"), float("inf"))


def _edge_gaps(index: SpanIndex, reference: SpanIndex | None, onset_ms: float) -> list[EdgeGap]:
    gaps, keys = waits_for_calls(index)
    after, before, early = _three(gaps, index, keys, onset_ms)
    usual: dict[str, Floats] = {}
    if reference is not None:
        usual_gaps, usual_keys = waits_for_calls(reference)
        usual = _usual(reference, usual_keys, usual_gaps)
    edges = []
    for key, values in after.items():
        shift = _shift(values, _grounds(key, usual, before, early))
        if shift is not None:
            caller, callee, work = key.split("\x00")
            z, then, now = shift[0], shift[1] / 1000.0, shift[2] / 1000.0
            edges.append(EdgeGap(caller, callee, z, then, now, "ms", values.size, bool(work)))
    return edges


def _failure_findings(index: SpanIndex, onset_ms: float, waits: Mapping[Kind, str]) -> list[Finding]:
    """Blame a failed span on its service unless one of its children failed too; one that does nothing but
    call another service, and was not answered, on that service."""
    failed = np.asarray(index.table.failed[: index.kept], dtype=bool)
    if not failed.any():
        return []
    passed_on = np.zeros(index.kept, dtype=bool)
    children = np.flatnonzero(failed & (index.parent_row >= 0))
    passed_on[index.parent_row[children]] = True
    own = failed & ~passed_on
    blamed = [kind[0] for kind in index.kinds]
    answered = set(index.parent_row.tolist())
    for at in map(int, np.flatnonzero(own)):
        if at not in answered:
            blamed[at] = waits.get(index.kinds[at], blamed[at])
    findings = []
    for service in sorted({blamed[at] for at in map(int, np.flatnonzero(own))}):
        mine = np.fromiter((name == service for name in blamed), dtype=bool, count=index.kept)
        late = index.start_ms >= onset_ms
        now, then = own[mine & late], own[mine & ~late]
        usual = float(then.mean()) if then.size else 0.0
        excess = float(now.mean()) - usual if now.size else 0.0
        if excess <= 0.01 and now.size:
            continue
        ground = then if then.size else own[~late]  # of whom nothing is known, what all did is usual
        plain = _beyond_chance(int(now.sum()), now.size, int(ground.sum()), ground.size)
        rows = np.flatnonzero(own & mine & late)
        row = int(rows[0]) if rows.size else int(np.flatnonzero(own & mine)[0])
        findings.append(
            Finding(
                service=service,
                family="failed_spans",
                strength=float(min(6.0, 2.0 * max(excess, 0.0) + 1.5 * np.log1p(now.sum()), plain)),
                kind=EvidenceKind.SPAN,
                text=f"{int(now.sum())} of {counted(now.size, 'span')} failed with no failed child"
                f"{'' if index.kinds[row][0] == service else ', calls of it that were not answered too'}, "
                f"before {figure(usual * 100)}%",
                reference=f"span:{index.table.trace[row]}/{index.table.span[row]}",
            )
        )
    return findings


def _beyond_chance(failed: int, spans: int, failed_before: int, spans_before: int) -> float:
    """Return how surprising a share of failures is beside that of before, in deviations of chance.

    A service that always fails one time in five fails one time in four now and then (arcsine, Anscombe 1948).
    """
    if spans == 0 or spans_before == 0:
        return float("inf")
    now, then = (
        2.0 * float(np.arcsin(np.sqrt((part + 0.375) / (whole + 0.75))))
        for part, whole in ((failed, spans), (failed_before, spans_before))
    )
    return max(0.0, (now - then) / float(np.sqrt(1.0 / spans + 1.0 / spans_before)))
