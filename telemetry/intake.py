"""Take deliveries: unpack, look, write ahead, and only then say that they are safe.

What waits to be decoded is bounded. At the bound, or when the disk runs low, a delivery is refused in words
that make the sender come again; nothing half-taken is left behind.
"""

import asyncio
import logging
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from domain.errors import BadInput
from domain.ports.telemetry_intake import Crowded, Delivery, Dialect, ItemResult, TurnedAway
from telemetry.decoding import check
from telemetry.receivers.attribute_cache import Unreadable
from telemetry.receivers.elastic_bulk import bulk_results
from telemetry.receivers.turned_away import note_of
from telemetry.unpacking import unpack
from telemetry.write_ahead import Frame, WriteAheadLog, oldest_write, waiting_bytes

log = logging.getLogger("dogwatch.intake")
_Seen = TypeVar("_Seen")

_MOST_WAITING = 512 << 20
_LEAST_FREE = 1 << 30
_LOOK_SECONDS = 0.5
_SMALL, _SMALL_PACKED = 32 << 10, 2 << 10
_EXCERPT = 200
_LOOKED_AT_ONCE = 2
"""Large bodies that are unpacked and looked at at the same time: each may take hundreds of megabytes."""


class DurableIntake:
    """Implements `TelemetryIntake` with a write-ahead log; one per folder.

    Args:
        root: Folder of the store.
        most_waiting: Bytes that may wait to be decoded before senders are asked to wait.
        least_free: Bytes that stay free on the disk.
    """

    def __init__(
        self, root: Path, *, most_waiting: int = _MOST_WAITING, least_free: int = _LEAST_FREE
    ) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._root, self._most_waiting, self._least_free = root, most_waiting, least_free
        self._log = WriteAheadLog(root / "wal")
        self._looked = 0.0
        self._trouble = ""
        self._looks = asyncio.Semaphore(_LOOKED_AT_ONCE)
        self.refused_deliveries = 0

    async def take(self, delivery: Delivery) -> int:
        """Make a delivery durable; return how many records, or groups of them, a quick look saw in it."""
        return await self._take(delivery, lambda body: check(delivery.dialect, body))

    async def take_operations(self, delivery: Delivery) -> Sequence[ItemResult]:
        """Make a delivery in Elasticsearch's bulk form durable; tell what becomes of each operation."""
        return await self._take(delivery, lambda body: bulk_results(body, time.time_ns() // 1000))

    async def _take(self, delivery: Delivery, look: Callable[[bytes], _Seen]) -> _Seen:
        self._refuse_when_crowded()
        try:
            body, seen = await self._look_at(delivery, look)
        except BadInput as error:
            begins = "" if delivery.encoding else repr(delivery.body[:_EXCERPT])[2:-1]
            self.note(TurnedAway(delivery.source, delivery.dialect.value, error.sentence(), begins))
            raise
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()

        def done(trouble: BaseException | None) -> None:
            loop.call_soon_threadsafe(_settle, written, trouble)

        self._log.append(Frame(delivery.dialect, delivery.source, time.time_ns() // 1000, body), done)
        await written
        return seen

    async def _look_at(self, delivery: Delivery, look: Callable[[bytes], _Seen]) -> tuple[bytes, _Seen]:
        if len(delivery.body) <= (_SMALL_PACKED if delivery.encoding else _SMALL):
            return _looked_at(delivery, look)
        async with self._looks:
            return await asyncio.to_thread(_looked_at, delivery, look)

    def note(self, refused: TurnedAway) -> None:
        """Keep what a door refused among the refused records, unless there is no room even for that."""
        if not self._trouble:
            body = note_of(refused)
            self._log.append(Frame(Dialect.REFUSED, refused.source, time.time_ns() // 1000, body), _noted)

    def backlog(self) -> tuple[int, float]:
        """Return how many bytes wait to be decoded, and how many seconds the oldest of them has waited."""
        folder = self._root / "wal"
        return waiting_bytes(folder), max(time.time() - oldest_write(folder), 0.0)

    def close(self) -> None:
        """Write what waits and let go of the log."""
        self._log.close()

    def _refuse_when_crowded(self) -> None:
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked, self._trouble = now, self._look()
        if self._trouble:
            self.refused_deliveries += 1
            raise Crowded(
                f"intake: {self._trouble}",
                say=f"More telemetry comes than can be kept right now: {self._trouble}.",
                next_step="Send the same again in a few seconds.",
            )

    def _look(self) -> str:
        waiting = waiting_bytes(self._root / "wal")
        if waiting > self._most_waiting:
            return f"{waiting >> 20} MiB wait to be decoded"
        free = shutil.disk_usage(self._root).free
        if free < self._least_free:
            return f"only {free >> 20} MiB are free on the disk"
        return ""


def _noted(trouble: BaseException | None) -> None:
    if trouble is not None:
        log.warning("a refusal can't be noted: %s", trouble)


def _settle(written: "asyncio.Future[None]", trouble: BaseException | None) -> None:
    if written.done():
        return
    if trouble is None:
        written.set_result(None)
    else:
        written.set_exception(trouble)


def _looked_at(delivery: Delivery, look: Callable[[bytes], _Seen]) -> tuple[bytes, _Seen]:
    body = unpack(delivery.body, delivery.encoding)
    try:
        return body, look(body)
    except Unreadable as error:
        raise BadInput(
            f"{delivery.dialect.value} from {delivery.source}: {error}",
            say=f"I can't read that as {delivery.dialect.value}: {error}.",
            next_step="Nothing of it was taken.",
        ) from error
