"""Requests of a made-up system, one by one: their spans and the lines their services write meanwhile.

A request walks down the calls; what a service does at that moment is read off the run. Failures of a service
are written in its own words, those of a callee in the words of a caller who knows its name, its address, or
only that something was refused.
"""

from dataclasses import dataclass, field

import numpy as np

from benchmarks.rca_world_run import Rows, System
from domain.investigation.evidence import LogTable, SpanTable

_DEEP, _MOST_SPANS = 7, 40
OWN_WORDS = {
    "bad_deploy": "unhandled exception: NullReferenceException at Order.total",
    "config_error": "could not authenticate: invalid credentials in configuration",
    "provider_away": "provider gateway.acmepay.com timed out after 3000 ms",
    "disk_full": "write failed: no space left on device",
    "pool_exhausted": "timeout waiting for a connection from the pool",
    "net_loss": "broken pipe while answering",
}
_NOISE = (
    ("WARN", "slow consumer {n} detected"),
    ("ERROR", "failed to refresh token for tenant {n}"),
    ("ERROR", "cache entry {n} expired"),
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a system traces and writes: what it keeps, whom its lines name, whether both are joined.

    Args:
        requests: How many requests of a window are kept.
        with_client_spans: Whether a caller records its call as a span of its own.
        with_logs: Whether lines are written; `joined` says whether they bear trace and span ids.
        names_callee: 0 a complaint names nobody, 1 the service, 2 an address.
        has_levels: Whether lines bear a level.
    """

    requests: int
    with_client_spans: bool
    with_spans: bool
    with_logs: bool
    joined: bool
    names_callee: int
    has_levels: bool


@dataclass(slots=True)
class _Out:
    spans: list[tuple[str, str, str, str, str, float, float, bool]] = field(default_factory=list)
    lines: list[tuple[float, str, str, str, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Walk:
    system: System
    rows: Rows
    fault_words: str
    manner: Manner
    chance: np.random.Generator
    out: _Out
    row: int = 0
    trace: str = ""
    next_span: int = 0

    def line(self, at_ms: float, service: int, level: str, text: str, span: str) -> None:
        ids = (self.trace, span) if self.manner.joined else ("", "")
        shown = level if self.manner.has_levels else ""
        self.out.lines.append((at_ms, self.system.names[service], shown, *ids, text))

    def visit(
        self, service: int, parent: str, at_ms: float, depth: int, operation: int
    ) -> tuple[float, bool]:
        """Return how long the visit took in ms and whether it failed, and write down what it left."""
        span = str(self.next_span)
        self.next_span += 1
        took = float(self.rows["own"][service, self.row] * np.exp(self.chance.normal(0.0, 0.25)))
        self.line(
            at_ms, service, "INFO", f"handling op{operation} for user {self.chance.integers(9999)}", span
        )
        if self.chance.random() < 0.01:
            level, text = _NOISE[(service + int(self.chance.integers(2))) % len(_NOISE)]
            self.line(at_ms + 0.2 * took, service, level, text.format(n=self.chance.integers(999)), span)
        draws = self.chance.random(3)
        failed = bool(draws[0] < self.rows["failing"][service, self.row])
        skips = bool(draws[1] < self.rows["skips"][service, self.row])
        if failed:
            self._fail(service, at_ms + 0.5 * took, span)
        elif not skips:
            took, failed = self._call(service, span, at_ms, took, depth)
        if not failed and not skips:
            self.line(at_ms + took, service, "INFO", f"done op{operation} in {took:.0f} ms", span)
        record = (
            self.trace,
            span,
            parent,
            self.system.names[service],
            f"op{operation}",
            at_ms,
            took * 1000.0,
        )
        self.out.spans.append((*record, failed and bool(draws[2] < 0.8)))
        return took, failed

    def _fail(self, service: int, at_ms: float, span: str) -> None:
        is_fault = self.fault_words and self.rows["inside"][service, self.row] > 0
        text = self.fault_words if is_fault else f"request aborted with code {self.chance.integers(500, 504)}"
        self.line(at_ms, service, "ERROR", text, span)

    def _call(self, service: int, span: str, at_ms: float, took: float, depth: int) -> tuple[float, bool]:
        for callee in self.system.callees[service]:
            if depth >= _DEEP or self.next_span > _MOST_SPANS or self.chance.random() > 0.8:
                continue
            hop = float(self.rows["hop"][callee, self.row] + self.rows["hop"][service, self.row])
            gap = (self.system.hop_ms + hop) * float(np.exp(self.chance.normal(0.0, 0.3)))
            parent, began = span, at_ms + took
            if self.manner.with_client_spans:
                parent = str(self.next_span)
                self.next_span += 1
            if self.rows["alive"][callee, self.row] < 0.5:
                inner, broke = 1.0, True
            else:
                inner, broke = self.visit(callee, parent, began + gap / 2, depth + 1, callee % 3)
            if self.manner.with_client_spans:
                name, to = self.system.names[service], f"call {self.system.names[callee]}"
                record = (self.trace, parent, span, name, to, began, (inner + gap) * 1000.0)
                self.out.spans.append((*record, broke))
            took += inner + gap
            if broke:
                whom = ("upstream", self.system.names[callee], f"10.0.{callee}.7:8080")[
                    self.manner.names_callee
                ]
                self.line(at_ms + took, service, "ERROR", f"call to {whom} failed: 503", span)
                if self.chance.random() < 0.6:
                    return took, True
        return took, False


def requests_of(
    system: System,
    rows: Rows,
    times_ms: np.ndarray,
    fault_kind: str,
    manner: Manner,
    chance: np.random.Generator,
) -> tuple[SpanTable, LogTable]:
    """Return the spans and lines of a window; `times_ms` are the beginnings of its samples."""
    out = _Out()
    walk = _Walk(system, rows, OWN_WORDS.get(fault_kind, ""), manner, chance, out)
    step = float(times_ms[1] - times_ms[0]) if times_ms.size > 1 else 60_000.0
    for number in range(manner.requests):
        walk.row = int(chance.integers(times_ms.size))
        walk.trace, walk.next_span = f"t{number}", 0
        if rows["alive"][0, walk.row] >= 0.5:
            walk.visit(0, "-1", float(times_ms[walk.row] + chance.random() * step), 0, number % 2)
    spans = (
        SpanTable(*(list(column) for column in zip(*out.spans, strict=True))) if out.spans else SpanTable()
    )
    lines = sorted(out.lines)
    logs = LogTable(*(list(column) for column in zip(*lines, strict=True))) if lines else LogTable()
    return spans if manner.with_spans else SpanTable(), logs if manner.with_logs else LogTable()
