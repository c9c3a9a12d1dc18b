"""Read run reports of OpenLineage, Airflow, dbt and plain JSON into the fields they have in common."""

from collections.abc import Iterator, Mapping

from telemetry.receivers.airflow import due, of_airflow, retries, trouble
from telemetry.receivers.fields import (
    JsonObject,
    RunFields,
    clean,
    columns,
    datasets,
    delivered,
    given,
    named_resources,
    part,
    text,
    used,
)

_FAILED = ("failed", "upstream_failed")


def from_open_lineage(event: JsonObject) -> Iterator[RunFields]:
    """Yield the run of an OpenLineage run event; START and RUNNING open it, COMPLETE, FAIL and ABORT close
    it. What Airflow's provider sends is told as runs of Airflow."""
    facets = part(event, "run", "facets")
    if text(part(facets, "airflowDagRun", "dagRun"), "run_id") or text(
        part(facets, "airflow", "dagRun"), "run_id"
    ):
        yield of_airflow(event)
        return
    output = event.get("outputs")
    first = output[0] if isinstance(output, list) and output and isinstance(output[0], Mapping) else {}
    statistics = part(first, "outputFacets", "outputStatistics")
    kind = text(event, "eventType")
    when = text(event, "eventTime")
    nominal = part(facets, "nominalTime")
    done = kind in {"COMPLETE", "FAIL", "ABORT"}
    yield RunFields(
        feed=text(part(event, "job"), "name"),
        run=text(part(event, "run"), "runId"),
        state=kind,
        event_time=when,
        scheduled=text(nominal, "nominalStartTime"),
        started="" if done else when,
        finished=when if done else "",
        rows_written=statistics.get("rowCount"),
        bytes_read=statistics.get("size"),
        error=text(part(facets, "errorMessage"), "message"),
        reads=datasets(event.get("inputs")),
        writes=datasets(output),
        columns=delivered(event.get("inputs"), output),
        resources=used(event.get("inputs"), output),
        namespace=text(part(event, "job"), "namespace"),
    )


def from_airflow(record: JsonObject) -> Iterator[RunFields]:
    """Yield the runs of Airflow: a callback's context, one REST dag run, or a REST page of them."""
    pages = record.get("dag_runs")
    runs = pages if isinstance(pages, list) else [record]
    for one in runs:
        if not isinstance(one, Mapping):
            yield RunFields(feed="", run="", state="")
            continue
        yield RunFields(
            feed=text(one, "dag_id", "dag"),
            run=text(one, "dag_run_id", "run_id"),
            state=text(one, "state"),
            event_time=text(one, "end_date", "start_date", "logical_date"),
            scheduled=due(one),
            started=text(one, "start_date"),
            finished=text(one, "end_date"),
            retries=retries(one),
            reads=datasets(one.get("inlets")),
            writes=datasets(one.get("outlets")),
            error=trouble(one, "exception", "note") if text(one, "state") in _FAILED else "",
        )


def from_dbt(document: JsonObject) -> Iterator[RunFields]:
    """Yield one run per node of a `run_results.json`."""
    metadata = part(document, "metadata")
    results = document.get("results")
    for one in results if isinstance(results, list) else []:
        if not isinstance(one, Mapping):
            continue
        timing = one.get("timing")
        phases = (
            {text(t, "name"): t for t in timing if isinstance(t, Mapping)} if isinstance(timing, list) else {}
        )
        execute = phases.get("execute", {})
        name = text(one, "unique_id").rsplit(".", 1)[-1]
        yield RunFields(
            feed=name,
            run=f"{text(metadata, 'invocation_id')}:{name}" if text(metadata, "invocation_id") else "",
            state=text(one, "status"),
            event_time=text(metadata, "generated_at"),
            started=text(execute, "started_at"),
            finished=text(execute, "completed_at") or text(metadata, "generated_at"),
            lasted_seconds=one.get("execution_time"),
            rows_written=part(one, "adapter_response").get("rows_affected"),
            error=text(one, "message") if text(one, "status") in {"error", "fail"} else "",
        )


PLAIN_NAMES: dict[str, tuple[str, ...]] = {
    "feed": ("feed", "feed_id", "feed_name", "pipeline", "job"),
    "run": ("run", "run_id", "id", "execution_id"),
    "state": ("state", "status", "outcome", "result"),
}
"""How a flat record may call what it has to tell."""
OTHER_SHAPES = frozenset({"dag_id", "dag_runs", "eventtype", "results"})
"""Headings of records that are not flat, in lower case."""


def from_plain(record: JsonObject) -> Iterator[RunFields]:
    """Yield the run of a flat record, as JSON, CSV and Parquet give it, under any of the usual names."""
    warnings = record.get("warnings")
    yield RunFields(
        feed=text(record, *PLAIN_NAMES["feed"]),
        run=text(record, *PLAIN_NAMES["run"]),
        state=text(record, *PLAIN_NAMES["state"]),
        event_time=given(record, "seen_at", "event_time", "updated_at"),
        scheduled=given(record, "scheduled_at", "scheduled", "scheduled_time", "due_at"),
        started=given(record, "started_at", "started", "start", "start_time", "begin"),
        finished=given(record, "finished_at", "finished", "end", "end_time", "ended_at", "ended"),
        lasted_seconds=record.get("duration_seconds"),
        rows_read=record.get("rows_read"),
        rows_written=record.get("rows_written", record.get("rows")),
        rows_rejected=record.get("rows_rejected"),
        bytes_read=record.get("bytes_read", record.get("bytes")),
        retries=record.get("retries"),
        queue_seconds=record.get("queue_seconds"),
        columns=columns(record.get("columns")),
        resources=named_resources(record),
        error=text(record, "error_class", "error"),
        warnings=tuple(clean(str(line)) for line in warnings) if isinstance(warnings, list | tuple) else (),
    )
