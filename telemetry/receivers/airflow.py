"""What Airflow tells of its runs, by REST, in callbacks and through its OpenLineage provider, said alike.

A run has the same name on every way, so what comes by several is one run. The provider speaks of each try of
each task as a job of its own; here those complete what is known of the pipeline's run and never end it.
"""

from telemetry.receivers.fields import (
    JsonObject,
    RunFields,
    datasets,
    delivered,
    part,
    text,
    used,
)

_NEVER_DUE = ("backfill", "backfill_job")
_SAYS_NOTHING = ("task_failure", "success")
"""What Airflow gives as the reason of an ended run where the reason stands with its tasks."""


def due(run: JsonObject) -> str:
    """Return when a run was to begin, empty where nobody waited for that moment.

    A run that a person or a data set started has the interval of another one, which may lie a day back.
    """
    kind = text(run, "run_type")
    if kind in _NEVER_DUE:
        return ""
    # What tells no kind is an export of regular runs.
    interval = ("data_interval_end",) if kind in ("", "scheduled") else ()
    return text(run, *interval, "logical_date", "execution_date", "run_after")


def trouble(told: JsonObject, *names: str) -> str:
    """Return what went wrong in Airflow's words, empty where they only say that something did."""
    said = text(told, *names)
    return "" if said in _SAYS_NOTHING else said


def retries(told: JsonObject) -> int:
    """Return how many tries went before this one."""
    tried = told.get("try_number")
    return max(tried - 1, 0) if isinstance(tried, int) and not isinstance(tried, bool) else 0


def of_airflow(event: JsonObject) -> RunFields:
    """Return the run that an event of Airflow's OpenLineage provider speaks of."""
    facets = part(event, "run", "facets")
    told = {
        "error": trouble(part(facets, "errorMessage"), "message"),
        "reads": datasets(event.get("inputs")),
        "writes": datasets(event.get("outputs")),
        "resources": used(event.get("inputs"), event.get("outputs")),
        "columns": delivered(event.get("inputs"), event.get("outputs")),
        "event_time": text(event, "eventTime"),
        "namespace": text(part(event, "job"), "namespace"),
    }
    whole = part(facets, "airflowDagRun", "dagRun")
    if text(whole, "run_id"):
        return _run(whole, text(event, "eventType"), finished=text(whole, "end_date"), **told)
    task, tried = part(facets, "airflow", "task"), retries(part(facets, "airflow", "taskInstance"))
    allowed = task.get("retries")
    if isinstance(allowed, int) and tried < allowed:
        told["error"] = ""  # it is tried again
    return _run(part(facets, "airflow", "dagRun"), "RUNNING", retries=tried, **told)


def _run(run: JsonObject, state: str, **told: object) -> RunFields:
    return RunFields(
        feed=text(run, "dag_id"),
        run=text(run, "run_id"),
        state=state,
        scheduled=due(run),
        started=text(run, "start_date"),
        **told,  # type: ignore[arg-type]  # each is one of its fields
    )
