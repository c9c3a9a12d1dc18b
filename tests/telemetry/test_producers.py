"""What dbt and the producers of OpenLineage really send: views, docs, signs of life, events without a run."""

import json

import pytest

from domain.ids import FeedName
from domain.running.runs import Outcome
from telemetry.bulk import read_record
from telemetry.normalise import check
from tests.telemetry.test_normalise import NOW, run_of, runs_of


def _dbt(which: str = "run", **result: object) -> str:
    one = {"unique_id": "model.shop.orders", "status": "success", "timing": [], **result}
    about = {"invocation_id": "i1", "generated_at": "2026-03-02T06:02:00Z"}
    return json.dumps({"metadata": about, "args": {"which": which}, "results": [one]})


def _event(kind: str, when: str, **more: object) -> str:
    told: dict[str, object] = {
        "eventType": kind,
        "eventTime": f"2026-03-02T{when}:00Z",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "job": {"namespace": "etl", "name": "fx.trades"},
        "run": {"runId": "0176a8c2-fe01-7439-87e6-56a1a1b4029f"},
    }
    return json.dumps({name: value for name, value in (told | more).items() if value is not None})


@pytest.mark.parametrize(("told", "rows"), [(-1, None), ("-1", None), (0, 0), ("12", 12)])
def test_a_view_whose_rows_no_driver_counts_is_a_run_like_any_other(told: object, rows: int | None) -> None:
    run = run_of(*read_record(_dbt(adapter_response={"rows_affected": told})))

    assert (run.outcome, run.rows_written) == (Outcome.OK, rows)


def test_a_count_below_none_that_says_something_else_is_still_refused() -> None:
    good, refused = check(read_record(_dbt(adapter_response={"rows_affected": -2})), NOW)

    assert (good, [one.reason for one in refused]) == ([], ["number not usable"])


@pytest.mark.parametrize("which", ["compile", "generate", "show", "run-operation", "docs.generate"])
def test_a_command_that_builds_nothing_is_no_run_of_any_model(which: str) -> None:
    assert read_record(_dbt(which)) == []


@pytest.mark.parametrize("which", ["run", "build", "retry", "seed", "snapshot", ""])
def test_a_command_that_builds_is_a_run_of_what_it_builds(which: str) -> None:
    assert run_of(*read_record(_dbt(which))).feed == "orders"


def test_a_model_that_dbt_found_new_enough_ran_well_without_having_taken_any_time() -> None:
    run = run_of(*read_record(_dbt(status="reused")))

    assert (run.outcome, run.duration_seconds) == (Outcome.OK, None)


def test_the_freshness_of_a_source_is_no_run() -> None:
    assert read_record(_dbt(unique_id="source.shop.raw.orders", status="pass")) == []


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 0, 2, 3), (2, 1, 0, 3), (0, 3, 1, 2)])
def test_signs_of_life_leave_a_run_begun_when_it_was(order: tuple[int, ...]) -> None:
    told = [
        _event("START", "06:00"),
        _event("RUNNING", "06:20"),
        _event("RUNNING", "06:40"),
        _event("COMPLETE", "06:45"),
    ]

    run = run_of(*(fields for place in order for fields in read_record(told[place])))

    assert (run.outcome, run.duration_seconds) == (Outcome.OK, 45 * 60.0)


def test_a_run_whose_start_got_lost_was_under_way_at_its_first_sign_of_life() -> None:
    run = run_of(*read_record(_event("RUNNING", "06:20")), *read_record(_event("RUNNING", "06:40")))

    assert run.started_at is not None
    assert (run.outcome, run.started_at.minute) == (Outcome.RUNNING, 20)


def test_another_try_begins_when_it_does() -> None:
    first = {"feed": "fx", "run": "1", "state": "running", "started_at": "2026-03-02T06:00:00Z"}
    second = first | {"started_at": "2026-03-02T06:30:00Z", "retries": 1}

    run = run_of(*read_record(json.dumps(first)), *read_record(json.dumps(second)))

    assert run.started_at is not None
    assert run.started_at.minute == 30


@pytest.mark.parametrize("kind", ["JobEvent", "DatasetEvent"])
def test_an_event_that_tells_of_no_run_is_neither_one_nor_refused(kind: str) -> None:
    url = f"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/{kind}"
    told = _event("START", "06:00", eventType=None, run=None, schemaURL=url)

    assert check(read_record(told), NOW) == ([], [])


def test_a_test_of_dbt_is_no_feed_and_a_model_of_it_is_one() -> None:
    def job(kind: str) -> dict[str, object]:
        return {
            "namespace": "dbt",
            "name": kind,
            "facets": {"jobType": {"integration": "DBT", "jobType": kind}},
        }

    told = [_event("FAIL", "06:00", job=job(kind)) for kind in ("TEST", "MODEL")]

    assert [run.feed for run in runs_of(one for text in told for one in read_record(text))] == ["model"]


def test_a_feed_that_is_told_as_an_object_is_none_and_an_error_told_so_is_kept() -> None:
    told = {"feed": {"name": "fx"}, "run": "1", "state": "ok", "finished_at": "2026-03-02T06:00:00Z"}
    failed = told | {"feed": "fx", "state": "failed", "error": {"code": "E17"}}

    _, refused = check(read_record(json.dumps(told)), NOW)
    run = run_of(*read_record(json.dumps(failed)))

    assert [one.reason for one in refused] == ["no feed named"]
    assert (run.feed, "E17" in run.error_class) == (FeedName("fx"), True)


def test_a_job_whose_name_is_too_long_for_a_feed_keeps_its_head_its_table_and_a_mark() -> None:
    def told(name: str) -> str:
        event = _event("COMPLETE", "06:00", job={"namespace": "spark", "name": name})
        return run_of(*read_record(event)).feed

    long = "shop_app.execute_insert_into_hadoop_fs_relation_command.warehouse_sales_orders_daily"
    other = long.replace("hadoop", "local")

    assert told(long).startswith("shop_app_execute_insert_")
    assert told(long).endswith("_warehouse_sales_orders_daily")
    assert told(long) == told(long.upper().replace(".", "/")) != told(other)
    assert told("a" * 63) == "a" * 63, "one that fits is left alone"
