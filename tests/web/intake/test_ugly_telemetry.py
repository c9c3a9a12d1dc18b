"""What no sender should do at the doors for telemetry: it has an answer, and nobody else loses by it."""

import contextlib
import gzip
import json
import logging
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.counterparts.debian import rsyslog_command
from tests.telemetry.bodies import log_request, trace_request
from tests.web.intake.intake_house import KEY, IntakeHouse, intake_house
from tests.web.intake.test_debian_senders import running
from tests.web.intake.test_real_senders import log_texts, wait_until

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}
GZIP = {"content-encoding": "gzip"}
WRITE_V2 = {"content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"}
WHOLE = trace_request(count=3).SerializeToString()
BOMB = gzip.compress(b"\n\x00" * (48 << 20), 1)
HALVES: list[tuple[str, bytes, dict[str, str], int]] = [
    ("/v1/traces", WHOLE[:-9], PROTOBUF, 400),
    ("/v1/logs", WHOLE, PROTOBUF, 200),
    ("/v1/traces", WHOLE, {"content-type": "text/plain"}, 400),
    ("/v1/traces", WHOLE, {}, 400),
    ("/v1/traces", WHOLE, JSON, 400),
    ("/v1/traces", BOMB, PROTOBUF | GZIP, 413),
    ("/v1/traces", gzip.compress(WHOLE)[:-4], PROTOBUF | GZIP, 400),
    ("/v1/traces", WHOLE, PROTOBUF | GZIP, 400),
    ("/v1/traces", WHOLE, PROTOBUF | {"content-encoding": "br"}, 400),
    ("/v1/logs", b"[" * 100_000, JSON, 400),
    ("/v1/logs", b'{"resourceLogs":' + b'[{"a":' * 1_000 + b"1" + b"}]" * 1_000 + b"}", JSON, 400),
    ("/v1/logs", b'{"resourceLogs":[\xff]}', JSON, 400),
    ("/v1/metrics", b"", JSON, 400),
    ("/v1/metrics", b"", PROTOBUF, 200),
    ("/intake/prometheus/api/v1/write", b"\xff" * 40, {}, 400),
    ("/intake/prometheus/api/v1/write", b"\xff\xff\xff\xff\x0f", {}, 413),
    ("/intake/prometheus/api/v1/write", b"", WRITE_V2, 415),
    ("/intake/fluent-bit", b"\x00" * 100, {}, 400),
    ("/intake/elastic/_bulk", b"{}\n{}\n", {}, 400),
    ("/intake/events", b"null", {}, 400),
    ("/intake/alertmanager", b'{"alerts": 5}', {}, 400),
    ("/intake/events", b"x" * ((16 << 20) + 1), {}, 413),
]  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IntakeHouse]:
    with intake_house(tmp_path_factory.mktemp("ugly") / "telemetry") as made:
        yield made


@pytest.fixture
def client(house: IntakeHouse) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{house.http_port}", headers=headers, timeout=20) as made:
        yield made


def push_good(client: httpx.Client, text: str) -> None:
    body = log_request("good", text).SerializeToString()
    client.post("/v1/logs", content=body, headers=PROTOBUF).raise_for_status()


def refused(house: IntakeHouse, source: str = "collector") -> dict[str, set[str]]:
    house.decode()
    query = house.query()
    found: dict[str, set[str]] = {}
    for one in house.store.refused(query.begin, query.end, 5_000):
        if one.source == source:
            found.setdefault(one.dialect, set()).add(f"{one.reason}: {one.detail}")
    return found


def said(found: dict[str, set[str]]) -> str:
    return " | ".join(sorted(text for texts in found.values() for text in texts))


def test_each_ugly_body_has_an_answer_in_words_and_is_shown_to_people(
    house: IntakeHouse, client: httpx.Client
) -> None:
    for path, body, headers, status in HALVES:
        push_good(client, "beside")
        answer = client.post(path, content=body, headers=headers)
        assert answer.status_code == status, (path, headers, answer.text[:200])
        assert status in (200, 415) or answer.json()["error"].endswith("."), answer.text

    wait_until(lambda: log_texts(house).count("beside") == len(HALVES))
    shown = said(refused(house))
    for word in ("64 MiB when unpacked", "larger than 16 MiB", "content type was 'text/plain'", "not JSON"):
        assert word in shown
    told = client.get("/intake/sources").json()
    assert sum(one["refused"] for one in told["sources"]) >= sum(one[-1] in (400, 413) for one in HALVES)
    assert "refused at the door" in {one["reason"] for one in told["refused"]}


def raw(house: IntakeHouse, *pieces: bytes) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", house.http_port), timeout=10)
    for piece in pieces:
        made.sendall(piece)
    return made


def answer_of(sender: socket.socket) -> bytes:
    got = b""
    with sender:
        while piece := sender.recv(65_536):
            got += piece
    return got


HEAD = f"POST /intake/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\n".encode()


def test_who_never_finishes_is_sent_away_and_who_leaves_in_the_middle_is_noted(
    house: IntakeHouse, client: httpx.Client
) -> None:
    silent, slow_head = raw(house), raw(house, HEAD)
    slow_body = raw(house, HEAD, b"content-length: 100\r\n\r\n[")
    large_head = raw(house, HEAD, b"x-more: " + b"y" * 400_000)
    gone = raw(house, HEAD, b"content-length: 100\r\n\r\n[")
    gone.close()

    for sender in (silent, slow_head, slow_body):
        answer = answer_of(sender)
        assert answer.startswith(b"HTTP/1.1 408 "), answer
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"].endswith("seconds.")
    # What the sender still had in its buffers may push the answer out of ours.
    with contextlib.suppress(ConnectionError):
        assert answer_of(large_head).startswith(b"HTTP/1.1 431 ")
    wait_until(lambda: "connection ended before" in said(refused(house)))
    push_good(client, "after the slow ones")


def test_thousands_of_connections_leave_room_for_whoever_was_there_before(
    house: IntakeHouse, client: httpx.Client
) -> None:
    crowd = [raw(house) for _ in range(500)]
    answers = [sender.recv(100)[:12] for sender in crowd]

    def comes_in() -> bool:
        with contextlib.suppress(httpx.HTTPError):
            push_good(client, "within the flood")
            return True
        return False

    wait_until(comes_in)
    for sender in crowd:
        sender.close()
    # Those that found room were sent away later, because they said nothing.
    assert set(answers) <= {b"HTTP/1.1 503", b"HTTP/1.1 408"}
    assert answers.count(b"HTTP/1.1 503") > 0


def test_a_call_that_never_brings_its_message_ends_and_strangers_keep_nobody_out(house: IntakeHouse) -> None:
    import grpc

    name = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
    known = (("authorization", f"Bearer {KEY}"),)
    over = threading.Event()

    def never() -> Iterator[bytes]:
        over.wait(20)
        yield from ()

    with grpc.insecure_channel(f"127.0.0.1:{house.grpc_port}") as channel:
        slow = channel.stream_unary(name)
        late = slow.future(never(), timeout=20, metadata=known)
        strangers = [slow.future(never(), timeout=20) for _ in range(60)]
        export = channel.unary_unary(name)
        assert export(log_request("good", "by grpc").SerializeToString(), timeout=10, metadata=known) == b""
        codes = {one.code() for one in strangers}
        with pytest.raises(grpc.RpcError) as too_late:
            late.result()
        with pytest.raises(grpc.RpcError) as bomb:
            export(b"\n\x00" * (10 << 20), timeout=20, metadata=known, compression=grpc.Compression.Gzip)
        with pytest.raises(grpc.RpcError) as half:
            export(WHOLE[:-9], timeout=10, metadata=known)
        over.set()

    assert codes == {grpc.StatusCode.UNAUTHENTICATED}
    assert too_late.value.code() is grpc.StatusCode.UNAVAILABLE
    assert bomb.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (half.value.code(), half.value.details()[-1]) == (grpc.StatusCode.INVALID_ARGUMENT, ".")
    wait_until(lambda: "by grpc" in log_texts(house))


def test_the_opentelemetry_sdk_may_send_huge_things(house: IntakeHouse) -> None:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    exporter = OTLPSpanExporter(
        endpoint=f"http://127.0.0.1:{house.http_port}/v1/traces", headers={"authorization": f"Bearer {KEY}"}
    )
    provider = TracerProvider(resource=Resource({"service.name": "huge\0", "deep": ["x"] * 5_000}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("n" * 100_000) as span:
        span.set_attribute("text", "ü\0" * 500_000)
        span.set_attribute("many", [2**62] * 50_000)
    with provider.get_tracer("test").start_as_current_span("small"):
        logging.getLogger("test").debug("beside it")
    provider.shutdown()

    def operations() -> list[str]:
        house.decode()
        spans = house.store.fetch(house.query()).telemetry.spans
        return [
            name for name, service in zip(spans.operation, spans.service, strict=True) if "huge" in service
        ]

    wait_until(lambda: len(operations()) == 2)
    assert sorted(map(len, operations())) == [5, 512]


def test_syslog_that_lies_about_its_length_or_has_no_form_costs_itself_only(house: IntakeHouse) -> None:
    line = f"<11>1 {datetime.now(UTC).isoformat()} host pay - - - ".encode()

    def counted(text: bytes, lie: int = 0) -> bytes:
        return b"%d %s" % (len(line + text) + lie, line + text)

    streams = [
        counted(b"s1 first") + counted(b"s1 lied", 12) + counted(b"s1 torn") + counted(b"s1 last"),
        line + b"s2 cr\r\n\r\n" + line + b"s2 nul \x00 inside\n" + line + b"s2 half \xff\xfe letters",
        b"no form at all\n" + line + b"s3 " + b"x" * (1 << 20) + b"\n" + line + b"s3 last\n",
        counted(b"s4 left in the mid", 500),
        b"<999>1 - - - - - - s5 no such priority\n<11>1 9999-12-31T23:59:59Z h a - - - s5 of the future\n",
    ]
    for stream in streams:
        with socket.create_connection(("127.0.0.1", house.syslog_port)) as sender:
            sender.sendall(stream)

    def came() -> list[str]:
        return sorted(text[:12] for text in log_texts(house) if text[:1] == "s" and text[2:3] == " ")

    wait_until(lambda: len(came()) >= 9)
    assert came() == [
        "s1 first",
        "s1 last",
        "s1 lied" + came()[2][7:],
        "s2 cr",
        "s2 half \ufffd\ufffd l",
        "s2 nul \ufffd ins",
        "s3 last",
        "s3 xxxxxxxxx",
        "s4 left in t",
    ]
    wait_until(lambda: "longer than 64 KiB" in said(refused(house, "syslog")))
    shown = said(refused(house, "syslog"))
    for word in ("neither RFC 5424", "value not usable", "dated in the future"):
        assert word in shown


def test_rsyslog_may_read_an_ugly_file(house: IntakeHouse, tmp_path: Path) -> None:
    lines = tmp_path / "app.log"
    ugly = [b"rs half \xff letter", b"rs nul \x00 in it", b"rs " + b"y" * 100_000, b"rs cr\r", b"rs last"]
    lines.write_bytes(b"\n".join(ugly) + b"\n")
    with running(rsyslog_command(tmp_path, lines=lines, port=house.syslog_port), tmp_path / "rsyslog.out"):
        wait_until(lambda: sum(text.strip().startswith("rs ") for text in log_texts(house)) >= 5)

    assert any("rs last" in text for text in log_texts(house))
