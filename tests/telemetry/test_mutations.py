"""Ten thousand spoilt deliveries: each is read as far as it goes or refused, and the receiver lives."""

import contextlib
import json
import random
from collections.abc import Callable

import pytest
from google.protobuf.json_format import MessageToJson

from domain.ports.telemetry_intake import Dialect
from telemetry.decoding import check, decode
from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from tests.telemetry.bodies import decoded, log_request, metric_request, trace_request
from tests.telemetry.test_receivers import alert, write_request

SEED, MUTATIONS = 9, 10_000
GENUINE: dict[Dialect, bytes] = {
    Dialect.OTLP_TRACES: trace_request(count=3).SerializeToString(),
    Dialect.OTLP_LOGS: log_request("pay", "out of memory").SerializeToString(),
    Dialect.OTLP_METRICS: metric_request().SerializeToString(),
    Dialect.OTLP_TRACES_JSON: MessageToJson(trace_request(count=3)).encode(),
    Dialect.OTLP_LOGS_JSON: MessageToJson(log_request("pay", "out of memory")).encode(),
    Dialect.OTLP_METRICS_JSON: MessageToJson(metric_request()).encode(),
    Dialect.PROMETHEUS: write_request({"__name__": "up", "job": "pay"}, (1.0, 1_800_000_000_000)),
    Dialect.ALERTMANAGER: json.dumps({"version": "4", "alerts": [alert(), alert("resolved")]}).encode(),
    Dialect.FLUENT_BIT: b'[{"date":1800000000.5,"log":"a","kubernetes":{"pod_name":"pay-1"}}]',
    Dialect.ELASTIC: b'{"create":{"_index":"logs"}}\n{"@timestamp":"2027-01-15T08:00:00Z","message":"a"}\n',
    Dialect.SYSLOG: b"<165>1 2027-01-15T08:00:00.003Z host app 1 ID47 - full\n<13>Jan 15 08:00:00 h a: b\n",
    Dialect.EVENTS: b'[{"kind":"deploy","service":"pay","at":"2027-01-15T08:00:00Z","text":"v2"}]',
}
_NASTY = (b"\x00", b"\xff", b"[" * 500, b"{}", b"null", b"-1", b"9" * 400, b'"', b"\\u0000", b"1e999", b"\n")


def _cut(body: bytes, at: int, chance: random.Random) -> bytes:
    return body[:at]


def _flipped(body: bytes, at: int, chance: random.Random) -> bytes:
    return body[:at] + bytes([body[at] ^ (1 << chance.randrange(8))]) + body[at + 1 :]


def _stuffed(body: bytes, at: int, chance: random.Random) -> bytes:
    return body[:at] + chance.choice(_NASTY) + body[at:]


def _doubled(body: bytes, at: int, chance: random.Random) -> bytes:
    end = chance.randrange(at, len(body)) + 1
    return body[:end] + body[at:end] + body[end:]


def _lost(body: bytes, at: int, chance: random.Random) -> bytes:
    return body[:at] + body[min(len(body), at + chance.randrange(1, 9)) :]


MUTATORS: tuple[Callable[[bytes, int, random.Random], bytes], ...] = (
    _cut,
    _flipped,
    _stuffed,
    _doubled,
    _lost,
)


@pytest.mark.proves("D9")
def test_ten_thousand_mutations_of_genuine_deliveries_end_nothing() -> None:
    assert set(GENUINE) == set(Dialect) - {Dialect.REFUSED}
    chance, cache = random.Random(SEED), AttributeCache()  # noqa: S311  a seeded choice of mutations
    dialects = list(GENUINE)
    refused = 0

    for number in range(MUTATIONS):
        dialect = dialects[number % len(dialects)]
        body = GENUINE[dialect]
        for _ in range(chance.randrange(1, 4)):
            body = chance.choice(MUTATORS)(body, chance.randrange(len(body)), chance) or b"\x00"
        with contextlib.suppress(Unreadable):
            check(dialect, body)
            refused -= 1
        refused += 1
        out = decoded()
        decode(dialect, body, out, cache)
        for rows in (out.spans, out.logs, out.metrics, out.events):
            assert len({len(getattr(rows, name)) for name in rows.__slots__}) == 1, (number, dialect)

    assert refused > MUTATIONS // 20, "mutations that nobody notices prove nothing"
    for dialect, body in GENUINE.items():
        check(dialect, body)
