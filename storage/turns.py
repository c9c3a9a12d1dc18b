"""Who writes next to a database with one writer: doors that wait to acknowledge first, and by turns.

Nobody waits for ever: another process may hold the writer for minutes, and threads that all wait for it would
be missed by those who only read.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PATIENCE_SECONDS = 20.0
_STUCK_SECONDS = 3.0
_MOST_BEHIND_STUCK = 8


class NoTurn(Exception):  # noqa: N818  an end of patience, and no fault of ours
    """Whoever writes holds on: there was no turn in time."""


class Turns:
    """Lets one thread in at a time; urgent ones first, yet never two of them while others wait.

    Among equals whoever came first is next: one that comes back at once would keep all others out.

    Args:
        patience_seconds: How long anybody waits for a turn.
        stuck_seconds: When no turn came to its end for so long, only a few go on waiting.
        most_behind: How many that are, besides urgent ones; the others hear at once that there is none.
        stopwatch: Tells seconds.
    """

    def __init__(
        self,
        *,
        patience_seconds: float = _PATIENCE_SECONDS,
        stuck_seconds: float = _STUCK_SECONDS,
        most_behind: int = _MOST_BEHIND_STUCK,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stopwatch = stopwatch
        self._patience, self._stuck, self._most_behind = patience_seconds, stuck_seconds, most_behind
        self._changed = threading.Condition()
        self._holder: int | None = None
        self._was_urgent = False
        self._waiting: dict[bool, list[object]] = {True: [], False: []}
        self._moved_at = 0.0

    @contextmanager
    def taken(self, *, is_urgent: bool) -> Iterator[None]:
        """Wait for a turn and hold it until the block ends.

        Raises:
            NoTurn: There was none in time.
        """
        with self._changed:
            if self._holder == threading.get_ident():
                raise RuntimeError("a turn within a turn of the same thread would wait for itself")
            self._wait(is_urgent)
            self._holder, self._was_urgent = threading.get_ident(), is_urgent
        began = self._stopwatch()
        is_well = False
        try:
            yield
            is_well = True
        finally:
            with self._changed:
                now = self._stopwatch()
                # One that waited long and failed says that the writer is held elsewhere: nothing has moved.
                if is_well or now - began < self._stuck:
                    self._moved_at = now
                self._holder = None
                self._changed.notify_all()

    def _wait(self, is_urgent: bool) -> None:
        mine, began = object(), self._stopwatch()
        if self._holder is None and not any(self._waiting.values()):
            self._moved_at = began  # nobody was there to move anything
        self._waiting[is_urgent].append(mine)
        try:
            while not self._may(mine, is_urgent):
                now = self._stopwatch()
                until_stuck = self._moved_at + self._stuck - now
                is_too_far = not is_urgent and self._waiting[False].index(mine) >= self._most_behind
                if now - began >= self._patience or (is_too_far and until_stuck <= 0):
                    raise NoTurn
                left = began + self._patience - now
                self._changed.wait(min(left, until_stuck) if is_too_far else left)
        finally:
            self._waiting[is_urgent].remove(mine)
            self._changed.notify_all()  # whoever gave up kept others back, or stood before them

    def _may(self, mine: object, is_urgent: bool) -> bool:
        if self._holder is not None or self._waiting[is_urgent][0] is not mine:
            return False
        is_first = self._was_urgent is not is_urgent
        return is_first or not self._waiting[not is_urgent]
