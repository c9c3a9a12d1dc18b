"""What `/healthz` says: each part of a front process as it is now, asked and not assumed."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.errors import DogwatchError, OutsideTrouble
from runtime.processes.disk_room import ask_for_room
from runtime.wiring.temporal import Connection
from storage.engine import Database

log = logging.getLogger("dogwatch.health")

UP, AWAY, STARTING, ENDED = "up", "away", "starting", "ended"
_ANSWER_SECONDS = 5.0
_BESIDE_SECONDS = 2.0
"""A process beside this one that hangs must not make a monitor take this one for dead."""
_STARTS_WITHIN_SECONDS = 120.0
"""So long a process beside the front may take to be there; after it, what never was is away."""
CLOCKS_DIFFER_SECONDS = 10.0
"""Half of what the watch allows for: beyond, it would miss reports that another machine takes in. Nor do
fronts whose clocks differ agree on when a request or an order is over."""
_KEPT_SECONDS = 0.5
"""Several monitors that ask at once share one look."""


@dataclass(frozen=True)
class Neighbour:
    """A process beside the front.

    `is_promised`: this house has one, so that its absence is trouble from the start.
    """

    part: str
    look: Callable[[], Awaitable[None]]
    is_promised: bool


class Health:
    """Looks at the parts of a front process.

    Args:
        database: Answers a question, or is away.
        connection: To the workflow server.
        data: The data folder, which must not run full.
        kept_seconds: So long a look answers whoever asks next.
        starts_within_seconds: So long a process beside this one may take to be there.
    """

    def __init__(
        self,
        database: Database,
        connection: Connection,
        data: Path,
        *,
        kept_seconds: float = _KEPT_SECONDS,
        starts_within_seconds: float = _STARTS_WITHIN_SECONDS,
    ) -> None:
        self._starts_within_seconds = starts_within_seconds
        self._asked: dict[str, Callable[[], Awaitable[None]]] = {
            "database": lambda: asyncio.to_thread(database.ping),
            "stories": lambda: self._ask_stories(connection),
            "disk": lambda: asyncio.to_thread(ask_for_room, data),
        }
        if not database.is_sqlite:  # which has no clock of its own, and no other machine beside this one
            self._asked["clock"] = lambda: _ask_clock(database)
        self._told: dict[str, str] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._promised: dict[str, bool] = {}
        self._met: set[str] = set()
        self._began = time.monotonic()
        self._seen: tuple[float, dict[str, str]] | None = None
        self._kept_seconds = kept_seconds
        self._looking = asyncio.Lock()

    def tell(self, part: str, state: str) -> None:
        """Note how far a part is that knows it by itself."""
        self._told[part] = state

    def ask(self, part: str, look: Callable[[], Awaitable[None]]) -> None:
        """Ask a part from now on, instead of believing what was told of it; it raises while it is away."""
        self._asked[part] = look
        self._told.pop(part, None)

    def ask_beside(self, neighbours: Iterable[Neighbour]) -> None:
        """Ask processes beside this one: `starting` at first, or not named before they were seen."""
        for one in neighbours:
            self.ask(one.part, one.look)
            self._promised[one.part] = one.is_promised

    def watch(self, part: str, task: asyncio.Task[None]) -> None:
        """Call a part ended when its task is."""
        self._told.setdefault(part, UP)
        self._tasks[part] = task

    async def parts(self) -> Mapping[str, str]:
        """Return each part's state."""
        async with self._looking:
            if self._seen is None or time.monotonic() - self._seen[0] > self._kept_seconds:
                answers = await asyncio.gather(*(self._answer(*asked) for asked in self._asked.items()))
                told = dict(zip(self._asked, answers, strict=True))
                self._seen = (time.monotonic(), {part: one for part, one in told.items() if one})
            found = self._seen[1] | self._told
        return found | {part: ENDED for part, task in self._tasks.items() if task.done()}

    async def _answer(self, part: str, ask: Callable[[], Awaitable[None]]) -> str:
        was_up = self._seen is None or self._seen[1].get(part, UP) != AWAY
        try:
            async with asyncio.timeout(_BESIDE_SECONDS if part in self._promised else _ANSWER_SECONDS):
                await ask()
        except Exception as error:  # a border: whatever hinders the part, it is away
            if part in self._promised and part not in self._met:
                if not self._promised[part]:
                    return ""
                if time.monotonic() - self._began < self._starts_within_seconds:
                    return STARTING
            if was_up:  # a monitor asks again and again: why it went is said once
                is_foreseen = isinstance(error, DogwatchError | TimeoutError)
                why = str(error) or type(error).__name__
                log.warning("%s is away: %s", part, why, exc_info=None if is_foreseen else error)
            return AWAY
        self._met.add(part)
        return UP

    @staticmethod
    async def _ask_stories(connection: Connection) -> None:
        client = await connection.client()
        if not await client.service_client.check_health(timeout=timedelta(seconds=_ANSWER_SECONDS)):
            raise ConnectionError("the workflow server is not serving")


async def _ask_clock(database: Database) -> None:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS - 1):
            ahead = await asyncio.to_thread(database.seconds_ahead, datetime.now(UTC))
    except (OutsideTrouble, TimeoutError):
        return  # that it is away is told of `database`, and says nothing of a clock
    if abs(ahead) > CLOCKS_DIFFER_SECONDS:
        raise OutsideTrouble(
            f"its clock and the database's differ by {abs(ahead):.0f} s; let both follow one (NTP)",
            say="My clock is wrong.",
        )
