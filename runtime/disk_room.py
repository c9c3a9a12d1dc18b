"""How much room is left under the data folder."""

import errno
import shutil
from pathlib import Path

LEAST_FREE_BYTES = 256 * 2**20
"""With less than this an act may fail at any moment: a sample, a backup or the database's log needs it."""


def free_bytes(data: Path) -> int:
    """Return how much is free where the data folder is, or will be."""
    there = data.resolve()
    return shutil.disk_usage(next(folder for folder in (there, *there.parents) if folder.exists())).free


def ask_for_room(data: Path) -> None:
    """Raise `OSError` when the disk is nearly full."""
    if free_bytes(data) < LEAST_FREE_BYTES:
        raise OSError(errno.ENOSPC, "the disk under the data folder is nearly full")
