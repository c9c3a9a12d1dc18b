"""Spans and dependencies from Jaeger's query service (the HTTP API that its own page uses)."""

from collections.abc import Mapping
from typing import Any

from domain.investigation.evidence import Telemetry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from integrations.evidence_client import EvidenceClient, HttpSource, listed
from integrations.span_rows import SpanRow, span_table

_MOST_SERVICES = 40
_TRACES_EACH = 60


class JaegerSource(HttpSource):
    """Implements `EvidenceSource`."""

    name = "Jaeger"

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return traces that touch the services, and who calls whom as Jaeger counted it."""
        rows: dict[tuple[str, str], SpanRow] = {}
        missing: list[str] = []
        with self.client() as client:
            known = [s for s in listed(client.get("api/services"), "data") if isinstance(s, str)]
            wanted = [service for service in known if not query.services or service in query.services]
            asked = 0
            for service in wanted[:_MOST_SERVICES]:
                if not client.has_time() or len(rows) >= query.most_rows:
                    break
                asked += 1
                answer = client.get(
                    "api/traces",
                    {
                        "service": service,
                        "start": str(int(query.begin.timestamp() * 1e6)),
                        "end": str(int(query.end.timestamp() * 1e6)),
                        "limit": str(_TRACES_EACH),
                    },
                )
                for trace in listed(answer, "data"):
                    rows.update({(row.trace, row.span): row for row in _spans(trace)})
            if asked < len(wanted):
                missing.append(
                    f"{len(wanted) - asked} of {len(wanted)} services were not asked for: no time left"
                )
            calls = _calls(client, query) if client.has_time() else ()
            missing += client.notes()
        if not rows:
            missing.append("no spans for this window")
        table = span_table(list(rows.values())[: query.most_rows], query)
        return EvidenceAnswer(self.name, Telemetry(spans=table), calls, missing=tuple(missing))


def _spans(trace: object) -> list[SpanRow]:
    processes = trace.get("processes", {}) if isinstance(trace, dict) else {}
    found = []
    for span in listed(trace, "spans"):
        if not isinstance(span, dict) or not span.get("spanID"):
            continue
        parents = [
            str(reference.get("spanID", ""))
            for reference in listed(span, "references")
            if reference.get("refType") == "CHILD_OF"
        ]
        tags = {tag.get("key"): tag.get("value") for tag in listed(span, "tags") if isinstance(tag, dict)}
        service = processes.get(span.get("processID"), {}).get("serviceName", "")
        found.append(
            SpanRow(
                trace=str(span.get("traceID", "")),
                span=str(span["spanID"]),
                parent=parents[0] if parents else "",
                service=str(service),
                operation=str(span.get("operationName", "")),
                start_us=int(span.get("startTime", 0)),
                duration_us=int(span.get("duration", 0)),
                failed=_is_failed(tags),
            )
        )
    return found


def _is_failed(tags: Mapping[Any, Any]) -> bool:
    return tags.get("error") in (True, "true") or tags.get("otel.status_code") == "ERROR"


def _calls(client: EvidenceClient, query: EvidenceQuery) -> tuple[tuple[str, str], ...]:
    lookback = int((query.end - query.begin).total_seconds() * 1000)
    told = {"endTs": str(int(query.end.timestamp() * 1000)), "lookback": str(lookback)}
    edges = listed(client.find("api/dependencies", told), "data")
    pairs = {(str(e.get("parent", "")), str(e.get("child", ""))) for e in edges if isinstance(e, dict)}
    return tuple(sorted(pair for pair in pairs if all(pair)))
