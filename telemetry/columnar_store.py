"""The telemetry store, read: evidence of a window, events, calls, refusals, health."""

import math
from datetime import datetime, timedelta
from pathlib import Path

from domain.investigation.evidence import Change, ChangeKind, Doubt, LogTable, SpanTable, Telemetry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from domain.ports.telemetry_store import RefusedTelemetry, ServiceCall, SourceHealth, TelemetryEvent
from telemetry.columnar_questions import ColumnarQuestions
from telemetry.log_reading import read_lines, said_of
from telemetry.log_sampling import WHOLE
from telemetry.metric_windows import metric_table
from telemetry.records import Kind, micros
from telemetry.sender_doubts import doubts_of, unreliable_kinds
from telemetry.source_health import health_of
from telemetry.store_questions import DUCKDB, Columns, Questioner, StoreQuestions

# Chance may choose small traces, so a few more are looked at than there is room for.
_MORE_TRACES = 1.5
# A sender's rhythm is known from the hour before.
_RHYTHM = timedelta(hours=1)
_CHANGES = {kind.value: kind for kind in ChangeKind} | {"deployment": ChangeKind.DEPLOY}


class ColumnarStore:
    """Implements `TelemetryReader`.

    Args:
        stored: The folder of the embedded store, or whoever asks another one.
        questions: The questions in the words of that store.
        memory_mib: What all questions together may use here.
    """

    name = "telemetry store"

    def __init__(
        self, stored: Path | Questioner, questions: StoreQuestions = DUCKDB, *, memory_mib: int = 512
    ) -> None:
        self._files: Questioner = (
            ColumnarQuestions(stored, memory_mib=memory_mib) if isinstance(stored, Path) else stored
        )
        self._sql = questions

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return metrics, logs, spans, calls and changes of a window; what was cut is said."""
        missing: list[str] = []
        step = max(query.step_seconds, 1) * 1_000_000
        samples = self._files.ask(
            Kind.METRICS, query.begin, query.end, self._sql.samples, query.services, step=step
        )
        if not samples.get("service"):
            missing.append("no metrics were pushed for this window")
        telemetry = Telemetry(
            metrics=metric_table(samples, query),
            spans=self._spans(query, missing),
            logs=self._logs(query, missing),
        )
        calls = tuple((one.caller, one.callee) for one in self.calls(query.begin, query.end))
        doubts = self._doubts(query)
        return EvidenceAnswer(self.name, telemetry, calls, self._changes(query), tuple(missing), doubts)

    def events(
        self, begin: datetime, end: datetime, services: tuple[str, ...] = (), most: int = 1_000
    ) -> tuple[TelemetryEvent, ...]:
        """Return events, newest first; no services means all."""
        told = self._files.ask(Kind.EVENTS, begin, end, self._sql.events, services, most=most)
        return tuple(
            TelemetryEvent(_seconds(t), str(s), str(e), str(v), str(m), str(a))
            for t, s, e, v, m, a in zip(*told.values(), strict=True)
        )

    def calls(self, begin: datetime, end: datetime) -> tuple[ServiceCall, ...]:
        """Return who was seen calling whom: spans whose parent belongs to another service."""
        told = self._files.calls(begin, end, self._sql.calls)
        return tuple(
            ServiceCall(str(a), str(b), int(str(n)), _seconds(t))
            for a, b, n, t in zip(*told.values(), strict=True)
        )

    def refused(self, begin: datetime, end: datetime, most: int = 100) -> tuple[RefusedTelemetry, ...]:
        """Return refused records, newest first."""
        told = self._files.ask(Kind.REJECTED, begin, end, self._sql.refused, None, most=most)
        return tuple(
            RefusedTelemetry(_seconds(t), str(s), str(d), str(r), str(w), str(x))
            for t, s, d, r, w, x in zip(*told.values(), strict=True)
        )

    def health(self, begin: datetime, end: datetime) -> tuple[SourceHealth, ...]:
        """Return how good each source's telemetry is, worst first."""
        told = self._files.ask(Kind.ARRIVALS, begin, end, self._sql.health, None)
        return health_of(list(zip(*told.values(), strict=True)), end)

    def _doubts(self, query: EvidenceQuery) -> tuple[Doubt, ...]:
        """Return what counts less in this window; asks who sent what only where a sender is unreliable."""
        health = self.health(query.begin - _RHYTHM, query.end)
        kinds = unreliable_kinds(health)
        told = {
            kind: self._files.ask(kind, query.begin, query.end, self._sql.senders, query.services)
            for kind in kinds
        }
        return doubts_of(health, told)

    def _spans(self, query: EvidenceQuery, missing: list[str]) -> SpanTable:
        counted = self._files.ask(Kind.SPANS, query.begin, query.end, self._sql.count, query.services)
        total, most = int(sum(_numbers(counted, "total"))), query.most_rows
        told: Columns = {}
        if said_of(total, most, "spans", missing):
            parts = math.ceil(WHOLE * _MORE_TRACES * most / total)
            told = self._files.ask(
                Kind.SPANS,
                query.begin,
                query.end,
                self._sql.spans,
                query.services,
                total=total,
                most=most,
                parts=min(parts, WHOLE),
            )
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
        told = read_lines(self._files, self._sql, query, missing)
        zero = micros(query.anomaly)
        return LogTable(
            t_ms=[(t - zero) / 1000.0 for t in _numbers(told, "t_us")],
            service=_texts(told, "service"),
            level=_texts(told, "level"),
            trace=_texts(told, "trace"),
            span=_texts(told, "span"),
            message=_texts(told, "message"),
        )

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
