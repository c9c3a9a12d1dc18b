"""Put what several sources answered into one case for the diagnosis; what overlaps is kept once.

Sources describe the same window in their own rhythm: series are laid on the query's time axis. Where two
sources tell of the same series, the one asked first is believed, and the other only fills its gaps.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.investigation.evidence import (
    Alert,
    Change,
    IncidentCase,
    LogTable,
    MetricTable,
    SpanTable,
    Telemetry,
)
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery

_MOST_SAID = 20


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """A source that gave nothing, and why, in words for people."""

    source: str
    sentence: str


def build_case(
    case_id: str,
    query: EvidenceQuery,
    answers: Sequence[EvidenceAnswer],
    *,
    alert: Alert | None = None,
    reference: Sequence[EvidenceAnswer] = (),
    calls: Iterable[tuple[str, str]] = (),
    failures: Sequence[SourceFailure] = (),
) -> IncidentCase:
    """Return one case from what sources answered.

    Args:
        case_id: The incident's id.
        query: The window that was asked for.
        answers: Answers for it, the most trusted source first.
        alert: What fired.
        reference: Answers for a fault-free window.
        calls: Dependencies that are known otherwise, e.g. from the map.
        failures: Sources that did not answer.
    """
    told = {(caller, callee) for answer in answers for caller, callee in answer.calls}
    usual = joined(reference, query) if reference else Telemetry()
    has_usual = bool(usual.metrics.series or len(usual.spans) or len(usual.logs))
    unavailable = [failure.sentence for failure in failures]
    unavailable += [f"{answer.source}: {text}" for answer in answers for text in answer.missing]
    return IncidentCase(
        case_id=case_id,
        anomaly_time=query.anomaly.timestamp(),
        sample_seconds=float(query.step_seconds),
        alert=alert or Alert(),
        telemetry=joined(answers, query),
        reference=usual if has_usual else None,
        calls=tuple(sorted(told | set(calls))),
        changes=_changes(answers),
        unavailable=tuple(dict.fromkeys(unavailable))[:_MOST_SAID],
        doubts=tuple(doubt for answer in answers for doubt in answer.doubts),
    )


def joined(answers: Sequence[EvidenceAnswer], query: EvidenceQuery) -> Telemetry:
    """Return the telemetry of several answers as one, on the time axis of the earliest answer's window."""
    return Telemetry(
        metrics=_metrics([answer.telemetry.metrics for answer in answers], query),
        spans=_spans([answer.telemetry.spans for answer in answers]),
        logs=_logs([answer.telemetry.logs for answer in answers]),
    )


def _metrics(tables: Sequence[MetricTable], query: EvidenceQuery) -> MetricTable:
    filled = [table for table in tables if table.series]
    if not filled:
        return MetricTable()
    step = max(query.step_seconds, 1)
    begin = min(min(table.times) for table in filled)
    end = max(max(table.times) for table in filled)
    begin = math.floor(begin / step) * step
    bins = int((end - begin) // step) + 1
    series: dict[tuple[str, str], list[float]] = {}
    for table in filled:
        places = [int((t - begin) // step) for t in table.times]
        for key, values in table.series.items():
            line = series.setdefault(key, [math.nan] * bins)
            for place, value in zip(places, values, strict=True):
                if math.isnan(line[place]) and math.isfinite(value):
                    line[place] = value
    times = [begin + step * (place + 0.5) for place in range(bins)]
    return MetricTable(times, {key: series[key] for key in sorted(series) if _says_anything(series[key])})


def _says_anything(values: Sequence[float]) -> bool:
    return any(math.isfinite(value) for value in values)


def _spans(tables: Sequence[SpanTable]) -> SpanTable:
    filled = [table for table in tables if len(table)]
    if len(filled) == 1:
        return filled[0]
    seen: set[tuple[str, str]] = set()
    pieces = []
    for table in filled:
        rows = []
        for row, key in enumerate(zip(table.trace, table.span, strict=True)):
            if key not in seen:
                seen.add(key)
                rows.append(row)
        pieces.append(table.take(rows))
    names = ("trace", "span", "parent", "service", "operation", "start_ms", "duration_us", "failed")
    return SpanTable(**_stacked(pieces, names))


def _logs(tables: Sequence[LogTable]) -> LogTable:
    filled = [table for table in tables if len(table)]
    if not filled:
        return LogTable()
    names = ("t_ms", "service", "level", "trace", "span", "message")
    whole = LogTable(**_stacked(filled, names))
    if len(filled) == 1:
        return whole
    rows = sorted(range(len(whole)), key=lambda row: whole.t_ms[row])
    kept, seen = [], set()
    for row in rows:
        # The same line from two collectors: same millisecond, same service, same words.
        key = (int(whole.t_ms[row]), whole.service[row], whole.message[row])
        if key not in seen:
            seen.add(key)
            kept.append(row)
    return whole.take(kept)


def _stacked(
    tables: Sequence[object], names: Sequence[str]
) -> dict[str, Any]:  # Any: each column has its type
    return {name: [value for table in tables for value in getattr(table, name)] for name in names}


def _changes(answers: Sequence[EvidenceAnswer]) -> tuple[Change, ...]:
    by_id: dict[str, Change] = {}
    for answer in answers:
        for change in answer.changes:
            by_id.setdefault(change.change_id, change)
    return tuple(sorted(by_id.values(), key=lambda change: change.at))
