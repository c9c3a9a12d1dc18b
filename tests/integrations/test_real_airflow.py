"""The real Airflow 2 and 3: what its interface, its OpenLineage provider and its callbacks tell of two feeds.

On demand, minutes long: `make install-airflow`, then `pytest -m slow` with this file. With
DOGWATCH_KEEP_ANSWERS=1 it writes the recordings that the ordinary tests read.
"""

import asyncio
import contextlib
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.errors import NotAllowed
from domain.ports.evidence_source import EvidenceQuery
from integrations.airflow_api import AirflowSource
from runtime.settings.house import Settings
from runtime.verbs.import_runs import import_airflow
from telemetry.run_reports import RunReceiver
from tests.counterparts.airflow import Airflow, need_airflow
from tests.counterparts.processes import free_ports
from tests.integrations.airflow_facts import RunShelf, check_evidence, check_history, check_reports
from tests.integrations.recorded import Recorder, keep_answers
from tests.waiting import wait_until
from web.intake.keys import IntakeKeys
from web.intake.requests import Gate
from web.intake.run_routes import run_routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
_KEY = "a key of the test"


class _Listening:
    """Remembers each body on its way in."""

    def __init__(self, app: ASGIApp, heard: list[dict[str, object]]) -> None:
        self._app, self._heard = app, heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""

        async def take() -> object:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                self._heard.append({"path": scope["path"], "body": json.loads(body)})
            return message

        await self._app(scope, take, send)  # type: ignore[arg-type]


@contextlib.contextmanager
def intake(shelf: RunShelf, heard: list[dict[str, object]]) -> Iterator[str]:
    """Yield the address of our doors for reports of runs."""
    port = free_ports()
    receiver = RunReceiver(shelf, lambda: datetime.now(UTC))
    app = Starlette(
        routes=list(run_routes(receiver, Gate(IntakeKeys({"airflow": _KEY})))),
        middleware=[Middleware(_Listening, heard=heard)],
    )
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def check_import(
    airflow: Airflow, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`dogwatch import airflow` takes both runs, as the account that may only look."""
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name, value in (("URL", airflow.url), ("USER", airflow.reader), ("PASSWORD", airflow.password)):
        monkeypatch.setenv(f"DOGWATCH_TELEMETRY__AIRFLOW_{name}", value)
    assert import_airflow(Settings(), 2) == 0
    told = capsys.readouterr().out
    assert "2 runs of 2 feeds" in told
    assert "1 reads what others write" in told


@pytest.mark.parametrize("major", [2, 3])
def test_a_real_airflow_is_read_and_reports_by_itself(
    major: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    need_airflow(major)
    shelf, heard = RunShelf(), list[dict[str, object]]()
    begin = datetime.now(UTC) - timedelta(minutes=1)
    with intake(shelf, heard) as address, contextlib.ExitStack() as stack:
        airflow = Airflow(major, tmp_path, address, _KEY)
        stack.callback(airflow.stop)
        airflow.run_feeds("by-hand:1+2~x", datetime.now(UTC).isoformat())
        end = datetime.now(UTC)
        recorder = Recorder()
        source = AirflowSource(
            airflow.url, transport=recorder, user=airflow.reader, password=lambda: airflow.password
        )
        check_evidence(source.fetch(EvidenceQuery(begin, end, end)))
        check_history(list(source.history(begin, end)), source.lineage())
        with pytest.raises(NotAllowed):
            AirflowSource(airflow.url, user=airflow.user, password=lambda: "wrong").fetch(
                EvidenceQuery(begin, end, end)
            )
        answers = recorder.finish()
        check_import(airflow, tmp_path / "house", monkeypatch, capsys)
        version = airflow.ask("GET", "version").json()["version"]
        wait_until(lambda: sum("lineage" not in str(one["path"]) for one in heard) >= 2)
    check_reports(shelf)
    if os.environ.get("DOGWATCH_KEEP_ANSWERS"):
        told = {"version": version, "begin": begin.isoformat(), "end": end.isoformat()}
        places = {
            str(tmp_path): "/srv/airflow", str(need_airflow(major)): "/opt/airflow",
            airflow.url: "http://127.0.0.1:8080", tempfile.gettempdir(): "/var/lib",
        }  # fmt: skip
        keep_answers(f"airflow-{major}", {**told, "answers": answers, "reports": heard}, places)
