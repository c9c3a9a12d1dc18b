"""The logs of the processes beside the doors: nobody else looks after these files, so we keep them short."""

import logging
import os
import shutil
from pathlib import Path

log = logging.getLogger("dogwatch.up")

MOST_BYTES = 16 << 20
"""A log that grows beyond it begins anew; what it held is kept once, beside it."""


def keep_short(path: Path, most_bytes: int = MOST_BYTES) -> bool:
    """Let a log that has grown too long begin anew, what it held in `NAME.1`; return whether it did.

    Its writer goes on without knowing: it appends, so its next line is the first of the new file. Where the
    disk has no room for a copy, room is worth more than old lines.
    """
    try:
        if path.stat().st_size <= most_bytes:
            return False
    except OSError:
        return False  # nothing was written yet
    former = path.with_name(f"{path.name}.1")
    try:
        shutil.copyfile(path, former)
        former.chmod(0o600)
    except OSError as error:
        log.warning("%s begins anew without a copy: %s", path.name, error.strerror)
        former.unlink(missing_ok=True)
    os.truncate(path, 0)
    return True
