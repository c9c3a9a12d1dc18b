"""The intake's doors on real sockets over a real store, decoded when a test asks."""

import asyncio
import contextlib
import functools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from domain.ports.evidence_source import EvidenceQuery
from runtime.wiring.intake import alert_takers
from telemetry.columnar_store import ColumnarStore
from telemetry.intake import DurableIntake
from telemetry.receivers.attribute_cache import AttributeCache
from telemetry.segments import store_segment
from tests.counterparts.processes import free_ports
from web.bounded_http import BoundedHttp
from web.intake.keys import IntakeKeys
from web.intake.otlp_grpc import otlp_server
from web.intake.requests import Gate
from web.intake.run_routes import alert_routes
from web.intake.status_routes import status_routes
from web.intake.syslog_listener import SyslogListener
from web.intake.telemetry_routes import telemetry_routes

KEY = "secret"


class IntakeHouse:
    """HTTP, gRPC and syslog on free ports, in a thread of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = ColumnarStore(folder)
        self.http_port = free_ports()
        self.grpc_port = self.syslog_port = 0
        self._ready, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(30)

    async def _run(self) -> None:
        intake = DurableIntake(self.folder)
        gate = Gate(IntakeKeys({"collector": KEY}), note=intake.note)
        routes = [
            *telemetry_routes(intake, gate),
            *alert_routes(alert_takers(intake), gate),
            *status_routes(self.store, gate, lambda: datetime.now(UTC)),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes),
            port=self.http_port,
            log_level="critical",
            lifespan="off",
            http=functools.partial(BoundedHttp, most_connections=200, head_seconds=0.5, body_seconds=0.5),  # type: ignore[arg-type]  # it is called, nothing else
        )
        server = uvicorn.Server(config)
        calls, self.grpc_port = otlp_server(intake, gate, "127.0.0.1:0", body_seconds=0.5)
        await calls.start()
        syslog = SyslogListener(intake, ["127.0.0.0/8"])
        self.syslog_port = await syslog.start("127.0.0.1", 0)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110  uvicorn tells by a flag, not by an event
            await asyncio.sleep(0.01)
        self._ready.set()
        await asyncio.to_thread(self._over.wait)
        server.should_exit = True
        await serving
        await syslog.stop()
        await calls.stop(1)
        await asyncio.to_thread(intake.close)

    def decode(self) -> None:
        """Turn what is sealed into files."""
        for segment in sorted((self.folder / "wal").glob("*.wal")):
            store_segment(segment, self.folder, AttributeCache())

    def query(self) -> EvidenceQuery:
        """Return the last minutes."""
        now = datetime.now(UTC)
        return EvidenceQuery(now - timedelta(minutes=5), now + timedelta(seconds=5), now, step_seconds=1)

    def stop(self) -> None:
        """Close the doors and write what waits."""
        self._over.set()
        self._thread.join(20)


@contextlib.contextmanager
def intake_house(folder: Path) -> Iterator[IntakeHouse]:
    """Yield a house that is stopped afterwards."""
    house = IntakeHouse(folder)
    try:
        yield house
    finally:
        house.stop()
