"""Runs of Airflow's pipelines around a moment, by its REST API (v2 of Airflow 3, v1 of Airflow 2)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from domain.evidence import LogTable, Telemetry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from integrations.evidence_client import EvidenceClient, HttpSource, listed, text_at, unix_of

_MOST_RUNS = 500
_BAD = frozenset({"failed", "upstream_failed"})


class AirflowSource(HttpSource):
    """Implements `EvidenceSource`; also gives the runs as Airflow tells them."""

    name = "Airflow"

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return the window's runs as lines: failures as errors, with the tasks that failed."""
        missing: list[str] = []
        rows: list[tuple[float, str, str, str]] = []
        with self.client() as client:
            root, runs = self._runs(client, query)
            if len(runs) >= _MOST_RUNS:
                missing.append(f"only {_MOST_RUNS} runs were read")
            for run in runs:
                rows.append(_line(run, query))
                if run.get("state") in _BAD and client.has_time():
                    rows += self._failed_tasks(client, root, run, query)
            missing += client.notes()
        rows.sort()
        if not rows:
            missing.append("no runs in this window")
        logs = LogTable(
            t_ms=[row[0] for row in rows],
            service=[row[1] for row in rows],
            level=[row[2] for row in rows],
            trace=[""] * len(rows),
            span=[""] * len(rows),
            message=[row[3] for row in rows],
        )
        return EvidenceAnswer(self.name, Telemetry(logs=logs), missing=tuple(missing))

    def dag_runs(self, query: EvidenceQuery) -> list[Mapping[str, Any]]:
        """Return the window's runs as Airflow tells them, the form in which run reports are read."""
        with self.client() as client:
            return self._runs(client, query)[1]

    def _runs(self, client: EvidenceClient, query: EvidenceQuery) -> tuple[str, list[Mapping[str, Any]]]:
        asked = {
            "start_date_gte": query.begin.isoformat(),
            "start_date_lte": query.end.isoformat(),
            "limit": str(_MOST_RUNS),
        }
        for root in ("api/v2", "api/v1"):
            answer = client.find(f"{root}/dags/~/dagRuns", asked)
            if answer is not None:
                found: list[Mapping[str, Any]] = [
                    run for run in listed(answer, "dag_runs") if isinstance(run, dict)
                ]
                return root, found[:_MOST_RUNS]
        return "", []

    def _failed_tasks(
        self, client: EvidenceClient, root: str, run: Mapping[str, Any], query: EvidenceQuery
    ) -> list[tuple[float, str, str, str]]:
        dag, identity = text_at(run, "dag_id"), text_at(run, "dag_run_id")
        answer = client.find(f"{root}/dags/{_safe(dag)}/dagRuns/{_safe(identity)}/taskInstances")
        found = []
        for task in listed(answer, "task_instances"):
            if text_at(task, "state") in _BAD:
                at = unix_of(task.get("end_date") or task.get("start_date")) or query.anomaly.timestamp()
                tried = task.get("try_number", 1)
                said = f"task {text_at(task, 'task_id')} {text_at(task, 'state')}, try {tried}"
                found.append(((at - query.anomaly.timestamp()) * 1000.0, dag, "error", said))
        return found


def _line(run: Mapping[str, Any], query: EvidenceQuery) -> tuple[float, str, str, str]:
    state = text_at(run, "state")
    at = unix_of(run.get("end_date") or run.get("start_date")) or query.anomaly.timestamp()
    level = "error" if state in _BAD else "info"
    said = f"run {text_at(run, 'dag_run_id')} is {state}"
    return (at - query.anomaly.timestamp()) * 1000.0, text_at(run, "dag_id"), level, said


def _safe(name: str) -> str:
    return quote(name, safe="")
