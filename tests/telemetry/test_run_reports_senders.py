"""Reports of runs say who sent them, and read why they were not taken."""

from datetime import UTC, datetime

import orjson
import pytest

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


@pytest.mark.parametrize(
    "body", [{}, {"nodes": {}, "sources": {}}, {"results": None}, [1], "x", [{"results": {}}]]
)
def test_a_document_of_dbt_without_results_is_refused_and_not_an_empty_success(body: object) -> None:
    receipt = RunReceiver(RunShelf(), lambda: NOW).receive("dbt", orjson.dumps(body), "prod")

    assert [one.detail for one in receipt.rejected] == ["no list of results: this is no run_results.json"]


@pytest.mark.parametrize("body", [{"results": []}, [], [{"results": []}, {"results": []}]])
def test_results_of_dbt_that_built_nothing_are_no_refusal(body: object) -> None:
    receipt = RunReceiver(RunShelf(), lambda: NOW).receive("dbt", orjson.dumps(body), "prod")

    assert (receipt.taken, receipt.rejected) == (0, ())


@pytest.mark.parametrize("name", ["a" * 64, "\u0639\u0631\u0628\u064a", "9lives", "x"])
def test_a_name_that_no_feed_may_have_is_answered_with_what_one_is(name: str) -> None:
    body = {"feed": name, "run": "1", "state": "ok", "finished_at": "2026-11-22T11:59:00Z"}

    receipt = RunReceiver(RunShelf(), lambda: NOW).receive("json", orjson.dumps(body), "prod")

    assert "2 to 63 of a-z, 0-9 and _" in receipt.rejected[0].detail


def test_the_mark_that_windows_puts_before_a_text_is_no_part_of_it() -> None:
    body = b"\xef\xbb\xbf" + orjson.dumps(_event("etl"))

    assert RunReceiver(RunShelf(), lambda: NOW).receive("openlineage", body, "prod").taken == 1
