"""Reports of runs say who sent them: the key, the format, and the namespace of an OpenLineage job."""

from datetime import UTC, datetime

import orjson

from domain.running.senders import sender_of
from telemetry.run_reports import RunReceiver
from tests.run_shelf import RunShelf

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _senders(dialect: str, *bodies: object) -> list[str]:
    kept = RunShelf()
    for body in bodies:
        RunReceiver(kept, lambda: NOW).receive(dialect, orjson.dumps(body), "prod")
    return [sender_of(one.source, one.dialect, one.namespace) for one in kept.events]


def _event(namespace: object, **facets: object) -> dict[str, object]:
    return {
        "eventType": "COMPLETE",
        "eventTime": "2026-11-22T11:59:00Z",
        "job": {"namespace": namespace, "name": "fx_trades"},
        "run": {"runId": "r1", "facets": facets},
    }


def test_openlineage_names_its_namespace_and_what_names_none_is_the_key() -> None:
    dag_run = {"dagRun": {"dag_id": "fx", "run_id": "r1", "start_date": "2026-11-22T11:50:00Z"}}
    told = _senders("openlineage", _event("spark"), _event(""), _event("airflow", airflowDagRun=dag_run))

    assert told == ["prod\nopenlineage\nspark", "prod\nopenlineage", "prod\nopenlineage\nairflow"]


def test_other_formats_are_their_key_and_odd_namespaces_stay_one_line() -> None:
    flat = {"feed": "fx", "run": "1", "state": "ok", "finished_at": "2026-11-22T11:59:00Z"}

    assert _senders("json", flat) == ["prod\njson"]
    assert _senders("openlineage", _event("a\nb \x00 c")) == ["prod\nopenlineage\na b c"]
    assert len(_senders("openlineage", _event("x" * 5_000))[0]) < 200
