"""Bodies that no sender should send: each record is taken or refused, and costs none of those beside it."""

import json
import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.ports.telemetry_intake import Dialect
from telemetry.decoding import check
from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from telemetry.records import Kind
from telemetry.segments import store_segment
from telemetry.write_ahead import Frame, WriteAheadLog
from tests.telemetry.bodies import log_request, metric_request, now_ns, pair, trace_request
from tests.telemetry.test_receivers import read, write_request

VALUES: list[object] = [
    None,
    True,
    -1,
    2**63,
    2**64,
    10**30,
    1.5,
    1e308,
    "NaN",
    "",
    "\u0000",
    "9" * 30,
    "9" * 5_000,
    "1e400",
    "٣",
    [],
    {},
    [[], 5, None],
    {"stringValue": 5},
    {"intValue": "x"},
    {"intValue": True},
    {"doubleValue": {}},
    {"arrayValue": 5},
    {"stringValue": "x" * 100_000},
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
]


def _nested(depth: int) -> object:
    value: object = {"stringValue": "deep"}
    for _ in range(depth):
        value = {"arrayValue": {"values": [value]}}
    return value


def _documents() -> dict[Dialect, object]:
    ns, at = str(now_ns()), now_ns() / 1e9
    named = [
        {"key": "service.name", "value": {"stringValue": "pay"}},
        {"key": "n", "value": {"intValue": "5"}},
    ]
    resource = {"attributes": named}
    span = {"traceId": "aa", "spanId": "bb", "kind": 2, "startTimeUnixNano": ns, "endTimeUnixNano": ns}
    span |= {"attributes": named, "status": {"code": 2}}
    line = {"timeUnixNano": ns, "severityNumber": 9, "body": {"stringValue": "hi"}, "attributes": named}
    buckets = {"timeUnixNano": ns, "count": "3", "bucketCounts": ["1", "2"], "explicitBounds": [1.0]}
    metrics = [
        {"name": "g", "gauge": {"dataPoints": [{"timeUnixNano": ns, "asDouble": 1.0, "attributes": named}]}},
        {"name": "h", "histogram": {"aggregationTemporality": 2, "dataPoints": [buckets]}},
    ]
    alert = {"status": "firing", "labels": {"alertname": "Slow"}, "startsAt": "2026-01-01T00:00:00Z"}
    event = {"at": at, "service": "pay", "event": "deploy", "attributes": {"a": 1}}
    pod = {"eventTime": at, "reason": "OOM", "involvedObject": {"kind": "Pod", "name": "a-b-ccccc"}}
    return {
        Dialect.OTLP_TRACES_JSON: {
            "resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]
        },
        Dialect.OTLP_LOGS_JSON: {
            "resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [line]}]}]
        },
        Dialect.OTLP_METRICS_JSON: {
            "resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": metrics}]}]
        },
        Dialect.ALERTMANAGER: {"version": "4", "alerts": [alert]},
        Dialect.FLUENT_BIT: [{"date": at, "log": "boom", "level": "WARN", "kubernetes": {"labels": {}}}],
        Dialect.EVENTS: [event, pod],
    }


def _spoiled(value: object, ugly: object) -> Iterator[object]:
    """Yield the document with each of its parts in turn replaced."""
    yield ugly
    if isinstance(value, dict):
        for name, part in value.items():
            yield from (value | {name: bad} for bad in _spoiled(part, ugly))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from ([*value[:place], bad, *value[place + 1 :]] for bad in _spoiled(part, ugly))


def _torn(body: bytes, count: int) -> Iterator[bytes]:
    chance = random.Random(7)  # noqa: S311  a test that repeats itself
    for _ in range(count):
        spoiled = bytearray(body)
        for _ in range(chance.choice((1, 1, 2, 5))):
            at = chance.randrange(len(spoiled))
            spoiled[at : at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
        yield bytes(spoiled)
    yield from (body[:end] for end in range(0, len(body), 3))


def _bodies() -> Iterator[tuple[Dialect, bytes]]:
    for dialect, document in _documents().items():
        for ugly in [*VALUES, _nested(9), _nested(60)]:
            yield from ((dialect, json.dumps(bad).encode()) for bad in _spoiled(document, ugly))
    line = '<11>1 2026-11-29T10:00:00Z host pay 42 ID7 [x@1 a="b"] it broke\n<11>Oct 11 22:14:15 host pay: x'
    packed = {
        Dialect.OTLP_TRACES: trace_request(count=3).SerializeToString(),
        Dialect.OTLP_LOGS: log_request("pay", "hello").SerializeToString(),
        Dialect.OTLP_METRICS: metric_request().SerializeToString(),
        Dialect.PROMETHEUS: write_request({"__name__": "up", "job": "pay"}, (1.0, now_ns() // 10**6)),
        Dialect.SYSLOG: line.encode(),
    }
    for dialect, body in packed.items():
        yield from ((dialect, spoiled) for spoiled in _torn(body, 300))


def test_thousands_of_ugly_bodies_in_one_segment_cost_none_of_the_good_ones(tmp_path: Path) -> None:
    good = log_request("pay", "good").SerializeToString()
    written = 0
    log = WriteAheadLog(tmp_path / "wal", seal_bytes=1 << 30, seal_seconds=1e9)
    for number, (dialect, body) in enumerate(_bodies()):
        try:
            check(dialect, body)
        except Unreadable:
            continue
        log.append(Frame(dialect, "ugly", now_ns() // 1000, body), lambda trouble: None)
        if number % 10 == 0:
            log.append(Frame(Dialect.OTLP_LOGS, "good", now_ns() // 1000, good), lambda trouble: None)
            written += 1
    log.close()

    for segment in (tmp_path / "wal").glob("*.wal"):
        store_segment(segment, tmp_path, AttributeCache())

    import pyarrow.parquet as pq

    stored = pq.read_table(next((tmp_path / Kind.LOGS.value).glob("*.parquet"))).to_pydict()
    assert written > 300
    assert sum(one == "good" for one in stored["source"]) == written
    refused = pq.read_table(next((tmp_path / Kind.REJECTED.value).glob("*.parquet")))
    assert len(refused) > 1_000
    assert all(refused.column("reason").to_pylist())


def test_an_odd_attribute_of_a_resource_costs_no_record_in_either_form() -> None:
    told = _documents()[Dialect.OTLP_LOGS_JSON]
    odd = json.dumps(told).replace('"intValue": "5"', '"intValue": "many"', 1).encode()
    deep = log_request("pay", "x")
    value = deep.resource_logs[0].resource.attributes.add(key="deep").value
    for _ in range(50):
        value = value.array_value.values.add()
    value.string_value = "x"

    assert read(Dialect.OTLP_LOGS_JSON, odd).logs.service == ["pay"]
    assert read(Dialect.OTLP_LOGS, deep.SerializeToString()).logs.service == ["pay"]


def test_a_resource_that_is_torn_costs_its_own_records_only_and_they_are_counted() -> None:
    torn, whole = log_request("a", "x"), log_request("b", "y")
    bad = torn.SerializeToString().replace(b"service.name", b"\xff" * 12, 1)
    bad = bad.replace(b"\n\x12\n\x0c\xff", b"\n\x12\x0f\x0c\xff", 1)

    out = read(Dialect.OTLP_LOGS, bad + whole.SerializeToString())

    assert (out.logs.message[-1:], len(out.logs.message) + out.refused) == (["y"], 2)


def test_a_service_named_twice_or_not_at_all_is_still_a_record() -> None:
    twice, never = log_request("first", "x"), log_request("", "y")
    twice.resource_logs[0].resource.attributes.append(pair("service.name", "second"))
    del never.resource_logs[0].resource.attributes[:]

    out = read(Dialect.OTLP_LOGS, twice.SerializeToString() + never.SerializeToString())

    assert out.logs.service == ["second", ""]


@pytest.mark.parametrize("at", [0, 1, 2**63, 2**64 - 1])
def test_times_beyond_belief_are_refused_with_the_reason_and_the_rest_is_taken(at: int) -> None:
    request = trace_request(count=3)
    spans = request.resource_spans[0].scope_spans[0].spans
    spans[0].start_time_unix_nano = spans[0].end_time_unix_nano = at
    spans[1].end_time_unix_nano = 2**64 - 1
    spans[2].kind = 2**31 - 1  # type: ignore[assignment]

    out = read(Dialect.OTLP_TRACES, request.SerializeToString())

    assert (out.count(), out.refused) == (1, 2)
    assert out.spans.span_kind == [0]
    assert out.rejected.reason[1] == "dated in the future"


def test_huge_and_many_attributes_are_cut_or_refused_and_never_remembered() -> None:
    cache = AttributeCache()
    huge, many = log_request("pay", "x" * (1 << 20)), log_request("pay", "y")
    huge.resource_logs[0].scope_logs[0].log_records[0].attributes.extend(
        pair(f"k{number}", "v" * 20_000) for number in range(10)
    )
    many.resource_logs[0].scope_logs[0].log_records[0].attributes.extend(
        pair(f"k{number}", "v") for number in range(2_000)
    )

    out = read(Dialect.OTLP_LOGS, huge.SerializeToString() + many.SerializeToString())
    for number in range(50):
        cache.short(b"%d" % number + b"x" * 100_000)

    assert [len(message) for message in out.logs.message] == [16_384]
    assert json.loads(out.logs.attributes[0]) == {"cut": "attributes were longer than 64 KiB"}
    assert out.rejected.detail == ["more than 1,000 attributes"]
    assert not cache._texts


def _sized(tag: int, content: bytes) -> bytes:
    size, told = len(content), b""
    while size > 127:
        size, told = size >> 7, told + struct.pack("B", size & 127 | 128)
    return struct.pack("B", tag) + told + struct.pack("B", size) + content


def test_a_body_of_nothing_but_empty_parts_is_refused_before_it_fills_the_memory() -> None:
    dust = _sized(0x0A, _sized(0x12, b"\x12\x00" * 2_000_000))
    points = _sized(0x0A, _sized(0x12, _sized(0x12, b"\x0a\x01x" + _sized(0x2A, b"\x0a\x00" * 2_000_000))))

    for dialect, body in (
        (Dialect.OTLP_TRACES, dust),
        (Dialect.OTLP_TRACES, _sized(0x0A, _sized(0x12, _sized(0x12, b"\x4a\x00" * 2_000_000)))),
        (Dialect.OTLP_METRICS, points),
        (Dialect.PROMETHEUS, b"\x0a\x00" * 2_000_000),
        (Dialect.EVENTS, b"[" + b"{}," * 4_000_000 + b"{}]"),
        (Dialect.FLUENT_BIT, b"{}\n" * 2_000_000),
        (Dialect.SYSLOG, b"x\n" * 2_000_000),
    ):
        with pytest.raises(Unreadable, match="it holds more than"):
            check(dialect, body)


def test_buckets_that_repeat_long_labels_without_end_are_refused() -> None:
    request = metric_request()
    point = request.resource_metrics[0].scope_metrics[0].metrics[2].histogram.data_points[0]
    point.attributes.append(pair("a", "v" * 16_000))
    point.bucket_counts.extend([1] * 20_000)
    point.explicit_bounds.extend(float(number) for number in range(2, 20_002))

    out = read(Dialect.OTLP_METRICS, request.SerializeToString())

    assert out.rejected.reason == ["too much in one delivery"]
    assert set(out.metrics.metric) == {"queue.depth", "requests"}


def test_a_large_body_is_counted_and_a_torn_one_is_seen() -> None:
    body = trace_request(count=100).SerializeToString()
    large = body * (3 * (1 << 20) // len(body))

    assert check(Dialect.OTLP_TRACES, large) == len(large) // len(body)
    for torn in (large[:-1], large + b"\xff", large + b"\x0b"):
        with pytest.raises(Unreadable):
            check(Dialect.OTLP_TRACES, torn)
