"""OpenLineage's own client reports runs to us, and the store of runs keeps them."""

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

from telemetry.run_reports import RunReceiver
from tests.counterparts.processes import free_ports
from tests.run_shelf import RunShelf
from tests.waiting import wait_until
from web.intake.keys import IntakeKeys
from web.intake.requests import Gate
from web.intake.run_routes import run_routes


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_real_client_tells_of_a_run_with_its_datasets(tmp_path: Path) -> None:
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
    from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport

    shelf, port = RunShelf(), free_ports()
    receiver = RunReceiver(shelf, lambda: datetime.now(UTC))
    app = Starlette(routes=list(run_routes(receiver, Gate(IntakeKeys({"airflow": "secret"})))))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    config = HttpConfig(
        url=f"http://127.0.0.1:{port}/intake/openlineage/", auth=ApiKeyTokenProvider({"apiKey": "secret"})
    )
    client = OpenLineageClient(transport=HttpTransport(config))
    run = Run(runId="0190a5d6-7a3e-7d2e-9a46-0d5a4f0c1b11")
    job = Job(namespace="etl", name="fx_trades")

    for state in (RunState.START, RunState.COMPLETE):
        client.emit(
            RunEvent(
                eventType=state,
                eventTime=datetime.now(UTC).isoformat(),
                run=run,
                job=job,
                producer="https://example.org/tests",
                inputs=[InputDataset("db", "raw.trades")],
                outputs=[OutputDataset("db", "gold.trades")],
            )
        )
    server.should_exit = True
    thread.join(10)

    assert [event.run.outcome.value for event in shelf.events] == ["running", "ok"]
    assert {event.run.feed for event in shelf.events} == {"fx_trades"}
    assert shelf.events[0].source == "airflow"
    assert (shelf.events[1].reads, shelf.events[1].writes) == (("raw.trades",), ("gold.trades",))
