"""Start one command behind the walls, follow it, and end everything that it started.

Launching happens in the main thread: the parent-death signal follows the thread that launched, and a
finished pool thread would kill the step. The launcher's status channel tells a failed step from a sandbox
that never ran.
"""

import asyncio
import contextlib
import json
import os
import platform
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from domain.errors import DogwatchError
from domain.ports.sandbox import Ending
from remediation import processes
from remediation.sandbox.streams import Stream

_FILTERS = Path(__file__).parent / "filters"
_GONE_WITHIN_SECONDS = 5.0
_DRY_WITHIN_SECONDS = 5.0
_WATCH_EVERY_SECONDS = 0.1
_CHUNK = 65_536

ArgumentsFor = Callable[[int, int], list[str]]
"""From the descriptors of filter and status channel to the launcher's command line."""


class SandboxBrokenError(DogwatchError):
    """The sandbox itself did not work; no step ran."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"sandbox broken: {detail}",
            say="The sandbox did not start, so the step never ran. Nothing was changed.",
            next_step="Run dogwatch doctor on the runner.",
        )


@dataclass(frozen=True, slots=True)
class Exit:
    """How it ended, with its exit code when it had one."""

    ending: Ending
    code: int | None
    fault: str = ""


@cache
def system_call_filter() -> bytes:
    """Return the stored filter of this machine's architecture.

    Raises:
        SandboxBrokenError: There is none.
    """
    path = _FILTERS / f"{platform.machine()}.bpf"
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SandboxBrokenError(f"no system-call filter for {platform.machine()}") from error


class Launch:
    """One started command."""

    def __init__(
        self, arguments: ArgumentsFor, *, memory_bytes: int, environment: Mapping[str, str] | None = None
    ) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise SandboxBrokenError("launched from a thread that may end before the step does")
        self._memory_bytes = memory_bytes
        self._status = b""
        status_read, status_write = os.pipe()
        filter_fd = _filled(system_call_filter())
        try:
            self._process = subprocess.Popen(  # noqa: S603  a fixed list built from data, see arguments
                arguments(filter_fd, status_write),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(filter_fd, status_write),
                env=dict(environment or {}),
                close_fds=True,
            )
        except OSError as error:
            os.close(status_read)
            raise SandboxBrokenError(f"launcher cannot start: {error.strerror}") from error
        finally:
            os.close(filter_fd)
            os.close(status_write)
        self._status_fd = status_read
        self._started = processes.start_time_of(self._process.pid)

    @property
    def pid(self) -> int:
        """Return the launcher's process id on the host."""
        return self._process.pid

    @property
    def first_inside(self) -> int | None:
        """Return the host's process id of the first process inside; everything inside dies with it."""
        return self._status_field("child-pid")

    async def follow(self, output: Stream, errors: Stream, *, timeout_seconds: float) -> Exit:
        """Read until everything is gone. When cancelled, ends every process first, then raises."""
        stdout, stderr = self._process.stdout, self._process.stderr
        if stdout is None or stderr is None:
            raise SandboxBrokenError("no pipes")
        readers = [
            asyncio.ensure_future(_drained(stdout.fileno(), output.feed)),
            asyncio.ensure_future(_drained(stderr.fileno(), errors.feed)),
            asyncio.ensure_future(_drained(self._status_fd, self._take_status)),
        ]
        ending = Ending.EXITED
        try:
            ending = await self._watched(readers, timeout_seconds)
        except asyncio.CancelledError:
            await self._ended(readers)
            raise
        finally:
            await self._ended(readers)
            stdout.close()
            stderr.close()
            os.close(self._status_fd)
        return self._exit(ending)

    async def _watched(self, readers: Sequence[asyncio.Future[None]], timeout_seconds: float) -> Ending:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        while True:
            wait = min(_WATCH_EVERY_SECONDS, max(deadline - loop.time(), 0.0))
            _, pending = await asyncio.wait(readers, timeout=wait)
            if not pending:
                return Ending.EXITED
            if loop.time() >= deadline:
                return Ending.TIMED_OUT
            if processes.memory_of(self.pid) > self._memory_bytes:
                return Ending.OUT_OF_MEMORY

    async def _ended(self, readers: Sequence[asyncio.Future[None]]) -> None:
        """End the process-id namespace, wait until it is empty, then let the pipes run dry."""
        first = self._status_field("child-pid")
        # The launcher lives until its namespace is empty; killing it would only leave the kernel to do the
        # rest.
        if first is not None and self._process.poll() is None:
            _kill(first)
        for patience in (_GONE_WITHIN_SECONDS, _GONE_WITHIN_SECONDS):
            if await _is_gone(self._process, patience if first is not None else 0.0):
                break
            _kill(self._process.pid)
            first = self._process.pid
        for reader in readers:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(reader, _DRY_WITHIN_SECONDS)

    def _exit(self, ending: Ending) -> Exit:
        code = self._status_field("exit-code")
        if ending is not Ending.EXITED:
            return Exit(ending, code)
        if code is None and self._status_field("child-pid") is None:
            return Exit(Ending.NEVER_RAN, None, fault="the launcher failed before anything began")
        if code is None:
            return Exit(Ending.NEVER_RAN, None, fault="the launcher's status channel has no exit code")
        return Exit(Ending.EXITED, code)

    def _take_status(self, chunk: bytes) -> None:
        self._status = (self._status + chunk)[:_CHUNK]

    def _status_field(self, name: str) -> int | None:
        for line in self._status.splitlines():
            try:
                value = json.loads(line).get(name)
            except ValueError:
                continue
            if isinstance(value, int):
                return value
        return None


def _filled(content: bytes) -> int:
    handle = os.memfd_create("filter")
    os.write(handle, content)
    os.lseek(handle, 0, os.SEEK_SET)
    return handle


def _kill(pid: int) -> None:
    started = processes.start_time_of(pid)
    if started is not None:
        processes.end(pid, started, within_seconds=0.0)


async def _is_gone(process: "subprocess.Popen[bytes]", within_seconds: float) -> bool:
    if process.poll() is not None:
        return True
    loop = asyncio.get_running_loop()
    handle = os.pidfd_open(process.pid)
    gone: asyncio.Future[None] = loop.create_future()
    loop.add_reader(handle, lambda: None if gone.done() else gone.set_result(None))
    try:
        await asyncio.wait_for(gone, within_seconds)
    except TimeoutError:
        return process.poll() is not None
    finally:
        loop.remove_reader(handle)
        os.close(handle)
    process.wait()
    return True


async def _drained(handle: int, take: Callable[[bytes], None]) -> None:
    """Read the pipe to its end without blocking the loop."""
    loop = asyncio.get_running_loop()
    os.set_blocking(handle, False)
    done: asyncio.Future[None] = loop.create_future()

    def ready() -> None:
        try:
            chunk = os.read(handle, _CHUNK)
        except BlockingIOError:
            return
        if chunk:
            take(chunk)
        elif not done.done():
            loop.remove_reader(handle)
            done.set_result(None)

    loop.add_reader(handle, ready)
    try:
        await done
    finally:
        loop.remove_reader(handle)
