"""The other dialects: remote write, Fluent Bit, Elasticsearch bulk, syslog, alerts and events."""

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ports.telemetry_intake import Dialect
from telemetry.decoding import check, decode
from telemetry.lean_proto import message_types
from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from telemetry.receivers.happenings import reported_alerts, workload_of
from telemetry.receivers.times import micros_of
from telemetry.records import Decoded
from tests.telemetry.bodies import decoded, now_ns


def read(dialect: Dialect, body: bytes) -> Decoded:
    out = decoded()
    decode(dialect, body, out, AttributeCache())
    return out


def write_request(labels: dict[str, str], *samples: tuple[float, int]) -> bytes:
    types = message_types()
    request = types["RemoteWrite"]()
    series = request.series.add()
    for name, value in labels.items():
        series.labels.append(types["Label"](name=name.encode(), value=value.encode()).SerializeToString())
    for value, time_ms in samples:
        series.samples.add(value=value, time_ms=time_ms)
    return bytes(request.SerializeToString())


def test_remote_write_keeps_labels_and_passes_over_the_marks_of_a_series_end() -> None:
    at = now_ns() // 10**6

    out = read(
        Dialect.PROMETHEUS,
        write_request({"__name__": "up", "job": "pay", "pod": "p1"}, (1.0, at), (float("nan"), at)),
    )

    assert (out.metrics.service, out.metrics.metric, out.metrics.value) == (["pay"], ["up"], [1.0])
    assert json.loads(out.metrics.labels[0]) == {"job": "pay", "pod": "p1"}
    assert out.refused == 0


def test_a_series_without_a_name_is_refused() -> None:
    out = read(Dialect.PROMETHEUS, write_request({"job": "pay"}, (1.0, now_ns() // 10**6)))

    assert (out.count(), out.rejected.reason) == (0, ["nothing named"])


def test_fluent_bit_may_send_an_array_or_lines_and_a_torn_line_costs_only_itself() -> None:
    line = {
        "date": now_ns() / 1e9,
        "log": "boom\n",
        "kubernetes": {"container_name": "pay"},
        "level": "WARNING",
    }

    array = read(Dialect.FLUENT_BIT, json.dumps([line, line]).encode())
    lines = read(
        Dialect.FLUENT_BIT, json.dumps(line).encode() + b'\n{"date": 1\n' + json.dumps(line).encode()
    )

    assert array.logs.message == ["boom", "boom"]
    assert array.logs.service == ["pay", "pay"]
    assert array.logs.level == ["warn", "warn"]
    assert (lines.count(), lines.refused) == (2, 1)


def test_bulk_takes_documents_and_refuses_what_would_change_them() -> None:
    when = datetime.now(UTC).isoformat()
    document = {"@timestamp": when, "message": "slow", "service": {"name": "pay"}, "log": {"level": "error"}}
    body = "\n".join(
        json.dumps(line)
        for line in (
            {"index": {"_index": "logs"}},
            document,
            {"delete": {"_id": "1"}},
            {"update": {"_id": "1"}},
            {"doc": {}},
            {"create": {}},
            document,
        )
    ).encode()

    out = read(Dialect.ELASTIC, body)

    assert out.logs.message == ["slow", "slow"]
    assert out.logs.level == ["error", "error"]
    assert out.refused == 2


def test_both_forms_of_syslog_are_read() -> None:
    stamp = datetime.now(UTC)
    new = f'<165>1 {stamp.isoformat()} host pay 42 ID7 [x@1 a="b\\]"] \ufeffit broke'
    old = f"<11>{stamp.strftime('%b')} {stamp.day:>2} {stamp:%H:%M:%S} host pay[42]: it broke"

    out = read(Dialect.SYSLOG, f"{new}\n{old}\nnothing of the kind".encode())

    assert out.logs.message == ["it broke", "it broke"]
    assert out.logs.service == ["pay", "pay"]
    assert out.logs.level == ["info", "error"]
    assert out.refused == 1
    assert abs(out.logs.t_us[1] - stamp.timestamp() * 1e6) < 2e6


def alert(status: str = "firing") -> dict[str, object]:
    return {
        "status": status,
        "labels": {"alertname": "Slow", "service": "pay", "severity": "critical"},
        "annotations": {"summary": "p95 above 2 s"},
        "startsAt": datetime.now(UTC).isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "javascript:alert(1)",
        "fingerprint": "abc",
    }


def test_alerts_become_events_and_reports_whose_links_are_links() -> None:
    body = json.dumps({"version": "4", "alerts": [alert(), alert("resolved")]}).encode()

    out = read(Dialect.ALERTMANAGER, body)
    firing, resolved = reported_alerts(body, "am", datetime.now(UTC))

    assert out.events.event == ["alert", "alert resolved"]
    assert out.events.message[0] == "Slow: p95 above 2 s"
    assert (firing.service, firing.severity, firing.is_firing, firing.link) == ("pay", "critical", True, "")
    assert not resolved.is_firing
    assert resolved.ended_at is not None


def test_alerts_without_a_fingerprint_that_differ_in_a_masked_label_are_two() -> None:
    said = [
        alert() | {"fingerprint": "", "labels": {"alertname": "Ends soon", "secret": name}}
        for name in ("orders-tls1", "trades-tls1", "orders-tls1")
    ]

    found = reported_alerts(json.dumps({"version": "4", "alerts": said}).encode(), "am", datetime.now(UTC))

    keys = [one.fingerprint for one in found]
    assert (len(set(keys)), keys[0]) == (2, keys[2])
    assert "tls1" not in "".join(keys)


@pytest.mark.proves("K4", "M4")
def test_a_secret_in_an_alert_reaches_nobody_who_reads_of_it() -> None:
    key = "glpat-" + "k3yOfNobody" * 2
    labels = {"alertname": f"Down {key}", "service": "pay", "password": "hunter2hunter2"}
    told = f"{'x' * 480} postgresql://app:hunter2hunter2@db/orders; token={key}"
    said = {
        "labels": labels,
        "annotations": {"description": told},
        "fingerprint": "",
        "generatorURL": f"https://graph.example.org/?g0.expr=up&token={key}",
    }
    body = json.dumps({"version": "4", "alerts": [alert() | said]}).encode()

    (found,) = reported_alerts(body, "am", datetime.now(UTC))

    for shown in (found.name, found.service, found.summary, found.link, found.fingerprint):
        assert "k3yOfNobody" not in shown
        assert "hunter2" not in shown
    assert found.name == "Down •••"
    assert found.service == "pay"
    assert found.summary.startswith("x" * 480 + " •••db/orders")
    assert found.link == ""


@pytest.mark.parametrize("link", ["https://graph.example.org/?g0.expr=up&g0.tab=1", "http://prom:9090/graph"])
def test_an_alert_without_a_secret_is_told_as_it_was(link: str) -> None:
    told = "login failed: token expired, 3 of 5 passwords were changed"
    said = alert() | {"annotations": {"summary": told}, "generatorURL": link}
    body = json.dumps({"version": "4", "alerts": [said]}).encode()

    (found,) = reported_alerts(body, "am", datetime.now(UTC))

    assert (found.summary, found.link, found.fingerprint) == (told, link, "abc")


def test_a_delivery_of_a_whole_storm_is_read() -> None:
    body = json.dumps({"version": "4", "alerts": [alert()] * 5_001}).encode()

    assert len(reported_alerts(body, "am", datetime.now(UTC))) == 5_001
    assert len(read(Dialect.ALERTMANAGER, body).events.event) == 5_001


def test_events_of_ours_and_of_kubernetes_are_told_apart_and_unknown_fields_are_counted() -> None:
    when = datetime.now(UTC).isoformat()
    deploy = {"at": when, "service": "pay", "event": "deploy", "message": "v42", "colour": "blue"}
    killed = {
        "lastTimestamp": when,
        "type": "Warning",
        "reason": "OOMKilling",
        "message": "out of memory",
        "involvedObject": {"kind": "Pod", "name": "pay-7d9f8b6c4-x2x9z"},
    }

    out = read(Dialect.EVENTS, json.dumps([deploy, killed, 7]).encode())

    assert out.events.event == ["deploy", "kubernetes OOMKilling"]
    assert out.events.service == ["pay", "pay"]
    assert out.unknown_fields == {"colour": 1}
    assert out.refused == 1


def test_a_pod_belongs_to_its_workload() -> None:
    assert workload_of("pay-api-7d9f8b6c4-x2x9z", "Pod") == "pay-api"
    assert workload_of("pay-api", "Deployment") == "pay-api"


def test_a_number_is_read_as_seconds_to_nanoseconds_by_its_size() -> None:
    for number in (1_800_000_000, 1_800_000_000_000, 1_800_000_000_000_000, 1_800_000_000_000_000_000):
        assert micros_of(number) == 1_800_000_000_000_000
    assert micros_of("2027-01-15T08:00:00.123456789Z") == 1_800_000_000_123_456
    assert [micros_of(bad) for bad in ("soon", None, -1, True, float("nan"), "9" * 400)] == [0] * 6


@pytest.mark.proves("D9")
@given(st.sampled_from(list(Dialect)), st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_no_body_of_any_dialect_raises_anything_but_unreadable(dialect: Dialect, body: bytes) -> None:
    with contextlib.suppress(Unreadable):
        check(dialect, body)
    out = read(dialect, body)
    for rows in (out.spans, out.logs, out.metrics, out.events):
        assert len({len(getattr(rows, name)) for name in rows.__slots__}) == 1


@pytest.mark.proves("D9")
@given(
    st.sampled_from(["fluent-bit", "elastic", "alertmanager", "events"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["message", "date", "@timestamp", "service", "alerts", "labels", "index", "level", "x"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
)
def test_any_json_is_either_taken_or_refused(name: str, value: object) -> None:
    body = json.dumps(value).encode()

    out = read(Dialect(name), body + b"\n" + body)

    assert out.count() + out.refused >= 0
