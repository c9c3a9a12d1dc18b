"""The tidying process: counts calls and merges files beside the decoders, for as long as its parent lives.

`python -m telemetry.tidier FOLDER PARENT`. It gives way to everything else: what it does can wait, what is
pushed cannot.
"""

import logging
import os
import signal
import sys
import threading
from pathlib import Path

from telemetry.housekeeping import tidy

log = logging.getLogger("dogwatch.tidier")

_EVERY_SECONDS = 5.0
_NICENESS = 10


def main(arguments: list[str]) -> int:
    """Tidy until the parent process is gone or SIGTERM comes; return 0."""
    root, parent, over = Path(arguments[0]), int(arguments[1]), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
    while os.getppid() == parent and not over.wait(_EVERY_SECONDS):
        try:
            tidy(root)
        except Exception:  # a border: a round that fails must not end the process; the next one tries again
            log.exception("the store can't be tidied")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
