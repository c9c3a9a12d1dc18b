"""The decoding process: sealed segments in, columnar files out, for as long as its parent lives.

`python -m telemetry.decoder FOLDER PARENT`; several may work on one folder, each segment is locked by whoever
decodes it. Of a segment that kills the decoder three times each delivery is tried alone: those that break it
are put aside for people, and the rest is stored.
"""

import contextlib
import errno
import fcntl
import logging
import os
import signal
import sys
import time
from pathlib import Path

from telemetry.receivers.attribute_cache import AttributeCache
from telemetry.segments import broken_frames, store_segment
from telemetry.write_ahead import numbers_in

log = logging.getLogger("dogwatch.decoder")

_LOOK_SECONDS = 0.05
BEHIND_SECONDS = 4.0
"""Age of the oldest waiting segment above which the newest go first."""
_TURNS = 4
_TRIES, _LAST_TRIES = 3, 50
_SICK_SECONDS = 1.0
_OF_THE_DISK = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EIO,
        errno.EROFS,
        errno.ENFILE,
        errno.EMFILE,
        errno.ENOMEM,
    }
)
"""What is no fault of a segment: it waits until the machine can take it."""


def work(root: Path, *, parent: int) -> None:
    """Decode segments until the parent process is gone or SIGTERM comes."""
    cache, turn = AttributeCache(), 0
    while os.getppid() == parent and not _is_told_to_stop:
        turn += 1
        taken = _take(in_turn(_sealed(root), turn, time.time()))
        if taken is None:
            time.sleep(_LOOK_SECONDS)
            continue
        segment, lock = taken
        try:
            decode_one(segment, root, cache)
        except OSError as error:
            if error.errno not in _OF_THE_DISK:
                raise
            segment.with_suffix(".tries").unlink(missing_ok=True)
            log.error("segments wait until they can be written: %s", error)
            time.sleep(_SICK_SECONDS)
        finally:
            os.close(lock)


def in_turn(waiting: list[tuple[float, Path]], turn: int, now: float) -> list[Path]:
    """Return sealed segments in the order in which they are to be tried.

    The oldest first, until that one waits for longer than people should: then the newest, so that what
    happens now is seen although there is a backlog. Every fourth turn is the oldest's all the same.
    """
    oldest_first = [path for _, path in waiting]
    is_behind = bool(waiting) and now - waiting[0][0] > BEHIND_SECONDS
    return oldest_first[::-1] if is_behind and turn % _TURNS else oldest_first


def _take(segments: list[Path]) -> tuple[Path, int] | None:
    """Lock the first segment that nobody else decodes; return it and the handle that holds the lock.

    The kernel lets go of the lock when a decoder dies, however it dies.
    """
    for path in segments:
        try:
            handle = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        if os.fstat(handle).st_nlink:
            return path, handle
        os.close(handle)
    return None


def decode_one(segment: Path, root: Path, cache: AttributeCache) -> int:
    """Store one segment and return its number of records; deliveries that break it are put aside."""
    tries, marks = segment.with_suffix(".tries"), segment.with_suffix(".marks")
    tried = max(numbers_in(tries), default=0)
    if tried >= _LAST_TRIES:
        aside = root / "aside"
        aside.mkdir(exist_ok=True)
        segment.rename(aside / segment.name)
        count = 0
        log.error("a segment can't be decoded and was put aside: %s", segment.name)
    else:
        # Counted before, not after: what kills this process must be remembered by the next one.
        tries.write_text(str(tried + 1), encoding="ascii")
        broken = broken_frames(segment, marks, cache) if tried >= _TRIES else frozenset()
        count = store_segment(segment, root, cache, broken)
    tries.unlink(missing_ok=True)
    marks.unlink(missing_ok=True)
    return count


def _sealed(root: Path) -> list[tuple[float, Path]]:
    """Return when each sealed segment was written last, and its path; the oldest first."""
    found = []
    for path in sorted((root / "wal").glob("*.wal")):
        with contextlib.suppress(FileNotFoundError):
            found.append((path.stat().st_mtime, path))
    return found


_is_told_to_stop = False


def _stop(*_: object) -> None:
    global _is_told_to_stop
    _is_told_to_stop = True


def main(arguments: list[str]) -> int:
    """Run a decoder; return its exit code."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work(Path(arguments[0]), parent=int(arguments[1]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
