"""What Loki and Tempo are asked is in their languages, by the grammars that their makers publish."""

import json
import subprocess
from datetime import UTC, datetime, timedelta

import httpx

from domain.ports.evidence_source import EvidenceQuery
from integrations.loki_api import LokiSource
from integrations.tempo_api import TempoSource
from tests.counterparts.processes import HERE, need, node_program

_NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
_NAMES = ("pay", "pay-api", "shop.cart", 'x"} or {a="b', "ünïcode", "", "a|b", ".*", "back\\slash")


def not_in_the_language(queries: list[tuple[str, str]]) -> list[list[str]]:
    for package in ("@grafana/lezer-logql", "@grafana/lezer-traceql"):
        need(package)
    told = subprocess.run(
        [node_program(), str(HERE / "grammar.mjs")],
        input=json.dumps(queries), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    wrong: list[list[str]] = json.loads(told.stdout)
    return wrong


def asked_of(source: type[LokiSource] | type[TempoSource], parameter: str) -> list[str]:
    """Return the queries that a source asks, for all services, each, and all of them together."""
    heard: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if parameter in request.url.params:
            heard.append(request.url.params[parameter])
        return httpx.Response(200, json={"data": ["service_name"], "traces": []})

    for services in ((), *[(name,) for name in _NAMES], _NAMES):
        source("http://there", transport=httpx.MockTransport(answer)).fetch(
            EvidenceQuery(_NOW - timedelta(minutes=30), _NOW, _NOW, services)
        )
    return list(dict.fromkeys(heard))


def test_every_query_is_in_its_language() -> None:
    logs = asked_of(LokiSource, "query")
    traces = asked_of(TempoSource, "q")
    assert len(logs) > 5
    assert len(traces) == 2

    queries = [*[("logql", query) for query in logs], *[("traceql", query) for query in traces]]

    assert not_in_the_language([*queries, ("logql", '{a="b"'), ("traceql", "{ status = ")]) == [
        ["logql", '{a="b"'],
        ["traceql", "{ status = "],
    ]
