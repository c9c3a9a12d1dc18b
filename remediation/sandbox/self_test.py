"""Try to break out of the sandbox, from inside and from outside, at start and every hour.

The bait is real: a port and an abstract socket that answer, a secret file, a process, the host's own
names. A runner whose walls let one attempt through takes no work.
"""

import asyncio
import contextlib
import json
import os
import platform
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from domain.ports.sandbox import Ending
from remediation import processes
from remediation.job_folder import JobFolder
from remediation.masking import SecretRedactor
from remediation.sandbox.arguments import Limits, View, launcher_parts, limited
from remediation.sandbox.launching import ArgumentsFor, Launch, SandboxBrokenError
from remediation.sandbox.streams import Stream

_CODE = 42
_TIMEOUT_SECONDS = 120
# Taking a namespace down takes the kernel seconds when the machine is busy. What asked to die with its
# launcher is dead long before; what did not sleeps through all of it.
_ORPHAN_SECONDS = 20
_SLEEP_SECONDS = 120
_NAMESPACES = ("user", "ipc", "pid", "net", "uts", "cgroup", "mnt")
_SMALL = 2**20
_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")

Parts = list[tuple[str, ...]]


async def tried(
    bwrap: str,
    jobs: Path,
    kit: Path,
    limits: Limits,
    *,
    edited: Callable[[Parts], Parts] = lambda parts: parts,
    orphan_seconds: float = _ORPHAN_SECONDS,
) -> Sequence[str]:
    """Return the names of the attempts that got through; `edited` lets a test take a wall away.

    What outlives its launcher by `orphan_seconds` counts as having got through.

    Raises:
        SandboxBrokenError: The test did not come to its end, so it vouches for nothing.
    """
    small = Limits(
        memory_bytes=limits.memory_bytes,
        job_bytes=_SMALL,
        tmp_bytes=_SMALL,
        shm_bytes=_SMALL,
        file_bytes=4 * _SMALL,
    )
    canary = secrets.token_hex(16)
    # The kernel counts starts in ticks: what begins in the same one as this process would pass for it.
    await asyncio.sleep(2 * _TICK_SECONDS)
    with JobFolder(jobs) as folder, _bait(folder, canary, small) as facts:
        folder.put("bait.json", json.dumps(facts))
        view = View(folder.passwd, folder.inputs, kit)
        inside = ("/usr/bin/python3", "-IB", "/tools/attempts.py")
        found = await _inside(_arguments(bwrap, view, small, inside, edited), canary)
        # The filter hides whether the kernel's own ban on user namespaces stands, so that one is tried
        # without it.
        bare = _arguments(
            bwrap, view, small, (*inside, "user_namespace"), lambda parts: _unfiltered(edited(parts))
        )
        found += [name for name in await _inside(bare, canary) if name not in found]
        sleeping = ("/usr/bin/bash", "-c", f"echo up; exec sleep {_SLEEP_SECONDS}")
        orphan = _arguments(bwrap, view, small, sleeping, edited)
        if await _outlives_launcher(orphan, folder.path.name, orphan_seconds):
            found.append("outlives_launcher")
    return found


def _arguments(
    bwrap: str, view: View, limits: Limits, command: tuple[str, ...], edited: Callable[[Parts], Parts]
) -> ArgumentsFor:
    def build(filter_fd: int, status_fd: int) -> list[str]:
        parts = edited(launcher_parts(view, limits, filter_fd=filter_fd, status_fd=status_fd))
        return [bwrap, *(word for part in parts for word in part), *limited(limits), *command]

    return build


async def _inside(arguments: ArgumentsFor, canary: str) -> list[str]:
    out, err = (Stream(most_bytes=65_536, redactor=SecretRedactor(()), told=None) for _ in range(2))
    launch = Launch(arguments, memory_bytes=2**30, environment={"CANARY": canary})
    exit_ = await launch.follow(out, err, timeout_seconds=_TIMEOUT_SECONDS)
    lines = out.finish().splitlines()
    if exit_.ending is not Ending.EXITED or not lines or not lines[-1].startswith("tried"):
        why = exit_.fault or err.finish().strip()[-300:]
        raise SandboxBrokenError(f"the self-test did not finish ({exit_.ending.value}): {why}")
    found = lines[:-1]
    if exit_.code != _CODE:
        found.append("exit_code")
    return found


def _unfiltered(parts: Parts) -> Parts:
    return [part for part in parts if part[0] != "--seccomp"]


async def _outlives_launcher(arguments: ArgumentsFor, word: str, seconds: float) -> bool:
    """Kill the launcher alone, and look whether what it started is still there."""
    up = asyncio.Event()
    out = Stream(most_bytes=65_536, redactor=SecretRedactor(()), told=lambda _: up.set())
    err = Stream(most_bytes=65_536, redactor=SecretRedactor(()), told=None)
    launch = Launch(arguments, memory_bytes=2**30)
    began = processes.start_time_of(launch.pid)
    following = asyncio.ensure_future(launch.follow(out, err, timeout_seconds=_SLEEP_SECONDS))
    try:
        # Not before it runs: the launcher announces its child before that has asked to die with it.
        await asyncio.wait_for(up.wait(), _TIMEOUT_SECONDS)
        inner = launch.first_inside
        born = None if inner is None else processes.start_time_of(inner)
        if inner is None or born is None or began is None:
            return False
        await asyncio.to_thread(processes.end, launch.pid, began, within_seconds=_ORPHAN_SECONDS)
        return not await asyncio.to_thread(processes.end_by_itself, inner, born, within_seconds=seconds)
    finally:
        for pid in processes.with_word(word):
            if (started := processes.start_time_of(pid)) is not None:
                processes.end(pid, started, within_seconds=2)
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


@contextlib.contextmanager
def _bait(folder: JobFolder, canary: str, limits: Limits) -> Iterator[dict[str, object]]:
    secret = folder.path / "secret"
    secret.write_text(canary, encoding="ascii")
    name = f"dogwatch-{canary}"
    with socket.create_server(("127.0.0.1", 0)) as port, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0" + name)
        abstract.listen()
        yield {
            "canary": canary,
            "secret_file": str(secret),
            "port": port.getsockname()[1],
            "abstract": name,
            "start_time": processes.start_time_of(os.getpid()),
            "host_name": platform.node(),
            "namespaces": {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in _NAMESPACES},
            "tmp": "/tmp/fill",  # noqa: S108  inside the sandbox
            "shm": "/dev/shm/fill",  # noqa: S108  inside the sandbox
            "job_bytes": limits.job_bytes,
            "tmp_bytes": limits.tmp_bytes,
            "shm_bytes": limits.shm_bytes,
        }
