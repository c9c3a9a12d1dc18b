"""The served form answers as the embedded one does, on the real engine."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from domain.errors import BadInput, OutsideTrouble
from domain.ports.evidence_source import EvidenceQuery
from domain.ports.telemetry_intake import Dialect
from telemetry.clickhouse import ClickHouse
from telemetry.columnar_files import stored_files
from telemetry.columnar_store import ColumnarStore
from telemetry.receivers.attribute_cache import AttributeCache
from telemetry.records import Kind
from telemetry.segments import store_segment
from telemetry.store_questions import CLICKHOUSE
from telemetry.write_ahead import Frame, WriteAheadLog
from tests.counterparts.clickhouse import clickhouse
from tests.telemetry.bodies import log_request, metric_request, now_ns, trace_request


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with clickhouse(tmp_path_factory.mktemp("clickhouse"), password="hush") as url:
        yield url


def fill(root: Path) -> None:
    callee = trace_request("pay", count=3)
    del callee.resource_spans[0].scope_spans[0].spans[0]
    event = {"at": datetime.now(UTC).isoformat(), "service": "pay", "event": "deploy", "message": "it's v42"}
    bodies = [
        (Dialect.OTLP_TRACES, trace_request("cart").SerializeToString()),
        (Dialect.OTLP_TRACES, callee.SerializeToString()),
        (Dialect.OTLP_METRICS, metric_request("pay", now_ns() - 90 * 10**9).SerializeToString()),
        (Dialect.OTLP_METRICS, metric_request("pay").SerializeToString()),
        (Dialect.EVENTS, json.dumps([event, {"event": "no time"}]).encode()),
    ]
    bodies += [
        (Dialect.OTLP_LOGS, log_request("pay", f"line {n}", 9 + 8 * (n % 2)).SerializeToString())
        for n in range(6)
    ]
    log = WriteAheadLog(root / "wal")
    for dialect, body in bodies:
        log.append(Frame(dialect, "col", now_ns() // 1000, body), lambda trouble: None)
    log.close()
    for segment in sorted((root / "wal").glob("*.wal")):
        store_segment(segment, root, AttributeCache())


def query(**more: object) -> EvidenceQuery:
    now = datetime.now(UTC)
    return EvidenceQuery(now - timedelta(minutes=5), now + timedelta(seconds=2), now, **more)  # type: ignore[arg-type]


def test_both_forms_give_the_same_answers(address: str, tmp_path: Path) -> None:
    fill(tmp_path)
    served = ClickHouse(address, password="hush", database="same")
    served.make_tables(7)
    near, far = ColumnarStore(tmp_path), ColumnarStore(served, CLICKHOUSE)
    asked = [query(), query(services=("pay", "it's")), query(services=("nobody",)), query(most_rows=3)]
    span = (asked[0].begin, asked[0].end)
    expected = [near.fetch(one) for one in asked]
    others = (near.events(*span), near.calls(*span), near.refused(*span), near.health(*span))

    shipped = served.ship(tmp_path)
    found = [far.fetch(one) for one in asked]

    assert shipped == 6
    assert all(not stored_files(tmp_path, kind) for kind in Kind)
    assert (far.events(*span), far.calls(*span), far.refused(*span), far.health(*span)) == others
    for ours, theirs in zip(expected[:3], found[:3], strict=True):
        assert repr(ours.telemetry.metrics) == repr(theirs.telemetry.metrics)
        assert sorted(ours.telemetry.logs.message) == sorted(theirs.telemetry.logs.message)
        assert sorted(ours.telemetry.spans.span) == sorted(theirs.telemetry.spans.span)
        assert dataclasses.replace(ours, telemetry=theirs.telemetry) == theirs
    assert sorted(found[3].telemetry.logs.level) == ["error", "error", "info"]
    assert [one for one in found[3].missing if "log lines" in one] == [
        one for one in expected[3].missing if "log lines" in one
    ]
    served.close()


def test_a_file_that_is_shipped_twice_is_stored_once(address: str, tmp_path: Path) -> None:
    fill(tmp_path)
    kept = {file.path: file.path.read_bytes() for kind in Kind for file in stored_files(tmp_path, kind)}
    served = ClickHouse(address, password="hush", database="once")
    served.make_tables(7)
    served.ship(tmp_path)
    for path, content in kept.items():
        path.write_bytes(content)

    served.ship(tmp_path)

    assert len(ColumnarStore(served, CLICKHOUSE).fetch(query()).telemetry.logs) == 6
    served.close()


def test_files_stay_while_clickhouse_is_away_or_refuses(address: str, tmp_path: Path) -> None:
    fill(tmp_path)
    for served in (ClickHouse("http://127.0.0.1:9"), ClickHouse(address, password="wrong")):
        with pytest.raises(OutsideTrouble):
            served.ship(tmp_path)
        served.close()

    assert len(stored_files(tmp_path, Kind.LOGS)) == 1


def test_a_server_that_is_too_old_is_named_before_anything_is_made() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["query"])
        return httpx.Response(200, text="18.16.1\n")

    served = ClickHouse("http://127.0.0.1:9", transport=httpx.MockTransport(answer))
    with pytest.raises(OutsideTrouble) as trouble:
        served.make_tables(7)
    served.close()

    assert trouble.value.say == "ClickHouse 18.16.1 is too old to keep telemetry."
    assert asked == ["SELECT version() FORMAT TabSeparated"]


def test_an_address_with_a_password_is_refused() -> None:
    for url, database in (("http://u:p@host", "d"), ("ftp://host", "d"), ("http://host", "d; DROP")):
        with pytest.raises(BadInput):
            ClickHouse(url, database=database)
