"""OTLP in both spellings, against messages of OpenTelemetry's own library."""

import json

import pytest
from google.protobuf.json_format import MessageToJson
from hypothesis import given
from hypothesis import strategies as st

from telemetry.receivers import otlp_json, otlp_proto
from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from telemetry.records import Decoded
from tests.telemetry.bodies import decoded, log_request, metric_request, now_ns, pair, trace_request


def spans_of(body: bytes) -> Decoded:
    out = decoded()
    otlp_proto.read_traces(body, out, AttributeCache())
    return out


def test_a_span_keeps_its_times_its_parent_its_outcome_and_its_attributes() -> None:
    at = now_ns() - 5_000_000_000

    rows = spans_of(trace_request("pay", at, count=2).SerializeToString()).spans

    assert rows.service == ["pay", "pay"]
    assert rows.t_us == [at // 1000] * 2
    assert rows.duration_us == [2500, 2500]
    assert rows.parent == ["", "01" * 8]
    assert rows.failed == [False, True]
    assert json.loads(rows.attributes[1]) == {"http.response.status_code": 201, "http.route": "/pay"}


def test_histograms_become_buckets_that_add_up_as_prometheus_has_them() -> None:
    out = decoded()

    otlp_proto.read_metrics(metric_request().SerializeToString(), out, AttributeCache())

    rows = out.metrics
    told = {
        (m, json.loads(label).get("le", "")): v
        for m, label, v in zip(rows.metric, rows.labels, rows.value, strict=True)
    }
    assert told[("duration_bucket", "0.1")] == 1
    assert told[("duration_bucket", "1")] == 3
    assert told[("duration_bucket", "+Inf")] == 6
    assert told[("duration_count", "")] == 6
    assert told[("queue.depth", "")] == 7
    assert dict(zip(rows.metric, rows.counter, strict=True))["requests"] is True


def test_json_and_protobuf_give_the_same_columns() -> None:
    at = now_ns()
    cases = [
        (trace_request("a", at, 3), otlp_proto.read_traces, otlp_json.read_traces),
        (log_request("a", "disk full", at_ns=at), otlp_proto.read_logs, otlp_json.read_logs),
        (metric_request("a", at), otlp_proto.read_metrics, otlp_json.read_metrics),
    ]
    for message, read_proto, read_json in cases:
        one, other = decoded(), decoded()
        one.now_us = other.now_us = at // 1000
        # The library's JSON writes identifiers in base64, OTLP in hexadecimal: the rest compares.
        read_proto(message.SerializeToString(), one, AttributeCache())
        read_json(MessageToJson(message).encode(), other, AttributeCache())

        assert one.logs.message == other.logs.message
        assert one.metrics.value == other.metrics.value
        assert one.metrics.metric == other.metrics.metric
        assert one.spans.duration_us == other.spans.duration_us
        assert one.spans.failed == other.spans.failed
        assert other.refused == 0


def test_records_from_tomorrow_and_from_last_year_are_refused_with_their_reason() -> None:
    day = 86_400 * 10**9

    ahead = spans_of(trace_request(at_ns=now_ns() + day).SerializeToString())
    old = spans_of(trace_request(at_ns=now_ns() - 365 * day).SerializeToString())

    assert (ahead.count(), ahead.rejected.reason) == (0, ["dated in the future"])
    assert (old.count(), old.rejected.reason) == (0, ["older than what is kept"])


def test_a_broken_attribute_costs_one_record_and_not_the_delivery() -> None:
    good = trace_request(count=2).SerializeToString()
    told = pair("http.route", "/pay").SerializeToString()

    out = spans_of(good.replace(told, b"\xff" * len(told), 1))

    assert (out.count(), out.refused) == (1, 1)


def test_a_body_that_is_something_else_is_told_at_the_door() -> None:
    for check, body in (
        (otlp_proto.check_traces, b"\xff\xff\xff"),
        (otlp_proto.check_logs, b'{"resourceLogs": []}'),
        (otlp_json.check_logs, b"[1, 2]"),
        (otlp_json.check_metrics, b"{" * 100_000),
    ):
        with pytest.raises(Unreadable):
            check(body)


def test_values_nested_without_end_are_refused() -> None:
    inner: dict[str, object] = {"stringValue": "x"}
    for _ in range(30):
        inner = {"arrayValue": {"values": [inner]}}
    record = {"timeUnixNano": str(now_ns()), "body": inner}
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()
    out = decoded()

    otlp_json.read_logs(body, out, AttributeCache())

    assert (out.count(), out.refused) == (0, 1)


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 255))
def test_no_bytes_raise_anything_but_unreadable(noise: bytes, place: int, byte: int) -> None:
    good = bytearray(trace_request(count=2).SerializeToString())
    good[place % len(good)] = byte
    for body in (noise, bytes(good), bytes(good[: place % len(good)])):
        for read in (
            otlp_proto.read_traces,
            otlp_proto.read_logs,
            otlp_proto.read_metrics,
            otlp_json.read_traces,
        ):
            out = decoded()
            try:
                read(body, out, AttributeCache())
            except Unreadable:
                continue
            sizes = {len(column) for column in (out.spans.t_us, out.spans.attributes, out.spans.failed)}
            assert len(sizes) == 1
