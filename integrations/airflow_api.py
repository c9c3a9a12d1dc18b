"""Runs of Airflow's pipelines around a moment, by its REST API (v2 of Airflow 3, v1 of Airflow 2)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from domain.evidence import LogTable, Telemetry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from integrations.evidence_client import EvidenceClient, HttpSource, listed, text_at, unix_of

_MOST_RUNS, _PAGE = 500, 100
_ROOTS = ("api/v2", "api/v1")
_BAD = frozenset({"failed", "upstream_failed"})


class AirflowSource(HttpSource):
    """Implements `EvidenceSource`; also gives months of runs for the first import."""

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

    def history(self, begin: datetime, end: datetime) -> Iterator[list[Mapping[str, Any]]]:
        """Yield pages of the runs that began in a time, as Airflow tells them, the form that is imported.

        Each page has the patience of one fetch. Oldest first, so that runs that begin meanwhile come last.
        """
        root, offset = "", 0
        while True:
            with self.client() as client:
                root, page, total = self._page(client, root, begin, end, offset)
            if page:
                yield page
            offset += len(page)
            if not page or offset >= total:
                return

    def _runs(self, client: EvidenceClient, query: EvidenceQuery) -> tuple[str, list[Mapping[str, Any]]]:
        root, found, total = self._page(client, "", query.begin, query.end, 0)
        while found and len(found) < min(total, _MOST_RUNS) and client.has_time():
            _, more, _ = self._page(client, root, query.begin, query.end, len(found))
            if not more:
                break
            found += more
        return root, found[:_MOST_RUNS]

    def _page(
        self, client: EvidenceClient, root: str, begin: datetime, end: datetime, offset: int
    ) -> tuple[str, list[Mapping[str, Any]], int]:
        """Return the interface's root, a page of runs, and how many there are in all.

        A server gives at most a hundred at once (its `maximum_page_limit`), whatever is asked for.
        """
        asked = {
            "start_date_gte": begin.isoformat(),
            "start_date_lte": end.isoformat(),
            "order_by": "start_date",
            "limit": str(_PAGE),
            "offset": str(offset),
        }
        for tried in (root,) if root else _ROOTS:
            answer = client.find(f"{tried}/dags/~/dagRuns", asked)
            if answer is not None:
                found: list[Mapping[str, Any]] = [
                    run for run in listed(answer, "dag_runs") if isinstance(run, dict)
                ]
                total = answer.get("total_entries") if isinstance(answer, dict) else None
                return tried, found, total if isinstance(total, int) else offset + len(found)
        return "", [], 0

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
