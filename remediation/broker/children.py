"""What the broker does for a step outside the sandbox: it is over when the step is, and never lost sight of.

Every program is begun in a session of its own, whose number stands in its environment beside the step: so a
stop finds all of it, and a runner that comes after one that died finds what that one left running. What a
command puts into another session, as a service that it starts, is its effect and stays.
"""

import asyncio
import contextlib
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from remediation import processes

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
_BEGIN = f'export {processes.MARK}="$0/$$"; exec "$@"'
_GONE_WITHIN_SECONDS = 5.0
_DRY_WITHIN_SECONDS = 1.0
_LOOK_SECONDS = 0.05
_CHUNK = 65_536

_T = TypeVar("_T")


def begun_for(step: str, argv: Sequence[str]) -> list[str]:
    """Return the words that begin a program for a step, a job folder's name; give it a session of its own."""
    return ["/bin/sh", "-c", _BEGIN, step, *argv]


async def ran(step: str, argv: Sequence[str], *, seconds: float, most_bytes: int) -> tuple[int, bytes]:
    """Run a program to its end, and return its exit code with the beginning of what it said.

    Ended early, by its time or because the step is over, its whole session is gone on return.

    Raises:
        TimeoutError: It took too long.
    """
    process = await asyncio.create_subprocess_exec(
        *begun_for(step, argv),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=ENVIRONMENT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(seconds):
            said = await _beginning(process, most_bytes)
            return await process.wait(), said
    finally:
        if process.returncode is None:
            await asyncio.shield(asyncio.to_thread(_end_session, process.pid))
            with contextlib.suppress(TimeoutError):  # a service may hold the pipe for ever
                async with asyncio.timeout(_DRY_WITHIN_SECONDS):
                    await _beginning(process, 0)
            await process.wait()


def ran_at_once(
    step: str, argv: Sequence[str], *, seconds: float, environment: Mapping[str, str], at: Path | None
) -> tuple[int, bytes, bytes]:
    """Run a program to its end within a thread (see `beside`); return exit code, output and errors.

    Raises:
        TimeoutError: It took too long; its whole session is gone.
    """
    with subprocess.Popen(  # noqa: S603  the caller's fixed words
        begun_for(step, argv),
        cwd=at,
        env={**ENVIRONMENT, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            _end_session(process.pid)
            raise TimeoutError from error
        return process.returncode, output, errors


async def beside(step: str, work: Callable[[], _T]) -> _T:
    """Do blocking work in a thread; when the step is over, end its programs, and return once it has ended."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            await asyncio.to_thread(_end_begun, step)
            await asyncio.wait([task], timeout=_LOOK_SECONDS)
        raise


def _end_session(session: int) -> None:
    processes.end_all(processes.of_session(session), within_seconds=_GONE_WITHIN_SECONDS)


def _end_begun(step: str) -> None:
    processes.end_all(processes.begun_for(step), within_seconds=_GONE_WITHIN_SECONDS)


async def _beginning(process: asyncio.subprocess.Process, most_bytes: int) -> bytes:
    """Read to the end, and keep no more than is shown: what a program says must not grow in memory."""
    kept = bytearray()
    assert process.stdout is not None  # noqa: S101  it was asked for
    while chunk := await process.stdout.read(_CHUNK):
        kept += chunk[: max(most_bytes - len(kept), 0)]
    return bytes(kept)
