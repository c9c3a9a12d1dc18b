"""One lock per order and step, held by the process that acts; the kernel frees it when that process dies."""

import fcntl
import os
from pathlib import Path

from remediation.journal import Place


class StepLock:
    """A lock on a file below the runner's folder."""

    def __init__(self, folder: Path, place: Place) -> None:
        self._path = folder / f"{place.order_id[:40]}-{place.step}.lock"
        self._handle: int | None = None

    def take(self) -> bool:
        """Take the lock if it is free; tell whether it was."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Give the lock back; only when what it guarded has ended."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
