"""Read run reports of OpenLineage and Airflow into the fields they have in common."""

import hashlib
import re
from collections.abc import Iterator, Mapping

from telemetry.receivers.airflow import due, of_airflow, retries, trouble
from telemetry.receivers.fields import (
    JsonObject,
    RunFields,
    datasets,
    delivered,
    part,
    text,
    used,
)

_FAILED = ("failed", "upstream_failed")
_LONGEST_NAME, _HEAD, _TAIL = 63, 24, 30


def from_open_lineage(event: JsonObject) -> Iterator[RunFields]:
    """Yield the run of an OpenLineage run event; START and RUNNING open it, COMPLETE, FAIL and ABORT close
    it. What Airflow's provider sends is told as runs of Airflow."""
    facets = part(event, "run", "facets")
    if text(part(facets, "airflowDagRun", "dagRun"), "run_id") or text(
        part(facets, "airflow", "dagRun"), "run_id"
    ):
        yield of_airflow(event)
        return
    if _is_no_run(event) or _is_test(event):
        return
    output = event.get("outputs")
    first = output[0] if isinstance(output, list) and output and isinstance(output[0], Mapping) else {}
    statistics = part(first, "outputFacets", "outputStatistics")
    kind = text(event, "eventType")
    when = text(event, "eventTime")
    nominal = part(facets, "nominalTime")
    done = kind in {"COMPLETE", "FAIL", "ABORT"}
    yield RunFields(
        feed=_job_name(text(part(event, "job"), "name")),
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


def _job_name(told: str) -> str:
    """Return a job's name, of one that is too long for a feed its head and tail with a mark of all of it.

    Spark and dbt make names of everything that they do: the tail is the table.
    """
    spelt = re.sub(r"[^a-z0-9]+", "_", told.casefold()).strip("_")
    if len(spelt) <= _LONGEST_NAME:
        return told
    mark = hashlib.sha256(spelt.encode()).hexdigest()[:6]
    return f"{spelt[:_HEAD].strip('_')}_{mark}_{spelt[-_TAIL:].strip('_')}"


def _is_no_run(event: JsonObject) -> bool:
    """Return whether it is one of the events that tell of a job or a data set as such, and of no run."""
    return "run" not in event and text(event, "schemaURL").endswith(("/JobEvent", "/DatasetEvent"))


def _is_test(event: JsonObject) -> bool:
    """Return whether it is a test of dbt's, which builds nothing."""
    kind = part(event, "job", "facets", "jobType")
    return text(kind, "integration") == "DBT" and text(kind, "jobType") == "TEST"


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
