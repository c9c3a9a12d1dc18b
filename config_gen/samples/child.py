"""Profile a stranger's file in a child process with limits on memory, CPU and time.

A helper process keeps the libraries loaded and forks one child for each sample, so a profile costs
tens of milliseconds more than a plain call. When a child dies, the person gets a sentence.
"""

import atexit
import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from config_gen.samples.limits import DEFAULT_LIMITS, Limits
from domain.errors import BadInput
from domain.profiles import SampleProfile

_ENTRY = "config_gen.profile:profile"
_START = (
    "import sys; sys.path[:] = {path!r}; from config_gen.samples.forker import serve; "
    "serve({descriptor}, {entry!r})"
)
_GRACE_SECONDS = 5.0
_LARGEST_ANSWER = 64 * 2**20


def profile_in_child(
    path: Path, name: str, limits: Limits = DEFAULT_LIMITS, sheet: str = ""
) -> SampleProfile:
    """Return the profile of a file, computed in a child process.

    Args:
        path: Where the file lies; the child only reads it.
        name: The name that people know the file by.
        limits: Memory, CPU seconds and wall seconds of the child, and the bounds of reading.
        sheet: Sheet of a workbook, as a person calls it.

    Raises:
        BadInput: The file cannot be read, or the child ran into a limit.
    """
    if not path.is_file():
        raise BadInput(
            f"{path}: no file", say=f"**{name}** is not there any more.", next_step="Drop it again."
        )
    answer = _FORKER.ask(
        {"path": str(path.resolve()), "name": name, "limits": asdict(limits), "sheet": sheet},
        limits.child_wall_seconds,
    )
    if answer is None:
        raise _died(name, None, limits)
    kind, _, body = answer.partition(b"\n")
    if kind == b"profile":
        return SampleProfile.model_validate_json(body)
    told = json.loads(body)
    if kind == b"refused":
        raise BadInput(told["detail"], say=told["say"], next_step=told["next_step"])
    raise _died(name, told, limits)


def _died(name: str, told: dict[str, Any] | None, limits: Limits) -> BadInput:
    reason = (told or {}).get("reason", "time")
    why = {
        "memory": f"needed more than {limits.child_memory_bytes // 2**20:,} MiB of memory",
        "time": f"took longer than {limits.child_wall_seconds:.0f} s",
        "computing": f"needed more than {limits.child_cpu_seconds} s of computing",
        "crash": f"stopped the reader ({(told or {}).get('detail', 'unknown')[:120]})",
    }[reason]
    return BadInput(
        f"{name}: child died: {told}",
        say=f"Reading **{name}** {why}, so I stopped. Nothing else was touched.",
        next_step="Send a smaller part of it, for example the first 10,000 records.",
    )


class _Forker:
    """The helper process, started at the first sample and again should it die; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._owner = 0

    def ask(self, request: dict[str, Any], wall_seconds: float) -> bytes | None:
        """Return the child's answer, or None when none came in time."""
        mine, theirs = socket.socketpair()
        with mine:
            with theirs, self._lock:
                self._send(json.dumps(request).encode(), theirs)
            return _read_all(mine, time.monotonic() + wall_seconds + _GRACE_SECONDS)

    def _send(self, message: bytes, reply: socket.socket) -> None:
        for attempt in (1, 2):
            channel = self._running()
            try:
                socket.send_fds(channel, [message], [reply.fileno()])
            except (BrokenPipeError, ConnectionError):
                self.stop()
                if attempt == 2:
                    raise
            else:
                return

    def _running(self) -> socket.socket:
        alive = self._process is not None and self._process.poll() is None and self._owner == os.getpid()
        if alive and self._channel is not None:
            return self._channel
        self.stop()
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        code = _START.format(path=sys.path, descriptor=theirs.fileno(), entry=_ENTRY)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and code
                [sys.executable, "-c", code],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=_bare_environment(),
            )
        self._channel, self._owner = mine, os.getpid()
        return mine

    def stop(self) -> None:
        """End the helper: it leaves when its channel closes."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None and self._owner == os.getpid():
            try:
                self._process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = self._channel = None


def _bare_environment() -> dict[str, str]:
    """Give the child no secrets: only what Python needs to start."""
    kept = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
    return {key: os.environ[key] for key in kept if key in os.environ} | {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _read_all(channel: socket.socket, deadline: float) -> bytes | None:
    pieces: list[bytes] = []
    total = 0
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0 and total < _LARGEST_ANSWER:
            if not selector.select(left):
                return None
            piece = channel.recv(1 << 20)
            if not piece:
                return b"".join(pieces) or None
            pieces.append(piece)
            total += len(piece)
    return None


_FORKER = _Forker()


def warm_up() -> None:
    """Start the helper process, so that the first sample does not wait for it."""
    with _FORKER._lock:
        _FORKER._running()


def shut_down() -> None:
    """End the helper process; the next sample starts a new one."""
    with _FORKER._lock:
        _FORKER.stop()


atexit.register(shut_down)
