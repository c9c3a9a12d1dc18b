"""Keep the tenth of the telemetry that matters, and say what was cut.

Works from the same findings as the ranking: series of suspected services first, whole traces that show the
slowest and the failed visits of each kind of span, the first lines of each log template with new errors
first, and changes that could have done it. Whole traces are kept, because half a trace explains nothing.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.investigation.evidence import (
    ENTRY,
    Change,
    IncidentCase,
    LogTable,
    MetricTable,
    SpanTable,
    Telemetry,
)
from rca.change_suspects import rank_changes
from rca.collect import Collected, Sources, collect
from rca.logs.log_templates import blank, says_error
from rca.verdict.ranking import Ranked, load_weights, rank

_CELL_BYTES = 8
_SPAN_BYTES = 48
_LINE_BYTES = 32
_SAMPLES_BEFORE, _SAMPLES_AFTER = 5, 6
_MOST_DIFF = 400
_MOST_SUSPECTS = 10
_PARTS = {"metrics": 0.35, "changes": 0.2, "logs": 0.25, "spans": 0.2}
_MOST_OF_A_KIND = 0.7


@dataclass(frozen=True, slots=True)
class Curated:
    """A smaller case, what is gone, and the sizes in bytes as rows of text would have."""

    case: IncidentCase
    cut: tuple[str, ...]
    bytes_before: int
    bytes_after: int

    @property
    def reduction(self) -> float:
        """Return the share that was cut, 0 to 1."""
        return 1.0 - self.bytes_after / self.bytes_before if self.bytes_before else 0.0


def size_of(case: IncidentCase) -> int:
    """Return about how many bytes the case's telemetry and changes take as text."""
    window = case.telemetry
    return (
        _metric_bytes(window.metrics)
        + _span_bytes(window.spans)
        + _log_bytes(window.logs)
        + _change_bytes(case.changes)
    )


def _metric_bytes(table: MetricTable) -> int:
    return sum(len(service) + len(metric) for service, metric in table.series) + _CELL_BYTES * len(
        table.times
    ) * len(table.series)


def _span_bytes(table: SpanTable) -> int:
    return sum(map(len, table.operation)) + sum(map(len, table.service)) + _SPAN_BYTES * len(table)


def _log_bytes(table: LogTable) -> int:
    return sum(map(len, table.message)) + _LINE_BYTES * len(table)


def _change_bytes(changes: Sequence[Change]) -> int:
    return sum(len(c.change_id) + len(c.summary) + len(c.diff) + sum(map(len, c.files)) + 20 for c in changes)


def curate(case: IncidentCase, *, keep_share: float = 0.095) -> Curated:
    """Return the case cut to about `keep_share` of its bytes; the reference is left out entirely."""
    seen = collect(case, Sources())
    ranked = rank(seen.findings, seen.services, seen.calls, load_weights())
    window = case.telemetry
    room = _rooms(case, keep_share)
    metrics = _keep_series(window.metrics, ranked, seen, room["metrics"])
    changes = _keep_changes(case, ranked, seen, room["changes"])
    logs = _keep_lines(window.logs, ranked, seen, case, room["logs"])
    used = _metric_bytes(metrics) + _change_bytes(changes) + _log_bytes(logs)
    spans = _keep_traces(window.spans, ranked, seen, case, int(keep_share * size_of(case)) - used)
    smaller = replace(case, telemetry=Telemetry(metrics, spans, logs), reference=None, changes=changes)
    cut = (
        f"{len(window.metrics.series) - len(metrics.series)} of {len(window.metrics.series)} series, "
        f"{len(window.metrics.times) - len(metrics.times)} of {len(window.metrics.times)} samples of each",
        f"{len(window.spans) - len(spans)} of {len(window.spans)} spans",
        f"{len(window.logs) - len(logs)} of {len(window.logs)} log lines",
        f"{len(case.changes) - len(changes)} of {len(case.changes)} changes",
    )
    return Curated(smaller, cut, size_of(case), size_of(smaller))


def _rooms(case: IncidentCase, keep_share: float) -> dict[str, int]:
    """Share the bytes to keep among the kinds that are there; series are small and tell most, so they come
    first."""
    sizes = {
        "metrics": _metric_bytes(case.telemetry.metrics),
        "changes": _change_bytes(case.changes),
        "logs": _log_bytes(case.telemetry.logs),
        "spans": _span_bytes(case.telemetry.spans),
    }
    present = {kind: part for kind, part in _PARTS.items() if sizes[kind] > 0}
    total = keep_share * sum(sizes.values())
    whole = sum(present.values()) or 1.0
    return {
        kind: int(min(_MOST_OF_A_KIND * sizes[kind], total * present.get(kind, 0.0) / whole))
        for kind in sizes
    }


def _keep_series(table: MetricTable, ranked: Sequence[Ranked], seen: Collected, budget: int) -> MetricTable:
    if not table.series:
        return table
    near = [row for row, at in enumerate(table.times) if at >= seen.onset]
    first = max(0, (near[0] if near else len(table.times)) - _SAMPLES_BEFORE)
    rows = range(first, min(len(table.times), first + _SAMPLES_BEFORE + _SAMPLES_AFTER))
    place = {candidate.service: number for number, candidate in enumerate(ranked)}
    weights = load_weights()
    z = {(s.service, s.metric): s.deviation.z for s in seen.metrics.series}
    family = {(s.service, s.metric): str(s.family) for s in seen.metrics.series}
    lead: dict[str, set[str]] = {r.service: {f.family for p, f in r.findings if p > 0.1} for r in ranked[:3]}

    def worth(key: tuple[str, str]) -> float:
        strength = abs(z.get(key, 0.0))
        weight = weights.weights.get(family.get(key, "other"), 0.2)
        value = weight * strength / (strength + 6.0) + (
            0.4 if family.get(key) in lead.get(key[0], ()) else 0.0
        )
        if "call_gap" in lead.get(key[0], ()) and "latency" in family.get(key, ""):
            value += 0.4
        rank_of = math.pow(1.0 + place.get(key[0], 50), 0.7)
        return (0.05 + value) / rank_of + (0.02 if key[0] == ENTRY else 0.0)

    kept: dict[tuple[str, str], Sequence[float]] = {}
    used = 0
    for key in sorted(table.series, key=lambda key: (-worth(key), key)):
        cost = len(key[0]) + len(key[1]) + _CELL_BYTES * len(rows)
        if used + cost > budget and len(kept) >= 3:
            continue
        kept[key] = [table.series[key][row] for row in rows]
        used += cost
    return MetricTable([table.times[row] for row in rows], kept)


def _keep_traces(
    table: SpanTable, ranked: Sequence[Ranked], seen: Collected, case: IncidentCase, budget: int
) -> SpanTable:
    if len(table) == 0:
        return table
    onset_ms = (seen.onset - case.anomaly_time) * 1000.0
    place = {candidate.service: number for number, candidate in enumerate(ranked)}
    rows_of: dict[str, list[int]] = defaultdict(list)
    best: dict[tuple[str, str, bool], list[tuple[float, str]]] = defaultdict(list)
    for row, trace in enumerate(table.trace):
        rows_of[trace].append(row)
        late = table.start_ms[row] >= onset_ms
        duration = table.duration_us[row] + (1e12 if table.failed[row] else 0.0)
        best[(table.service[row], table.operation[row], late)].append((duration, trace))
    wanted: list[tuple[float, int, str]] = []
    for (service, _, late), found in best.items():
        found.sort(reverse=True)
        rank_of = float(min(place.get(service, 30), 30))
        wanted += [
            (rank_of + number * 5.0 + (0.0 if late else 3.0), len(wanted), t)
            for number, (_, t) in enumerate(found[:4])
        ]
    kept: set[str] = set()
    used = 0
    for _, _, trace in sorted(wanted):
        cost = sum(
            _SPAN_BYTES + len(table.operation[row]) + len(table.service[row]) for row in rows_of[trace]
        )
        if trace not in kept and used + cost <= max(budget, 1):
            kept.add(trace)
            used += cost
    if not kept:
        kept = {min(sorted(wanted))[2]}
    rows = sorted(row for trace in kept for row in rows_of[trace])
    return table.take(rows)


def _keep_lines(
    table: LogTable, ranked: Sequence[Ranked], seen: Collected, case: IncidentCase, budget: int
) -> LogTable:
    if len(table) == 0:
        return table
    onset_ms = (seen.onset - case.anomaly_time) * 1000.0
    names = frozenset(seen.services)
    place = {candidate.service: number for number, candidate in enumerate(ranked)}
    taken: dict[tuple[str, str, bool], int] = defaultdict(int)
    before: set[tuple[str, str]] = set()
    wanted: list[tuple[float, int]] = []
    for row, message in enumerate(table.message):
        late = table.t_ms[row] >= onset_ms
        service = table.service[row]
        template = blank(message, names)
        if not late:
            before.add((service, template))
        key = (service, template, late)
        taken[key] += 1
        if taken[key] > 2:
            continue
        value = float(min(place.get(service, 20), 20)) + 5.0 * (taken[key] - 1)
        value += 0.0 if says_error(table.level[row], message) else 10.0
        value += 0.0 if late and (service, template) not in before else 6.0
        wanted.append((value, row))
    rows: list[int] = []
    used = 0
    for _, row in sorted(wanted):
        cost = len(table.message[row]) + _LINE_BYTES
        if used + cost <= budget or not rows:
            rows.append(row)
            used += cost
    rows.sort()
    return table.take(rows)


def _keep_changes(
    case: IncidentCase, ranked: Sequence[Ranked], seen: Collected, budget: int
) -> tuple[Change, ...]:
    if not case.changes or not ranked or ranked[0].score <= 0:
        return ()
    blame = [(candidate.service, candidate.score / ranked[0].score) for candidate in ranked[:3]]
    texts = [case.alert.summary, case.alert.metric, *(f.text for _, f in ranked[0].findings)]
    kept: list[Change] = []
    used = 0
    for suspect in rank_changes(case, blame, seen.onset, texts)[:_MOST_SUSPECTS]:
        short = replace(suspect.change, diff=suspect.change.diff[:_MOST_DIFF], files=suspect.change.files[:3])
        cost = _change_bytes([short])
        if used + cost <= budget or not kept:
            kept.append(short)
            used += cost
    return tuple(kept)
