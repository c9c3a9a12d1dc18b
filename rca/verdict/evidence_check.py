"""Remove every claim whose evidence does not resolve against the case, whoever made the claim.

Rules and models pass the same gate. A reference resolves when the thing it names is in the case; a claim
needs at least one item, and all the items it names must resolve, because a claim half made up is made up.
"""

from dataclasses import replace

from domain.investigation.diagnosis import Claim, Diagnosis
from domain.investigation.evidence import EvidenceItem, IncidentCase
from rca.findings import clean

_MOST_CLAIM = 300


def resolves(reference: str, case: IncidentCase) -> bool:
    """Return whether a reference names something that the case holds."""
    kind, _, name = reference.partition(":")
    series = case.telemetry.metrics.series
    if kind == "metric":
        service, _, metric = name.rpartition("|")
        return (service, metric) in series
    if kind in ("silence", "onset"):
        return _speaks_of(name, case)
    if kind == "log":
        return name.isdigit() and int(name) < len(case.telemetry.logs)
    if kind == "pattern":
        return name.isdigit() and int(name) < len(case.patterns)
    if kind == "span":
        return _has_span(name, case)
    if kind == "edge":
        caller, _, callee = name.partition(">")
        return _speaks_of(caller, case) and _speaks_of(callee, case)
    if kind == "change":
        return any(change.change_id == name for change in case.changes)
    return kind == "alert" and name == "" and bool(case.alert.service or case.alert.metric)


def _speaks_of(service: str, case: IncidentCase) -> bool:
    if any(service in name.split(">") for name, _ in case.telemetry.metrics.series):
        return True
    windows = [case.telemetry] if case.reference is None else [case.telemetry, case.reference]
    if any(service in window.spans.service or service in window.logs.service for window in windows):
        return True
    return any(service in call for call in case.calls)


def _has_span(name: str, case: IncidentCase) -> bool:
    windows = [case.telemetry] if case.reference is None else [case.telemetry, case.reference]
    service, bar, operation = name.partition("|")
    for window in windows:
        spans = window.spans
        if bar and any(
            s == service and o == operation for s, o in zip(spans.service, spans.operation, strict=True)
        ):
            return True
        trace, _, span = name.rpartition("/")
        if any(t == trace and s == span for t, s in zip(spans.trace, spans.span, strict=True)):
            return True
    return False


def check(diagnosis: Diagnosis, case: IncidentCase) -> tuple[Diagnosis, tuple[str, ...]]:
    """Return the diagnosis with only resolvable evidence and supported claims, and what was removed, in
    words."""
    kept = {item.evidence_id: item for item in diagnosis.evidence if resolves(item.reference, case)}
    removed = [
        f"evidence {item.evidence_id}: {clean(item.reference, 80)} names nothing in the case"
        for item in diagnosis.evidence
        if item.evidence_id not in kept
    ]
    hypotheses = []
    for hypothesis in diagnosis.hypotheses:
        claims = tuple(_bounded(claim) for claim in hypothesis.claims if _is_supported(claim, kept))
        removed += [
            f"claim about {clean(hypothesis.service, 60)} without evidence: {clean(claim.text, 80)}"
            for claim in hypothesis.claims
            if not _is_supported(claim, kept)
        ]
        if hypothesis.source != "rules" and not claims:
            continue
        hypotheses.append(replace(hypothesis, claims=claims))
    chain = tuple(step for step in diagnosis.chain if set(step.evidence_ids) <= kept.keys())
    changes = tuple(
        change
        for change in diagnosis.changes
        if any(known.change_id == change.change_id for known in case.changes)
    )
    checked = replace(
        diagnosis, hypotheses=tuple(hypotheses), evidence=tuple(kept.values()), chain=chain, changes=changes
    )
    return checked, tuple(removed)


def _is_supported(claim: Claim, kept: dict[str, EvidenceItem]) -> bool:
    return bool(claim.evidence_ids) and set(claim.evidence_ids) <= kept.keys()


def _bounded(claim: Claim) -> Claim:
    return Claim(text=clean(claim.text, _MOST_CLAIM), evidence_ids=claim.evidence_ids)
