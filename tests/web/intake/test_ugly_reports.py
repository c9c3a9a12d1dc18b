"""Reports that no sender should send, through every door for runs: refused in words or taken, never a fault.

On a real PostgreSQL, which is stricter than SQLite about what a text or a number may hold.
"""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from domain.running.feeds import UNKNOWN_SCHEDULE
from runtime.settings.house import Settings
from runtime.wiring.intake import front_routes, local_key
from runtime.wiring.stores import Stores, open_stores
from runtime.wiring.watch import LazyForecaster, training_of
from runtime.wiring.watch_errands import EngineErrands
from tests.counterparts.postgres import create_database, postgres_server

MOMENT = "2026-11-24T10:00:00Z"
TIMES: list[object] = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "1969-12-31T23:59:59Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "2026-11-24T10:00:00+99:00",
    "2026-11-24 10:00 Mars/Olympus",
    "2026-13-45",
    "\u0000",
    "1" * 12,
    -1e18,
    1e308,
    "1e400",
    "NaN",
    True,
    [],
    {"at": 1},
]
COUNTS: list[object] = [
    -5,
    10**12,
    "NaN",
    "-Infinity",
    1e308,
    "1e400",
    2**63,
    2**64 - 1,
    "٣",
    "1_000",
    [1],
    {},
    "\x00",
]
NAMES: list[object] = [
    "a/b",
    "../../etc/passwd",
    "\u202egnp.exe",
    "\U0001f525 feed \U0001f525",
    "nul\u0000inside",
    " ",
    "x" * 5_000_000,
    "Ünïcode",
    5,
    [],
    {"name": "x"},
]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Stores]]:
    with postgres_server() as address:
        url = create_database(address, "ugly")
        settings = Settings(data_dir=tmp_path_factory.mktemp("ugly"), database={"url": url})  # type: ignore[arg-type]
        opened = open_stores(settings)
        yield settings, opened
        opened.database.close()


@pytest.fixture(scope="module")
def door(stores: tuple[Settings, Stores]) -> Iterator[TestClient]:
    settings, opened = stores
    routes = front_routes(settings, opened, lambda: None)
    with TestClient(Starlette(routes=routes)) as client:
        client.headers["authorization"] = f"Bearer {local_key(opened.keys)}"
        yield client


def _plain(**told: object) -> tuple[str, object]:
    whole = {"feed": "fx", "run": "r1", "state": "success", "started_at": MOMENT, "finished_at": MOMENT}
    return "/intake/runs", whole | told


def _open_lineage(**told: object) -> tuple[str, object]:
    event = {
        "eventType": "COMPLETE",
        "eventTime": told.get("started_at", MOMENT),
        "run": {
            "runId": told.get("run", "r1"),
            "facets": {
                "errorMessage": {"message": told.get("error", "")},
                "nominalTime": {"nominalStartTime": told.get("scheduled_at", MOMENT)},
            },
        },
        "job": {"namespace": "etl", "name": told.get("feed", "fx")},
        "inputs": [{"namespace": told.get("feed", "s3"), "name": told.get("feed", "in")}],
        "outputs": [
            {
                "namespace": told.get("source", "lake"),
                "name": told.get("feed", "out"),
                "facets": {"schema": {"fields": [{"name": told.get("feed", "c"), "type": "int"}]}},
                "outputFacets": {"outputStatistics": {"rowCount": told.get("rows_written", 1)}},
            }
        ],
    }
    return "/intake/openlineage/api/v1/lineage", event


def _airflow(**told: object) -> tuple[str, object]:
    run = {
        "dag_id": told.get("feed", "fx"),
        "dag_run_id": told.get("run", "r1"),
        "state": "failed",
        "logical_date": told.get("scheduled_at", MOMENT),
        "start_date": told.get("started_at", MOMENT),
        "end_date": told.get("finished_at", MOMENT),
        "try_number": told.get("rows_written", 1),
        "note": told.get("error", ""),
        "inlets": [{"name": told.get("feed", "in")}],
    }
    return "/intake/airflow", {"dag_runs": [run]}


def _dbt(**told: object) -> tuple[str, object]:
    result = {
        "unique_id": told.get("feed", "model.fx"),
        "status": "error",
        "message": told.get("error", ""),
        "execution_time": told.get("rows_written", 1),
        "adapter_response": {"rows_affected": told.get("rows_written", 1)},
        "timing": [
            {
                "name": "execute",
                "started_at": told.get("started_at", MOMENT),
                "completed_at": told.get("finished_at", MOMENT),
            }
        ],
    }
    about = {"invocation_id": told.get("run", "i1"), "generated_at": told.get("scheduled_at", MOMENT)}
    return "/intake/dbt", {"metadata": about, "results": [result]}


def _reading(**told: object) -> tuple[str, object]:
    return "/intake/readings", {
        "resource": told.get("feed", "db"),
        "sign": told.get("error", "free_share"),
        "value": told.get("rows_written", 0.5),
        "at": told.get("started_at", MOMENT),
    }


DOORS = [_plain, _open_lineage, _airflow, _dbt, _reading]
UGLY = [
    *({name: value} for name in ("started_at", "finished_at", "scheduled_at") for value in TIMES),
    *({name: value} for name in ("rows_written", "retries", "queue_seconds") for value in COUNTS),
    *({"duration_seconds": value, "started_at": ""} for value in (*COUNTS, 1e12)),
    *({name: value} for name in ("feed", "run", "error", "source", "state") for value in NAMES),
    {"warnings": ["\u0000", 5, None], "columns": {"a\u0000": "int\u0000"}, "pool": "p\u0000"},
    {"finished_at": "2026-11-24T09:00:00Z"},
]


@pytest.mark.parametrize("made", DOORS)
def test_no_ugly_report_is_a_fault(door: TestClient, made) -> None:  # type: ignore[no-untyped-def]
    for number, told in enumerate(UGLY):
        path, body = made(**({"run": f"r{number}"} | told))

        answer = door.post(path, content=json.dumps(body))

        assert answer.status_code in (200, 400, 413), (told, answer.text[:300])
        assert answer.status_code == 200 or answer.json().get("refused") or answer.json().get("error"), told


BODIES = {
    "nothing": b"",
    "deep lists": b"[" * 10_000 + b"]" * 10_000,
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "not a number": b'{"feed": "fx", "run": "r", "state": "success", "rows": NaN}',
    "a number beyond numbers": b'{"feed": "fx", "run": "r", "state": "success", "rows": 1e400}',
    "a number of 4000 digits": b'{"feed": "fx", "run": "r", "state": "success", "rows": '
    + b"9" * 4_000
    + b"}",
    "half a letter": b'{"feed": "f\xc3", "run": "r", "state": "success"}',
    "half a pair": b'{"feed": "f\\ud800", "run": "r", "state": "success"}',
    "a mark before it": b"\xef\xbb\xbf{}",
    "a list of anything": b'[1, null, "x", [], {}, true]',
    "half of it": b'{"feed": "fx", "ru',
    "zeros": b"\x00" * 1_000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_no_ugly_body_is_a_fault(door: TestClient, body: bytes) -> None:
    for path in ("/intake/runs", "/intake/openlineage/api/v1/lineage", "/intake/airflow", "/intake/dbt"):
        answer = door.post(path, content=body)
        assert answer.status_code in (200, 400), (path, answer.text[:300])
        assert answer.json()
    for kind in ("text/csv", "application/vnd.apache.parquet", "application/x-ndjson"):
        answer = door.post("/intake/runs", content=body, headers={"content-type": kind})
        assert answer.status_code in (200, 400), (kind, answer.text[:300])
    assert door.post("/intake/readings", content=body).status_code in (200, 400)
    assert door.post("/intake/alertmanager", content=body).status_code in (200, 400)


def test_a_small_body_that_unpacks_to_much_more_is_refused_before_it_does(door: TestClient) -> None:
    bomb = gzip.compress(b"0" * (128 << 20), 1)

    answer = door.post("/intake/runs", content=bomb, headers={"content-encoding": "gzip"})

    assert answer.status_code == 413
    assert "larger than" in answer.json()["error"]


@pytest.mark.parametrize(
    "odd", ["%00", "..", "a%2Fb", "%F0%9F%94%A5", "%E2%80%AE", "x" * 3_000, "0001-01-01"]
)
def test_no_ugly_address_is_a_fault(door: TestClient, odd: str) -> None:
    asked = [
        ("POST", f"/intake/deliveries/{odd}?file=trades.csv"),
        ("POST", f"/intake/deliveries/fx?file={odd}"),
        ("POST", f"/intake/deliveries/fx?file=trades.csv&wait={odd}"),
        ("GET", f"/intake/deliveries/fx/{odd}"),
        ("POST", f"/intake/publications/fx/{odd}"),
        ("GET", f"/intake/publications/fx/{odd}/{odd}"),
        ("GET", f"/intake/publications/fx/2026-11-01/{odd}"),
    ]
    for method, path in asked:
        answer = door.request(method, path, content=b"trade_id,amount\n1,2\n" if method == "POST" else None)
        assert answer.status_code in (200, 202, 400, 404, 405), (method, path, answer.text[:200])


def test_no_ugly_alert_is_a_fault(door: TestClient) -> None:
    labels: list[object] = [{"alertname": "A\x00", "service": "\u202epay/\U0001f525"}, [], {"alertname": 5}]
    for number, at in enumerate(TIMES):
        one = {
            "labels": labels[number % len(labels)],
            "status": "firing" if number % 2 else "resolved",
            "startsAt": at,
            "endsAt": at,
            "fingerprint": f"\x00{number}",
            "generatorURL": "javascript:alert(1)",
        }

        answer = door.post("/intake/alertmanager", content=json.dumps({"alerts": [one]}))

        assert answer.status_code in (200, 400), (one, answer.text[:200])


def test_a_name_of_another_feeds_run_is_another_run(
    door: TestClient, stores: tuple[Settings, Stores]
) -> None:
    for feed in ("left_feed", "right_feed"):
        assert door.post("/intake/runs", json=_plain(feed=feed, run="same")[1]).json()["taken"] == 1

    with stores[1].transactions.reading() as uow:
        assert [len(uow.runs.of_feed(feed, 5)) for feed in ("left_feed", "right_feed")] == [1, 1]


def test_ugly_tables_are_answered_in_words(door: TestClient) -> None:
    head = "feed,run,state,started_at,finished_at,rows_written"
    rows = [
        f"fx,c{n},success,{at},{at},{rows}" for n, (at, rows) in enumerate(zip(TIMES, COUNTS, strict=False))
    ]
    rows += ['"open quote,1', "fx", "fx,1,success," + "9" * 100_000, "a/b,\x00,success,,,"]
    answer = door.post(
        "/intake/runs", content="\n".join([head, *rows]).encode(), headers={"content-type": "text/csv"}
    )

    assert answer.status_code in (200, 400)
    assert answer.json()


def _table() -> list[dict[str, object]]:
    whole = {"feed": "fx", "run": "r", "state": "success", "started_at": MOMENT, "finished_at": MOMENT}
    small = [told for told in UGLY if len(str(told)) < 1_000]
    return [whole | {"run": f"t{number}"} | told for number, told in enumerate(small)]


def _written(path: Path) -> Path:
    records = [{name: _as_text(value) for name, value in one.items()} for one in _table()]
    if path.suffix == ".jsonl":
        path.write_text("\n".join([*map(json.dumps, _table()), "[" * 5_000, "{"]))
    elif path.suffix == ".parquet":
        pd.DataFrame(records).to_parquet(path)
    else:
        pd.DataFrame(records).to_csv(path, index=False)
    return path


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_a_file_of_ugly_history_is_taken_as_far_as_it_can_be_and_the_rest_is_counted(
    stores: tuple[Settings, Stores], tmp_path: Path, suffix: str
) -> None:
    path = _written(tmp_path / f"history{suffix}")

    told = EngineErrands(*stores).import_runs(path, path.name, datetime.now(UTC)).sentence

    assert "were new" in told or "was new" in told
    assert "time not readable" in told
    assert "number not usable" in told


def test_after_all_of_it_the_watch_sweeps_and_learns(stores: tuple[Settings, Stores]) -> None:
    settings, opened = stores
    now = datetime.now(UTC)

    swept = LazyForecaster(settings, opened).sweep(now + timedelta(minutes=1))
    training_of(settings, opened)

    assert len(swept.estimates) > 2
    assert all(0.0 <= one.prediction.probability <= 1.0 for one in swept.estimates)
    assert UNKNOWN_SCHEDULE in {one.watched.feed.schedule for one in swept.estimates}
    assert Path(settings.data_dir).exists()
