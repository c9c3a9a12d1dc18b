"""Find, measure and end processes by the kernel's own account of them, never by a name.

A process id alone is reused; together with its start time it is one process for good.
"""

import contextlib
import os
import select
import signal
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE")
MARK = "DOGWATCH_STEP"
"""The variable of a program that was begun for a step: the step, a stroke, the number of its session."""


def start_time_of(pid: int) -> int | None:
    """Return when the process began, in clock ticks since boot; None when it is gone or only a corpse."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in ("Z", "X") else int(fields[19])


def is_running(pid: int, start_time: int) -> bool:
    """Tell whether exactly this process still runs."""
    return start_time_of(pid) == start_time


def descendants_of(pid: int) -> list[int]:
    """Return the process and all below it; for a namespace's first process that is the namespace."""
    found, open_pids = [], [pid]
    while open_pids:
        current = open_pids.pop()
        found.append(current)
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for task in (_PROC / str(current) / "task").iterdir():
                open_pids += [int(child) for child in (task / "children").read_text().split()]
    return found


def memory_of(pid: int) -> int:
    """Return the resident bytes of the process and all below it; shared pages count once per process."""
    total = 0
    for one in descendants_of(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, IndexError):
            total += int((_PROC / str(one) / "statm").read_text().split()[1]) * _PAGE
    return total


def with_word(word: str) -> list[int]:
    """Return our processes that name the word in their command line or mounts, such as a job folder's name.

    A launcher has it in its command line, what it launched only in its mounts.
    """
    found = []
    wanted = word.encode()
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if entry.stat().st_uid != os.getuid():
                continue
            if any(wanted in (entry / part).read_bytes() for part in ("cmdline", "mountinfo")):
                found.append(int(entry.name))
    return found


def begun_for(step: str) -> list[int]:
    """Return our processes that were begun for a step outside its sandbox and never left their session."""
    found = []
    wanted = f"{MARK}={step}/".encode()
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError):
            if entry.stat().st_uid != os.getuid():
                continue
            variables = (entry / "environ").read_bytes().split(b"\0")
            mark = next((one for one in variables if one.startswith(wanted)), b"")
            if mark and int(mark[len(wanted) :]) == os.getsid(int(entry.name)):
                found.append(int(entry.name))
    return found


def of_session(session: int) -> list[int]:
    """Return the processes of a session."""
    found = []
    for entry in _PROC.iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and os.getsid(int(entry.name)) == session:
                found.append(int(entry.name))
    return found


def end_by_itself(pid: int, start_time: int, *, within_seconds: float) -> bool:
    """Wait for exactly this process to be gone without touching it; tell whether it is."""
    return _is_gone(pid, start_time, within_seconds, is_killed=False)


def end(pid: int, start_time: int, *, within_seconds: float) -> bool:
    """Kill exactly this process and wait until it is gone; tell whether it is.

    The first process of a process-id namespace takes everything in the namespace with it.
    """
    return _is_gone(pid, start_time, within_seconds, is_killed=True)


def _is_gone(pid: int, start_time: int, within_seconds: float, *, is_killed: bool) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        if not is_running(pid, start_time):
            return True
        if is_killed:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        return bool(select.select([handle], [], [], within_seconds)[0])
    finally:
        os.close(handle)


def end_all(pids: Iterable[int], *, within_seconds: float) -> bool:
    """Kill every one of the processes, as `end` does; tell whether all of them are gone."""
    found = [(pid, started) for pid in pids if (started := start_time_of(pid)) is not None]
    ended = [end(pid, started, within_seconds=within_seconds) for pid, started in found]
    return all(ended)
