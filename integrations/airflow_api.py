"""Runs of Airflow's pipelines around a moment, by its REST API (v2 of Airflow 3, v1 of Airflow 2)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from ssl import SSLContext
from typing import Any
from urllib.parse import quote

import httpx

from domain.errors import DogwatchError
from domain.investigation.evidence import LogTable, Telemetry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from domain.text.run_lines import run_state, task_state
from integrations.airflow_lineage import Produced, consumers_of_producers, produced
from integrations.airflow_logs import telling_lines
from integrations.evidence_client import EvidenceClient, HttpSource, listed, text_at, unix_of

_MOST_RUNS, _PAGE, _MOST_TASKS, _MOST_LOGS = 500, 100, 100, 10
_ROOTS = ("api/v2", "api/v1")
_BAD = ("failed", "upstream_failed")
_TROUBLED = (*_BAD, "up_for_retry")
_UNDER_WAY = ("running", "queued")
_Row = tuple[float, str, str, str]


class AirflowSource(HttpSource):
    """Implements `EvidenceSource`; also gives months of runs for the first import.

    Args:
        base_url: Address of the server.
        token: Gives a bearer token, empty for none.
        transport: How bytes travel; the network when left out.
        trust: Whose certificates are believed; those that the system believes when left out.
        user: Who signs in with a password where there is no lasting token, empty for nobody.
        password: Gives that password.
    """

    name = "Airflow"

    def __init__(
        self,
        base_url: str,
        token: Callable[[], str] = lambda: "",
        transport: httpx.BaseTransport | None = None,
        *,
        trust: SSLContext | None = None,
        user: str = "",
        password: Callable[[], str] = lambda: "",
    ) -> None:
        super().__init__(base_url, token, transport, trust=trust)
        self._user, self._password = user, password

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return the window's runs as lines, with the tasks that failed and what their logs say."""
        missing: list[str] = []
        with self._signed_in() as client:
            root, runs = self._runs(client, query, missing)
            rows = [_line(run, query) for run in runs]
            tasks = self._troubled_tasks(client, root, query, missing) if root else []
            rows += [_task_line(task, query) for task in tasks]
            rows += self._log_lines(client, root, tasks, query, missing)
            calls = consumers_of_producers(self._produced(client, root)) if root and client.has_time() else ()
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
        return EvidenceAnswer(self.name, Telemetry(logs=logs), calls, missing=tuple(missing))

    def history(self, begin: datetime, end: datetime) -> Iterator[list[Mapping[str, Any]]]:
        """Yield pages of the runs that began in a time, as Airflow tells them, the form that is imported.

        Each page has the patience of one fetch. Oldest first, so that runs that begin meanwhile come last.
        """
        root, offset = "", 0
        asked = {
            "start_date_gte": begin.isoformat(), "start_date_lte": end.isoformat(), "order_by": "start_date"
        }  # fmt: skip
        while True:
            with self._signed_in() as client:
                root, page, total = self._page(client, root, asked, offset)
            if page:
                yield page
            offset += len(page)
            if not page or offset >= total:
                return

    def lineage(self) -> tuple[Produced, ...]:
        """Return which pipelines write which data sets (assets) and which wait for them."""
        with self._signed_in() as client:
            for root in _ROOTS:
                told = self._produced(client, root)
                if told:
                    return told
        return ()

    @contextmanager
    def _signed_in(self) -> Iterator[EvidenceClient]:
        with self.client() as client:
            if self._user:
                client.sign_in("auth/token", self._user, self._password())
            yield client

    def _runs(
        self, client: EvidenceClient, query: EvidenceQuery, missing: list[str]
    ) -> tuple[str, list[Mapping[str, Any]]]:
        """Return the interface's root, and the runs that ended in the window or go on."""
        ended: dict[str, str | list[str]] = {
            "end_date_gte": query.begin.isoformat(), "end_date_lte": query.end.isoformat()
        }  # fmt: skip
        root, found = "", []
        for asked in (ended, {"state": list(_UNDER_WAY)}):
            at, total = 0, 1
            while at < min(total, _MOST_RUNS) and client.has_time():
                root, page, total = self._page(client, root, asked, at)
                found += page
                at = at + len(page) if page else total
            if at < total:
                missing.append(f"only {at} of {total} runs were read")
        return root, [run for run in found if _begun(run) <= query.end.timestamp()]

    def _page(
        self, client: EvidenceClient, root: str, asked: Mapping[str, str | list[str]], offset: int
    ) -> tuple[str, list[Mapping[str, Any]], int]:
        """Return the interface's root, a page of runs, and how many there are in all.

        A server gives at most a hundred at once (its `maximum_page_limit`), whatever is asked for.
        """
        question = {**asked, "limit": str(_PAGE), "offset": str(offset)}
        for tried in (root,) if root else _ROOTS:
            answer = client.find(f"{tried}/dags/~/dagRuns", question)
            if answer is not None:
                found: list[Mapping[str, Any]] = [
                    run for run in listed(answer, "dag_runs") if isinstance(run, dict)
                ]
                total = answer.get("total_entries") if isinstance(answer, dict) else None
                return tried, found, total if isinstance(total, int) else offset + len(found)
        return "", [], 0

    def _troubled_tasks(
        self, client: EvidenceClient, root: str, query: EvidenceQuery, missing: list[str]
    ) -> list[Mapping[str, Any]]:
        asked: dict[str, str | list[str]] = {
            "end_date_gte": query.begin.isoformat(),
            "end_date_lte": query.end.isoformat(),
            "state": list(_TROUBLED),
            "limit": str(_MOST_TASKS),
        }
        answer = client.find(f"{root}/dags/~/dagRuns/~/taskInstances", asked)
        found = [task for task in listed(answer, "task_instances") if isinstance(task, dict)]
        if len(found) >= _MOST_TASKS:
            missing.append(f"only {_MOST_TASKS} failed tasks were read")
        return [task for task in found if text_at(task, "state") in _TROUBLED]

    def _log_lines(
        self,
        client: EvidenceClient,
        root: str,
        tasks: list[Mapping[str, Any]],
        query: EvidenceQuery,
        missing: list[str],
    ) -> list[_Row]:
        """Return what the newest failed tasks' logs say; a log that can't be read costs nothing else."""
        wanted = [task for task in tasks if text_at(task, "state") != "upstream_failed"]
        wanted.sort(key=lambda task: unix_of(task.get("end_date")), reverse=True)
        found: list[_Row] = []
        unread = max(len(wanted) - _MOST_LOGS, 0)
        for task in wanted[:_MOST_LOGS]:
            if not client.has_time():
                unread += 1
                continue
            try:
                answer = client.find(_log_path(root, task), _log_question(task))
            except DogwatchError as trouble:
                missing.append(f"the log of task {text_at(task, 'task_id')} was not read: {trouble.say}")
                continue
            dag, name, ended = text_at(task, "dag_id"), text_at(task, "task_id"), _at(task, query)
            for line in telling_lines(answer):
                at = (line.at or ended) - query.anomaly.timestamp()
                found.append((at * 1000.0, dag, line.level, f"{name}: {line.text}"))
        if unread:
            missing.append(f"the logs of {unread} more failed tasks were not read")
        return found

    @staticmethod
    def _produced(client: EvidenceClient, root: str) -> tuple[Produced, ...]:
        answer = client.find(f"{root}/{'assets' if root.endswith('v2') else 'datasets'}", {"limit": "100"})
        return produced(listed(answer, "assets") or listed(answer, "datasets"))


def _line(run: Mapping[str, Any], query: EvidenceQuery) -> _Row:
    state = text_at(run, "state")
    level = "error" if state in _BAD else "info"
    said = run_state(
        text_at(run, "dag_run_id"), state, text_at(run, "start_date") if state in _UNDER_WAY else ""
    )
    return (_at(run, query) - query.anomaly.timestamp()) * 1000.0, text_at(run, "dag_id"), level, said


def _task_line(task: Mapping[str, Any], query: EvidenceQuery) -> _Row:
    state, tried = text_at(task, "state"), task.get("try_number", 1)
    said = task_state(text_at(task, "task_id"), state, tried)
    at = (_at(task, query) - query.anomaly.timestamp()) * 1000.0
    return at, text_at(task, "dag_id"), "error" if state in _BAD else "warn", said


def _begun(run: Mapping[str, Any]) -> float:
    return unix_of(run.get("start_date")) or unix_of(run.get("queued_at"))


def _at(told: Mapping[str, Any], query: EvidenceQuery) -> float:
    """Return when something ended or, while it goes on, the part of the window in which it is known."""
    at = unix_of(told.get("end_date")) or _begun(told)
    return min(max(at, query.begin.timestamp()), query.end.timestamp())


def _log_path(root: str, task: Mapping[str, Any]) -> str:
    parts = (
        "dags", text_at(task, "dag_id"), "dagRuns", text_at(task, "dag_run_id"),
        "taskInstances", text_at(task, "task_id"), "logs", str(task.get("try_number") or 1),
    )  # fmt: skip
    return "/".join([root, *(quote(part, safe="") for part in parts)])


def _log_question(task: Mapping[str, Any]) -> dict[str, str]:
    place = task.get("map_index")
    return {"map_index": str(place)} if isinstance(place, int) and place >= 0 else {}
