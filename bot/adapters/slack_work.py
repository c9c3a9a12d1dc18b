"""From an accepted act to its answer: each act has an owned task, bounded, and drained at shutdown."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Coroutine, Sequence

from bot.adapters.edits import READ_ONCE
from bot.adapters.slack import SlackAdapter
from bot.adapters.slack_calls import UNKNOWN_PERSON, SlackTrouble
from bot.adapters.slack_people import SlackDirectory
from bot.adapters.slack_whispers import Whispers
from bot.cards.model import Card, Dialog, Reply
from bot.cards.text import literal, quote
from bot.door import Desk, NoteRefusal
from domain.errors import DogwatchError, OutsideTrouble
from domain.identity.chat import Account, Incoming, IncomingKind

log = logging.getLogger("dogwatch.slack")

MOST_WAITING = 20_000
"""Accepted acts in this process; beyond it Slack is told to come again later."""
_AT_ONCE = 32
_UPLOADS_AT_ONCE = 6
"""Files take their time; nobody's press waits for them."""
_DIRECTORY_SECONDS = 1.0
_BURST, _PER_SECOND = 100, 5.0
"""Acts of one person before anything is stored; the desk has its own, narrower rule."""
_SAID_EVERY_SECONDS = 10.0
_MOST_PEOPLE = 10_000


class TooBusy(OutsideTrouble):
    """More acts wait than this process may hold."""


class SlackWork:
    """Takes acts: who may be heard, made durable once, worked in the background, answered."""

    def __init__(
        self,
        desk: Desk,
        adapter: SlackAdapter,
        directory: SlackDirectory,
        note_refusal: NoteRefusal | None = None,
        *,
        tries: Sequence[float],
    ) -> None:
        self._desk = desk
        self._adapter = adapter
        self._directory = directory
        self._note_refusal = note_refusal
        self._tries = tries
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: set[str] = set()
        self._whispers = Whispers(adapter.whisper)
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._uploads_at_once = asyncio.Semaphore(_UPLOADS_AT_ONCE)
        self._buckets: OrderedDict[Account, tuple[float, float]] = OrderedDict()
        self._told: OrderedDict[Account, float] = OrderedDict()

    async def take(self, incoming: Incoming, objection: str | None = None) -> None:
        """Make an act durable and work it in the background; a refusal is told, and nothing is stored.

        Raises:
            TooBusy: Too many acts wait; Slack delivers this one again.
        """
        if await self._is_admitted(incoming, objection) and await self._desk.accept(incoming):
            self._own_act(incoming)

    async def take_edited(self, incoming: Incoming, objection: str | None = None) -> None:
        """Take a message that an edit made one to us; whoever edited one that was heard before is told so."""
        if not await self._is_admitted(incoming, objection):
            return
        if await self._desk.accept(incoming):
            self._own_act(incoming)
        else:
            self._whisper(incoming, _sentence(READ_ONCE))

    async def take_and_answer(self, incoming: Incoming, objection: str | None, within: float) -> Reply | None:
        """Make a submitted dialog durable and return its answer, or None when it takes longer.

        A second delivery is worked again: it needs the same answer, and nothing is done twice.
        """
        if not await self._is_admitted(incoming, objection):
            return Reply()
        await self._desk.accept(incoming)
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._own(self._submit(incoming, answer), incoming.key)
        try:
            return await asyncio.wait_for(asyncio.shield(answer), within)
        except TimeoutError:
            answer.cancel()
            return None

    def resume(self, incoming: Incoming) -> None:
        """Work an act that was accepted and is not done; one that is under way here goes on alone."""
        if incoming.key not in self._under_way:
            self._own_act(incoming)

    async def drain(self, seconds: float = 20.0) -> None:
        """Wait for the acts under way; what does not end in time stays with the desk for the next start."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._whispers.drain()

    async def _is_admitted(self, incoming: Incoming, objection: str | None) -> bool:
        if len(self._tasks) >= MOST_WAITING:
            raise TooBusy(f"{len(self._tasks)} acts wait", say="I have too much to do at this moment.")
        if not self._has_room(incoming.account):
            self._tell_flood(incoming)
            return False
        if objection is None:
            objection = await self._quick_objection(incoming.account)
        if objection is not None and not _is_talk(incoming):
            self._own(self._refuse(incoming, objection))
        return objection is None

    async def _quick_objection(self, account: Account) -> str | None:
        """Ask the directory, but never let it hold up an acknowledgement: the work asks again."""
        known = self._directory.remembered(account)
        if known is not None:
            return known[0]
        try:
            async with asyncio.timeout(_DIRECTORY_SECONDS):
                return await self._directory.objection_to(account)
        except (OutsideTrouble, TimeoutError):
            return None

    def _own_act(self, incoming: Incoming) -> None:
        is_upload = incoming.kind is IncomingKind.UPLOAD
        within = self._uploads_at_once if is_upload else self._at_once
        self._own(self._answer(incoming), incoming.key, within)

    def _own(
        self, work: Coroutine[None, None, None], key: str = "", within: asyncio.Semaphore | None = None
    ) -> None:
        task = asyncio.ensure_future(self._bounded(work, within or self._at_once))
        self._tasks.add(task)
        self._under_way.add(key)

        def over(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            self._under_way.discard(key)

        task.add_done_callback(over)

    async def _bounded(self, work: Coroutine[None, None, None], within: asyncio.Semaphore) -> None:
        try:
            async with within:
                await work
        except DogwatchError as error:
            log.warning("answer not shown: %s", error)
        except Exception:
            # A border: `_worked` has told of what went wrong with the act; here its answer could not be
            # shown. Cards come by delivery, and the next round of the inbox does what was not done.
            log.exception("act failed at the Slack door")
        finally:
            work.close()  # of what was given up before its turn nothing waits to be awaited

    async def _answer(self, incoming: Incoming) -> None:
        objection = await self._patient_objection(incoming.account)
        if objection is not None:
            await self._refuse_kept(incoming, objection)
            return
        await self._show(incoming, await self._worked(incoming))

    async def _submit(self, incoming: Incoming, answer: asyncio.Future[Reply]) -> None:
        objection = await self._patient_objection(incoming.account)
        if objection is not None:
            await self._refuse_kept(incoming, objection)
            reply = Reply()
        else:
            reply = await self._worked(incoming)
        if not answer.done():
            # Errors and a next dialog go into Slack's own answer; the rest is shown by us.
            answer.set_result(reply)
            reply = reply.model_copy(update={"dialog": None, "input_errors": {}})
        await self._show(incoming, reply)

    async def _worked(self, incoming: Incoming) -> Reply:
        try:
            return await self._desk.work(incoming)
        except DogwatchError as error:
            log.info("act refused: %s", error, extra={"press": incoming.key})
            return Reply(whispers=(_sentence(error.sentence()),))
        except Exception:
            # A border: the desk notes faults of commands in the trail itself, so this is a fault of the desk.
            log.exception("act failed", extra={"press": incoming.key})
            words = (
                f"A fault of mine stopped this. An operator finds it in the log under {incoming.key[-12:]};"
                " see on the card whether it took effect before you press again."
            )
            return Reply(whispers=(_sentence(words),))

    async def _patient_objection(self, account: Account) -> str | None:
        for number, wait in enumerate(self._tries, 1):
            await asyncio.sleep(wait)
            try:
                return await self._directory.objection_to(account)
            except SlackTrouble as trouble:
                if trouble.code == UNKNOWN_PERSON:
                    return trouble.say
                if trouble.is_final or number == len(self._tries):
                    raise
        return None

    async def _show(self, incoming: Incoming, reply: Reply) -> None:
        if incoming.kind is IncomingKind.HOME:
            cards = tuple(filter(None, [reply.updated, *reply.whispers]))
            if cards:
                await self._adapter.publish_home(incoming.account, *cards)
            return
        if reply.dialog is not None:
            await self._open(incoming, reply.dialog)
        for name, sentence in reply.input_errors.items():
            self._whisper(incoming, _sentence(f"{name.replace('_', ' ')}: {sentence}"))
        for card in reply.whispers:
            self._whisper(incoming, card)

    async def _open(self, incoming: Incoming, dialog: Dialog) -> None:
        try:
            await self._adapter.open_dialog(incoming, dialog)
        except SlackTrouble as trouble:
            log.warning("dialog not opened: %s", trouble, extra={"press": incoming.key})
            self._whisper(incoming, _sentence(f"{trouble.say} Nothing was done: do it again."))

    def _whisper(self, incoming: Incoming, card: Card) -> None:
        self._whispers.say(incoming.place, incoming.account, card)

    async def _refuse_kept(self, incoming: Incoming, objection: str) -> None:
        """Refuse an act that was made durable, so that it is not tried again."""
        log.info("act refused: %s", objection, extra={"press": incoming.key})
        await self._desk.refuse(incoming, objection)
        if not _is_talk(incoming):
            self._whisper(incoming, _sentence(objection))

    async def _refuse(self, incoming: Incoming, objection: str) -> None:
        log.info("act refused: %s", objection, extra={"press": incoming.key})
        if self._note_refusal is not None:
            await self._note_refusal(incoming.account, objection)
        self._whisper(incoming, _sentence(objection))

    def _has_room(self, account: Account) -> bool:
        now = time.monotonic()
        level, at = self._buckets.pop(account, (float(_BURST), now))
        level = min(float(_BURST), level + (now - at) * _PER_SECOND)
        has_room = level >= 1
        self._buckets[account] = (level - 1 if has_room else level, now)
        while len(self._buckets) > _MOST_PEOPLE:
            self._buckets.popitem(last=False)
        return has_room

    def _tell_flood(self, incoming: Incoming) -> None:
        """Say it once in a while: a sentence for each dropped act would be a flood of our own."""
        now = time.monotonic()
        if _is_talk(incoming):
            return
        if now - self._told.get(incoming.account, -_SAID_EVERY_SECONDS) < _SAID_EVERY_SECONDS:
            return
        self._told[incoming.account] = now
        while len(self._told) > _MOST_PEOPLE:
            self._told.popitem(last=False)
        words = "That was too much at once, so I left some of it undone. Wait ten seconds, then do it again."
        self._whisper(incoming, _sentence(words))


def _is_talk(incoming: Incoming) -> bool:
    """Return whether people talk among themselves in a thread; whoever is not heard there asked nothing."""
    return incoming.kind is IncomingKind.MESSAGE and not incoming.addressed


def _sentence(words: str) -> Card:
    return Card(title="Not done", lead=words, plain=literal(quote(words)))
