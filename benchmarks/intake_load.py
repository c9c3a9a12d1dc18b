"""Made-up telemetry in every format that is taken: fifty services, repeating attributes, unique requests."""

import json
import random
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

SERVICES = [
    f"shop-{part}-{number}" for part in ("api", "orders", "stock", "pay", "mail") for number in range(10)
]
_ROUTES = ["/api/orders", "/api/cart", "/api/stock/{id}", "/login", "/checkout", "/health", "/api/prices"]
_TEXTS = [
    "Handled {route} for customer {number} in {ms} ms, status {status}, {bytes} bytes sent to the client",
    "Connection {hex} to orders-db borrowed after {ms} ms, {number} idle, pool primary, attempt 1 of 3",
    "Published message {hex} to topic shop.orders.v2 partition {status} offset {number} in {ms} ms",
    "Cache miss for key stock:{number}:{hex}, loading from replica eu-west-1b, timeout {ms} ms",
    "Retrying call to payment provider after {ms} ms: upstream answered {status} for request {hex}",
]


@dataclass(frozen=True)
class Body:
    """One delivery: where it goes, its headers, its bytes on the wire, its size unpacked, its records."""

    path: str
    headers: dict[str, str]
    wire: bytes
    size: int
    records: int


def varint(number: int) -> bytes:
    """Return a number as protobuf packs it."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _part(field: int, payload: bytes) -> bytes:
    return bytes([field << 3 | 2]) + varint(len(payload)) + payload


def _long_part(field: int, payload: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(payload)) + payload


def _fixed(field: int, number: int) -> bytes:
    return bytes([field << 3 | 1]) + struct.pack("<Q", number)


def _pair(key: str, value: str) -> bytes:
    return _part(1, key.encode()) + _part(2, _part(1, value.encode()))


def _pairs(field: int, pairs: dict[str, str]) -> bytes:
    return b"".join(_part(field, _pair(key, value)) for key, value in pairs.items())


def _resource(service: str) -> bytes:
    told = {
        "service.name": service,
        "service.version": "4.2.1",
        "k8s.namespace.name": "shop",
        "k8s.pod.name": f"{service}-7d9f8b6c4-x2x9z",
        "host.name": f"node-{len(service) % 7}.eu-west-1.internal",
        "telemetry.sdk.language": "java",
    }
    return _part(1, _pairs(1, told))


def _line(chance: random.Random) -> str:
    return chance.choice(_TEXTS).format(
        route=chance.choice(_ROUTES),
        number=chance.randrange(10**6),
        ms=chance.randrange(900),
        status=chance.choice((200, 200, 200, 201, 404, 503)),
        bytes=chance.randrange(10**5),
        hex=chance.randbytes(8).hex(),
    )


def _logs(chance: random.Random, now_ns: int) -> tuple[bytes, int]:
    body, count = b"", 0
    for service in chance.sample(SERVICES, 8):
        records = b""
        for _ in range(150):
            told = {
                "logger": "com.shop.OrderService",
                "thread.name": f"worker-{chance.randrange(32)}",
                "http.route": chance.choice(_ROUTES),
                "request.id": chance.randbytes(8).hex(),
            }
            record = _fixed(1, now_ns - chance.randrange(10**9)) + b"\x10\x09" + _part(3, b"INFO")
            record += _part(5, _part(1, _line(chance).encode())) + _pairs(6, told)
            record += _part(9, chance.randbytes(16)) + _part(10, chance.randbytes(8))
            records += _part(2, record)
            count += 1
        body += _part(1, _resource(service) + _part(2, records))
    return body, count


def _traces(chance: random.Random, now_ns: int) -> tuple[bytes, int]:
    body, count = b"", 0
    # Each trace walks through all eight services, every span the parent of the next service's.
    traces = [(chance.randbytes(16), [chance.randbytes(8) for _ in range(9)]) for _ in range(120)]
    for step, service in enumerate(chance.sample(SERVICES, 8)):
        records = b""
        for trace, spans in traces:
            told = {
                "http.request.method": chance.choice(("GET", "POST")),
                "http.route": chance.choice(_ROUTES),
                "http.response.status_code": chance.choice(("200", "200", "404", "500")),
                "server.address": f"{service}.shop.svc.cluster.local",
                "network.peer.address": f"10.4.{chance.randrange(8)}.{chance.randrange(250)}",
                "thread.id": str(chance.randrange(64)),
                "request.id": chance.randbytes(8).hex(),
            }
            begin = now_ns - chance.randrange(10**9)
            span = _part(1, trace) + _part(2, spans[step + 1]) + _part(4, spans[step])
            span += _part(5, f"GET {told['http.route']}".encode()) + b"\x30\x02"
            span += _fixed(7, begin) + _fixed(8, begin + chance.randrange(10**8)) + _pairs(9, told)
            records += _part(2, span)
            count += 1
        body += _part(1, _resource(service) + _part(2, records))
    return body, count


def _metrics(chance: random.Random, now_ns: int) -> tuple[bytes, int]:
    body, count = b"", 0
    for service in chance.sample(SERVICES, 8):
        records = b""
        for number in range(25):
            points = b""
            for pod in range(8):
                told = {
                    "k8s.pod.name": f"{service}-{pod}",
                    "zone": f"eu-west-1{'abc'[pod % 3]}",
                    "pool": "main",
                }
                point = _fixed(3, now_ns) + b"\x21" + struct.pack("<d", chance.random()) + _pairs(7, told)
                points += _part(1, point)
                count += 1
            records += _part(2, _part(1, f"app.queue.depth.{number}".encode()) + _part(5, points))
        body += _part(1, _resource(service) + _part(2, records))
    return body, count


def _remote_write(chance: random.Random, now_ns: int) -> tuple[bytes, int]:
    body, count = b"", 0
    for number in range(2_000):
        service = SERVICES[number % len(SERVICES)]
        told = {
            "__name__": f"container_network_bytes_{number % 40}_total",
            "container": service,
            "id": f"/kubepods/burstable/pod{number:032x}",
            "image": f"registry.internal/shop/{service}:4.2.1",
            "instance": f"10.4.0.{number % 60}:10250",
            "job": "kubelet",
            "namespace": "shop",
            "pod": f"{service}-7d9f8b6c4-{number % 97:05d}",
        }
        labels = b"".join(
            _part(1, _part(1, key.encode()) + _part(2, value.encode())) for key, value in told.items()
        )
        sample = b"\x09" + struct.pack("<d", chance.random() * 1e6) + b"\x10" + varint(now_ns // 10**6)
        body += _part(1, labels + _part(2, sample))
        count += 1
    return body, count


def whole_second(now_ns: int) -> str:
    """Return the last whole second, to which a record adds hundredths that must not lie ahead."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now_ns / 1e9 - 1))


def _document(chance: random.Random, now_ns: int, time_key: str) -> dict[str, object]:
    service = chance.choice(SERVICES)
    when = f"{whole_second(now_ns)}.{chance.randrange(1000):03d}Z"
    return {
        time_key: when,
        "message": _line(chance),
        "level": chance.choice(("info", "info", "info", "warn", "error")),
        "service": {"name": service},
        "trace": {"id": chance.randbytes(16).hex()},
        "kubernetes": {"namespace": "shop", "pod": {"name": f"{service}-7d9f8b6c4-x2x9z"}, "node": "node-3"},
        "http": {"route": chance.choice(_ROUTES), "request_id": chance.randbytes(8).hex()},
    }


def _fluent_bit(chance: random.Random, now_ns: int) -> tuple[bytes, int]:
    lines = [json.dumps(_document(chance, now_ns, "date")) for _ in range(1_000)]
    return "\n".join(lines).encode(), len(lines)


def _elastic(chance: random.Random, now_ns: int) -> tuple[bytes, int]:
    lines = [
        '{"create":{"_index":"logs-shop"}}\n' + json.dumps(_document(chance, now_ns, "@timestamp"))
        for _ in range(1_000)
    ]
    return ("\n".join(lines) + "\n").encode(), len(lines)


def _otlp_json(chance: random.Random, now_ns: int) -> tuple[bytes, int]:
    resources, count = [], 0
    for service in chance.sample(SERVICES, 4):
        records = []
        for _ in range(150):
            told = {"http.route": chance.choice(_ROUTES), "request.id": chance.randbytes(8).hex()}
            records.append(
                {
                    "timeUnixNano": str(now_ns),
                    "severityNumber": 9,
                    "body": {"stringValue": _line(chance)},
                    "traceId": chance.randbytes(16).hex(),
                    "spanId": chance.randbytes(8).hex(),
                    "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in told.items()],
                }
            )
            count += 1
        about = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
        resources.append(
            {"resource": about, "scopeLogs": [{"scope": {"name": "shop"}, "logRecords": records}]}
        )
    return json.dumps({"resourceLogs": resources}).encode(), count


Maker = Callable[[random.Random, int], tuple[bytes, int]]
_PROTOBUF = {"content-type": "application/x-protobuf"}
_JSON = {"content-type": "application/json"}
FORMATS: dict[str, tuple[Maker, str, dict[str, str]]] = {
    "otlp_traces": (_traces, "/v1/traces", _PROTOBUF),
    "otlp_logs": (_logs, "/v1/logs", _PROTOBUF),
    "otlp_metrics": (_metrics, "/v1/metrics", _PROTOBUF),
    "otlp_logs_json": (_otlp_json, "/v1/logs", _JSON),
    "prometheus": (_remote_write, "/intake/prometheus/api/v1/write", {"content-encoding": "snappy"}),
    "fluent_bit": (_fluent_bit, "/intake/fluent-bit", _JSON),
    "elastic": (_elastic, "/intake/elastic/_bulk", {"content-type": "application/x-ndjson"}),
}
# Shares by bytes of what a shop of fifty services sends: logs first, then traces, then metrics.
MIX = {
    "otlp_logs": 0.35,
    "otlp_traces": 0.30,
    "otlp_metrics": 0.05,
    "prometheus": 0.10,
    "fluent_bit": 0.10,
    "elastic": 0.10,
}
