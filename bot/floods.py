"""How much is done at once: by one person through all their accounts, and said in one channel.

Who is over it reads a sentence. In a channel that overflows only what is said there is left out: what people
press and fill in passes, so that nobody can talk an approval down.
"""

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from domain.errors import NotNow
from domain.identity.chat import Incoming, IncomingKind
from domain.identity.people import Person
from domain.ports.transactions import UnitOfWork

WINDOW = timedelta(seconds=10)
_AHEAD = timedelta(minutes=5)
"""So far a chat's clock may be ahead of ours. What is from later on was kept before ours was set back."""
_SAID = frozenset({IncomingKind.MESSAGE, IncomingKind.UPLOAD})
_MOST_CHANNELS = 1_000


class Floods:
    """Refuses what is over the limits.

    Args:
        of_person: Acts of one person, or of an account that nobody knows, in ten seconds.
        in_channel: Things said to us in one channel in ten seconds, counted in this process.
    """

    def __init__(self, of_person: int, in_channel: int) -> None:
        self._of_person, self._in_channel = of_person, in_channel
        self._counting = threading.Lock()  # acts are prepared in threads beside the one that does them
        self._heard: OrderedDict[tuple[str, str, str], deque[tuple[datetime, str]]] = OrderedDict()

    def check(self, incoming: Incoming, person: Person | None, uow: UnitOfWork, now: datetime) -> None:
        """Count an act; looked at twice it counts once.

        Raises:
            NotNow: It is one too many.
        """
        since, until = now - WINDOW, now + _AHEAD
        whose = person.id if person else None
        if uow.inbox.count_recent(incoming.account, whose, since, until) > self._of_person:
            raise _too_many(f"That was more than {self._of_person} acts in ten seconds")
        if self._is_channel_full(incoming, since, until):
            many = f"more than {self._in_channel} things were said to me in ten seconds"
            raise _too_many(f"In this channel {many}")

    def _is_channel_full(self, incoming: Incoming, since: datetime, until: datetime) -> bool:
        place = incoming.place
        is_said = incoming.kind in _SAID and incoming.addressed and not place.is_private
        if not is_said or incoming.at < since:
            return False  # what waited for us came in its own time
        where = (place.platform.value, place.workspace, place.channel)
        with self._counting:
            heard = self._heard.setdefault(where, deque(maxlen=self._in_channel + 1))
            self._heard.move_to_end(where)
            while len(self._heard) > _MOST_CHANNELS:
                self._heard.popitem(last=False)
            if all(key != incoming.key for _, key in heard):
                heard.append((incoming.at, incoming.key))
            return sum(since <= at <= until for at, _ in heard) > self._in_channel


def _too_many(why: str) -> NotNow:
    return NotNow(
        "flood",
        say=f"{why}, so I left this one out.",
        next_step="Nothing was changed by it. Wait a few seconds and do it again.",
    )
