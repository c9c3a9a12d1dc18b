"""Free ports for processes of ours, which bind them a moment later, and which one a house took."""

import contextlib
import fcntl
import secrets
import socket
from pathlib import Path
from typing import IO

from domain.errors import NotNow

LOCK = "lock"
"""Lies in the data folder, is held while a house runs on it, and tells the port of its pages."""
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _SPREAD, _TRIES = 10_240, 16_384, 50
_ANSWERS_WITHIN = 0.5
"""Seconds."""


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that nobody uses, below those that the kernel gives to outgoing connections.

    On a busy machine seconds pass until the process that is to listen there has started: one of the kernel's
    own would be taken by somebody's connection now and then, and the process could not start.
    """
    end = _first_outgoing()
    begin = max(end - _SPREAD, _LOWEST)
    for _ in range(_TRIES if end > begin else 0):
        port = begin + secrets.randbelow(end - begin)
        with contextlib.suppress(OSError):
            return _bound(host, port)
    return _bound(host, 0)


def only_one(data: Path) -> IO[str]:
    """Return the held lock of the data folder.

    Raises:
        NotNow: Another Dogwatch uses the folder.
    """
    lock = (data / LOCK).open("a")
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


def tell_port(lock: IO[str], port: int) -> None:
    """Let who comes beside a house know where its pages are: port 0 in the settings does not say."""
    lock.truncate(0)
    lock.write(str(port))
    lock.flush()


def port_of_house(data: Path, host: str = "127.0.0.1", configured: int = 0) -> int:
    """Return the port of the pages of the house that runs on a data folder, whatever the settings of who asks
    say; without one the configured port, else that of the house that ran last, 0 when none is known."""
    try:
        known = int((data / LOCK).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return configured
    # Its lock is left alone: who held it to look would be taken for a house by one that starts just then.
    return known if not configured or _answers(host, known) else configured


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), _ANSWERS_WITHIN).close()
    except OSError:
        return False
    return True


def _bound(host: str, port: int) -> int:
    with socket.socket() as probe:
        probe.bind((host, port))
        return int(probe.getsockname()[1])


def _first_outgoing() -> int:
    """Return the first port of outgoing connections; 0 where the system does not say."""
    try:
        return int(_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 0
