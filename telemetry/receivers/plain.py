"""Read flat records of runs, as JSON, CSV and Parquet give them, under any usual name of a field."""

from telemetry.receivers.fields import JsonObject, RunFields, clean, columns, given, named_resources, text

PLAIN_NAMES: dict[str, tuple[str, ...]] = {
    "feed": (
        *("feed", "feed_id", "feed_name", "pipeline", "pipeline_name", "job", "job_name"),
        *("workflow", "workflow_name", "process_name", "flow_name"),
    ),
    "run": (
        *("run", "run_id", "id", "execution_id", "job_run_id", "pipeline_run_id", "flow_run_id"),
        *("job_execution_id", "run_key"),
    ),
    "state": (
        *("state", "status", "outcome", "result", "run_status", "run_state", "job_status"),
        *("job_run_state", "execution_status", "final_status"),
    ),
    "event_time": ("seen_at", "event_time", "updated_at"),
    "scheduled": (
        *("scheduled_at", "scheduled", "scheduled_time", "due_at", "scheduled_start", "scheduled_start_time"),
        *("scheduled_for", "planned_start"),
    ),
    "started": (
        *("started_at", "started", "start", "start_time", "begin", "start_ts", "start_timestamp"),
        *("started_on", "start_datetime", "run_start", "execution_start", "actual_start", "begin_time"),
    ),
    "finished": (
        *("finished_at", "finished", "end", "end_time", "ended_at", "ended", "end_ts", "end_timestamp"),
        *("end_datetime", "run_end", "execution_end", "actual_end", "completed_at", "completed_on"),
        *("completion_time", "finish_time", "finished_on"),
    ),
    "lasted_seconds": ("duration_seconds", "duration_s", "duration_sec", "elapsed_seconds"),
    "rows_read": ("rows_read", "records_read", "rows_in", "input_rows"),
    "rows_written": (
        *("rows_written", "rows", "row_count", "rows_loaded", "records", "record_count", "records_written"),
        *("records_loaded", "rows_out", "output_rows", "rows_inserted"),
    ),
    "rows_rejected": ("rows_rejected", "rejected_rows", "records_rejected"),
    "bytes_read": ("bytes_read", "bytes"),
    "retries": ("retries", "retry_count"),
    "queue_seconds": ("queue_seconds",),
    "error": ("error_class", "error", "error_message", "failure_reason"),
}
"""How a flat record may call what it has to tell; the first that is set counts. A bare `duration` is not
among them, for nobody says in which unit, nor is `start_date`, which is often a day without a time."""
OTHER_SHAPES = frozenset({"dag_id", "dag_runs", "eventtype", "results"})
"""Headings of records that are not flat, in lower case."""


def from_plain(record: JsonObject) -> list[RunFields]:
    """Return the run of a flat record, under any of the usual names."""
    warnings = record.get("warnings")
    return [
        RunFields(
            feed=text(record, *PLAIN_NAMES["feed"]),
            run=text(record, *PLAIN_NAMES["run"]),
            state=text(record, *PLAIN_NAMES["state"]),
            event_time=given(record, *PLAIN_NAMES["event_time"]),
            scheduled=given(record, *PLAIN_NAMES["scheduled"]),
            started=given(record, *PLAIN_NAMES["started"]),
            finished=given(record, *PLAIN_NAMES["finished"]),
            lasted_seconds=_number(record, "lasted_seconds"),
            rows_read=_number(record, "rows_read"),
            rows_written=_number(record, "rows_written"),
            rows_rejected=_number(record, "rows_rejected"),
            bytes_read=_number(record, "bytes_read"),
            retries=_number(record, "retries"),
            queue_seconds=_number(record, "queue_seconds"),
            columns=columns(record.get("columns")),
            resources=named_resources(record),
            error=clean(str(given(record, *PLAIN_NAMES["error"]))),
            warnings=tuple(clean(str(line)) for line in warnings)
            if isinstance(warnings, list | tuple)
            else (),
        )
    ]


def _number(record: JsonObject, field: str) -> object:
    """Return what stands under the first name of a field that is told, None without any.

    A list under a name that is not our own (`records`) is the rows themselves and no count of them.
    """
    own, *others = PLAIN_NAMES[field]
    if record.get(own) is not None:
        return record[own]
    told = (record.get(name) for name in others)
    return next((one for one in told if one is not None and not isinstance(one, list | dict)), None)
