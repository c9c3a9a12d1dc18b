"""Metrics from a real Prometheus, and what is said when there is none."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from domain.errors import NotAllowed, OutsideTrouble
from domain.ports.evidence_source import EvidenceQuery
from integrations.prometheus_api import PrometheusSource, expressions, telling
from tests.counterparts.debian import start_prometheus
from tests.counterparts.debian_senders import start_victoria_metrics
from tests.waiting import wait_until


def query(**more: object) -> EvidenceQuery:
    now = datetime.now(UTC)
    return EvidenceQuery(now - timedelta(minutes=2), now, now, step_seconds=1, **more)  # type: ignore[arg-type]


def until_it_has_looked_three_times(url: str) -> None:
    asked = {"query": "count_over_time(up[1m]) > 2"}
    wait_until(lambda: httpx.get(f"{url}/api/v1/query", params=asked).json()["data"]["result"])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server, url = start_prometheus(tmp_path_factory.mktemp("prometheus"), scrape=[])
    until_it_has_looked_three_times(url)
    yield url
    server.stop()


def test_a_real_prometheus_gives_one_series_per_service_and_metric(address: str) -> None:
    answer = PrometheusSource(address).fetch(query())

    table = answer.telemetry.metrics
    assert ("pay", "up") in table.series
    assert 1.0 in table.series[("pay", "up")]
    assert {len(values) for values in table.series.values()} == {len(table.times)}
    assert {service for service, _ in table.series} == {"pay"}


def test_a_real_victoria_metrics_gives_the_same(tmp_path: Path) -> None:
    server, url = start_victoria_metrics(tmp_path)
    try:
        until_it_has_looked_three_times(url)
        table = PrometheusSource(url).fetch(query()).telemetry.metrics
    finally:
        server.stop()

    assert {service for service, _ in table.series} == {"pay"}
    assert {len(values) for values in table.series.values()} == {len(table.times)}
    rows = table.series[("pay", "vm_cache_requests_total")]
    assert any(math.isfinite(value) for value in rows)


def test_only_the_services_asked_for_are_given(address: str) -> None:
    answer = PrometheusSource(address).fetch(query(services=("other",)))

    assert answer.telemetry.metrics.series == {}
    assert answer.missing == ("no metrics for this window",)


def test_what_tells_most_is_asked_first_and_of_a_histogram_only_its_buckets() -> None:
    names = [
        "zeta",
        "cpu_seconds_total",
        "http_errors_total",
        "go_threads",
        "d_seconds_bucket",
        "d_seconds_sum",
        "x y",
    ]

    assert telling(names) == ["http_errors_total", "d_seconds_bucket", "cpu_seconds_total", "zeta"]
    assert [name for name, _ in expressions("d_seconds_bucket", "", 60)] == ["d_seconds_p50", "d_seconds_p95"]
    assert "rate(" not in expressions("queue_depth", "gauge", 60)[0][1]


def answering(handler: object) -> PrometheusSource:
    return PrometheusSource("http://prometheus:9090", lambda: "token", httpx.MockTransport(handler))  # type: ignore[arg-type]


def test_what_failed_of_a_counter_is_told_apart_by_its_labels() -> None:
    now = datetime.now(UTC).timestamp()
    told = {"200": 9.0, "404": 0.5, "503": 3.0}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/values"):
            return httpx.Response(200, json={"data": ["calls_total", "depth"]})
        if "metadata" in request.url.path:
            return httpx.Response(200, json={"data": {}})
        by = "sum by (service" in request.url.params["query"]
        rows = [
            {
                "metric": {"service": "pay", "code": code} if by else {"service": "pay"},
                "values": [[now - 30, value]],
            }
            for code, value in told.items()
        ]
        return httpx.Response(200, json={"data": {"result": rows}})

    series = answering(answer).fetch(query()).telemetry.metrics.series

    last = {name: [value for value in values if math.isfinite(value)] for (_, name), values in series.items()}
    assert last == {"calls_total": [12.5], "calls_total_failed": [3.0], "depth": [3.0]}


def test_a_counter_with_more_series_by_its_labels_than_are_taken_is_asked_for_added_up() -> None:
    too_much = b" " * (33 << 20)
    now = datetime.now(UTC).timestamp()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/values"):
            return httpx.Response(200, json={"data": ["calls_total", "depth"]})
        if "metadata" in request.url.path:
            return httpx.Response(200, json={"data": {}})
        is_apart = "grpc_code" in request.url.params["query"]
        rows = [{"metric": {"service": "pay"}, "values": [[now - 30, 2.0]]}]
        body = json.dumps({"data": {"result": rows}}).encode()
        return httpx.Response(200, content=(too_much if is_apart else b"") + body)

    series = answering(answer).fetch(query()).telemetry.metrics.series

    last = {name: [value for value in values if math.isfinite(value)] for (_, name), values in series.items()}
    assert last == {"calls_total": [2.0], "depth": [2.0]}


def test_a_source_that_is_away_slow_wrong_or_hostile_is_a_sentence() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused: Authorization: Bearer token")

    def hang(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    cases = {
        refuse: "can't be reached",
        hang: "did not answer within",
        lambda request: httpx.Response(500, text="boom"): "error 500",
        lambda request: httpx.Response(302, headers={"location": "http://169.254.169.254/"}): "error 302",
        lambda request: httpx.Response(200, text="<html>"): "not JSON",
        lambda request: httpx.Response(200, content=b"[" + b"1," * (17 << 20) + b"1]"): "more than 32 MiB",
    }
    for handler, words in cases.items():
        with pytest.raises(OutsideTrouble) as trouble:
            answering(handler).fetch(query())
        assert words in trouble.value.say
        assert "token" not in f"{trouble.value}{trouble.value.say}"


def test_a_refused_token_is_told_apart() -> None:
    with pytest.raises(NotAllowed):
        answering(lambda request: httpx.Response(401)).fetch(query())


def test_a_clock_that_is_off_is_said() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": []}, headers={"date": "Thu, 01 Jan 2026 00:00:00 GMT"})

    assert any("clock" in said for said in answering(answer).fetch(query()).missing)


def test_any_answer_of_another_shape_gives_no_series() -> None:
    for told in ([], {}, {"data": None}, {"data": {"result": 5}}, {"data": ["up", 7, None]}):
        answer = answering(lambda request, told=told: httpx.Response(200, json=told)).fetch(query())
        assert answer.telemetry.metrics.series == {}
