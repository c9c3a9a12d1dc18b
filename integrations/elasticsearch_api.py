"""Log lines from Elasticsearch or OpenSearch, by the Elastic Common Schema and the usual other names."""

from collections.abc import Callable, Mapping
from ssl import SSLContext
from typing import Any
from urllib.parse import quote

import httpx

from domain.investigation.evidence import LogTable, Telemetry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from integrations.evidence_client import HttpSource, authorization, listed, unix_of

_MOST_LINES = 5_000
_SERVICE = ("service.name", "service", "kubernetes.labels.app", "kubernetes.container.name", "container.name")
_LEVEL = ("log.level", "level", "severity", "levelname")
_MESSAGE = ("message", "log", "msg", "event.original")
_BAD = [
    form
    for word in ("error", "err", "fatal", "critical", "warn", "warning")
    for form in (word, word.upper(), word.capitalize())
]
_LEVELS = {"warning": "warn", "err": "error", "critical": "fatal", "crit": "fatal", "information": "info"}


class ElasticsearchSource(HttpSource):
    """Implements `EvidenceSource`.

    Args:
        base_url: Address of the cluster.
        index: Index pattern of the logs.
        key: Gives the API key, empty for none.
        transport: How bytes travel; the network when left out.
        trust: Whose certificates are believed; those that the system believes when left out.
    """

    name = "Elasticsearch"

    def __init__(
        self,
        base_url: str,
        index: str = "logs-*",
        key: Callable[[], str] = lambda: "",
        transport: httpx.BaseTransport | None = None,
        *,
        trust: SSLContext | None = None,
    ) -> None:
        super().__init__(base_url, key, transport, trust=trust)
        self._index = index

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return the newest lines that are worse than info, and the newest of all."""
        missing: list[str] = []
        rows: dict[tuple[Any, Any], Mapping[str, Any]] = {}
        most = min(_MOST_LINES, query.most_rows)
        with self.client() as client:
            path = f"{quote(self._index, safe='*,-._')}/_search"
            for only_bad in (True, False):
                answer = client.post(path, question(query, most, only_bad=only_bad))
                hits = listed(answer, "hits", "hits")
                if len(hits) >= most:
                    missing.append(f"only the newest {most:,} lines were fetched")
                if isinstance(answer, dict) and answer.get("timed_out"):
                    missing.append("the search was cut off by the cluster's own time limit")
                rows |= {
                    (hit.get("_index"), hit.get("_id")): hit.get("_source") or {}
                    for hit in hits
                    if isinstance(hit, dict)
                }
            missing += client.notes()
            # What is bad was asked first, and stays when there is too much.
            found = sorted(_line(source, query) for source in list(rows.values())[:most])
        if not found:
            missing.append("no log lines for this window")
        columns = list(zip(*found, strict=True)) if found else [()] * 6
        names = ("t_ms", "service", "level", "trace", "span", "message")
        table: dict[str, Any] = {name: list(column) for name, column in zip(names, columns, strict=True)}
        telemetry = Telemetry(logs=LogTable(**table))
        return EvidenceAnswer(self.name, telemetry, missing=tuple(dict.fromkeys(missing)))

    def _headers(self, token: str) -> dict[str, str]:
        return authorization("ApiKey", token)


def question(query: EvidenceQuery, most: int, *, only_bad: bool) -> dict[str, object]:
    """Return the search body: a window, perhaps services, perhaps only what is worse than info."""
    window = {"gte": query.begin.isoformat(), "lte": query.end.isoformat()}
    filters: list[dict[str, object]] = [{"range": {"@timestamp": window}}]
    if query.services:
        filters.append(_any_of(_SERVICE, list(query.services)))
    if only_bad:
        filters.append(_any_of(_LEVEL, _BAD))
    return {
        "size": most,
        "timeout": "4s",
        "sort": [{"@timestamp": {"order": "desc", "unmapped_type": "date"}}],
        "query": {"bool": {"filter": filters}},
    }


def _any_of(names: tuple[str, ...], values: list[str]) -> dict[str, object]:
    """Return a filter: one of the fields holds one of the values, whole.

    A cluster that makes its own mapping cuts texts into words, and keeps the whole beside as `.keyword`.
    """
    fields = [each for name in names for each in (name, f"{name}.keyword")]
    either = [{"terms": {field: values}} for field in fields]
    return {"bool": {"should": either, "minimum_should_match": 1}}


def _line(source: Mapping[str, Any], query: EvidenceQuery) -> tuple[float, str, str, str, str, str]:
    level = _first(source, _LEVEL).lower()
    return (
        (unix_of(source.get("@timestamp")) - query.anomaly.timestamp()) * 1000.0,
        _first(source, _SERVICE),
        _LEVELS.get(level, level),
        _first(source, ("trace.id", "trace_id")),
        _first(source, ("span.id", "span_id")),
        _first(source, _MESSAGE)[:16_384],
    )


def _first(source: Mapping[str, Any], paths: tuple[str, ...]) -> str:
    for path in paths:
        here: object = source.get(path)
        if here is None:
            here = source
            for key in path.split("."):
                here = here.get(key) if isinstance(here, Mapping) else None
        if isinstance(here, str) and here:
            return here
    return ""
