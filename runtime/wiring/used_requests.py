"""Which signed requests the house has taken: kept in its database, for all its processes and restarts."""

import time
from datetime import timedelta

from domain.identity.web_access import MarkKind, SignInMark
from domain.ports.clock import Clock
from domain.ports.transactions import Opening

_TIDY_SECONDS = 60.0


class SqlUsedRequests:
    """Implements `UsedRequests`.

    Args:
        reading: Opens a transaction that reads.
        writing: Opens one that writes.
        clock: The time.
    """

    def __init__(self, reading: Opening, writing: Opening, clock: Clock) -> None:
        self._reading, self._writing, self._clock = reading, writing, clock
        self._tidied = -_TIDY_SECONDS

    def knows(self, key: str) -> bool:
        """Tell whether the request of that key was taken."""
        with self._reading() as uow:
            return uow.sign_in_marks.find(MarkKind.SIGNED_REQUEST, key, self._clock.now()) is not None

    def note(self, key: str, seconds: float) -> None:
        """Remember for so long that it was."""
        now = self._clock.now()
        is_due = time.monotonic() >= self._tidied + _TIDY_SECONDS
        with self._writing() as uow:
            if is_due:
                uow.sign_in_marks.tidy(now)
            until = now + timedelta(seconds=seconds)
            uow.sign_in_marks.save(SignInMark(kind=MarkKind.SIGNED_REQUEST, key=key, until=until))
        if is_due:
            self._tidied = time.monotonic()
