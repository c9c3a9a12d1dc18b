"""Every kind of bad report has its own answer, and good ones count once."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from domain.ids import FeedName
from domain.running.run_merging import merged
from domain.running.runs import Outcome, Rejection, Run
from telemetry.bulk import read_record, receive
from telemetry.normalise import check, template_of
from telemetry.receivers.fields import RunFields

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def a_report(**changes: object) -> RunFields:
    base: dict[str, object] = {
        "feed": "fx_trades",
        "run": "r1",
        "state": "ok",
        "started": "2026-03-02T06:00:00Z",
        "finished": "2026-03-02T06:10:00Z",
        "rows_written": 100,
    }
    return RunFields(**(base | changes))  # type: ignore[arg-type]


def reasons(*reports: RunFields) -> list[Rejection]:
    return [record.reason for record in check(reports, NOW)[1]]


def runs_of(reports: Iterable[RunFields]) -> list[Run]:
    """Return the runs that reports tell of together, in the order in which each was first told of."""
    known: dict[object, Run] = {}
    for _, run in check(reports, NOW)[0]:
        after = merged(known.get(run.key), run)
        if isinstance(after, Run):
            known[run.key] = after
    return list(known.values())


def run_of(*reports: RunFields) -> Run:
    (run,) = runs_of(reports)
    return run


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"feed": ""}, Rejection.NO_FEED),
        ({"feed": "!"}, Rejection.BAD_FEED),
        ({"run": ""}, Rejection.NO_RUN),
        ({"state": "dancing"}, Rejection.BAD_STATE),
        ({"started": "yesterday"}, Rejection.BAD_TIME),
        ({"started": "", "finished": ""}, Rejection.NO_TIME),
        ({"finished": "2026-03-03T06:00:00Z"}, Rejection.FUTURE),
        ({"finished": "2026-03-02T05:00:00Z"}, Rejection.ENDS_BEFORE_START),
        ({"rows_written": -5}, Rejection.BAD_NUMBER),
        ({"rows_written": "many"}, Rejection.BAD_NUMBER),
    ],
)
def test_what_cannot_be_true_is_refused_with_its_reason(
    changes: dict[str, object], reason: Rejection
) -> None:
    assert reasons(a_report(**changes)) == [reason]


@pytest.mark.proves("K1")
def test_no_secret_that_a_loader_tells_in_its_error_is_kept() -> None:
    why = (
        "x" * 20
        + " could not connect to postgresql://app:canary-4821@db/orders with password=canary-4821-too"
    )
    told: dict[str, object] = {"state": "failed", "error": why, "warnings": (why,)}

    kept = run_of(a_report(**told))
    _, refused = check([a_report(**told | {"feed": ""})], NOW)

    assert "could not connect to" in kept.error_class
    assert "could not connect to" in refused[0].excerpt
    assert "canary" not in repr((kept, refused))


def test_the_same_report_twice_is_one_run() -> None:
    run = run_of(a_report())

    assert merged(run, run_of(a_report())) is Rejection.DUPLICATE


def test_an_end_that_comes_before_its_start_in_the_post_is_completed_by_it() -> None:
    begun = a_report(state="running", finished="", event_time="2026-03-02T06:00:00Z")

    run = run_of(a_report(started=""), begun)

    assert run.outcome is Outcome.OK
    assert run.duration_seconds == 600.0


def test_a_half_written_run_is_completed_and_keeps_what_it_knew() -> None:
    half = a_report(state="running", finished="", rows_written=None, retries=2)

    run = run_of(half, a_report(started=""))

    assert (run.outcome, run.retries, run.rows_written) == (Outcome.OK, 2, 100)


def test_nothing_is_known_before_it_happened() -> None:
    run = run_of(a_report())

    assert run.seen_at == datetime(2026, 3, 2, 6, 10, tzinfo=UTC)


def test_a_clock_change_does_not_make_a_run_negative() -> None:
    run = run_of(a_report(started="2026-03-02T02:30:00+02:00", finished="2026-03-02T02:10:00+01:00"))

    assert run.duration_seconds == 2_400.0


def test_epoch_milliseconds_and_seconds_are_both_times() -> None:
    start = datetime(2026, 3, 2, 6, tzinfo=UTC).timestamp()

    run = run_of(a_report(started=start, finished=(start + 60) * 1_000))

    assert run.duration_seconds == 60.0


def test_open_lineage_start_and_complete_are_one_run() -> None:
    def event(kind: str, when: str) -> dict[str, object]:
        return {
            "eventType": kind,
            "eventTime": when,
            "job": {"namespace": "etl", "name": "fx.trades"},
            "run": {"runId": "0176a8c2-fe01-7439-87e6-56a1a1b4029f", "facets": {}},
            "outputs": [{"outputFacets": {"outputStatistics": {"rowCount": 42}}}],
        }

    start, end = event("START", "2026-03-02T06:00:00Z"), event("COMPLETE", "2026-03-02T06:05:00Z")

    run = run_of(*receive(start), *receive(end))

    assert (run.feed, run.outcome, run.duration_seconds, run.rows_written) == (
        "fx_trades",
        Outcome.OK,
        300.0,
        42,
    )


def test_an_airflow_page_gives_its_runs() -> None:
    page = {
        "dag_runs": [
            {
                "dag_id": "fx_trades",
                "dag_run_id": "scheduled__1",
                "state": "failed",
                "start_date": "2026-03-02T06:00:00+00:00",
                "end_date": "2026-03-02T06:01:00+00:00",
            }
        ]
    }

    run = run_of(*receive(page))

    assert run.outcome is Outcome.FAILED


def test_dbt_results_are_one_run_per_node() -> None:
    document = {
        "metadata": {"invocation_id": "i1", "generated_at": "2026-03-02T06:02:00Z"},
        "results": [
            {
                "unique_id": "model.shop.orders",
                "status": "success",
                "adapter_response": {"rows_affected": 7},
                "timing": [
                    {
                        "name": "execute",
                        "started_at": "2026-03-02T06:00:00Z",
                        "completed_at": "2026-03-02T06:01:00Z",
                    }
                ],
            },
            {"unique_id": "model.shop.items", "status": "error", "message": "boom"},
        ],
    }

    runs = {run.feed: run for run in runs_of(receive(document))}

    assert runs["orders"].rows_written == 7  # type: ignore[index]
    assert runs["items"].outcome is Outcome.FAILED  # type: ignore[index]


def test_of_dbt_only_what_is_built_is_a_feed_and_what_could_not_be_built_is_in_trouble() -> None:
    names = {
        "model.shop.orders.v2": "success",
        "seed.shop.countries": "success",
        "snapshot.shop.test": "success",
        "model.shop.refunds": "skipped",
        "model.shop.ephemeral": "no-op",
        "test.shop.not_null_orders_id.ab12cd34": "fail",
        "unit_test.shop.orders.adds_up": "pass",
        "operation.shop.shop-on-run-end-0": "success",
    }
    document = {
        "metadata": {"invocation_id": "i1", "generated_at": "2026-03-02T06:02:00Z"},
        "results": [{"unique_id": name, "status": status, "timing": []} for name, status in names.items()],
    }

    runs = {run.feed: run for run in runs_of(receive(document))}

    assert sorted(runs) == ["countries", "orders_v2", "refunds", "test"]
    refunds = runs[FeedName("refunds")]
    assert (refunds.outcome, refunds.started_at) == (Outcome.FAILED, None)
    assert "built on failed" in refunds.error_class


def test_a_run_that_tells_its_end_and_how_long_it_took_has_a_start() -> None:
    told = {"feed": "fx", "run": "1", "status": "ok", "finished_at": "2026-03-02T06:10:00Z"}

    took, silent, nonsense = (
        runs_of(receive(told | more)) for more in ({"duration_seconds": 90}, {}, {"duration_seconds": "long"})
    )

    assert took[0].started_at == datetime(2026, 3, 2, 6, 8, 30, tzinfo=UTC)
    assert silent[0].started_at is None
    assert not nonsense


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "nonsense", "null"])
def test_unreadable_text_never_raises(text: str) -> None:
    check(read_record(text), NOW)


def test_log_lines_of_one_kind_have_one_template() -> None:
    one = template_of("read 4,312 rows from /data/in/2026-03-02.csv in 3.2s for 'ACME'")

    assert one == template_of("read 9 rows from /data/in/2026-03-03.csv in 11.0s for 'Other'")


def test_ten_thousand_reports_at_once_are_taken_in_order() -> None:
    start = NOW - timedelta(days=2)
    reports = [
        a_report(run=f"r{n}", started=start.isoformat(), finished=(start + timedelta(seconds=n)).isoformat())
        for n in range(10_000)
    ]

    assert [run.run for run in runs_of(reports)] == [report.run for report in reports]


def test_a_try_that_failed_before_the_one_that_went_well_changes_nothing_however_late_it_is_told() -> None:
    well = a_report(started="", finished="2026-03-02T06:30:00Z", event_time="2026-03-02T06:30:01Z")
    failed = a_report(
        state="failed",
        started="2026-03-02T06:00:00Z",
        finished="2026-03-02T06:10:00Z",
        error="Timeout",
        retries=1,
        rows_written=None,
    )

    run = run_of(well, failed)

    assert (run.outcome, run.finished_at) == (Outcome.OK, datetime(2026, 3, 2, 6, 30, tzinfo=UTC))
    assert run.seen_at == datetime(2026, 3, 2, 6, 30, 1, tzinfo=UTC)
    assert (run.started_at, run.retries) == (datetime(2026, 3, 2, 6, tzinfo=UTC), 1), "what was not known"
    assert run.error_class == "", "why the first try failed says nothing of the second"
    assert merged(run, run_of(failed)) is Rejection.OLDER
    corrected = a_report(state="failed", started="", finished="2026-03-02T06:30:00Z")
    told = (well, failed, corrected)
    assert run_of(*told).outcome is Outcome.FAILED, "of the same end the later word counts"
    assert run_of(*told, a_report(finished="")).outcome is Outcome.OK, "and so it does where no end is told"
