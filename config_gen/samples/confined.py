"""Let work that a hostile file may break be done in a child, with limits on memory, CPU and time.

A helper process keeps the libraries loaded and forks one child for each piece of work, so that a child costs
some ten milliseconds more than a plain call. Whoever asks reads the answer piece by piece, as it is made.
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
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from config_gen.samples.packets import END, PIECE, REFUSED, last_of, packets, received
from domain.errors import BadInput

_START = (
    "import sys; sys.path[:] = {path!r}; from config_gen.samples.forker import serve; serve({descriptor})"
)
_GRACE_SECONDS = 5.0
_HANDED_OVER_SECONDS = 30.0
"""A helper that takes no request for so long hangs, and another takes its place."""


@dataclass(frozen=True)
class Bounds:
    """What a child may take, beyond the libraries that its helper holds anyway.

    Time on the clock runs while the child is waited for; while it waits for its reader it does not.
    """

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float


class Died(Exception):  # noqa: N818  an end, and no fault of ours
    """The child ended before its work was done: of `memory`, `time`, `computing`, or in a `crash`."""

    def __init__(self, reason: str, detail: str, bounds: Bounds) -> None:
        super().__init__(f"child died of {reason}: {detail}")
        self.reason, self.detail, self._bounds = reason, detail, bounds

    def in_words(self) -> str:
        """Return what it did, to follow the name of the file."""
        return {
            "memory": f"needed more than {self._bounds.memory_bytes // 2**20:,} MiB of memory",
            "time": f"took longer than {self._bounds.wall_seconds:.0f} s",
            "computing": f"needed more than {self._bounds.cpu_seconds} s of computing",
        }.get(self.reason, f"stopped the reader ({self.detail[:120]})")


class _Lost(Died):
    """Nobody is left who could say how the child ended."""


class _Silent(_Lost):
    """Neither the child nor who waits for it said a word, though its time is over: the helper hangs."""


def answers(work: str, asked: Mapping[str, Any], bounds: Bounds) -> Iterator[bytes]:
    """Yield the pieces of an answer, as the child makes them.

    Args:
        work: The function, as `module:name`: it takes what is asked and yields bytes.
        asked: What it is given, as JSON can hold it.
        bounds: What the child may take.

    Raises:
        BadInput: What the work refused, in its own words.
        Died: The child ran into a limit, or crashed.
    """
    request = json.dumps({"asked": asked, "bounds": asdict(bounds)}).encode()
    has_begun = False
    try:
        for piece in _asked(work, request, bounds):
            has_begun = True
            yield piece
    except _Lost:
        # The helper was killed before it forked, or hung, or the warden: the file is not to blame.
        if has_begun:
            raise
        yield from _asked(work, request, bounds)


def _asked(work: str, request: bytes, bounds: Bounds) -> Iterator[bytes]:
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with mine:
        with theirs:
            helper = _HELPER.hand_over(work, theirs)
        mine.settimeout(bounds.wall_seconds)
        try:
            for packet in packets(request):
                mine.sendall(packet)
        except OSError:
            pass  # it is gone already, and said why, or did not
        try:
            yield from _pieces(mine, bounds)
        except _Silent:
            _HELPER.give_up(helper)
            raise


def answer(work: str, asked: Mapping[str, Any], bounds: Bounds) -> bytes:
    """Return the whole answer of work that makes one piece; raises as `answers` does."""
    return b"".join(answers(work, asked, bounds))


def _pieces(channel: socket.socket, bounds: Bounds) -> Iterator[bytes]:
    left = bounds.wall_seconds + _GRACE_SECONDS
    parts: list[bytes] = []
    has_spoken = False
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        while True:
            began = time.monotonic()
            if left <= 0 or not selector.select(left):
                raise (Died if has_spoken else _Silent)("time", "no answer", bounds)
            left -= time.monotonic() - began
            packet, has_spoken = received(channel), True
            if not packet:
                raise _Lost("crash", "it left without a word", bounds)
            kind, content = packet[:1], packet[1:]
            if kind == END:
                return
            if kind in PIECE:
                parts.append(content)
                if last_of(kind):
                    yield b"".join(parts)
                    parts = []
                continue
            told = json.loads(content)
            if kind == REFUSED:
                raise BadInput(told["detail"], say=told["say"], next_step=told["next_step"])
            raise Died(told["reason"], told["detail"], bounds)


class _Helper:
    """The helper process, started when it is first needed and again should it die; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._owner = 0

    def hand_over(self, work: str, reply: socket.socket) -> "subprocess.Popen[bytes] | None":
        """Let the helper fork a child for the work, which speaks on the socket; return the helper."""
        with self._lock:
            for attempt in (1, 2):
                channel = self._running()
                try:
                    socket.send_fds(channel, [work.encode()], [reply.fileno()])
                except (ConnectionError, TimeoutError):
                    self._end()
                    if attempt == 2:
                        raise
                else:
                    break
            return self._process

    def give_up(self, helper: "subprocess.Popen[bytes] | None") -> None:
        """End a helper that hangs, unless another took its place already; its children go on."""
        with self._lock:
            if helper is not None and self._process is helper:
                self._end()

    def load(self, work: str) -> None:
        """Start the helper, and let it load what the work needs; without waiting for that."""
        with self._lock:
            self._running().sendall(work.encode())

    def stop(self) -> None:
        """End the helper."""
        with self._lock:
            self._end()

    def _running(self) -> socket.socket:
        alive = self._process is not None and self._process.poll() is None and self._owner == os.getpid()
        if alive and self._channel is not None:
            return self._channel
        self._end()
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and code
                [sys.executable, "-c", _START.format(path=sys.path, descriptor=theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=_bare_environment(),
            )
        mine.settimeout(_HANDED_OVER_SECONDS)
        self._channel, self._owner = mine, os.getpid()
        return mine

    def _end(self) -> None:
        # It leaves when its channel closes.
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
        # Arrow's own pools reserve a gigabyte at once, which a bound on addresses counts.
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


_HELPER = _Helper()


def warm_up(*works: str) -> None:
    """Start the helper and let it load what these need, so that the first file does not wait for it."""
    for work in works:
        _HELPER.load(work)


def shut_down() -> None:
    """End the helper process; the next file starts a new one."""
    _HELPER.stop()


atexit.register(shut_down)
