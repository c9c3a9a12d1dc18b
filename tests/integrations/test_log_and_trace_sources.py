"""Loki, Elasticsearch, Jaeger and Tempo by their documented answers; and every source when it is not well."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.errors import OutsideTrouble
from domain.ports.evidence_source import EvidenceQuery, EvidenceSource
from integrations.airflow_api import AirflowSource
from integrations.elasticsearch_api import ElasticsearchSource
from integrations.jaeger_api import JaegerSource
from integrations.kubernetes_api import KubernetesSource
from integrations.loki_api import LokiSource
from integrations.tempo_api import TempoSource

_NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
_US = int(_NOW.timestamp() * 1e6)


def query(**more: object) -> EvidenceQuery:
    return EvidenceQuery(_NOW - timedelta(minutes=30), _NOW, _NOW, **more)  # type: ignore[arg-type]


class Pages:
    """Answers by path, and remembers what was asked."""

    def __init__(self, pages: dict[str, object]) -> None:
        self.pages = pages
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        told = self.pages.get(request.url.path)
        if callable(told):
            told = told(request)
        return httpx.Response(404) if told is None else httpx.Response(200, json=told)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)


def test_loki_gives_lines_once_with_their_service_and_level() -> None:
    stream = {
        "stream": {"service_name": "pay", "level": "warning"},
        "values": [[str(_US * 1000 - 5), "slow"], [str(_US * 1000 - 9), "earlier"]],
    }
    pages = Pages(
        {
            "/loki/api/v1/labels": {"status": "success", "data": ["service_name", "pod"]},
            "/loki/api/v1/query_range": {"data": {"resultType": "streams", "result": [stream]}},
        }
    )

    answer = LokiSource("http://loki:3100", lambda: "t", pages.transport).fetch(
        query(services=("pay", 'x"} or {a="b'))
    )

    assert list(answer.telemetry.logs.message) == ["earlier", "slow"]
    assert set(answer.telemetry.logs.level) == {"warn"}
    assert pages.asked[-1].url.params["query"] == '{service_name=~"pay"}'
    assert pages.asked[0].headers["authorization"] == "Bearer t"


@pytest.mark.parametrize(
    ("token", "shown"),
    [("t", "Bearer t"), ("reader:sesame", "Basic cmVhZGVyOnNlc2FtZQ=="), ("", None)],
)
def test_a_token_or_a_password_and_the_tenant_are_shown(token: str, shown: str | None) -> None:
    pages = Pages({"/loki/api/v1/labels": {"data": []}})

    LokiSource("http://loki", lambda: token, pages.transport, tenant="shop").fetch(query())

    assert pages.asked[0].headers.get("authorization") == shown
    assert pages.asked[0].headers["x-scope-orgid"] == "shop"


def test_loki_without_a_label_for_services_says_so() -> None:
    pages = Pages({"/loki/api/v1/labels": {"data": ["filename"]}})

    assert LokiSource("http://loki", transport=pages.transport).fetch(query()).missing == (
        "no label of its lines names a service",
    )


def test_elasticsearch_is_read_in_both_spellings_and_asks_for_what_is_bad_first() -> None:
    nested = {
        "@timestamp": "2026-03-02T11:59:00Z",
        "message": "a",
        "service": {"name": "pay"},
        "log": {"level": "ERROR"},
    }
    dotted = {
        "@timestamp": "2026-03-02T11:58:00Z",
        "log": "b",
        "service.name": "cart",
        "log.level": "warning",
    }
    # Two indices may give the same name to a document.
    hits = [
        {"_index": "logs-a", "_id": "1", "_source": nested},
        {"_index": "logs-b", "_id": "1", "_source": dotted},
    ]
    pages = Pages({"/logs-*/_search": {"timed_out": True, "hits": {"hits": hits}}})

    answer = ElasticsearchSource("http://es:9200", key=lambda: "k", transport=pages.transport).fetch(query())

    logs = answer.telemetry.logs
    assert list(zip(logs.service, logs.level, logs.message, strict=True)) == [
        ("cart", "warn", "b"),
        ("pay", "error", "a"),
    ]
    assert len(json.loads(pages.asked[0].content)["query"]["bool"]["filter"]) == 2
    assert any("cut off" in said for said in answer.missing)


def test_jaeger_gives_spans_with_their_parents_and_who_calls_whom() -> None:
    def span(identity: str, parent: str, process: str, error: bool) -> dict[str, object]:
        return {
            "traceID": "t1",
            "spanID": identity,
            "operationName": "GET /",
            "startTime": _US - 1_000_000,
            "duration": 250,
            "processID": process,
            "references": [{"refType": "CHILD_OF", "traceID": "t1", "spanID": parent}] if parent else [],
            "tags": [{"key": "error", "type": "bool", "value": error}],
        }

    trace = {
        "spans": [span("a", "", "p1", False), span("b", "a", "p2", True)],
        "processes": {"p1": {"serviceName": "cart"}, "p2": {"serviceName": "pay"}},
    }
    pages = Pages(
        {
            "/api/services": {"data": ["cart", "pay", None]},
            "/api/traces": {"data": [trace]},
            "/api/dependencies": {"data": [{"parent": "cart", "child": "pay", "callCount": 3}]},
        }
    )

    answer = JaegerSource("http://jaeger:16686", transport=pages.transport).fetch(query())

    spans = answer.telemetry.spans
    assert sorted(zip(spans.span, spans.parent, spans.service, spans.failed, strict=True)) == [
        ("a", "-1", "cart", False),
        ("b", "a", "pay", True),
    ]
    assert answer.calls == (("cart", "pay"),)


def test_tempo_finds_failed_traces_first_and_writes_identifiers_in_hexadecimal() -> None:
    told = {
        "batches": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "pay"}}]},
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": base64.b64encode(b"\x01" * 16).decode(),
                                "spanId": base64.b64encode(b"\x02" * 8).decode(),
                                "name": "GET /",
                                "startTimeUnixNano": str((_US - 1_000) * 1000),
                                "endTimeUnixNano": str(_US * 1000),
                                "status": {"code": "STATUS_CODE_ERROR"},
                            }
                        ]
                    }
                ],
            }
        ]
    }
    pages = Pages({"/api/search": {"traces": [{"traceID": "abc"}]}, "/api/traces/abc": told})

    spans = TempoSource("http://tempo:3200", transport=pages.transport).fetch(query()).telemetry.spans

    assert (spans.trace, spans.span, spans.failed) == (["01" * 16], ["02" * 8], [True])
    assert "error" in pages.asked[0].url.params["q"]


SOURCES = [LokiSource, ElasticsearchSource, JaegerSource, TempoSource, KubernetesSource, AirflowSource]


@pytest.mark.parametrize("make", SOURCES)
def test_answers_of_any_other_shape_give_nothing_or_a_sentence(make: Callable[..., EvidenceSource]) -> None:
    shapes = (None, [], 5, "x", {"data": 5}, {"items": [None, 5]}, {"hits": {"hits": [None]}}, {"data": [5]})
    for told in shapes:
        body = json.dumps(told).encode()
        transport = httpx.MockTransport(lambda request, body=body: httpx.Response(200, content=body))
        trouble = ""
        try:
            answer = make("http://there", transport=transport).fetch(query())
        except OutsideTrouble as error:
            trouble = error.say
        else:
            assert len(answer.telemetry.logs) == len(answer.telemetry.spans) == 0
            assert answer.missing
        assert trouble == "" or "shape" in trouble
