"""The embedded telemetry store, read: evidence of a window, events, calls, refusals, health."""

from datetime import datetime
from pathlib import Path

from domain.evidence import Change, ChangeKind, LogTable, SpanTable, Telemetry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from domain.ports.telemetry_store import RefusedTelemetry, ServiceCall, SourceHealth, TelemetryEvent
from telemetry.columnar_questions import ColumnarQuestions, Columns, micros
from telemetry.metric_windows import metric_table
from telemetry.records import Kind
from telemetry.source_health import health_of

_CHANGES = {kind.value: kind for kind in ChangeKind} | {"deployment": ChangeKind.DEPLOY}
_EVENTS = (
    "SELECT t_us, service, event, severity, message, attributes FROM {window} ORDER BY t_us DESC LIMIT $most"
)
_CALLS = (
    "WITH w AS (SELECT trace, span, parent, service, t_us FROM {window})"
    " SELECT p.service AS caller, c.service AS callee, count(*) AS calls, max(c.t_us) AS t_us"
    " FROM w c JOIN w p ON c.trace = p.trace AND c.parent = p.span"
    " WHERE c.parent <> '' AND c.service <> p.service AND c.service <> '' AND p.service <> ''"
    " GROUP BY ALL ORDER BY 1, 2"
)
_REFUSED = (
    "SELECT t_us, source, dialect, reason, detail, excerpt FROM {window} ORDER BY t_us DESC LIMIT $most"
)
_HEALTH = (
    "SELECT source, dialect, sum(records)::BIGINT AS records, sum(refused)::BIGINT AS refused,"
    " sum(late)::BIGINT AS late, median((newest_us - t_us) / 1e6) AS ahead,"
    " min(t_us) AS first, max(t_us) AS last, count(DISTINCT t_us // 60000000) AS minutes,"
    " list(DISTINCT unknown) AS unknown"
    " FROM {window} GROUP BY ALL ORDER BY 1, 2"
)
# What counts is taken at the end of a step, what is measured as its mean.
_SAMPLES = (
    "SELECT service, metric, labels, bool_or(counter) AS counts, (t_us - $first) // $step AS bin,"
    " CASE WHEN bool_or(counter) THEN arg_max(value, t_us) ELSE avg(value) END AS value"
    " FROM {window} WHERE isfinite(value) GROUP BY service, metric, labels, bin"
    " ORDER BY service, metric, labels, bin"
)
_COUNT = "SELECT count(*) AS total FROM {window}"
# Whole traces are kept or cut: half a trace tells a wrong story.
_SPANS = (
    "SELECT trace, span, parent, service, operation, t_us, duration_us, failed"
    " FROM {window} ORDER BY CASE WHEN $total > $most THEN hash(trace) ELSE 0 END, t_us LIMIT $most"
)
# What is worse than info comes first when there is too much; then a fair sample.
_LOGS = (
    "SELECT * FROM (SELECT t_us, service, level, trace, span, message FROM {window}"
    " ORDER BY CASE WHEN $total <= $most THEN 0 WHEN level IN ('warn', 'error', 'fatal') THEN 0 ELSE 1 END,"
    " CASE WHEN $total > $most THEN hash(message, t_us) ELSE 0 END LIMIT $most) AS kept ORDER BY t_us"
)


class ColumnarStore:
    """Implements `TelemetryReader` over the files under a folder."""

    name = "telemetry store"

    def __init__(self, root: Path, *, memory_mib: int = 512) -> None:
        self._files = ColumnarQuestions(root, memory_mib=memory_mib)

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return metrics, logs, spans, calls and changes of a window; what was cut is said."""
        missing: list[str] = []
        step = max(query.step_seconds, 1) * 1_000_000
        samples = self._files.ask(Kind.METRICS, query.begin, query.end, _SAMPLES, query.services, step=step)
        if not samples:
            missing.append("no metrics were pushed for this window")
        telemetry = Telemetry(
            metrics=metric_table(samples, query),
            spans=self._spans(query, missing),
            logs=self._logs(query, missing),
        )
        calls = tuple((one.caller, one.callee) for one in self.calls(query.begin, query.end))
        return EvidenceAnswer(self.name, telemetry, calls, self._changes(query), tuple(missing))

    def events(
        self, begin: datetime, end: datetime, services: tuple[str, ...] = (), most: int = 1_000
    ) -> tuple[TelemetryEvent, ...]:
        """Return events, newest first; no services means all."""
        told = self._files.ask(Kind.EVENTS, begin, end, _EVENTS, services, most=most)
        return tuple(
            TelemetryEvent(_seconds(t), str(s), str(e), str(v), str(m), str(a))
            for t, s, e, v, m, a in zip(*told.values(), strict=True)
        )

    def calls(self, begin: datetime, end: datetime) -> tuple[ServiceCall, ...]:
        """Return who was seen calling whom: spans whose parent belongs to another service."""
        told = self._files.ask(Kind.SPANS, begin, end, _CALLS)
        return tuple(
            ServiceCall(str(a), str(b), int(str(n)), _seconds(t))
            for a, b, n, t in zip(*told.values(), strict=True)
        )

    def refused(self, begin: datetime, end: datetime, most: int = 100) -> tuple[RefusedTelemetry, ...]:
        """Return refused records, newest first."""
        told = self._files.ask(Kind.REJECTED, begin, end, _REFUSED, None, most=most)
        return tuple(
            RefusedTelemetry(_seconds(t), str(s), str(d), str(r), str(w), str(x))
            for t, s, d, r, w, x in zip(*told.values(), strict=True)
        )

    def health(self, begin: datetime, end: datetime) -> tuple[SourceHealth, ...]:
        """Return how good each source's telemetry is, worst first."""
        told = self._files.ask(Kind.ARRIVALS, begin, end, _HEALTH, None)
        return health_of(list(zip(*told.values(), strict=True)))

    def _spans(self, query: EvidenceQuery, missing: list[str]) -> SpanTable:
        told = self._bounded(Kind.SPANS, query, _SPANS, missing, "spans")
        zero = micros(query.anomaly)
        return SpanTable(
            trace=_texts(told, "trace"),
            span=_texts(told, "span"),
            parent=[parent or "-1" for parent in _texts(told, "parent")],
            service=_texts(told, "service"),
            operation=_texts(told, "operation"),
            start_ms=[(t - zero) / 1000.0 for t in _numbers(told, "t_us")],
            duration_us=_numbers(told, "duration_us"),
            failed=[bool(value) for value in told.get("failed", ())],
        )

    def _logs(self, query: EvidenceQuery, missing: list[str]) -> LogTable:
        told = self._bounded(Kind.LOGS, query, _LOGS, missing, "log lines")
        zero = micros(query.anomaly)
        return LogTable(
            t_ms=[(t - zero) / 1000.0 for t in _numbers(told, "t_us")],
            service=_texts(told, "service"),
            level=_texts(told, "level"),
            trace=_texts(told, "trace"),
            span=_texts(told, "span"),
            message=_texts(told, "message"),
        )

    def _bounded(
        self, kind: Kind, query: EvidenceQuery, question: str, missing: list[str], noun: str
    ) -> Columns:
        counted = self._files.ask(kind, query.begin, query.end, _COUNT, query.services)
        total, most = int(sum(_numbers(counted, "total"))), query.most_rows
        if total > most:
            missing.append(f"{total - most:,} of {total:,} {noun} of the window were left out: too many")
        if not total:
            missing.append(f"no {noun} were pushed for this window")
            return {}
        return self._files.ask(kind, query.begin, query.end, question, query.services, total=total, most=most)

    def _changes(self, query: EvidenceQuery) -> tuple[Change, ...]:
        found = []
        for event in self.events(query.begin, query.end, query.services):
            kind = _CHANGES.get(event.event.casefold())
            if kind is not None:
                identity = f"{event.event}-{event.service}-{int(event.at)}"
                found.append(Change(identity, kind, event.at, event.service, event.message[:300]))
        return tuple(found)


def _texts(told: Columns, name: str) -> list[str]:
    return told.get(name, [])  # type: ignore[return-value]  # the schema of the files says so


def _numbers(told: Columns, name: str) -> list[float]:
    return told.get(name, [])  # type: ignore[return-value]  # as above


def _seconds(t_us: object) -> float:
    return int(str(t_us)) / 1_000_000
