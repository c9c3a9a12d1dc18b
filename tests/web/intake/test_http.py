"""The intake's HTTP door before the real store: keys, sizes, floods, and answers as senders expect them."""

import asyncio
import gzip
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import cramjam
import httpx
import pytest
from starlette.applications import Starlette

from domain.ports.run_intake import Receipt
from domain.ports.telemetry_intake import Crowded, Dialect
from domain.running.readings import Reading, Sign
from domain.running.runs import RejectedRecord
from runtime.wiring.intake import alert_takers
from telemetry.decoding import decode
from telemetry.intake import DurableIntake
from telemetry.reading_reports import ReadingReceiver
from telemetry.receivers.attribute_cache import AttributeCache
from telemetry.records import Decoded
from telemetry.run_reports import RunReceiver
from telemetry.write_ahead import read_segment
from tests.run_shelf import RunShelf
from tests.telemetry.bodies import log_request, metric_request, trace_request
from tests.waiting import wait_until
from web.intake.keys import IntakeKeys
from web.intake.requests import Flood, Gate
from web.intake.run_routes import alert_routes, reading_routes, run_routes
from web.intake.telemetry_routes import telemetry_routes

_KEY = {"authorization": "Bearer secret"}
_PROTOBUF = {**_KEY, "content-type": "application/x-protobuf"}


class ReadingShelf:
    """Keeps readings in memory; a double of the store of readings."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []

    def take(
        self, readings: Sequence[Reading], rejected: Sequence[RejectedRecord] = (), *, source: str = ""
    ) -> Receipt:
        self.readings += readings
        return Receipt(len(readings), 0, tuple(rejected))


class Door:
    """The routes over a store in a folder."""

    def __init__(self, folder: Path, keys: dict[str, str], flood: Flood | None = None) -> None:
        self.folder = folder
        self.runs = RunShelf()
        self.intake = DurableIntake(folder)
        gate = Gate(IntakeKeys(keys), flood, most_bytes=100_000)
        receiver = RunReceiver(self.runs, lambda: datetime.now(UTC))
        self.said = ReadingShelf()
        readings = ReadingReceiver(self.said, lambda: datetime.now(UTC))
        routes = [
            *telemetry_routes(self.intake, gate, readings),
            *reading_routes(readings, gate),
            *run_routes(receiver, gate),
            *alert_routes(alert_takers(self.intake), gate),
        ]
        transport = httpx.ASGITransport(app=Starlette(routes=routes))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://intake")

    def written(self) -> list[tuple[str, str, bytes]]:
        self.intake.close()
        segments = sorted((self.folder / "wal").glob("*.wal"))
        return [(f.dialect.value, f.source, f.body) for path in segments for f in read_segment(path)]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    made = Door(tmp_path, {"collector": "secret", "other": "another"})
    yield made
    await made.client.aclose()


async def test_each_dialect_is_answered_as_its_sender_expects(door: Door) -> None:
    post = door.client.post
    stamp = datetime.now(UTC).isoformat().encode()
    bulk = b'{"index":{}}\n{"@timestamp":"' + stamp + b'","message":"a"}\n'

    traces = await post("/v1/traces", content=trace_request().SerializeToString(), headers=_PROTOBUF)
    packed = gzip.compress(metric_request().SerializeToString())
    metrics = await post("/v1/metrics", content=packed, headers={**_PROTOBUF, "content-encoding": "gzip"})
    logs = await post(
        "/intake/otlp/v1/logs",
        content=b'{"resourceLogs":[]}',
        headers={**_KEY, "content-type": "application/json"},
    )
    write = await post(
        "/intake/prometheus/api/v1/write", content=bytes(cramjam.snappy.compress_raw(b"")), headers=_KEY
    )
    elastic = await post("/intake/elastic/_bulk", content=bulk * 2, headers=_KEY)
    hello = await door.client.get("/intake/elastic/", headers=_KEY)
    lines = await post("/intake/fluent-bit", content=b'[{"log":"a"}]', headers=_KEY)

    assert (traces.status_code, traces.content) == (200, b"")
    assert traces.headers["content-type"] == "application/x-protobuf"
    assert [metrics.status_code, write.status_code] == [200, 204]
    assert logs.json() == {}
    assert (elastic.json()["errors"], len(elastic.json()["items"])) == (False, 2)
    assert hello.headers["x-elastic-product"] == "Elasticsearch"
    assert lines.json() == {"taken": 1}
    kinds = [dialect for dialect, source, _ in door.written() if source == "collector"]
    assert kinds == ["otlp-traces", "otlp-metrics", "otlp-logs-json", "prometheus", "elastic", "fluent-bit"]


@pytest.mark.proves("D9")
async def test_without_the_right_key_nothing_is_taken_on_any_route(door: Door) -> None:
    paths = [
        "/v1/traces",
        "/intake/fluent-bit",
        "/intake/runs",
        "/intake/readings",
        "/intake/alertmanager",
        "/intake/elastic/_bulk",
    ]
    for path in paths:
        for headers in (
            {},
            {"authorization": "Bearer wrong"},
            {"x-api-key": "sécret"},
            {"authorization": "Basic !"},
        ):
            raw = {name: value.encode("utf-8") for name, value in headers.items()}
            answer = await door.client.post(path, content=b"{}", headers=raw)
            assert answer.status_code == 401
            assert "key" in answer.json()["error"]

    assert door.written() == []
    assert door.runs.events == []


async def test_no_keys_means_nobody(tmp_path: Path) -> None:
    door = Door(tmp_path, {"collector": ""})

    answer = await door.client.post("/intake/events", content=b"[]", headers={"authorization": "Bearer "})

    assert answer.status_code == 401


async def test_a_key_may_come_as_bearer_api_key_or_password(door: Door) -> None:
    for headers in (
        {"authorization": "Bearer secret"},
        {"x-api-key": "secret"},
        {"authorization": "ApiKey c2VjcmV0"},
        {"authorization": "Basic dXNlcjpzZWNyZXQ="},
    ):
        assert (await door.client.post("/intake/events", content=b"[]", headers=headers)).status_code == 200


def signed(body: bytes, at: int, key: bytes = b"secret", source: str = "collector") -> dict[str, str]:
    told = hmac.new(key, b"v1:" + str(at).encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "x-dogwatch-source": source,
        "x-dogwatch-timestamp": str(at),
        "x-dogwatch-signature": f"v1={told}",
    }


@pytest.mark.proves("D9")
async def test_a_signed_request_is_taken_once_and_only_in_its_time(door: Door) -> None:
    body, now = b"[]", int(time.time())
    fine = signed(body, now)
    bad = [
        signed(body, now - 301),
        signed(body, now + 301),
        signed(b"{}", now),
        signed(body, now, key=b"guess"),
        signed(body, now, key=b"", source="nobody"),
        {**fine, "x-dogwatch-timestamp": "soon"},
        {**fine, "x-dogwatch-timestamp": str(now + 1)},
    ]

    answers = [await door.client.post("/intake/events", content=body, headers=told) for told in (fine, fine)]
    refused = [await door.client.post("/intake/events", content=body, headers=told) for told in bad]

    assert [answer.json() for answer in answers] == [{"taken": 0}, {"status": "already taken"}]
    assert {answer.status_code for answer in refused} == {401}
    assert len(door.written()) == 1


@pytest.mark.proves("D9")
async def test_a_malformed_or_oversized_body_is_an_answer_and_the_door_stays_open(door: Door) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"x" * 1_000

    broken = await door.client.post("/v1/traces", content=b"\xff", headers=_PROTOBUF)
    strange = await door.client.post("/v1/traces", content=b"x", headers=_KEY)
    large = await door.client.post("/intake/events", content=b"x" * 100_001, headers=_KEY)
    streamed = await door.client.post("/intake/events", content=endless(), headers=_KEY)
    fine = await door.client.post("/intake/events", content=b"[]", headers=_KEY)

    assert [one.status_code for one in (broken, strange, large, streamed, fine)] == [400, 400, 413, 413, 200]


@pytest.mark.proves("D10")
async def test_a_flood_of_one_source_does_not_stop_another(tmp_path: Path) -> None:
    door = Door(tmp_path, {"loud": "secret", "calm": "another"}, Flood(a_second=0.001, burst=3))

    answers = [await door.client.post("/intake/events", content=b"[]", headers=_KEY) for _ in range(5)]
    other = await door.client.post("/intake/events", content=b"[]", headers={"x-api-key": "another"})

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "batches" in answers[-1].json()["error"]
    assert other.status_code == 200


def test_a_source_that_sent_too_much_may_send_again_soon() -> None:
    flood = Flood(a_second=0.5, burst=1.0)
    flood.check("loud")

    def is_heard() -> bool:
        with suppress(Crowded):
            flood.check("loud")
            return True
        return False

    assert not is_heard()
    wait_until(is_heard)


async def test_a_crowded_store_answers_when_to_come_again(tmp_path: Path) -> None:
    door = Door(tmp_path, {"collector": "secret"})
    door.intake = DurableIntake(tmp_path / "full", least_free=1 << 60)
    gate = Gate(IntakeKeys({"collector": "secret"}))
    transport = httpx.ASGITransport(app=Starlette(routes=list(telemetry_routes(door.intake, gate))))
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
        answer = await client.post("/intake/events", content=b"[]", headers=_KEY)

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "2"


async def test_two_hundred_senders_at_once_are_all_written(door: Door) -> None:
    body = log_request("pay", "x").SerializeToString()

    answers = await asyncio.gather(
        *(door.client.post("/v1/logs", content=body, headers=_PROTOBUF) for _ in range(200))
    )

    assert {answer.status_code for answer in answers} == {200}
    assert len(door.written()) == 200


async def test_runs_come_as_openlineage_airflow_dbt_json_and_files(door: Door) -> None:
    when = datetime.now(UTC).isoformat()
    lineage = {
        "eventType": "COMPLETE",
        "eventTime": when,
        "run": {"runId": "r1"},
        "job": {"namespace": "etl", "name": "fx_trades"},
        "inputs": [{"namespace": "db", "name": "raw.trades"}],
        "outputs": [{"namespace": "db", "name": "gold.trades"}],
    }
    airflow = {"dag_id": "fx_trades", "dag_run_id": "r2", "state": "failed", "end_date": when}
    dbt = {
        "metadata": {"invocation_id": "i", "generated_at": when},
        "results": [{"unique_id": "model.shop.orders", "status": "success", "timing": []}],
    }
    csv = f"feed,run_id,status,finished_at\nfx_trades,r4,ok,{when}\nfx_trades,,ok,{when}\n"
    post = door.client.post

    answers = [
        await post("/intake/openlineage/api/v1/lineage", json=lineage, headers=_KEY),
        await post("/intake/airflow", json={"dag_runs": [airflow]}, headers=_KEY),
        await post("/intake/dbt", json=dbt, headers=_KEY),
        await post(
            "/intake/runs",
            json=[{"feed": "x_feed", "run": "r3", "state": "ok", "seen_at": when}],
            headers=_KEY,
        ),
        await post("/intake/runs", content=csv.encode(), headers={**_KEY, "content-type": "text/csv"}),
    ]
    nothing = await post("/intake/runs", json=[{"feed": "x"}], headers=_KEY)

    assert [answer.json()["taken"] for answer in answers] == [1] * 5
    assert answers[4].json()["refusals"] == [
        {
            "reason": "no run identifier",
            "detail": "without an identifier a second report could not be told from a second run",
        }
    ]
    assert (nothing.status_code, nothing.json()["refused"]) == (400, 1)
    assert door.runs.events[0].reads == ("raw.trades",)
    assert door.runs.events[0].writes == ("gold.trades",)
    assert [event.dialect for event in door.runs.events] == ["openlineage", "airflow", "dbt", "json", "json"]


async def test_readings_are_taken_and_a_deployment_among_events_is_one_too(door: Door) -> None:
    good = {"resource": "orders-db", "sign": "free_share", "value": 0.2}
    taken = await door.client.post("/intake/readings", json=[good, good | {"value": "x"}], headers=_KEY)
    refused = await door.client.post("/intake/readings", json=good | {"sign": "mood"}, headers=_KEY)
    garbled = await door.client.post("/intake/readings", content=b"{", headers=_KEY)
    events = [
        {"at": datetime.now(UTC).timestamp(), "service": "fx", "event": name}
        for name in ("deploy", "x", "rollback")
    ]
    told = await door.client.post("/intake/events", json=events, headers=_KEY)

    assert (taken.status_code, taken.json()["taken"], taken.json()["refused"]) == (200, 1, 1)
    assert (refused.status_code, garbled.status_code) == (400, 400)
    assert told.json() == {"taken": 3}
    assert [(one.resource, one.sign) for one in door.said.readings] == [
        ("orders-db", Sign.FREE),
        ("fx", Sign.CHANGE),
        ("fx", Sign.CHANGE),
    ]


async def test_a_bulk_tells_of_each_document_what_becomes_of_it(door: Door) -> None:
    now = datetime.now(UTC)
    lines: list[object] = [
        {"index": {"_index": "logs", "_id": "7"}},
        {"@timestamp": now.isoformat(), "message": "taken"},
        {"create": {}},
        {"@timestamp": "2001-01-01T00:00:00Z", "message": "too old"},
        {"delete": {"_id": "1"}},
        {"update": {"_id": "2"}},
        {"doc": {}},
        {"create": {}},
        ["no", "object"],
        {"index": {}},
        "TORN",
        {"index": {}},
        {"@timestamp": now.isoformat(), "message": "taken too"},
        {"index": {}},
    ]
    body = "\n".join("{torn" if one == "TORN" else json.dumps(one) for one in lines) + "\n"

    answer = await door.client.post("/intake/elastic/app/_bulk", content=body, headers=_KEY)

    told = answer.json()
    named = [next(iter(item.items())) for item in told["items"]]
    assert told["errors"] is True
    assert [(action, item["status"]) for action, item in named] == [
        ("index", 201),
        ("create", 400),
        ("delete", 400),
        ("update", 400),
        ("create", 400),
        ("index", 400),
        ("index", 201),
        ("index", 400),
    ]
    assert (named[0][1]["_index"], named[0][1]["_id"], named[1][1]["_index"]) == ("logs", "7", "app")
    assert [item["error"]["reason"] for _, item in named if "error" in item][:2] == [
        "older than what is kept",
        "value not usable: only index and create are taken",
    ]
    ((_, _, written),) = door.written()
    out = Decoded(now_us=int(now.timestamp() * 1e6))
    decode(Dialect.ELASTIC, written, out, AttributeCache())
    assert (out.logs.message, out.refused) == (["taken", "taken too"], 6), "as it was told"


async def test_a_bulk_of_more_than_can_be_answered_is_to_be_cut(door: Door) -> None:
    body = gzip.compress(b'{"index":{}}\n{}\n' * 100_001)

    answer = await door.client.post(
        "/intake/elastic/_bulk", content=body, headers={**_KEY, "content-encoding": "gzip"}
    )

    assert answer.status_code == 413


async def test_an_event_whose_name_is_no_text_is_taken_once_like_any_other(door: Door) -> None:
    told = [{"at": time.time(), "event": {"a": 1}, "service": "pay"}, {"event": ["deploy"]}]

    answer = await door.client.post("/intake/events", content=json.dumps(told), headers=_KEY)

    assert (answer.status_code, answer.json()) == (200, {"taken": 2})
    assert door.said.readings == []
