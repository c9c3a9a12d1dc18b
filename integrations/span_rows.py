"""Spans as trace stores tell them, before they become one table."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.investigation.evidence import SpanTable
from domain.ports.evidence_source import EvidenceQuery


@dataclass(frozen=True, slots=True)
class SpanRow:
    """One span; times in microseconds since 1970, `parent` empty for a root."""

    trace: str
    span: str
    parent: str
    service: str
    operation: str
    start_us: int
    duration_us: int
    failed: bool


def span_table(rows: Sequence[SpanRow], query: EvidenceQuery) -> SpanTable:
    """Return the spans that began inside the window, by their beginning."""
    begin, end = query.begin.timestamp() * 1e6, query.end.timestamp() * 1e6
    zero = query.anomaly.timestamp() * 1e6
    kept = sorted((row for row in rows if begin <= row.start_us <= end), key=lambda row: row.start_us)
    return SpanTable(
        trace=[row.trace for row in kept],
        span=[row.span for row in kept],
        parent=[row.parent or "-1" for row in kept],
        service=[row.service for row in kept],
        operation=[row.operation for row in kept],
        start_ms=[(row.start_us - zero) / 1000.0 for row in kept],
        duration_us=[float(row.duration_us) for row in kept],
        failed=[row.failed for row in kept],
    )
