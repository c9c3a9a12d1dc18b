"""The decoding process: sealed segments in, columnar files out, for as long as its parent lives.

`python -m telemetry.decoder FOLDER NUMBER OF` takes every segment whose number leaves NUMBER when divided by
OF. A segment that kills the decoder three times is put aside for people, so that it cannot stop the rest.
"""

import contextlib
import logging
import os
import signal
import sys
import time
from pathlib import Path

from telemetry.receivers.attribute_cache import AttributeCache
from telemetry.segments import store_segment

log = logging.getLogger("dogwatch.decoder")

_LOOK_SECONDS = 0.05
_TRIES = 3


def work(root: Path, number: int, of: int, *, parent: int) -> None:
    """Decode segments until the parent process is gone or SIGTERM comes."""
    cache = AttributeCache()
    while os.getppid() == parent and not _is_told_to_stop:
        mine = [path for path in _sealed(root) if int(path.stem) % of == number]
        for segment in mine:
            decode_one(segment, root, cache)
            if _is_told_to_stop:
                return
        if not mine:
            time.sleep(_LOOK_SECONDS)


def decode_one(segment: Path, root: Path, cache: AttributeCache) -> int:
    """Store one segment and return its number of records; one that was tried too often is put aside."""
    tries = segment.with_suffix(".tries")
    tried = int(tries.read_text(encoding="ascii") or 0) if tries.exists() else 0
    if tried >= _TRIES:
        aside = root / "aside"
        aside.mkdir(exist_ok=True)
        segment.rename(aside / segment.name)
        tries.unlink()
        log.error("a segment can't be decoded and was put aside: %s", segment.name)
        return 0
    # Counted before, not after: what kills this process must be remembered by the next one.
    tries.write_text(str(tried + 1), encoding="ascii")
    count = store_segment(segment, root, cache)
    tries.unlink(missing_ok=True)
    return count


def _sealed(root: Path) -> list[Path]:
    with contextlib.suppress(FileNotFoundError):
        return sorted((root / "wal").glob("*.wal"))
    return []


_is_told_to_stop = False


def _stop(*_: object) -> None:
    global _is_told_to_stop
    _is_told_to_stop = True


def main(arguments: list[str]) -> int:
    """Run a decoder; return its exit code."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    root, number, of, parent = Path(arguments[0]), int(arguments[1]), int(arguments[2]), int(arguments[3])
    work(root, number, of, parent=parent)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
