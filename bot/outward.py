"""Send notices out of the house: by the first way that works, a person's together, each one's fate kept.

A notice is a row, written with what made it necessary. What it is about may be over when it is due: then it
is dropped, so that an acknowledgement stops it everywhere. Whoever holds the secrets of the ways runs this.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.outward_rounds import Follow, Rounds, Sending
from domain.errors import DogwatchError, OutsideTrouble
from domain.identity.people import Way
from domain.ports.notifier import Notifier, Receipt
from domain.telling.notices import Fate

log = logging.getLogger("dogwatch.outward")

_IDLE_SECONDS = 1.0
_CALL_SECONDS = 40.0
_MOST_AT_ONCE = 16
_MOST_PER_WAY = 6
"""A way that hangs holds up itself, never the others."""
_NOTE_AGAIN_SECONDS = (0.2, 1.0, 4.0)


@dataclass(frozen=True)
class Outcome:
    """How one call to the other side ended."""

    receipt: Receipt | None = None
    fate: Fate | None = None
    trouble: str = ""
    is_final: bool = False


class Outward:
    """Works off what is due.

    Args:
        notifiers: The ways that are set up here.
        rounds: Decides what goes out and keeps what became of it.
    """

    def __init__(self, notifiers: Mapping[Way, Notifier], rounds: Rounds) -> None:
        self._notifiers = notifiers
        self._rounds = rounds
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[asyncio.Task[None], Way] = {}

    def wake(self) -> None:
        """Say that there is something to send; callable from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Send until cancelled, then finish what is under way."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                self._wake.clear()
                try:
                    busy = await self.begin_round()
                except DogwatchError as error:
                    log.warning("notices wait for the database: %s", error)
                    busy = False
                if not busy:
                    await self._rest()
        finally:
            await self.settle()

    async def begin_round(self) -> bool:
        """Begin what is due, as far as there is room; return whether there was anything."""
        room = self._room()
        if not room:
            return False
        claim = asyncio.to_thread(self._rounds.claim, room, _MOST_AT_ONCE - len(self._tasks))
        claiming = asyncio.ensure_future(claim)
        try:
            return self._begin(await asyncio.shield(claiming))
        except asyncio.CancelledError:
            # The thread goes on. What it claims is ours to send: nobody else may while the claim holds.
            await asyncio.wait([claiming])
            self._begin(claiming.result() if claiming.exception() is None else [])
            raise

    def _begin(self, jobs: Sequence[Sending | Follow]) -> bool:
        for job in jobs:
            task = asyncio.create_task(self._do(job))
            self._tasks[task] = job.way
            task.add_done_callback(self._ended)
        return bool(jobs)

    async def settle(self, seconds: float = 5.0) -> None:
        """Wait for what is under way; what does not end is sent again when its claim has run out."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    def _room(self) -> dict[Way, int]:
        """Return for each way that is set up how many calls may begin now."""
        busy = list(self._tasks.values())
        room = {way: _MOST_PER_WAY - busy.count(way) for way in self._notifiers}
        return room if any(room.values()) and len(busy) < _MOST_AT_ONCE else {}

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        self._wake.set()

    async def _rest(self) -> None:
        # Not `wait_for`: on Python 3.11 it can lose the cancellation that ends us.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_IDLE_SECONDS):
                await self._wake.wait()

    async def _do(self, job: Sending | Follow) -> None:
        outcome = await self._outcome(job)
        for pause in (*_NOTE_AGAIN_SECONDS, None):
            try:
                await asyncio.to_thread(self._note, job, outcome)
            except DogwatchError as error:
                # When this is lost, the claim runs out and it is due again, as a repeat.
                log.warning("what became of a notice can't be kept: %s", error)
                if pause is not None:
                    await asyncio.sleep(pause)
            else:
                return

    def _note(self, job: Sending | Follow, outcome: Outcome) -> None:
        if isinstance(job, Sending):
            self._rounds.note_sending(job, outcome.receipt, outcome.trouble, outcome.is_final)
        else:
            self._rounds.note_fate(job, outcome.fate or Fate.UNDER_WAY)

    async def _outcome(self, job: Sending | Follow) -> Outcome:
        notifier = self._notifiers[job.way]
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                if isinstance(job, Sending):
                    return Outcome(receipt=await notifier.send(job.letter))
                return Outcome(fate=await notifier.follow(job.notice.receipt, is_over=job.is_over))
        except OutsideTrouble as error:
            log.warning("a notice was not taken", extra={"way": job.way.value, "trouble": str(error)})
            return Outcome(trouble=error.say, is_final=error.is_final)
        except DogwatchError as error:
            return Outcome(trouble=error.say)
        except TimeoutError:
            return Outcome(trouble="there was no answer in time")
        except Exception as error:  # a border: one bad message must not stop the others
            log.exception("a notice failed", extra={"way": job.way.value})
            return Outcome(trouble=f"it failed inside ({type(error).__name__})")


def ways_of(notifiers: Sequence[Notifier]) -> dict[Way, Notifier]:
    """Return the notifiers by their way."""
    return {notifier.way: notifier for notifier in notifiers}
