"""Whether the disk under the data folder takes what is written, and how much room it has left."""

import errno
import shutil
import tempfile
from pathlib import Path

LEAST_FREE_BYTES = 256 * 2**20
"""With less than this an act may fail at any moment: a sample, a backup or the database's log needs it."""


def free_bytes(data: Path) -> int:
    """Return how much is free where the data folder is, or will be."""
    there = data.resolve()
    return shutil.disk_usage(next(folder for folder in (there, *there.parents) if folder.exists())).free


def prove_writable(data: Path) -> None:
    """Raise `OSError` when the disk under the data folder takes nothing.

    A disk that the kernel lets be read only, after an error of its own, has room and rights as before: only
    writing tells. The file has no name, so nothing of it is left behind.
    """
    with tempfile.TemporaryFile(dir=data, buffering=0) as file:
        file.write(b".")


def ask_for_room(data: Path) -> None:
    """Raise `OSError` when the disk is nearly full, or takes nothing."""
    prove_writable(data)
    if free_bytes(data) < LEAST_FREE_BYTES:
        raise OSError(errno.ENOSPC, "the disk under the data folder is nearly full")
