"""Keep the chats in step with the truth: post what is new, update in place what changed.

Every message is a row that was written with the act that caused it. A platform that is away gets it
later; a message that changed five times meanwhile is drawn once, as it then is.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cards.model import Card
from bot.door import ChatAdapter
from bot.lost_cards import is_open, stand_again
from bot.pace import LONGEST_WAIT, Budget, Rests, wait_after
from bot.presenters.drawing import Drawing
from bot.refused_cards import OtherChannels
from domain.errors import DogwatchError, OutsideTrouble
from domain.identity.chat import MessageRef, Platform
from domain.ports.clock import Clock
from domain.ports.transactions import Opening, UnitOfWork
from domain.telling.postings import Delivery as How
from domain.telling.postings import Posting

log = logging.getLogger("dogwatch.delivery")


_AT_ONCE = 24
_AT_ONCE_ON_ONE = 16
"""A platform that hangs holds up itself, never the others."""
_LEASE = timedelta(seconds=40)
_CALL_SECONDS = 30.0
_IDLE_SECONDS = 0.15
_PER_SECOND = 80.0
"""Calls on all platforms together. What changes faster is drawn once for several changes, oldest first."""
_SHORTEST_REST_SECONDS = 1.0
_GATHER_SECONDS = 0.02
"""While calls are under way their outcomes are gathered this long: one transaction then notes them all."""
_MOST_ATTEMPTS = 12
_MOST_WHILE_AWAY = 300
"""A platform that is away for a day still gets everything, and later what is still open then, such as after a
weekend without a valid token; from the twelfth try on, another channel gets it too."""


@dataclass(frozen=True)
class _Outcome:
    posting: Posting
    message: MessageRef | None
    trouble: str = ""
    why: str = ""
    """The trouble in words for people."""
    retry_after_seconds: float | None = None
    """When the platform asked us to slow down; that says nothing against the message."""
    is_final: bool = False
    needs_person: bool = False
    is_message_lost: bool = False
    is_away: bool = False
    """Whether it is the platform that can't take it now, and not this message that it can't take."""


_Drawn = tuple[Posting, Card | Exception]


class Delivery:
    """Posts and updates on all connected platforms.

    Args:
        adapters: The connected platforms.
        drawing: Draws a posting.
        reading: Opens a transaction that reads.
        writing: Opens a transaction that writes.
        clock: The time.
        others: Finds the channel that takes what another one refuses for good.
        takes: Whether a posting is for this process: a terminal shows nobody else's messages.
    """

    def __init__(
        self,
        adapters: Mapping[Platform, ChatAdapter],
        drawing: Drawing,
        *,
        reading: Opening,
        writing: Opening,
        clock: Clock,
        others: OtherChannels | None = None,
        takes: Callable[[Posting], bool] = lambda posting: True,
    ) -> None:
        self._takes = takes
        self._others = others
        self._adapters = adapters
        self._drawing = drawing
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._in_flight: dict[str, Platform] = {}
        self._outcomes: list[_Outcome] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._budget = Budget(_PER_SECOND, _AT_ONCE)
        self._rests = Rests()
        self._most_on_one = _AT_ONCE_ON_ONE if len(adapters) > 1 else _AT_ONCE

    def wake(self) -> None:
        """Say that there is something to deliver; callable from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Deliver until cancelled, then finish what is under way."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                if self._tasks or self._budget.room() < 1:
                    await asyncio.sleep(_GATHER_SECONDS)
                self._wake.clear()
                try:
                    claimed = await self._next(_AT_ONCE)
                except DogwatchError as error:
                    log.warning("delivery waits for the database: %s", error)
                    claimed = []
                    await asyncio.sleep(_IDLE_SECONDS)
                for posting, card in claimed:
                    self._start(posting, card)
                if not claimed and not self._outcomes:
                    await self._rest()
        finally:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=5)
            await self._next(0)

    async def _rest(self) -> None:
        # Not `wait_for`: on Python 3.11 it can lose the cancellation that ends us.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_IDLE_SECONDS):
                await self._wake.wait()

    async def _next(self, limit: int) -> list[_Drawn]:
        """Note what became of calls, and return what is to be called next."""
        outcomes, self._outcomes = self._outcomes, []
        working = asyncio.ensure_future(asyncio.to_thread(self._note_and_claim, outcomes, limit))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            # The thread goes on. What it claims is ours to deliver: nobody else may while the claim holds.
            await asyncio.wait([working])
            for posting, card in working.result() if working.exception() is None else ():
                self._start(posting, card)
            raise
        finally:
            if working.done() and not working.cancelled() and working.exception() is not None:
                self._outcomes = outcomes + self._outcomes  # what was shown is noted by whoever goes on

    def _note_and_claim(self, outcomes: Sequence[_Outcome], limit: int) -> list[_Drawn]:
        now = self._clock.now()
        room = min(limit - len(self._in_flight), self._budget.room())
        if not outcomes:
            if room <= 0:
                return []
            with self._reading() as uow:
                if not self._due(uow, now, limit):
                    return []
        with self._writing() as uow:
            for outcome in outcomes:
                self._note(uow, outcome)
            if room <= 0:
                return []
            due = self._due(uow, now, limit)[:room]
            for posting in due:
                uow.postings.claim(posting.key, now + _LEASE)
        self._budget.take(len(due))
        return self._draw(due) if due else []

    def _due(self, uow: UnitOfWork, now: datetime, limit: int) -> list[Posting]:
        busy = Counter(self._in_flight.copy().values())
        room = {one: self._most_on_one - busy[one] for one in self._adapters}
        free = [one for one, left in room.items() if left > 0]
        posts = self._rests.awake(free, now, is_update=False)
        updates = self._rests.awake(free, now, is_update=True)
        due: list[Posting] = []
        for posting in uow.postings.due(now, limit + len(self._in_flight), posts, updates):
            platform = posting.place.platform
            if room[platform] > 0 and posting.key not in self._in_flight and self._takes(posting):
                room[platform] -= 1
                due.append(posting)
        return due

    def _note(self, uow: UnitOfWork, outcome: _Outcome) -> None:
        posting = outcome.posting
        if outcome.message is not None:
            uow.postings.mark_shown(posting.key, outcome.message, posting.wanted, self._clock.now())
            return
        now = self._clock.now()
        if outcome.retry_after_seconds is not None and not outcome.is_final:
            later = self._rest_until(posting, outcome.retry_after_seconds, now)
            uow.postings.postpone(posting.key, outcome.trouble, later)
            return
        attempts = posting.attempts + 1
        is_worn_out = attempts >= (_MOST_WHILE_AWAY if outcome.is_away else _MOST_ATTEMPTS)
        still_matters = is_worn_out and outcome.is_away and is_open(uow, posting)
        gives_up = outcome.is_final or (is_worn_out and not still_matters)
        # What was given up is tried whenever it changes: that it fails again needs nobody once more.
        level = logging.INFO if posting.state is How.GIVEN_UP else logging.ERROR
        log.log(
            level if gives_up else logging.WARNING,
            "posting %s",
            "given up" if gives_up else "postponed",
            extra={"posting": posting.key, "trouble": outcome.trouble},
        )
        uow.postings.mark_trouble(
            posting.key, outcome.trouble, None if gives_up else now + wait_after(attempts)
        )
        is_told_elsewhere = gives_up or outcome.needs_person or attempts == _MOST_ATTEMPTS
        if outcome.is_message_lost and posting.sent is not None:
            stand_again(uow, posting, now)
        elif is_told_elsewhere and self._others is not None:
            self._others.take_in(uow, posting, outcome.why, now)

    def _rest_until(self, posting: Posting, seconds: float, now: datetime) -> datetime:
        """Let calls of this kind rest, as the platform asked, and return until when."""
        asked_for = timedelta(seconds=max(seconds, _SHORTEST_REST_SECONDS))
        until = now + min(asked_for, LONGEST_WAIT)
        platform, is_update = posting.place.platform, posting.sent is not None
        if self._rests.awake((platform,), now, is_update=is_update):  # once for all that are under way
            calls = "updates" if is_update else "posts"
            facts = {"platform": platform.value, "calls": calls, "seconds": round(seconds)}
            log.warning("platform asks to slow down", extra=facts)
        self._rests.begin(platform, until, is_update=is_update)
        return until

    def _draw(self, claimed: Sequence[Posting]) -> list[_Drawn]:
        """Return the claimed postings with their cards, as the truth is after the claim."""
        drawn: list[_Drawn] = []
        with self._reading() as uow:
            for posting in claimed:
                try:
                    drawn.append((posting, self._drawing.draw(posting, uow)))
                except Exception as error:  # a border: one card that can't be drawn must not stop the others
                    drawn.append((posting, error))
        return drawn

    def _start(self, posting: Posting, card: Card | Exception) -> None:
        self._in_flight[posting.key] = posting.place.platform
        task = asyncio.create_task(self._deliver(posting, card))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, posting: Posting, card: Card | Exception) -> None:
        try:
            if isinstance(card, Exception):
                raise card
            async with asyncio.timeout(_CALL_SECONDS):
                message = await self._call(posting, card)
            self._outcomes.append(_Outcome(posting, message))
        except OutsideTrouble as error:
            self._outcomes.append(_refused(posting, error))
        except DogwatchError as error:
            self._outcomes.append(_Outcome(posting, None, str(error), error.sentence()))
        except TimeoutError:
            why = "it does not answer in time."
            self._outcomes.append(_Outcome(posting, None, "no answer in time", why, is_away=True))
        except Exception as error:  # a border: one bad message must not stop the others
            log.exception("posting failed", extra={"posting": posting.key})
            self._outcomes.append(_Outcome(posting, None, type(error).__name__, "I hit a fault of my own."))
        finally:
            self._in_flight.pop(posting.key, None)
            self._wake.set()

    async def _call(self, posting: Posting, card: Card) -> MessageRef:
        adapter = self._adapters.get(posting.place.platform)
        if adapter is None:
            raise DogwatchError(
                f"{posting.place.platform} is not connected", say="That chat is not connected."
            )
        if posting.sent is None:
            return await adapter.post(posting.place, card, posting.key)
        await adapter.update(posting.sent, card)
        return posting.sent


def _refused(posting: Posting, error: OutsideTrouble) -> _Outcome:
    is_lasting = error.is_final or error.needs_person
    return _Outcome(
        posting,
        None,
        str(error),
        error.sentence() if is_lasting else error.say,
        error.retry_after_seconds,
        is_final=error.is_final,
        needs_person=error.needs_person,
        is_message_lost=error.is_message_lost,
        is_away=True,
    )
