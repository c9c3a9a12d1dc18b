"""Collect all findings of a case: metrics, edges, spans, logs and the alert, with what was looked at and
what not.

One place decides which telemetry is used, so that an ablation is a set of switches and not another engine.
"""

from dataclasses import dataclass, replace

from domain.investigation.evidence import (
    ENTRY,
    EvidenceKind,
    IncidentCase,
    LogTable,
    MetricTable,
    SpanTable,
    Telemetry,
)
from rca.culprits.begun_jobs import begun_job_findings
from rca.culprits.cache_misses import cache_findings
from rca.culprits.cache_visits import cache_visit_findings
from rca.culprits.changed_callers import changed_caller_findings
from rca.culprits.dark_callee import dark_callee_findings
from rca.culprits.errands import errand_findings
from rca.culprits.full_disk import full_disk_findings
from rca.culprits.heavy_callers import heavy_caller_findings
from rca.culprits.leaks import leak_findings
from rca.culprits.name_service import LostNames, lost_lines, lost_names, name_service_findings
from rca.culprits.neighbours import neighbour_findings
from rca.culprits.shared_node import BusyNode, busy_nodes, node_findings
from rca.culprits.unreached import unreached_findings
from rca.culprits.untold import untold_findings
from rca.families import Family, family_of
from rca.findings import Finding, clean
from rca.logs.line_forms import in_plain_words
from rca.logs.log_signals import LogView, view_logs
from rca.logs.stores_named import stores_of
from rca.sender_doubt import weighed
from rca.series.metric_signals import MetricView, metric_findings, view_metrics
from rca.series.nearest_rows import nearest
from rca.series.sum_and_count import with_means
from rca.spans.call_gaps import gap_findings, metric_gaps
from rca.spans.clock_alignment import aligned
from rca.spans.span_signals import SpanView, view_spans

_CLEAR = 4.0
_FAILING = frozenset({"errors", "success", "failed_spans", "new_errors"})
_SLOW = frozenset({"latency", "client_latency", "own_time", "call_gap", "saturation"})
_SYMPTOMS = _FAILING | _SLOW
_ABOUT = {
    Family.ERRORS: _FAILING,
    Family.SUCCESS: _FAILING,
    Family.LATENCY: _SLOW,
    Family.CLIENT_LATENCY: _SLOW,
    Family.SATURATION: _SLOW,
}


@dataclass(frozen=True, slots=True)
class Sources:
    """Which kinds of evidence may be used."""

    metrics: bool = True
    logs: bool = True
    spans: bool = True
    topology: bool = True
    changes: bool = True


@dataclass(frozen=True, slots=True)
class Collected:
    """Findings of a case and the views they came from; `clocks_ahead` are milliseconds that were put
    right."""

    findings: tuple[Finding, ...]
    calls: tuple[tuple[str, str], ...]
    services: tuple[str, ...]
    onset: float
    metrics: MetricView
    spans: SpanView
    logs: LogView
    clocks_ahead: tuple[tuple[str, float], ...] = ()
    lost_names: LostNames | None = None
    lost_rows: tuple[Finding, ...] = ()
    busy_nodes: tuple[BusyNode, ...] = ()


def collect(case: IncidentCase, sources: Sources) -> Collected:
    """Return everything odd about the case."""
    case = with_means(_restricted(case, sources))
    names = service_names(case)
    metrics = view_metrics(case)
    near = nearest(case.telemetry, (metrics.onset - case.anomaly_time) * 1000.0)
    window, ahead = aligned(in_plain_words(near.window))
    if ahead:  # what a clock that is ahead sent seems to have come after the question
        metrics = view_metrics(replace(case, telemetry=window))
    usual = None if case.reference is None else in_plain_words(nearest(case.reference, 0.0).window)
    all_lines = case.telemetry.logs
    case = replace(case, telemetry=window, reference=usual)
    spans = view_spans(case, metrics.onset, names)
    calls = (
        tuple(sorted(set(case.calls) | set(spans.calls) | set(_metric_calls(case))))
        if sources.topology
        else ()
    )
    logs = view_logs(case, metrics.onset, names, calls)
    seen = {(gap.caller, gap.callee) for gap in spans.gaps}
    told = [gap for gap in metric_gaps(case, metrics.onset) if (gap.caller, gap.callee) not in seen]
    gaps = gap_findings([*spans.gaps, *told], spans.excess_ms)
    findings = [*metric_findings(metrics), *gaps, *spans.findings, *logs.findings]
    findings = [near.in_whole_table(finding) for finding in findings]
    findings = [*weighed(case.doubts, _relevant(case, findings)), *_alerted(case, calls)]
    findings += _first_to_turn(findings, case.sample_seconds or 60.0)
    findings += untold_findings(case, findings, calls, all_lines)
    findings += dark_callee_findings(findings, calls, candidates(case, names))
    onset_ms = (metrics.onset - case.anomaly_time) * 1000.0
    lost = lost_names(window.logs, logs.errors, onset_ms, names)
    of_lines = [
        *name_service_findings(lost),
        *unreached_findings(
            window.logs,
            logs.errors,
            onset_ms,
            names,
            calls,
            metrics,
            window.spans,
            counts_all=logs.has_all_errors and near.log_rows is None,
        ),
    ]
    findings += [near.in_whole_table(finding) for finding in of_lines]
    findings += cache_findings(metrics, calls, case.sample_seconds or 60.0)
    findings += full_disk_findings(metrics, findings, calls)
    findings += errand_findings(metrics, findings, calls, case.sample_seconds or 60.0)
    stores = stores_of(names, case.telemetry.metrics.series, calls)
    findings += cache_visit_findings(spans.visits, findings, calls, stores, case.changes, metrics.onset)
    traced = frozenset(window.spans.service)
    findings += heavy_caller_findings(spans.visits, findings, traced, stores.all, case.changes, metrics.onset)
    findings += leak_findings(case, metrics, findings, calls, stores.all)
    findings += begun_job_findings(case, metrics, findings, calls)
    findings += changed_caller_findings(metrics, findings, calls, case.changes)
    nodes = busy_nodes(case, metrics, calls)
    findings += node_findings(nodes)
    findings += neighbour_findings(metrics, findings, calls, case.sample_seconds or 60.0)
    return Collected(
        findings=tuple(findings),
        calls=calls,
        services=candidates(case, names),
        onset=metrics.onset,
        metrics=metrics,
        spans=spans,
        logs=logs,
        lost_names=lost,
        lost_rows=tuple(near.in_whole_table(finding) for finding in lost_lines(lost)),
        busy_nodes=tuple(nodes),
        clocks_ahead=tuple(sorted(ahead.items(), key=lambda pair: (-abs(pair[1]), pair[0]))),
    )


def _relevant(case: IncidentCase, findings: list[Finding]) -> list[Finding]:
    """Give more strength to what the alert is about and less to symptoms of another kind."""
    about = family_of(case.alert.metric) if case.alert.metric else Family.OTHER
    near = _ABOUT.get(about)
    if near is None:
        return findings
    return [
        replace(finding, strength=finding.strength * (1.5 if finding.family in near else 0.5))
        if finding.family in _SYMPTOMS
        else finding
        for finding in findings
    ]


def _restricted(case: IncidentCase, sources: Sources) -> IncidentCase:
    def cut(window: Telemetry) -> Telemetry:
        return Telemetry(
            metrics=window.metrics if sources.metrics else MetricTable(),
            spans=window.spans if sources.spans else SpanTable(),
            logs=window.logs if sources.logs else LogTable(),
        )

    return replace(
        case,
        telemetry=cut(case.telemetry),
        reference=None if case.reference is None else cut(case.reference),
        calls=case.calls if sources.topology else (),
        patterns=case.patterns if sources.logs else (),
        changes=case.changes if sources.changes else (),
    )


def service_names(case: IncidentCase) -> frozenset[str]:
    """Return every service name the case speaks of."""
    names = {name for service, _ in case.telemetry.metrics.series for name in service.split(">")}
    names.update(case.telemetry.spans.service)
    names.update(case.telemetry.logs.service)
    names.update(change.service for change in case.changes)
    names.update(name for call in case.calls for name in call)
    return frozenset(name for name in names if name and name != ENTRY)


def candidates(case: IncidentCase, names: frozenset[str]) -> tuple[str, ...]:
    """Return the services that may be ranked: those that report anything themselves.

    A name that only occurs as the far end of an edge (an address, a client) has no telemetry to be judged by.
    """
    own = {service for service, _ in case.telemetry.metrics.series if ">" not in service}
    own |= set(case.telemetry.spans.service) | set(case.telemetry.logs.service)
    return tuple(sorted((own & names) or names))


def _metric_calls(case: IncidentCase) -> set[tuple[str, str]]:
    pairs = {tuple(service.split(">", 1)) for service, _ in case.telemetry.metrics.series if ">" in service}
    return {(pair[0], pair[1]) for pair in pairs}


def _alerted(case: IncidentCase, calls: tuple[tuple[str, str], ...]) -> list[Finding]:
    """The alerted service is a suspect unless it is only how users see the system; then its entrance is,
    weakly."""
    target = case.alert.service
    is_door = any(caller == target for caller, _ in calls) and not any(
        callee == target for _, callee in calls
    )
    if target not in ("", ENTRY) and not is_door:
        return [_alert_finding(target, "alerted", 3.0, case)]
    if target not in ("", ENTRY):
        return [_alert_finding(target, "alerted", 1.0, case)]
    callees = {callee for _, callee in calls}
    doors = sorted({caller for caller, _ in calls} - callees)
    reporting = {service for service, _ in case.telemetry.metrics.series} | set(case.telemetry.spans.service)
    return [_alert_finding(door, "entrance", 2.0, case) for door in doors if door in reporting]


def _first_to_turn(findings: list[Finding], sample_seconds: float) -> list[Finding]:
    """The service that turned a sample or more before all others is likelier the cause than a victim."""
    began: dict[str, float] = {}
    for finding in findings:
        if finding.bad and finding.at is not None and finding.strength >= _CLEAR and finding.service != ENTRY:
            began[finding.service] = min(began.get(finding.service, finding.at), finding.at)
    if len(began) < 2:
        return []
    first, second = sorted(began, key=lambda service: (began[service], service))[:2]
    lead = began[second] - began[first]
    if lead < 0.9 * sample_seconds:
        return []
    text = f"turned {lead:.0f} s before the next, {clean(second, 60)}"
    return [Finding(first, "first", 3.0, EvidenceKind.METRIC, text, f"onset:{first}", began[first])]


def _alert_finding(service: str, family: str, strength: float, case: IncidentCase) -> Finding:
    asked = f"“{clean(case.alert.summary, 80)}”" if case.alert.summary else "the alert"
    what = clean(case.alert.metric, 80) or asked
    return Finding(service, family, strength, EvidenceKind.TOPOLOGY, f"{what} is seen here first", "alert:")
