"""API keys as keys of senders: what the database said of one is believed for half a minute.

So a key that was revoked is taken for so long still, and a busy sender costs one question, not one a request.
"""

import hashlib
import time

from domain.identity.web_access import Scope, parts_of
from domain.ids import PersonId
from domain.ports.clock import Clock
from domain.ports.transactions import Opening

_BELIEVED_SECONDS = 30.0
_MOST_REMEMBERED = 1_000


class IssuedKeys:
    """Knows for which source an API key of the scope `intake` stands: the name that the key was given.

    Args:
        reading: Opens a transaction that reads.
        clock: The time.
    """

    def __init__(self, reading: Opening, clock: Clock) -> None:
        self._reading, self._clock = reading, clock
        self._believed: dict[bytes, tuple[str, float]] = {}

    def __call__(self, text: str) -> str | None:
        """Return the source, or None when the key is unknown, over, revoked, or of somebody who left."""
        mark, now = hashlib.sha256(text.encode()).digest(), time.monotonic()
        source, until = self._believed.get(mark, ("", 0.0))
        if until > now:
            return source
        asked = self._ask(text)
        if asked is None:
            self._believed.pop(mark, None)
            return None
        if len(self._believed) >= _MOST_REMEMBERED:
            self._believed.clear()
        self._believed[mark] = (asked, now + _BELIEVED_SECONDS)
        return asked

    def _ask(self, text: str) -> str | None:
        parts = parts_of(text)
        if parts is None:
            return None
        with self._reading() as uow:
            key = uow.api_keys.find(parts[0])
            if key is None or not key.lets_in(parts[1], Scope.INTAKE, self._clock.now()):
                return None
            return key.name if uow.people.get(PersonId(key.person)).is_active else None
