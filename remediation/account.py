"""Give up root: bubblewrap run by root does not contain a script, so the runner is an ordinary account.

Started by root, a runner takes the account `dogwatch-runner`, or a number nobody else uses. Where the
interpreter lies in a folder that only root may enter, a private mount namespace shows that folder empty
but for the interpreter.
"""

import ctypes
import os
import pwd
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from domain.errors import NotNow

ACCOUNT = "dogwatch-runner"
_NUMBER_WITHOUT_ACCOUNT = 61357  # from the range that systemd keeps for accounts without an entry
_NEW_MOUNTS, _BIND, _RECURSIVE, _PRIVATE = 0x20000, 4096, 16384, 1 << 18
_NO_SUID, _NO_DEVICES = 2, 4


class RemediationOff(NotNow):
    """This machine cannot contain a script; nothing is changed from here."""

    def __init__(self, why: str, fix: str) -> None:
        super().__init__(
            f"remediation off: {why}", say=f"Remediation is off on this runner: {why}.", next_step=fix
        )


def is_root() -> bool:
    """Tell whether this process has root's number in any form."""
    return 0 in os.getresuid()


def runner_ids() -> tuple[int, int]:
    """Return the user and group number that a runner started by root takes.

    Raises:
        RemediationOff: The account exists but is root's, or the number without account belongs to somebody.
    """
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        entry = None
    if entry is not None:
        if entry.pw_uid == 0:
            raise RemediationOff(f"the account {ACCOUNT} is root", f"Give {ACCOUNT} a number of its own.")
        return entry.pw_uid, entry.pw_gid
    try:
        taken = pwd.getpwuid(_NUMBER_WITHOUT_ACCOUNT)
    except KeyError:
        return _NUMBER_WITHOUT_ACCOUNT, _NUMBER_WITHOUT_ACCOUNT
    raise RemediationOff(
        f"number {_NUMBER_WITHOUT_ACCOUNT} belongs to {taken.pw_name}",
        f"Create one: useradd --system {ACCOUNT}",
    )


def become_ordinary(needed: Iterable[Path] = ()) -> None:
    """Turn this process, which must be root's, into the runner's account for good.

    Args:
        needed: Folders that the process must still read, beside the interpreter's own.

    Raises:
        RemediationOff: The account cannot be taken, or could not read the interpreter.
    """
    user, group = runner_ids()
    open_closed_folders([Path(sys.prefix), Path(sys.base_prefix), *needed], user, group)
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    if is_root():
        raise RemediationOff("root could not be given up", f"Start the runner as {ACCOUNT}.")


def refuse_root() -> None:
    """Raise RemediationOff when this process is root's."""
    if is_root():
        raise RemediationOff(
            "it runs as root, and root is not contained", f"Start it as {ACCOUNT}, or as any user."
        )


def open_closed_folders(needed: Iterable[Path], user: int, group: int) -> None:
    """In a private mount namespace, show closed folders as empty ones that hold only what is needed.

    Raises:
        RemediationOff: The kernel does not let us.
    """
    closed: dict[Path, list[Path]] = {}
    for path in {path.resolve() for path in needed}:
        wall = _first_closed(path, user, group)
        if wall is not None:
            closed.setdefault(wall, []).append(path)
    if not closed:
        return
    try:
        _unshare_mounts()
        for wall, paths in closed.items():
            _hide_all_but(wall, paths)
    except OSError as error:
        names = ", ".join(str(wall) for wall in closed)
        raise RemediationOff(
            f"only root may read {names}, where the interpreter lies",
            "Install Python and Dogwatch where other accounts may read them, such as /opt.",
        ) from error


def _first_closed(path: Path, user: int, group: int) -> Path | None:
    for folder in [*reversed(path.parents), path]:
        entry = folder.stat()
        if entry.st_uid == user:
            allowed = entry.st_mode & stat.S_IXUSR
        elif entry.st_gid == group:
            allowed = entry.st_mode & stat.S_IXGRP
        else:
            allowed = entry.st_mode & stat.S_IXOTH
        if not allowed:
            return folder
    return None


def _hide_all_but(wall: Path, paths: list[Path]) -> None:
    handles = [(path, os.open(path, os.O_PATH)) for path in sorted(paths)]
    try:
        _mount("tmpfs", wall, "tmpfs", _NO_SUID | _NO_DEVICES, "mode=0755,size=1m")
        for path, handle in handles:
            if not path.exists():
                path.mkdir(parents=True)
                _mount(f"/proc/self/fd/{handle}", path, None, _BIND | _RECURSIVE, None)
    finally:
        for _, handle in handles:
            os.close(handle)


def _unshare_mounts() -> None:
    _checked(_libc().unshare(_NEW_MOUNTS))
    _mount("none", Path("/"), None, _RECURSIVE | _PRIVATE, None)


def _mount(source: str, place: Path, kind: str | None, flags: int, options: str | None) -> None:
    words = [None if word is None else word.encode() for word in (source, str(place), kind, options)]
    _checked(_libc().mount(words[0], words[1], words[2], flags, words[3]))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
