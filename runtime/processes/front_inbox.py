"""Acts that were kept but not done, after a crash or an outage: done, told, or given up.

Who acted reads the answer as if it had come at once, and after a day that it will not come.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.cards.model import Card
from bot.desk import ChatDesk
from bot.presenters.sentences import given_up, sentence
from domain.errors import DogwatchError
from domain.identity.chat import Account, Incoming
from domain.ports.clock import Clock
from domain.ports.transactions import Opening
from runtime.wiring.doors import Doors

log = logging.getLogger("dogwatch.front")

TRIED_FOR = timedelta(days=1)
"""An act that could not be done for so long is refused: its person has long found another way."""
_GRACE = timedelta(seconds=15)
_PAUSE_SECONDS = 5.0
_LONGEST_WAIT = timedelta(minutes=5)
_LOOKED_AT, _AT_A_TIME, _PEOPLE_AT_ONCE = 2_000, 64, 8


class InboxRounds:
    """Takes up what is left in the inbox, round after round.

    Args:
        reading: Opens a transaction that reads.
        clock: The time.
        desk: Does an act.
        doors: Tell who acted.
    """

    def __init__(self, reading: Opening, clock: Clock, desk: ChatDesk, doors: Doors) -> None:
        self._reading, self._clock, self._desk, self._doors = reading, clock, desk, doors
        self._tried: dict[str, tuple[int, datetime]] = {}
        """How often an act was taken up in vain, and from when it is again."""

    async def run(self) -> None:
        """Look again and again; the first time for acts of any age, which another process left."""
        grace = timedelta(0)
        while True:
            has_more = await self.look(self._clock.now() - grace)
            grace = _GRACE
            if not has_more:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def look(self, before: datetime) -> bool:
        """Take up acts that were kept before a moment; return whether more of them are due."""
        try:
            unfinished = await asyncio.to_thread(self._unfinished, before)
        except Exception:  # a border: the database may be away for a while
            log.exception("inbox can't be read")
            return False
        self._tried = {act.key: self._tried[act.key] for act in unfinished if act.key in self._tried}
        due = self._due(unfinished)
        by_account: dict[Account, list[Incoming]] = defaultdict(list)
        for act in due[:_AT_A_TIME]:
            by_account[act.account].append(act)
        places = asyncio.Semaphore(_PEOPLE_AT_ONCE)

        async def take(acts: Sequence[Incoming]) -> None:
            async with places:
                for act in sorted(acts, key=lambda one: one.at):
                    await self._take(act)

        await asyncio.gather(*(take(acts) for acts in by_account.values()))
        return len(due) > _AT_A_TIME

    def _due(self, unfinished: Sequence[Incoming]) -> list[Incoming]:
        """Return what may be tried now; what was tried before stands back behind what was not."""
        now = self._clock.now()
        due = [one for one in unfinished if one.key not in self._tried or self._tried[one.key][1] <= now]
        return sorted(due, key=lambda one: self._tried.get(one.key, (0, now))[0])

    async def _take(self, act: Incoming) -> None:
        if self._desk.is_under_way(act.key):
            return  # it takes its time, such as a long download
        tries = self._tried.get(act.key, (0, act.at))[0] + 1
        now = self._clock.now()
        self._tried[act.key] = (tries, now + min(timedelta(seconds=5) * 2 ** min(tries, 10), _LONGEST_WAIT))
        try:
            if await asyncio.to_thread(self._is_done, act.key):
                return  # another front did it meanwhile, and answered
            if now - act.at > TRIED_FOR:
                await self._desk.refuse(act, "it could not be done for a day")
                await self._tell(act, given_up(act))
            elif act.account.platform in self._doors.resumes:
                await self._doors.resumes[act.account.platform](act)
            else:
                reply = await self._desk.work(act)
                wrong = [sentence("Not done", words) for words in reply.input_errors.values()]
                await self._tell(act, *reply.whispers, *wrong)
        except Exception:  # a border: one act that can't be done must not keep the others waiting
            log.exception("an act can't be resumed", extra={"press": act.key})

    async def _tell(self, act: Incoming, *cards: Card) -> None:
        adapter = self._doors.adapters.get(act.account.platform)
        if adapter is None:
            return
        for card in cards:
            try:
                await adapter.whisper(act.place, act.account, card)
            except DogwatchError as error:
                log.warning("an answer was not shown: %s", error, extra={"press": act.key})

    def _is_done(self, key: str) -> bool:
        with self._reading() as uow:
            return uow.inbox.is_done(key)

    def _unfinished(self, before: datetime) -> list[Incoming]:
        with self._reading() as uow:
            return uow.inbox.unfinished(before, _LOOKED_AT)
