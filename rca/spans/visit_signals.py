"""Findings from visits: who stopped making calls, who takes an error branch, and after whose answer others
give up.

A visit that used to go on and now ends after a call is charged to whom it called; a callee that is asked
for other things than before is its caller's doing.
"""

from collections import defaultdict

import numpy as np

from domain.counting import counted
from domain.investigation.evidence import EvidenceKind, IncidentCase, Telemetry
from rca.findings import Finding, quoted
from rca.spans.span_index import SpanIndex, calls_between, only_waits
from rca.spans.visits import ENDS_AFTER, NOTHING, StepChange, Visits, compare_visits, read_visits

_CUT_SHORT = 0.25
_LEAST = 0.3


def visit_findings(
    case: IncidentCase,
    index: SpanIndex,
    reference: SpanIndex | None,
    onset_ms: float,
    names: frozenset[str],
) -> list[Finding]:
    """Return at most one finding on lines and one on calls for each service."""
    usual_logs = case.reference.logs if case.reference is not None else Telemetry().logs
    visits = read_visits(index, case.telemetry.logs, names)
    usual = None if reference is None else read_visits(reference, usual_logs, names)
    changes = compare_visits(visits, usual, onset_ms)
    leads = _callee_of(index)
    if reference is not None:
        leads = {**_callee_of(reference), **leads}
    blamed = _blame(changes, leads, only_waits(index if reference is None else reference))
    callers: dict[str, set[str]] = defaultdict(set)
    for caller, callee in set(calls_between(index)):
        callers[callee].add(caller)
    calling = {service: _most(found, False) for service, found in blamed.items()}
    findings = []
    for service, found in sorted(blamed.items()):
        lines, calls = _most(found, True), calling[service]
        # A callee that is asked for other things than before makes other calls: the caller's doing.
        if any(calling.get(caller, 0.0) >= 0.5 * calls for caller in callers[service]):
            calls *= 0.3
        for strength, is_line in ((lines, True), (calls, False)):
            if strength > _LEAST:
                change = max((x for x in found if x[1].is_line == is_line), key=lambda x: x[0])[1]
                findings.append(_visit_finding(service, change, strength, visits))
    return findings


def _callee_of(index: SpanIndex) -> dict[tuple[str, str], str]:
    """Return which service a call step leads to: the step's own service, or that of the span below it."""
    leads: dict[tuple[str, str], str] = {}
    for row in np.flatnonzero(index.parent_row >= 0):
        parent = int(index.parent_row[row])
        caller, callee = index.kinds[parent][0], index.kinds[row][0]
        if caller != callee:
            leads[(caller, f"{callee} {index.kinds[row][1]}")] = callee
            leads[(caller, index.kinds[parent][1])] = callee
    return leads


def _most(found: list[tuple[float, StepChange]], is_line: bool) -> float:
    return max((strength for strength, change in found if change.is_line == is_line), default=0.0)


def _blame(
    changes: list[StepChange], leads: dict[tuple[str, str], str], waits: dict[tuple[str, str], str]
) -> dict[str, list[tuple[float, StepChange]]]:
    """Charge each change to a service; visits cut short after a call are charged to whom they called,
    and so is a call that was made and not answered."""
    cut: dict[tuple[str, str], StepChange] = {}
    for change in changes:
        gives_up = change.step[0] == ENDS_AFTER and change.share_after - change.share_before > _CUT_SHORT
        if gives_up and (change.kind not in cut or change.strength > cut[change.kind].strength):
            cut[change.kind] = change
    blamed: dict[str, list[tuple[float, StepChange]]] = defaultdict(list)
    for change in changes:
        service = change.kind[0]
        ending = cut.get(change.kind)
        callee = leads.get((service, ending.step[1])) if ending is not None else None
        if callee is not None and not change.is_line:
            blamed[callee].append((0.8 * change.strength, change))
            blamed[service].append((0.3 * change.strength, change))
        elif change.kind in waits and not change.is_line:
            blamed[waits[change.kind]].append((change.strength, change))
            blamed[service].append((0.3 * change.strength, change))
        elif change.step[0] != ENDS_AFTER or change.step[1] == NOTHING:
            blamed[service].append((change.strength, change))
    return blamed


def _visit_finding(service: str, change: StepChange, strength: float, visits: Visits) -> Finding:
    place = f"in {quoted(change.kind[1], 60)}"
    share = (
        f"{change.share_before:.0%} to {change.share_after:.0%} of {counted(change.visits_after, 'visit')}"
    )
    if change.is_line:
        text = f"{place} the line {quoted(change.step[1], 100)} went from {share}"
        row = visits.log_row.get((change.kind[0], change.step[1]))
        reference = f"log:{row}" if row is not None else f"span:{change.kind[0]}|{change.kind[1]}"
        kind = EvidenceKind.LOG if row is not None else EvidenceKind.SPAN
        return Finding(service, "visit_lines", strength, kind, text, reference)
    text = f"{place} “{change.step[0]}” {quoted(change.step[1], 80)} went from {share}"
    reference = f"span:{change.kind[0]}|{change.kind[1]}"
    return Finding(service, "visit_calls", strength, EvidenceKind.SPAN, text, reference)
