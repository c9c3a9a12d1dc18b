"""Loki, Elasticsearch, Jaeger, Tempo, Kubernetes and Airflow: their documented answers, read."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.errors import DogwatchError, NotAllowed, OutsideTrouble
from domain.ports.evidence_source import EvidenceQuery, EvidenceSource
from integrations.airflow_api import AirflowSource
from integrations.elasticsearch_api import ElasticsearchSource
from integrations.jaeger_api import JaegerSource
from integrations.kubernetes_api import KubernetesSource, workload
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


def test_loki_without_a_label_for_services_says_so() -> None:
    pages = Pages({"/loki/api/v1/labels": {"data": ["filename"]}})

    assert LokiSource("http://loki", transport=pages.transport).fetch(query()).missing == (
        "no label of its lines names a service",
    )


def test_elasticsearch_is_asked_for_what_is_bad_first_and_both_spellings_are_read() -> None:
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
    hits = [{"_id": "1", "_source": nested}, {"_id": "2", "_source": dotted}]
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


def test_kubernetes_tells_events_roll_outs_and_objects() -> None:
    event = {
        "type": "Warning",
        "reason": "BackOff",
        "message": "restarting failed container",
        "count": 7,
        "lastTimestamp": "2026-03-02T11:50:00Z",
        "involvedObject": {"kind": "Pod", "name": "pay-7d9f8b6c4-x2x9z"},
    }
    replicas = {
        "metadata": {
            "uid": "u1",
            "name": "pay-7d9f8b6c4",
            "creationTimestamp": "2026-03-02T11:40:00Z",
            "ownerReferences": [{"kind": "Deployment", "name": "pay"}],
        },
        "spec": {"template": {"spec": {"containers": [{"image": "shop/pay:42"}]}}},
    }
    pages = Pages(
        {
            "/api/v1/events": {"items": [event]},
            "/apis/apps/v1/replicasets": {"items": [replicas]},
            "/apis/apps/v1/deployments": {"items": [{"metadata": {"name": "pay"}}]},
        }
    )
    source = KubernetesSource("https://kubernetes", lambda: "t", transport=pages.transport)

    answer, objects = source.fetch(query()), source.objects()

    assert answer.telemetry.logs.service == ["pay"]
    assert "7" in answer.telemetry.logs.message[0]
    assert [(change.service, change.summary) for change in answer.changes] == [
        ("pay", "roll-out of shop/pay:42")
    ]
    assert [one["kind"] for one in objects] == ["Deployment"]
    assert workload("ReplicaSet", "pay-7d9f8b6c4") == "pay"


def test_airflow_speaks_either_version_and_names_the_task_that_failed() -> None:
    run = {"dag_id": "fx", "dag_run_id": "r/1", "state": "failed", "end_date": "2026-03-02T11:59:00+00:00"}
    task = {"task_id": "load", "state": "failed", "try_number": 3, "end_date": "2026-03-02T11:58:00+00:00"}
    for root in ("/api/v1", "/api/v2"):
        pages = Pages(
            {
                f"{root}/dags/~/dagRuns": {"dag_runs": [run]},
                f"{root}/dags/fx/dagRuns/r/1/taskInstances": {"task_instances": [task]},
            }
        )
        source = AirflowSource("http://airflow:8080", transport=pages.transport)

        logs = source.fetch(query()).telemetry.logs

        assert list(logs.message) == ["task load failed, try 3", "run r/1 is failed"]
        assert list(source.history(_NOW - timedelta(days=1), _NOW)) == [[run]]
        assert b"r%2F1" in next(one.url.raw_path for one in pages.asked if "taskInstances" in str(one.url))


@pytest.mark.parametrize("root", ["/api/v1", "/api/v2"])
def test_airflow_is_read_page_by_page_as_its_servers_give_a_hundred_at_most(root: str) -> None:
    # The fields of `DAGRunCollection` in the published interfaces; Airflow 3 names the logical date only.
    dated = {"logical_date": "2026-03-02T11:00:00Z"} | ({"execution_date": "x"} if "v1" in root else {})
    runs = [{"dag_id": "fx", "dag_run_id": f"r{n}", "state": "success", **dated} for n in range(250)]

    def answer(request: httpx.Request) -> object:
        begin, limit = int(request.url.params["offset"]), min(int(request.url.params["limit"]), 100)
        assert request.url.params["order_by"] == "start_date"
        return {"dag_runs": runs[begin : begin + limit], "total_entries": len(runs)}

    source = AirflowSource(
        "http://airflow:8080", transport=Pages({f"{root}/dags/~/dagRuns": answer}).transport
    )

    pages = list(source.history(_NOW - timedelta(days=180), _NOW))

    assert [len(page) for page in pages] == [100, 100, 50]
    assert [run["dag_run_id"] for page in pages for run in page] == [run["dag_run_id"] for run in runs]
    assert len(source.fetch(query()).telemetry.logs) == 250


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (401, NotAllowed, "refuses our token"),
        (403, NotAllowed, "refuses our token"),
        (500, OutsideTrouble, "error 500"),
        (503, OutsideTrouble, "error 503"),
    ],
)
def test_what_airflow_refuses_is_told_in_words(status: int, kind: type[DogwatchError], said: str) -> None:
    transport = httpx.MockTransport(
        lambda request: httpx.Response(status, json={"title": "no", "status": status})
    )
    source = AirflowSource("http://airflow:8080", transport=transport)

    with pytest.raises(kind) as refused:
        list(source.history(_NOW - timedelta(days=1), _NOW))

    assert said in refused.value.say


SOURCES = [LokiSource, ElasticsearchSource, JaegerSource, TempoSource, KubernetesSource, AirflowSource]


def _refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused: Authorization: Bearer sesame")


def _hang(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow")


@pytest.mark.parametrize("make", SOURCES)
@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (_refuse, "can't be reached"),
        (_hang, "did not answer within"),
        (lambda request: httpx.Response(503, text="sesame"), "error 503"),
        (lambda request: httpx.Response(302, headers={"location": "http://169.254.169.254/"}), "error 302"),
        (lambda request: httpx.Response(200, text="<html>sign in</html>"), "not JSON"),
        (lambda request: httpx.Response(200, content=b"[" * 100_000), "not JSON"),
        (lambda request: httpx.Response(200, content=b" " * (33 << 20)), "more than 32 MiB"),
        (lambda request: httpx.Response(401, text="sesame"), "refuses our token"),
    ],
)
def test_a_source_that_is_away_slow_wrong_or_hostile_is_a_sentence_without_its_token(
    make: Callable[..., EvidenceSource], behave: Callable[[httpx.Request], httpx.Response], words: str
) -> None:
    shown_as = "key" if make is ElasticsearchSource else "token"
    source = make("http://there", transport=httpx.MockTransport(behave), **{shown_as: lambda: "sesame"})

    with pytest.raises(DogwatchError) as trouble:
        source.fetch(query())

    assert words in trouble.value.say
    assert "sesame" not in f"{trouble.value}{trouble.value.say}{trouble.value.next_step}"


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
