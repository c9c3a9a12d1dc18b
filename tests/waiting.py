"""Wait for what comes about by itself: look again until it is so, and fail when it is not in time.

The one place where tests sleep. A process, a file, a row of SQL and a flag of somebody else's have no event.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
_SECONDS = 60.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS, _GROWTH = 0.01, 0.2, 1.2
"""What takes long is not made slower by being asked all the time."""


def wait_until(look: Callable[[], T], seconds: float = _SECONDS) -> T:
    """Return the first true answer; raises `AssertionError` when there is none in time."""
    end, pause = time.monotonic() + seconds, _FIRST_PAUSE_SECONDS
    while not (found := look()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s"
        time.sleep(pause)
        pause = min(pause * _GROWTH, _LONGEST_PAUSE_SECONDS)
    return found


async def until(look: Callable[[], T | Awaitable[T]], seconds: float = _SECONDS) -> T:
    """Return the first true answer of a look, which may be awaitable; raises `AssertionError` as above."""
    end, pause = time.monotonic() + seconds, _FIRST_PAUSE_SECONDS
    while True:
        found = look()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        assert time.monotonic() < end, f"not within {seconds:.0f} s"
        await asyncio.sleep(pause)
        pause = min(pause * _GROWTH, _LONGEST_PAUSE_SECONDS)


async def until_of(read: Callable[[], T], is_so: Callable[[T], bool], seconds: float = _SECONDS) -> T:
    """Return the first thing, read in a thread, of which it is so; raises `AssertionError` as above."""

    async def look() -> tuple[T, ...]:
        found = await asyncio.to_thread(read)
        return (found,) if is_so(found) else ()

    return (await until(look, seconds))[0]
