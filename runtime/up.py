"""`dogwatch up`: one command, all processes, none left behind."""

import asyncio
import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from domain.errors import NotNow
from runtime.settings import Settings
from runtime.temporal_child import TemporalChild, die_with_parent

log = logging.getLogger("dogwatch.up")


class Child:
    """A process of ours that dies with us and is started again when it dies alone."""

    def __init__(self, name: str, arguments: list[str], log_file: Path, environment: dict[str, str]) -> None:
        self.name = name
        self._arguments = arguments
        self._log_file = log_file
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Launch it; from the main thread, whose death ends it."""
        self._process = subprocess.Popen(  # noqa: S603  our own program with our own arguments
            self._arguments,
            stdin=subprocess.DEVNULL,
            stdout=self._log_file.open("ab"),
            stderr=subprocess.STDOUT,
            env=self._environment,
            start_new_session=True,
            preexec_fn=die_with_parent if sys.platform == "linux" else None,
        )

    async def watch(self) -> None:
        """Start it again whenever it dies, with growing pauses; until cancelled."""
        pause = 0.5
        while True:
            await asyncio.sleep(pause)
            if self._process is not None and self._process.poll() is not None:
                log.error("%s died with %s; starting it again", self.name, self._process.returncode)
                self.start()
                pause = min(pause * 2, 30.0)
            else:
                pause = 0.5

    def stop(self, within_seconds: float = 8.0) -> None:
        """End it in an orderly way, then by force."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=within_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=5)


def run_up(settings: Settings, *, quiet: bool = False) -> None:
    """Run everything until Ctrl-C or SIGTERM."""
    asyncio.run(_up(settings, quiet))


async def _up(settings: Settings, quiet: bool) -> None:
    began = time.monotonic()
    data = settings.data_dir.resolve()
    data.mkdir(parents=True, exist_ok=True)
    lock = _only_one(data)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)

    temporal = None if settings.temporal.address else TemporalChild(data, settings.temporal.namespace)
    if temporal is not None:
        temporal.start()
    address = settings.temporal.address or (temporal.address if temporal else "")
    port = settings.web.port or _free_port(settings.web.host)
    _check_port(settings.web.host, port)
    heavy = Child(
        "heavy worker",
        [sys.executable, "-m", "runtime", "worker", "--queue", "heavy", "--temporal", address],
        data / "heavy.log",
        _environment(settings),
    )
    # Imported here, after the children were launched: they get ready while this process imports.
    from runtime.front import build_front, prepare, run_front
    from runtime.wiring.stores import open_stores

    stores = open_stores(settings)
    heavy.start()
    watchers = [asyncio.create_task(heavy.watch())]
    if temporal is not None:
        watchers.append(asyncio.create_task(temporal.watch()))
    try:
        prepare(settings, stores)
        front = build_front(settings, stores, address, port)

        def ready() -> None:
            seconds = time.monotonic() - began
            if not quiet:
                print(
                    f"Dogwatch is ready at {settings.public_url(port)} ({seconds:.1f} s). Ctrl-C stops it.",
                    flush=True,
                )

        await run_front(front, port, stop, ready)
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.to_thread(heavy.stop)
        if temporal is not None:
            await asyncio.to_thread(temporal.stop)
        lock.close()


def _only_one(data: Path) -> IO[str]:
    """Return the held lock of the data folder.

    Raises:
        NotNow: Another Dogwatch uses the folder.
    """
    lock = (data / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise NotNow(
            "data folder is locked",
            say=f"Another Dogwatch already runs on {data}.",
            next_step="Stop it, or set DOGWATCH_DATA_DIR to another folder.",
        ) from error
    return lock


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NotNow(
                f"port {port}: {error.strerror}",
                say=f"Port {port} on {host} is taken.",
                next_step="Set DOGWATCH_WEB__PORT to another one (0 takes a free one).",
            ) from error


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _environment(settings: Settings) -> dict[str, str]:
    """Return a child's environment: ours, with the folder made absolute and no chat or host secrets."""
    withheld = ("DOGWATCH_SLACK__", "DOGWATCH_TEAMS__")
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(withheld)}
    return kept | {"DOGWATCH_DATA_DIR": str(settings.data_dir.resolve()), "OMP_NUM_THREADS": "1"}
