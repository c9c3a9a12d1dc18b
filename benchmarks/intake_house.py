"""The intake as a process of its own, and a sender to it, for benchmarks."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.intake_load import Body
from telemetry.columnar_store import ColumnarStore
from telemetry.write_ahead import waiting_bytes

_KEY = "bench"
_TICKS = os.sysconf("SC_CLK_TCK")


class House:
    """The intake process over a folder; killed or stopped, it can be started again."""

    def __init__(self, folder: Path, decoders: int, keep_gib: float = 20.0) -> None:
        self.folder, self._decoders, self.keep_gib = folder, decoders, keep_gib
        self.port = _free_port()
        self.store = ColumnarStore(folder / "telemetry", memory_mib=1024)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Launch it and wait until it answers."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOGWATCH_")}
        environment |= {
            "DOGWATCH_DATA_DIR": str(self.folder),
            "DOGWATCH_TELEMETRY__PORT": str(self.port),
            "DOGWATCH_TELEMETRY__KEYS": json.dumps({"bench": _KEY}),
            "DOGWATCH_TELEMETRY__DECODERS": str(self._decoders),
            "DOGWATCH_TELEMETRY__KEEP_GIB": str(self.keep_gib),
        }
        command = [sys.executable, "-m", "runtime", "worker", "--queue", "intake"]
        log = (self.folder / "intake.log").open("ab")
        self._process = subprocess.Popen(command, env=environment, stderr=log, stdout=log)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                self.get("/healthz")
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"the intake does not answer, see {log.name}")

    def get(self, path: str) -> None:
        """Ask for a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        connection.getresponse().read()
        connection.close()

    def kill(self) -> None:
        """End it without a word, as the kernel does it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End it in good order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)

    def stored(self) -> int:
        """Return how many records can be queried."""
        now = datetime.now(UTC)
        return sum(one.records for one in self.store.health(now - timedelta(hours=2), now))

    def waiting(self) -> int:
        """Return how many bytes are acknowledged and not decoded yet."""
        return waiting_bytes(self.folder / "telemetry" / "wal")

    def await_decoded(self, deadline: float) -> None:
        """Wait until all that was acknowledged is decoded."""
        while self.waiting() and time.monotonic() < deadline:
            time.sleep(0.2)

    def cpu_seconds(self) -> float:
        """Return what the intake and all its processes have computed so far."""
        return sum(_cpu_ticks(pid) for pid in _family(self._process.pid)) / _TICKS if self._process else 0.0

    def disk_bytes(self) -> int:
        """Return what lies in the store's folder, the log included."""
        total = 0
        for path in (self.folder / "telemetry").rglob("*"):
            with contextlib.suppress(FileNotFoundError):
                total += path.stat().st_size if path.is_file() else 0
        return total

    def await_stored(self, count: int, deadline: float) -> tuple[float, int]:
        """Return when so many records could be queried and how many; at the deadline those that can."""
        while True:
            asked = time.monotonic()
            stored = self.stored()
            now = time.monotonic()
            if stored >= count or now >= deadline:
                return now, stored
            time.sleep(max(0.2, 3.0 * (now - asked)))  # asking must not take the cores from storing


class Sender:
    """One connection that is kept open; a busy intake is waited for."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.waits = 0

    def send(self, body: Body) -> bool:
        """Return whether the delivery was acknowledged."""
        headers = {"authorization": f"Bearer {_KEY}", **body.headers}
        while True:
            try:
                self._connection.request("POST", body.path, body.wire, headers)
                answer = self._connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                self._connection.close()
                return False
            if answer.status != 429:
                if answer.status >= 300:
                    raise SystemExit(f"{body.path} answered {answer.status}")
                return True
            self.waits += 1
            time.sleep(0.2)


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            for child in (task / "children").read_text(encoding="ascii").split():
                yield from _family(int(child))


def _cpu_ticks(pid: int) -> int:
    """Return user and system time of a process and of its children that have ended."""
    with contextlib.suppress(OSError):
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return sum(int(ticks) for ticks in told[11:15])
    return 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
