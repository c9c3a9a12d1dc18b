"""How fast we call the platforms: so many calls a second in all, and a rest where one asks for it."""

import time
from collections.abc import Collection
from datetime import datetime, timedelta

from domain.chat import Platform

LONGEST_WAIT = timedelta(minutes=5)
_MOST_DOUBLINGS = 9
"""2 to this power is longer than the longest wait; a platform may be away for hundreds of tries."""


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
        self._until[kind] = max(until, self._until.get(kind, until))

    def awake(
        self, platforms: Collection[Platform], now: datetime, *, is_update: bool
    ) -> tuple[Platform, ...]:
        """Return the platforms that take this kind of call now."""
        return tuple(one for one in platforms if self._until.get((one, is_update), now) <= now)


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed tries: twice as long each time, up to five minutes."""
    return min(timedelta(seconds=2 ** min(attempts, _MOST_DOUBLINGS)), LONGEST_WAIT)
