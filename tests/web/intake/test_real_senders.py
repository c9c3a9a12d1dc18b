"""What is really out there sends to us: OpenTelemetry's SDK, Prometheus, Alertmanager, rsyslog."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.counterparts.debian import rsyslog_command, start_alertmanager, start_prometheus
from tests.waiting import wait_until
from tests.web.intake.intake_house import KEY, IntakeHouse, intake_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[IntakeHouse]:
    with intake_house(tmp_path / "telemetry") as made:
        yield made


def log_texts(house: IntakeHouse) -> list[str]:
    house.decode()
    return list(house.store.fetch(house.query()).telemetry.logs.message)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_opentelemetry_sdk_sends_spans_by_http_and_by_grpc(house: IntakeHouse) -> None:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as Grpc
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as Http
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    http = Http(
        endpoint=f"http://127.0.0.1:{house.http_port}/v1/traces", headers={"authorization": f"Bearer {KEY}"}
    )
    grpc = Grpc(
        endpoint=f"http://127.0.0.1:{house.grpc_port}",
        insecure=True,
        headers=(("authorization", f"Bearer {KEY}"),),
    )
    for name, exporter in (("by-http", http), ("by-grpc", grpc)):
        provider = TracerProvider(resource=Resource({"service.name": name}))
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        with provider.get_tracer("test").start_as_current_span("outer") as span:
            span.set_attribute("answer", 42)
        provider.shutdown()

    house.stop()
    house.decode()
    spans = house.store.fetch(house.query()).telemetry.spans
    assert sorted(spans.service) == ["by-grpc", "by-http"]
    assert set(spans.operation) == {"outer"}


def test_a_grpc_call_without_the_key_is_refused(house: IntakeHouse) -> None:
    import grpc

    with grpc.insecure_channel(f"127.0.0.1:{house.grpc_port}") as channel:
        export = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        with pytest.raises(grpc.RpcError) as refusal:
            export(b"", timeout=10)
        with pytest.raises(grpc.RpcError) as unreadable:
            export(b"\xff\xff", timeout=10, metadata=(("authorization", f"Bearer {KEY}"),))

    assert refusal.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert unreadable.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_prometheus_writes_what_it_scrapes(house: IntakeHouse, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{house.http_port}/intake/prometheus/api/v1/write"
    prometheus, _ = start_prometheus(tmp_path, scrape=[], remote_write=url, key=KEY)

    def has_come() -> bool:
        house.decode()
        return ("pay", "up") in house.store.fetch(house.query()).telemetry.metrics.series

    with contextlib.closing(_Stopping(prometheus.stop)):
        wait_until(has_come)


def test_alertmanager_tells_of_an_alert(house: IntakeHouse, tmp_path: Path) -> None:
    webhook = f"http://127.0.0.1:{house.http_port}/intake/alertmanager"
    manager, url = start_alertmanager(tmp_path, webhook=webhook, key=KEY)
    alert = {
        "labels": {"alertname": "Slow", "service": "pay", "severity": "page"},
        "annotations": {"summary": "slow"},
    }

    with contextlib.closing(_Stopping(manager.stop)):
        httpx.post(f"{url}/api/v2/alerts", json=[alert]).raise_for_status()

        def has_come() -> bool:
            house.decode()
            query = house.query()
            return bool(house.store.events(query.begin, query.end, ("pay",)))

        wait_until(has_come)
    query = house.query()
    event = house.store.events(query.begin, query.end)[0]
    assert (event.event, event.severity, event.message) == ("alert", "page", "Slow: slow")


def test_rsyslog_sends_lines_by_tcp(house: IntakeHouse, tmp_path: Path) -> None:
    lines = tmp_path / "app.log"
    lines.write_text("first trouble\nsecond trouble\n")
    command, environment = rsyslog_command(tmp_path, lines=lines, port=house.syslog_port)
    with (tmp_path / "rsyslog.out").open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)

    with contextlib.closing(_Stopping(lambda: (process.terminate(), process.wait(10)))):
        wait_until(lambda: {"first trouble", "second trouble"} <= {text.strip() for text in log_texts(house)})


def test_a_source_sees_its_own_score_and_what_was_refused(house: IntakeHouse) -> None:
    address = f"http://127.0.0.1:{house.http_port}"
    headers = {"authorization": f"Bearer {KEY}"}
    events = [{"event": "deploy"}, {"event": "deploy", "at": time.time()}]
    httpx.post(f"{address}/intake/events", json=events, headers=headers).raise_for_status()

    def told() -> dict[str, list[dict[str, object]]]:
        house.decode()
        return dict(httpx.get(f"{address}/intake/sources", headers=headers).json())

    wait_until(lambda: bool(told()["sources"]))

    assert [(one["source"], one["refused"]) for one in told()["sources"]] == [("collector", 1)]
    assert [one["reason"] for one in told()["refused"]] == ["no usable time"]
    assert httpx.get(f"{address}/intake/sources").status_code == 401


def test_syslog_comes_by_udp_and_with_newlines_and_from_strangers_it_does_not(house: IntakeHouse) -> None:
    from web.intake.syslog_listener import SyslogListener

    line = f"<11>1 {datetime.now(UTC).isoformat()} host pay - - - "
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(f"{line}by udp".encode(), ("127.0.0.1", house.syslog_port))
    with socket.create_connection(("127.0.0.1", house.syslog_port)) as tcp:
        tcp.sendall(f"{line}one\n{line}two".encode())
    wait_until(lambda: len(log_texts(house)) == 3)

    closed = SyslogListener(house, ["10.0.0.0/8"])  # type: ignore[arg-type]  # nothing gets as far as it
    closed.add(b"<11>1 - - - - - - x", "127.0.0.1")

    assert sorted(log_texts(house)) == ["by udp", "one", "two"]
    assert closed.dropped == 1


class _Stopping:
    def __init__(self, stop: Callable[[], object]) -> None:
        self._stop = stop

    def close(self) -> None:
        self._stop()
