"""Spans from Tempo: search for traces of the window, then fetch each in OTLP's JSON."""

import base64
import binascii

from domain.investigation.evidence import Telemetry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from integrations.evidence_client import HttpSource, listed, text_at
from integrations.span_rows import SpanRow, span_table

_MOST_TRACES = 150
_FAILED = (2, "STATUS_CODE_ERROR")


class TempoSource(HttpSource):
    """Implements `EvidenceSource`."""

    name = "Tempo"

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return failed traces first, then any, while there is time."""
        rows: dict[tuple[str, str], SpanRow] = {}
        missing: list[str] = []
        window = {
            "start": str(int(query.begin.timestamp())),
            "end": str(int(query.end.timestamp()) + 1),
            "limit": str(_MOST_TRACES),
        }
        with self.client() as client:
            identities: dict[str, None] = {}
            for question in ("{ status = error }", "{ }"):
                for trace in listed(client.get("api/search", {**window, "q": question}), "traces"):
                    identity = text_at(trace, "traceID")
                    if identity.isalnum():
                        identities[identity] = None
            asked = 0
            for identity in identities:
                if not client.has_time() or len(rows) >= query.most_rows:
                    break
                asked += 1
                rows.update(
                    {(row.trace, row.span): row for row in _spans(client.find(f"api/traces/{identity}"))}
                )
            if asked < len(identities):
                left = len(identities) - asked
                missing.append(f"{left} of {len(identities)} traces were not fetched: no time left")
            missing += client.notes()
        kept = [row for row in rows.values() if not query.services or row.service in query.services]
        if not kept:
            missing.append("no spans for this window")
        table = span_table(kept[: query.most_rows], query)
        return EvidenceAnswer(self.name, Telemetry(spans=table), missing=tuple(missing))


def _spans(answer: object) -> list[SpanRow]:
    found = []
    for resource in listed(answer, "batches") or listed(answer, "resourceSpans"):
        told = {
            text_at(a, "key"): text_at(a, "value", "stringValue")
            for a in listed(resource, "resource", "attributes")
        }
        service = told.get("service.name", "")
        scopes = listed(resource, "scopeSpans") or listed(resource, "instrumentationLibrarySpans")
        for span in (span for scope in scopes for span in listed(scope, "spans")):
            begin, end = int(span.get("startTimeUnixNano", 0)), int(span.get("endTimeUnixNano", 0))
            status = span.get("status", {})
            found.append(
                SpanRow(
                    trace=_hex(text_at(span, "traceId")),
                    span=_hex(text_at(span, "spanId")),
                    parent=_hex(text_at(span, "parentSpanId")),
                    service=service,
                    operation=text_at(span, "name"),
                    start_us=begin // 1000,
                    duration_us=max(end - begin, 0) // 1000,
                    failed=isinstance(status, dict) and status.get("code") in _FAILED,
                )
            )
    return found


def _hex(told: str) -> str:
    """Return an identifier in hexadecimal; Tempo writes it in base64."""
    if len(told) in (16, 32) and all(c in "0123456789abcdefABCDEF" for c in told):
        return told.lower()
    try:
        return base64.b64decode(told).hex()
    except (binascii.Error, ValueError):
        return told
