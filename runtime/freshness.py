"""Whether something is read again and again, or was last read more than a minute ago."""

import time
from collections.abc import Callable

_FRESH_SECONDS = 60.0


class Freshness:
    """When something was last read; what was read for the start counts from the start.

    Args:
        seconds: A clock that never goes back.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._read_at = seconds()

    def note(self) -> None:
        """Note that it was read just now."""
        self._read_at = self._seconds()

    def is_fresh(self) -> bool:
        """Tell whether it was read within the last minute."""
        return self._seconds() - self._read_at <= _FRESH_SECONDS
