"""The write-ahead log: what was acknowledged is on disk before the sender hears so.

Deliveries are appended to a segment by one thread, many to one `fdatasync` (group commit); a segment is
sealed by a rename when it is full or a second old. A segment that a crash left open is sealed at the next
start; its torn last frame, which nobody was told about, is where reading ends.
"""

import contextlib
import logging
import os
import queue
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.errors import OutsideTrouble
from domain.ports.telemetry_intake import Dialect

log = logging.getLogger("dogwatch.intake")

_FRAME = struct.Struct("<4sIIIq")  # magic, length of the head, length of the body, checksum, arrival in us
_MAGIC = b"DWT1"
_MOST_IN_A_COMMIT = 256
_PATIENCE_SECONDS = 0.05
_SEAL_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Frame:
    """One delivery in the log, unpacked."""

    dialect: Dialect
    source: str
    arrived_us: int
    body: bytes


@dataclass(frozen=True, slots=True)
class _Waiting:
    frame: Frame
    done: Callable[[BaseException | None], None]


class WriteAheadLog:
    """Appends frames durably; one per folder at a time.

    Args:
        folder: Where segments lie; made when missing.
        seal_bytes: Size at which a segment is sealed.
        seal_seconds: Age at which it is.
    """

    def __init__(
        self,
        folder: Path,
        *,
        seal_bytes: int = 24 << 20,
        seal_seconds: float = 1.0,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._seal_bytes, self._seal_seconds = folder, seal_bytes, seal_seconds
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._file: int | None = None
        self._size, self._opened = 0, 0.0
        self._unsealed: list[Path] = []
        for left in sorted(folder.glob("*.open")):
            left.rename(left.with_suffix(".wal"))
        self._number = next_number(folder.parent)
        self._thread = threading.Thread(target=self._run, name="write-ahead", daemon=True)
        self._thread.start()

    def append(self, frame: Frame, done: Callable[[BaseException | None], None]) -> None:
        """Write a frame; `done` is called from the writing thread once it is durable, or with what went
        wrong."""
        self._queue.put(_Waiting(frame, done))

    def close(self) -> None:
        """Write what waits, seal, and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                first = self._queue.get(timeout=self._patience())
            except queue.Empty:
                self._seal()
                continue
            group = [first]
            while len(group) < _MOST_IN_A_COMMIT and not self._queue.empty():
                group.append(self._queue.get())
            self._commit([one for one in group if one is not None])
            is_over = None in group
            if is_over or self._size >= self._seal_bytes or self._is_old():
                self._seal()
            if is_over:
                return

    def _patience(self) -> float | None:
        if self._file is None:
            return _SEAL_AGAIN_SECONDS if self._unsealed else None
        return max(self._opened + self._seal_seconds - time.monotonic(), _PATIENCE_SECONDS / 10)

    def _is_old(self) -> bool:
        return self._file is not None and time.monotonic() - self._opened >= self._seal_seconds

    def _commit(self, group: list[_Waiting]) -> None:
        if not group:
            return
        trouble: BaseException | None = None
        try:
            self._write(b"".join(encoded(one.frame) for one in group))
        except OSError as error:
            trouble = OutsideTrouble(
                f"write-ahead log: {error.strerror}",
                say="Telemetry can't be written to disk right now.",
                next_step="Senders keep it and try again; an operator has to look at the disk.",
            )
            trouble.__cause__ = error
        except Exception as error:  # whatever it was, who waits is told, and the next ones are written
            log.exception("deliveries can't be written")
            trouble = error
        for one in group:
            one.done(trouble)

    def _write(self, data: bytes) -> None:
        if self._file is None:
            path = self._folder / f"{self._number:012d}.open"
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            self._size, self._opened = 0, time.monotonic()
            _sync_folder(self._folder)
        whole = self._size
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
            os.fdatasync(self._file)
        except OSError:
            # Half a frame in the middle would hide every later one: it is cut off, and nothing follows it.
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, whole)
            self._seal()
            raise
        self._size += len(data)

    def _seal(self) -> None:
        """Seal the open segment, and what could not be sealed before; on a sick disk later."""
        if self._file is not None:
            file, self._file = self._file, None
            self._unsealed.append(self._folder / f"{self._number:012d}.open")
            self._number += 1
            with contextlib.suppress(OSError):  # what was told to be durable is on the disk already
                os.close(file)
        while self._unsealed:
            path = self._unsealed[0]
            try:
                if path.exists():
                    path.rename(path.with_suffix(".wal"))
                _sync_folder(self._folder)
            except OSError as error:
                log.error("a segment can't be sealed yet: %s", error)
                return
            del self._unsealed[0]


def next_number(root: Path) -> int:
    """Return a segment number above every one in use; a number is never given twice, because stored files
    are named by it."""
    numbers = [int(path.stem) for path in (root / "wal").glob("*.*") if path.stem.isdigit()]
    for path in root.glob("*/*.parquet"):
        last = path.stem.rpartition("-")[2]
        if last.isdigit():
            numbers.append(int(last))
    mark = root / "last-segment"
    number = max([*numbers, *numbers_in(mark)], default=0) + 1
    # Retention may have removed every file that a number was seen in, so the mark is kept too.
    draft = mark.with_suffix(".draft")
    with draft.open("w", encoding="ascii") as file:
        file.write(str(number))
        file.flush()
        os.fsync(file.fileno())
    draft.rename(mark)
    return number


def numbers_in(path: Path) -> set[int]:
    """Return the numbers that stand in a small file of ours; what a power cut left of it may be none."""
    try:
        words = path.read_bytes().split()
    except FileNotFoundError:
        return set()
    return {int(word) for word in words if word.isdigit()}


def encoded(frame: Frame) -> bytes:
    """Return a frame as it stands in a segment."""
    head = f"{frame.dialect.value}\n{frame.source}".encode()
    checksum = zlib.crc32(frame.body, zlib.crc32(head))
    fixed = _FRAME.pack(_MAGIC, len(head), len(frame.body), checksum, frame.arrived_us)
    return b"".join((fixed, head, frame.body))


def read_segment(path: Path) -> Iterator[Frame]:
    """Yield the frames of a segment up to its end or its first damaged frame."""
    data = path.read_bytes()
    at = 0
    while at + _FRAME.size <= len(data):
        magic, head_size, body_size, checksum, arrived = _FRAME.unpack_from(data, at)
        begin = at + _FRAME.size
        end = begin + head_size + body_size
        if magic != _MAGIC or end > len(data) or zlib.crc32(data[begin:end]) != checksum:
            return
        dialect, _, source = data[begin : begin + head_size].decode().partition("\n")
        yield Frame(Dialect(dialect), source, arrived, data[begin + head_size : end])
        at = end


def oldest_waiting(root: Path) -> int:
    """Return the lowest number of a segment that is not decoded yet, a very high one when there is none."""
    # Twice: a listing may miss a file that is renamed meanwhile, as a segment is once in its life.
    paths = [path for _ in range(2) for path in (root / "wal").glob("*.*")]
    return min((int(path.stem) for path in paths if path.stem.isdigit()), default=1 << 62)


def waiting_bytes(folder: Path) -> int:
    """Return how much is written and not yet decoded."""
    total = 0
    for entry in os.scandir(folder):
        try:
            total += entry.stat().st_size
        except FileNotFoundError:
            continue
    return total


def oldest_write(folder: Path) -> float:
    """Return when the oldest waiting segment was written to last, in Unix seconds; now when none waits."""
    oldest = time.time()
    for path in folder.glob("*.wal"):
        with contextlib.suppress(FileNotFoundError):
            oldest = min(oldest, path.stat().st_mtime)
    return oldest


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
