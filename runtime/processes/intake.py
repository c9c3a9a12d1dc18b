"""The intake process: takes what is pushed, keeps its decoders running and its store within its bounds.

It is apart from the doors, because unpacking and decoding compute: beside the doors they would double the
time until a click is answered.
"""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from domain.errors import OutsideTrouble
from domain.ports.telemetry_intake import TelemetryIntake
from runtime.ports import cannot_listen, listening
from runtime.private_hosts import in_an_address
from runtime.processes.http_server import HttpServer
from runtime.settings.house import Settings
from runtime.settings.telemetry import TelemetrySettings
from runtime.steady import steadily
from runtime.temporal_child import ends_with_us
from runtime.wiring.incident_alerts import open_alert_intake
from runtime.wiring.intake import (
    alert_takers,
    intake_keys,
    open_intake,
    reading_reports,
    run_reports,
    used_requests,
)
from runtime.wiring.investigating.evidence_sources import open_clickhouse, open_telemetry
from runtime.wiring.stores import open_stores
from telemetry.housekeeping import prune
from telemetry.intake import DurableIntake
from telemetry.trusted_clock import TrustedClock
from web.bounded_http import BoundedHttp, raise_handles
from web.intake.requests import Flood, Gate
from web.intake.run_routes import alert_routes, reading_routes, run_routes
from web.intake.server_certificate import ServerCertificate
from web.intake.status_routes import status_routes
from web.intake.syslog_listener import SyslogListener
from web.intake.telemetry_routes import telemetry_routes

log = logging.getLogger("dogwatch.intake")

_GRPC_PORT, _SYSLOG_PORT = "DOGWATCH_TELEMETRY__GRPC_PORT", "DOGWATCH_TELEMETRY__SYSLOG_PORT"
_PRUNE_SECONDS = 2.0
_SHIP_SECONDS = 1.0


async def run_intake(settings: Settings) -> None:
    """Take pushed telemetry until SIGTERM or SIGINT."""
    raise_handles()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    # Before a store is opened: whoever can't listen leaves nothing open.
    doors = listening(settings.telemetry.host, settings.telemetry.port, "DOGWATCH_TELEMETRY__PORT")
    root = settings.data_dir.resolve() / "telemetry"
    stores = open_stores(settings)
    intake = open_intake(settings)
    used = used_requests(stores)
    gate = Gate(intake_keys(settings, stores), Flood(), note=intake.note, used=used)
    readings = reading_reports(stores)
    routes: list[BaseRoute] = [
        Route("/healthz", _health(intake)),
        *telemetry_routes(intake, gate, readings),
        *reading_routes(readings, gate),
        *status_routes(open_telemetry(settings), gate, stores.clock.now),
        *run_routes(run_reports(stores), gate),
        *alert_routes(alert_takers(intake, open_alert_intake(settings, stores)), gate),
    ]
    server = HttpServer(Starlette(routes=routes), timeout_graceful_shutdown=3, http=BoundedHttp)
    try:
        async with _beside(settings, intake, gate, root):
            serving = asyncio.create_task(server.serve(sockets=[doors]))
            log.info("intake listens", extra={"port": settings.telemetry.port})
            await asyncio.wait(
                [asyncio.create_task(stop.wait()), serving], return_when=asyncio.FIRST_COMPLETED
            )
            server.should_exit = True
            await serving
    finally:
        if isinstance(intake, DurableIntake):
            await asyncio.to_thread(intake.close)
        stores.database.close()


@contextlib.asynccontextmanager
async def _beside(settings: Settings, intake: TelemetryIntake, gate: Gate, root: Path) -> AsyncIterator[None]:
    """Run what stands beside HTTP: gRPC, syslog, decoders, who tidies and prunes."""
    told = settings.telemetry
    async with contextlib.AsyncExitStack() as stack:
        # Before gRPC, whose threads do not like to be forked.
        if isinstance(intake, DurableIntake):
            children = StoreProcesses(root, told.decoders, tidies=not told.clickhouse_url)
            children.start()
            stack.callback(children.stop)
            tasks = [
                asyncio.create_task(steadily("the store's processes", children.watch)),
                asyncio.create_task(steadily("the store's keeper", lambda: _keep(settings, root))),
            ]
            stack.push_async_callback(_ended, tasks)
        if told.grpc_port:
            from web.intake.otlp_grpc import otlp_server

            try:
                calls, _ = otlp_server(intake, gate, f"{in_an_address(told.host)}:{told.grpc_port}")
            except RuntimeError as error:
                raise cannot_listen(told.host, told.grpc_port, _GRPC_PORT, error) from error
            await calls.start()
            stack.push_async_callback(calls.stop, 2.0)
        if told.syslog_port or told.syslog_tls_port:
            await stack.enter_async_context(_syslog(told, intake))
        yield


@contextlib.asynccontextmanager
async def _syslog(told: TelemetrySettings, intake: TelemetryIntake) -> AsyncIterator[None]:
    """Take syslog on the ports that are set; without a usable certificate the rest goes on."""
    listener = SyslogListener(intake, told.syslog_from)
    try:
        await listener.start(told.host, told.syslog_port or None)
    except OSError as error:
        await listener.stop()
        raise cannot_listen(told.host, told.syslog_port, _SYSLOG_PORT, error) from error
    tasks: list[asyncio.Task[None]] = []
    if told.syslog_tls_port:
        clients = Path(told.syslog_clients) if told.syslog_clients else None
        shown = ServerCertificate(Path(told.syslog_certificate), Path(told.syslog_certificate_key), clients)
        keeping = steadily(
            "syslog over TLS", lambda: listener.keep_sealed(told.host, told.syslog_tls_port, shown)
        )
        tasks.append(asyncio.create_task(keeping))
    try:
        yield
    finally:
        await _ended(tasks)
        await listener.stop()


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _keep(settings: Settings, root: Path) -> None:
    """Keep the store within its bounds, and ship it where it is served."""
    told = settings.telemetry
    keep_bytes, keep_seconds = int(told.keep_gib * 2**30), told.keep_days * 86_400
    served, clock = open_clickhouse(settings), TrustedClock()
    is_made = False
    while True:
        await asyncio.sleep(_PRUNE_SECONDS if served is None else _SHIP_SECONDS)
        try:
            # What can't be shipped waits here, within the bounds of what is kept.
            now = clock.now()
            await asyncio.to_thread(prune, root, keep_bytes=keep_bytes, keep_seconds=keep_seconds, now=now)
            if served is None:
                continue
            if not is_made:
                await asyncio.to_thread(served.make_tables, told.keep_days)
                is_made = True
            await asyncio.to_thread(served.ship, root)
        except OutsideTrouble as error:
            log.warning("telemetry can't be shipped: %s", error)
        except Exception:  # a border: a round that fails must not end the process; the next one tries again
            log.exception("the store can't be kept within its bounds")


def _health(intake: TelemetryIntake) -> Callable[[Request], Awaitable[Response]]:
    async def health(request: Request) -> Response:
        told: dict[str, object] = {"status": "ok", "refused_deliveries": 0}
        if isinstance(intake, DurableIntake):
            waiting, seconds = intake.backlog()
            told["refused_deliveries"] = intake.refused_deliveries
            told |= {"waiting_bytes": waiting, "oldest_waiting_seconds": round(seconds, 1)}
        return JSONResponse(told)

    return health


class StoreProcesses:
    """The processes that decode and tidy a store's folder; they end with this process.

    Args:
        root: Folder of the store.
        decoders: How many decode.
        tidies: Whether one more counts calls and merges files.
    """

    def __init__(self, root: Path, decoders: int, *, tidies: bool) -> None:
        self._root = root
        self._modules = ["telemetry.decoder"] * decoders + ["telemetry.tidier"] * tidies
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Launch them; from the main thread, whose death ends them."""
        for number in range(len(self._modules)):
            self._launch(number)

    def _launch(self, number: int) -> None:
        command = [sys.executable, "-m", self._modules[number], str(self._root), str(os.getpid())]
        # They need files only: no key, no token, no password goes along.
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("DOGWATCH_")}
        self._processes[number] = subprocess.Popen(  # noqa: S603  our own program with our own arguments
            command,
            stdin=subprocess.DEVNULL,
            env=kept | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            preexec_fn=ends_with_us(),
        )

    async def watch(self) -> None:
        """Launch again whichever ended; until cancelled."""
        while True:
            await asyncio.sleep(0.5)
            for number, process in list(self._processes.items()):
                if process.poll() is not None:
                    log.error("%s ended; starting it again", self._modules[number])
                    self._launch(number)

    def stop(self) -> None:
        """End them after what they are at."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
