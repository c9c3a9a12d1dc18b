"""Others that send to us: syslog-ng, rsyslog in bulk, logger, vmagent, the SDK's logs and metrics."""

import contextlib
import logging
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.counterparts.debian_senders import (
    Command,
    rsyslog_elastic_command,
    start_vmagent,
    syslog_ng_command,
)
from tests.web.intake.intake_house import KEY, IntakeHouse, intake_house
from tests.web.intake.test_real_senders import log_texts, wait_until


@pytest.fixture
def house(tmp_path: Path) -> Iterator[IntakeHouse]:
    with intake_house(tmp_path / "telemetry") as made:
        yield made


@contextlib.contextmanager
def running(started: Command, log: Path) -> Iterator[None]:
    command, environment = started
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        yield
    finally:
        # Asked politely, syslog-ng waits for ten seconds for nobody.
        process.kill()
        process.wait(20)


def elastic(house: IntakeHouse) -> str:
    return f"http://127.0.0.1:{house.http_port}/intake/elastic"


def by_service(house: IntakeHouse) -> dict[str, set[tuple[str, str]]]:
    house.decode()
    logs = house.store.fetch(house.query()).telemetry.logs
    found: dict[str, set[tuple[str, str]]] = {}
    for service, level, message in zip(logs.service, logs.level, logs.message, strict=True):
        found.setdefault(service, set()).add((level, message.strip()))
    return found


def comes(house: IntakeHouse, service: str, expected: set[tuple[str, str]]) -> Callable[[], bool]:
    return lambda: by_service(house).get(service, set()) >= expected


WORDS = {("error", "first trouble"), ("error", 'ünïcode {and} "quotes"')}


def write_lines(folder: Path) -> Path:
    lines = folder / "app.log"
    lines.write_text("".join(f"{text}\n" for _, text in sorted(WORDS)))
    return lines


def test_syslog_ng_sends_by_tcp_and_in_bulk(house: IntakeHouse, tmp_path: Path) -> None:
    command = syslog_ng_command(
        tmp_path,
        lines=write_lines(tmp_path),
        syslog_port=house.syslog_port,
        elastic_url=f"{elastic(house)}/_bulk",
        key=KEY,
    )
    with running(command, tmp_path / "syslog-ng.out"):
        wait_until(comes(house, "pay", WORDS))
        wait_until(comes(house, "by-syslog-ng", WORDS))


def test_rsyslog_sends_in_bulk(house: IntakeHouse, tmp_path: Path) -> None:
    command = rsyslog_elastic_command(
        tmp_path, lines=write_lines(tmp_path), elastic_url=elastic(house), key=KEY
    )
    with running(command, tmp_path / "rsyslog.out"):
        wait_until(comes(house, "by-rsyslog", WORDS))


@pytest.mark.parametrize("words", [["--tcp", "--octet-count", "--rfc5424"], ["--udp", "--rfc3164"]])
def test_logger_sends_one_line(words: list[str], house: IntakeHouse) -> None:
    command = ["logger", "--server", "127.0.0.1", "--port", str(house.syslog_port), *words]
    subprocess.run([*command, "-t", "by-logger", "-p", "local0.err", "one trouble"], check=True, timeout=20)

    wait_until(comes(house, "by-logger", {("error", "one trouble")}))


def test_vmagent_writes_what_it_scrapes(house: IntakeHouse, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{house.http_port}/intake/prometheus/api/v1/write"
    agent = start_vmagent(tmp_path, scrape=[], remote_write=url, key=KEY)

    def has_come() -> bool:
        house.decode()
        return ("by-vmagent", "up") in house.store.fetch(house.query()).telemetry.metrics.series

    try:
        wait_until(has_come)
    finally:
        agent.stop()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_opentelemetry_sdk_sends_logs_and_metrics_by_http_and_by_grpc(house: IntakeHouse) -> None:
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource

    http = {"headers": {"authorization": f"Bearer {KEY}"}}
    grpc = {
        "endpoint": f"http://127.0.0.1:{house.grpc_port}",
        "insecure": True,
        "headers": (("authorization", f"Bearer {KEY}"),),
    }
    root = f"http://127.0.0.1:{house.http_port}/v1"
    by_http = HttpLogs(endpoint=f"{root}/logs", **http), HttpMetrics(endpoint=f"{root}/metrics", **http)
    by_grpc = GrpcLogs(**grpc), GrpcMetrics(**grpc)
    for name, (logs, metrics) in (("by-http", by_http), ("by-grpc", by_grpc)):
        resource = Resource({"service.name": name})
        provider = LoggerProvider(resource=resource)
        provider.add_log_record_processor(SimpleLogRecordProcessor(logs))
        logger = logging.getLogger(f"test.{name}")
        logger.addHandler(handler := LoggingHandler(logger_provider=provider))
        logger.error("card refused")
        logger.removeHandler(handler)
        provider.shutdown()
        meters = MeterProvider([PeriodicExportingMetricReader(metrics, 60_000)], resource=resource)
        meters.get_meter("test").create_counter("requests").add(3)
        meters.get_meter("test").create_histogram("latency").record(0.25)
        meters.shutdown()

    house.stop()
    told = by_service(house)
    assert told["by-http"] == told["by-grpc"] == {("error", "card refused")}
    series = house.store.fetch(house.query()).telemetry.metrics.series
    for name in ("by-http", "by-grpc"):
        assert {metric for service, metric in series if service == name} >= {"requests"}
    assert log_texts(house)
