"""The time by which what is old is deleted: a clock that is set far ahead is not believed at once.

A machine that wakes, or asks a wrong server, may be days ahead for a while; what was deleted meanwhile for
its age stays deleted when the clock is right again.
"""

import logging
import time
from collections.abc import Callable

log = logging.getLogger("dogwatch.intake")

_FAR_AHEAD_SECONDS = 3_600.0
_DOUBTED_SECONDS = 3_600.0


class TrustedClock:
    """Follows the wall clock, but a leap ahead of more than an hour only an hour later.

    Args:
        wall: Unix seconds, as the machine has them.
        steady: Seconds that nobody sets.
    """

    def __init__(
        self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall, self._steady = wall, steady
        self._trusted, self._at = wall(), steady()
        self._doubted_until = 0.0

    def now(self) -> float:
        """Return Unix seconds."""
        wall, at = self._wall(), self._steady()
        told = self._trusted + (at - self._at)
        is_ahead = wall - told > _FAR_AHEAD_SECONDS
        if is_ahead and not self._doubted_until:
            self._doubted_until = at + _DOUBTED_SECONDS
            log.warning(
                "the clock was set ahead by %.0f s: for an hour nothing is deleted by it", wall - told
            )
        if not is_ahead or at >= self._doubted_until:
            told, self._doubted_until = wall, 0.0
        self._trusted, self._at = told, at
        return told
