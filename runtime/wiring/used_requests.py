"""Which signed requests the house has taken: kept in its database, for all its processes and restarts."""

import secrets
import time
from datetime import timedelta

from domain.identity.web_access import MarkKind, SignInMark
from domain.ports.clock import Clock
from domain.ports.transactions import Opening
from web.intake.signed_once import Claim

_TIDY_SECONDS = 60.0


class SqlUsedRequests:
    """Implements `UsedRequests`.

    Args:
        writing: Opens a transaction that writes.
        clock: The time.
    """

    def __init__(self, writing: Opening, clock: Clock) -> None:
        self._writing, self._clock = writing, clock
        self._tidied = -_TIDY_SECONDS
        self._name = secrets.token_hex(8)
        """By which a claim tells whose it is."""

    def claim(self, key: str, seconds: float) -> Claim:
        """Keep others from taking the request of that key for so long, unless one of them does or did."""
        now = self._clock.now()
        until = now + timedelta(seconds=seconds)
        mark = SignInMark(kind=MarkKind.REQUEST_UNDER_WAY, key=key, until=until, text=self._name)
        with self._writing() as uow:
            marks = uow.sign_in_marks
            if marks.find(MarkKind.SIGNED_REQUEST, key, now) is not None:
                return Claim.TAKEN
            if not marks.take(mark):
                if marks.find(MarkKind.REQUEST_UNDER_WAY, key, now) is not None:
                    return Claim.UNDER_WAY
                # Whoever held it has died, or the mark would stand; of two who see that, one takes it.
                marks.tidy(now)
                if not marks.take(mark):
                    return Claim.UNDER_WAY
            # PostgreSQL shows what was committed meanwhile: who held it may have taken it since we looked.
            if marks.find(MarkKind.SIGNED_REQUEST, key, now) is not None:
                marks.drop(MarkKind.REQUEST_UNDER_WAY, key)
                return Claim.TAKEN
            return Claim.OURS

    def renew(self, key: str, seconds: float) -> None:
        """Keep others from it for so long from now on, where it is this process that holds it."""
        now = self._clock.now()
        with self._writing() as uow:
            held = uow.sign_in_marks.find(MarkKind.REQUEST_UNDER_WAY, key, now)
            if held is not None and held.text == self._name:
                until = now + timedelta(seconds=seconds)
                uow.sign_in_marks.save(held.model_copy(update={"until": until}))

    def note(self, key: str, seconds: float) -> None:
        """Remember for so long that it was taken."""
        now = self._clock.now()
        is_due = time.monotonic() >= self._tidied + _TIDY_SECONDS
        with self._writing() as uow:
            if is_due:
                uow.sign_in_marks.tidy(now)
            until = now + timedelta(seconds=seconds)
            uow.sign_in_marks.save(SignInMark(kind=MarkKind.SIGNED_REQUEST, key=key, until=until))
            uow.sign_in_marks.drop(MarkKind.REQUEST_UNDER_WAY, key)
        if is_due:
            self._tidied = time.monotonic()

    def release(self, key: str) -> None:
        """Let others take it: it was not. Where that came too late, whoever holds it since goes on."""
        with self._writing() as uow:
            held = uow.sign_in_marks.find(MarkKind.REQUEST_UNDER_WAY, key, self._clock.now())
            if held is not None and held.text == self._name:
                uow.sign_in_marks.drop(MarkKind.REQUEST_UNDER_WAY, key)
