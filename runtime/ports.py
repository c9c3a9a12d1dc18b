"""Free ports for processes of ours, which bind them a moment later, and which one a house took."""

import contextlib
import errno
import fcntl
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, TypeVar

from domain.errors import NotNow

LOCK = "lock"
"""Lies in the data folder, is held while a house runs on it, and tells the port of its pages."""
WEB_PORT = "DOGWATCH_WEB__PORT"
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _SPREAD, _TRIES = 10_240, 16_384, 50
_ANSWERS_WITHIN = 0.5
"""Seconds."""
_BACKLOG = 2_048
Address = TypeVar("Address", bound=tuple[Any, ...])  # Any: what follows the family differs by it


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


def older(every: Sequence[Address]) -> Address:
    """Return which of a name's addresses to listen on: of both families, as localhost has them, the older,
    which is the one that proxies are told.

    Args:
        every: As `socket.getaddrinfo` tells them.
    """
    return min(every, key=lambda one: one[0] != socket.AF_INET)


def listening(host: str, port: int, setting: str) -> socket.socket:
    """Return a socket that listens from now on, 0 for a free port; one that is bound later than looked at
    can be gone by then.

    Args:
        host: A name or an address of this machine, of either family.
        port: The port.
        setting: The variable that sets the port, for whoever has to choose another.

    Raises:
        NotNow: The port or the address can't be had.
    """
    try:
        family, kind, _, _, address = older(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        kept = socket.socket(family, kind)
        try:
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            kept.bind(address)
            kept.listen(_BACKLOG)
        except BaseException:
            kept.close()
            raise
    except OSError as error:
        raise cannot_listen(host, port, setting, error) from error
    return kept


def cannot_listen(host: str, port: int, setting: str, error: Exception) -> NotNow:
    """Return in words why a port can't be had, as far as its error tells."""
    say, next_step = f"I can't listen on port {port} of {host}", f"Set {setting} to another port."
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        free = " (0 takes a free one)" if setting == WEB_PORT else ""
        say, next_step = f"Port {port} on {host} is taken.", f"Set {setting} to another one{free}."
    elif number == errno.EACCES:
        say, next_step = f"{say}: this account may not.", f"Set {setting} above 1023, with a proxy before it."
    else:
        why = str(error.strerror).lower() if isinstance(error, OSError) else "another program may have it"
        say = f"{say}: {why}."
    return NotNow(f"port {port} of {host}: {error}", say=say, next_step=next_step)


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
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, port))
        return int(probe.getsockname()[1])


def _first_outgoing() -> int:
    """Return the first port of outgoing connections; 0 where the system does not say."""
    try:
        return int(_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 0
