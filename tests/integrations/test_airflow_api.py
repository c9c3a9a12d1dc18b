"""Airflow 2 and 3, by what real ones answered and reported (tests/integrations/test_real_airflow.py)."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.errors import DogwatchError, NotAllowed, OutsideTrouble
from domain.ports.evidence_source import EvidenceQuery
from integrations.airflow_api import AirflowSource
from integrations.airflow_logs import telling_lines
from telemetry.run_reports import RunReceiver
from tests.integrations.airflow_facts import RunShelf, check_evidence, check_history, check_reports
from tests.integrations.recorded import Replay, read_answers

RECORDINGS = [read_answers("airflow-2"), read_answers("airflow-3")]
_NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
_ASKED = EvidenceQuery(_NOW - timedelta(minutes=30), _NOW, _NOW)


def names(recordings: Sequence[dict[str, object]]) -> list[str]:
    return [str(one["version"]) for one in recordings]


@pytest.mark.parametrize("told", RECORDINGS, ids=names(RECORDINGS))
def test_what_a_real_airflow_answered_is_read(told: dict[str, str]) -> None:
    begin, end = (datetime.fromisoformat(told[name]) for name in ("begin", "end"))
    replay = Replay(told["answers"])  # type: ignore[arg-type]
    source = AirflowSource(
        "http://airflow:8080", transport=replay, user="admin", password=lambda: "its password"
    )

    check_evidence(source.fetch(EvidenceQuery(begin, end, end)))
    check_history(list(source.history(begin, end)), source.lineage())


@pytest.mark.parametrize("told", RECORDINGS, ids=names(RECORDINGS))
def test_what_a_real_airflow_reported_are_its_two_runs(told: dict[str, list[dict[str, object]]]) -> None:
    shelf, turned = RunShelf(), RunShelf()
    for kept, reports in ((shelf, told["reports"]), (turned, told["reports"][::-1])):
        receiver = RunReceiver(kept, lambda: datetime.fromisoformat(str(told["end"])) + timedelta(hours=1))
        for one in reports:
            dialect = "openlineage" if "openlineage" in str(one["path"]) else "airflow"
            receiver.receive(dialect, json.dumps(one["body"]).encode(), "airflow")
    check_reports(shelf)
    ends = {key: (run.outcome, run.started_at, run.finished_at) for key, run in shelf.runs.items()}
    assert {key: (run.outcome, run.started_at, run.finished_at) for key, run in turned.runs.items()} == ends


def answering(pages: dict[str, object]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        told = pages.get(request.url.path)
        if callable(told):
            told = told(request)
        return (
            told
            if isinstance(told, httpx.Response)
            else httpx.Response(404 if told is None else 200, json=told)
        )

    return httpx.MockTransport(answer)


@pytest.mark.parametrize("root", ["/api/v1", "/api/v2"])
def test_airflow_is_read_page_by_page_as_its_servers_give_a_hundred_at_most(root: str) -> None:
    runs = [{"dag_id": "fx", "dag_run_id": f"r{n}", "state": "success"} for n in range(250)]

    def answer(request: httpx.Request) -> object:
        if "state" in request.url.params:
            return {"dag_runs": [], "total_entries": 0}
        begin, limit = int(request.url.params["offset"]), min(int(request.url.params["limit"]), 100)
        return {"dag_runs": runs[begin : begin + limit], "total_entries": len(runs)}

    source = AirflowSource("http://airflow:8080", transport=answering({f"{root}/dags/~/dagRuns": answer}))

    pages = list(source.history(_NOW - timedelta(days=180), _NOW))

    assert [len(page) for page in pages] == [100, 100, 50]
    assert [run["dag_run_id"] for page in pages for run in page] == [run["dag_run_id"] for run in runs]
    assert len(source.fetch(_ASKED).telemetry.logs) == 250


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (httpx.Response(403), "refuses our token"),
        (httpx.Response(500), "error 500"),
        (httpx.Response(200, content=b" " * (33 << 20)), "more than 32 MiB"),
        (httpx.Response(200, text="<html>"), "not JSON"),
    ],
)
def test_a_log_that_cannot_be_read_is_said_and_costs_nothing_else(log: httpx.Response, said: str) -> None:
    task = {
        "dag_id": "fx", "dag_run_id": "r/1", "task_id": "load", "state": "failed", "try_number": 3,
        "map_index": 4, "end_date": "2026-03-02T11:58:00+00:00",
    }  # fmt: skip
    asked: list[httpx.Request] = []

    def log_of(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return log

    source = AirflowSource(
        "http://airflow:8080",
        transport=answering(
            {
                "/api/v2/dags/~/dagRuns": {"dag_runs": [], "total_entries": 0},
                "/api/v2/dags/~/dagRuns/~/taskInstances": {"task_instances": [task]},
                "/api/v2/dags/fx/dagRuns/r/1/taskInstances/load/logs/3": log_of,
            }
        ),
    )

    answer = source.fetch(_ASKED)

    assert list(answer.telemetry.logs.message) == ["task load failed, try 3"]
    assert len(answer.missing) == 1
    assert answer.missing[0].startswith("the log of task load was not read: ")
    assert said in answer.missing[0]
    assert b"/dagRuns/r%2F1/" in asked[0].url.raw_path
    assert asked[0].url.params["map_index"] == "4"


@pytest.mark.parametrize(
    "content", [None, 5, [], [None, "x", {"event": 5}], "", "no record at all", "[x] {", "[[[(" * 9_000]
)
def test_a_log_of_another_shape_has_no_lines(content: object) -> None:
    assert telling_lines({"content": content}) == telling_lines(content) == []


def test_a_long_log_gives_its_trouble_and_what_was_said_around_it() -> None:
    lines = [{"event": f"step {n}", "level": "info", "timestamp": "2026-03-02T11:00Z"} for n in range(5_000)]
    lines[4_000] = {
        "event": "disk full " + "x" * 9_000,
        "level": "error",
        "timestamp": "2026-03-02T11:01Z",
    }

    told = telling_lines({"content": lines})

    assert [line.level for line in told].count("error") == 1
    assert "step 3999" in [line.text for line in told]
    assert len(told) <= 40
    assert max(len(line.text) for line in told) <= 2_000


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (401, NotAllowed, "refuses our token"),
        (403, NotAllowed, "refuses our token"),
        (500, OutsideTrouble, "error 500"),
        (503, OutsideTrouble, "error 503"),
    ],
)
def test_what_airflow_refuses_is_told_in_words(status: int, kind: type[DogwatchError], said: str) -> None:
    transport = httpx.MockTransport(
        lambda request: httpx.Response(status, json={"title": "no", "status": status})
    )
    for more in ({}, {"user": "dogwatch", "password": lambda: "sesame"}):
        source = AirflowSource("http://airflow:8080", transport=transport, **more)

        with pytest.raises(kind) as refused:
            list(source.history(_NOW - timedelta(days=1), _NOW))

        assert said in refused.value.say
        assert "sesame" not in f"{refused.value}{refused.value.say}"
