"""Carries calls from the database to the stories, until each has arrived.

A call is written in the transaction of the act that needs it, so an act whose story could not be
reached is late, never lost.
"""

import asyncio
import contextlib
import logging
from datetime import datetime, timedelta

from domain.errors import DogwatchError, OutsideTrouble
from domain.ports.clock import Clock
from domain.ports.transactions import Opening
from domain.stories import StoryCall
from workflows.gateway import WorkflowGateway

log = logging.getLogger("dogwatch.courier")


_AT_ONCE = 20
_IDLE_SECONDS = 0.2
_BETWEEN_LOOKS_SECONDS = 0.05
_AFTER_TROUBLE_SECONDS = 1.0
_RETRY = timedelta(seconds=2)


class Courier:
    """Delivers story calls in order of age; the same story's calls are merged into one."""

    def __init__(self, gateway: WorkflowGateway, *, reading: Opening, writing: Opening, clock: Clock) -> None:
        self._gateway = gateway
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_away = False
        self._next_look = 0.0
        self._arrived: set[tuple[str, datetime]] = set()
        """Calls, and when they were written, that have arrived and could not be let go of yet."""

    def wake(self) -> None:
        """Say that a call was written; callable from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Carry until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            # A lonely call goes at once; while acts pour in, one look takes what many of them wrote.
            await asyncio.sleep(max(0.0, self._next_look - self._loop.time()))
            self._next_look = self._loop.time() + _BETWEEN_LOOKS_SECONDS
            self._wake.clear()
            try:
                busy = await self.carry_once()
            except DogwatchError as error:
                log.warning("courier waits: %s", error)
                busy = False
                await asyncio.sleep(_AFTER_TROUBLE_SECONDS)
            if not busy:
                await self._rest()

    async def carry_once(self) -> bool:
        """Deliver what is due; return whether there was anything."""
        due = await asyncio.to_thread(self._due)
        if not due:
            self._arrived.clear()
            return False
        stories: dict[tuple[str, str], list[StoryCall]] = {}
        for call in due:
            stories.setdefault((call.kind.value, call.subject_id), []).append(call)
        results = await asyncio.gather(*(self._carry_once(calls) for calls in stories.values()))
        await asyncio.to_thread(self._settle, list(zip(stories.values(), results, strict=True)))
        self._arrived.difference_update((call.key, call.at) for call in due)
        return True

    async def _carry_once(self, calls: list[StoryCall]) -> str:
        """Carry a story's calls as one; not again while a full disk only keeps them from being let go of.

        A nudge every moment for hours would fill the story's history, and the server ends what is too long.
        """
        written = {(call.key, call.at) for call in calls}
        if written <= self._arrived:
            return ""
        trouble = await self._carry(calls[-1])
        if not trouble:
            self._arrived |= written
        return trouble

    async def _carry(self, call: StoryCall) -> str:
        try:
            await self._gateway.deliver(call)
        except OutsideTrouble as error:
            if not self._is_away:
                self._is_away = True
                log.warning("stories can't be reached: %s", error)
            return str(error)
        except DogwatchError as error:
            log.error("a story call can't be delivered: %s", error, extra={"call": call.key})
            return str(error)
        except Exception as error:  # a border: one call that fails must not hold up the others
            log.exception("a story call failed", extra={"call": call.key})
            return type(error).__name__
        self._is_away = False
        return ""

    def _due(self) -> list[StoryCall]:
        with self._reading() as uow:
            return uow.stories.due(self._clock.now(), _AT_ONCE)

    def _settle(self, outcomes: list[tuple[list[StoryCall], str]]) -> None:
        with self._writing() as uow:
            for calls, trouble in outcomes:
                for call in calls:
                    if trouble:
                        uow.stories.postpone(call.key, self._clock.now() + _RETRY, trouble)
                    else:
                        uow.stories.delivered(call)

    async def _rest(self) -> None:
        # Not `wait_for`: on Python 3.11 it can lose the cancellation that ends us.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_IDLE_SECONDS):
                await self._wake.wait()
