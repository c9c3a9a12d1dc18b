"""How fast we call the platforms: so many calls a second in all, and a rest where one asks for it."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta

from domain.errors import OutsideTrouble
from domain.identity.chat import Platform

log = logging.getLogger("dogwatch.delivery")

LONGEST_WAIT = timedelta(minutes=5)
_A_ROUND = timedelta(minutes=1)
"""A rest may be noted a little after the moment by which a round of calls goes."""
_MOST_DOUBLINGS = 9
"""2 to this power is longer than the longest wait; a platform may be away for hundreds of tries."""
_SAY_AGAIN_SECONDS = (2.0, 8.0, 30.0, 60.0)
_LONGEST_REST_SECONDS = 120.0


class Budget:
    """Calls that may be made now: so many a second, some of them saved up.

    Args:
        per_second: Calls that are added each second.
        most: Calls that can be saved up.
    """

    def __init__(self, per_second: float, most: int) -> None:
        self._per_second = per_second
        self._most = float(most)
        self._left = float(most)
        self._at = time.monotonic()

    def room(self) -> int:
        """Return how many calls may be made now."""
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        return int(self._left)

    def take(self, calls: int) -> None:
        """Use up so many calls."""
        self._left -= calls


class Rests:
    """Which kind of call rests on which platform, because the platform asked us to slow down.

    Posts and updates have limits of their own, so that a storm of updates does not hold up what is new.
    """

    def __init__(self) -> None:
        self._until: dict[tuple[Platform, bool], datetime] = {}

    def begin(self, platform: Platform, until: datetime, *, is_update: bool) -> None:
        """Let this kind of call rest until a moment."""
        kind = (platform, is_update)
        former = self._until.get(kind, until)
        self._until[kind] = max(until, former) if former <= until + LONGEST_WAIT else until

    def awake(
        self, platforms: Collection[Platform], now: datetime, *, is_update: bool
    ) -> tuple[Platform, ...]:
        """Return the platforms that take this kind of call now."""
        return tuple(one for one in platforms if not self._rests((one, is_update), now))

    def _rests(self, kind: tuple[Platform, bool], now: datetime) -> bool:
        # Nobody is asked to rest for longer: whoever seems to be was asked before our clock was set back.
        return now < self._until.get(kind, now) <= now + LONGEST_WAIT + _A_ROUND


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed tries: twice as long each time, up to five minutes."""
    return min(timedelta(seconds=2 ** min(attempts, _MOST_DOUBLINGS)), LONGEST_WAIT)


class Patience:
    """Says things to whoever asked, again a few times while the platform is busy or away.

    No row stands behind such an answer as behind a card, so nobody else would say it later.
    """

    def __init__(self) -> None:
        self._hurry = asyncio.Event()

    def end(self) -> None:
        """Wait no more: what is still to be said is said at once or not at all."""
        self._hurry.set()

    async def rest(self, seconds: float) -> None:
        """Wait so many seconds, or until there is no more time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0)):
                await self._hurry.wait()

    async def said(self, say: Callable[[], Awaitable[object]]) -> None:
        """Call until the platform takes it; raises `OutsideTrouble` where it does not, now or in minutes."""
        for seconds in (*_SAY_AGAIN_SECONDS, None):
            try:
                await say()
            except OutsideTrouble as trouble:
                if seconds is None or trouble.is_final or trouble.needs_person:
                    raise
                log.info("an answer waits: %s", trouble)
                await self.rest(max(seconds, min(trouble.retry_after_seconds or 0.0, _LONGEST_REST_SECONDS)))
            else:
                return
