"""Who writes next to a database with one writer: doors that wait to acknowledge first, and by turns."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Lets one thread in at a time; urgent ones first, yet never two of them while others wait."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_taken = False
        self._was_urgent = False
        self._waiting = {True: 0, False: 0}

    @contextmanager
    def taken(self, *, is_urgent: bool) -> Iterator[None]:
        """Wait for a turn and hold it until the block ends."""
        with self._changed:
            self._waiting[is_urgent] += 1
            try:
                self._changed.wait_for(lambda: self._may(is_urgent))
            finally:
                self._waiting[is_urgent] -= 1
            self._is_taken, self._was_urgent = True, is_urgent
        try:
            yield
        finally:
            with self._changed:
                self._is_taken = False
                self._changed.notify_all()

    def _may(self, is_urgent: bool) -> bool:
        if self._is_taken:
            return False
        is_first = self._was_urgent is not is_urgent
        return is_first or not self._waiting[not is_urgent]
