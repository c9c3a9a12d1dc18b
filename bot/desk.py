"""The desk: takes every act from every door, does it once, and says true things about it.

An act is durable before it is acknowledged (`accept`). Its work, the audit entry and the note that it
is done commit in one transaction (`work`), so a second delivery, a crash or a restart can neither lose
nor repeat it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from pydantic import ValidationError

from bot.at_hand import Wishes
from bot.cards.dialog_room import check_room
from bot.cards.model import Reply
from bot.cards.tokens import SignedAction
from bot.commands import guide
from bot.commands.upload import take_upload
from bot.commands.waiting import show_home
from bot.floods import Floods
from bot.intents import Command, Phrasebook, Verb
from bot.line import Line
from bot.mentions import has_mentions, with_names
from bot.presenters.sentences import broken, refusal
from bot.turn import Asked, Tools, Turn
from domain.errors import DogwatchError, NotNow, OutsideTrouble
from domain.identity.chat import FileRef, Incoming, IncomingKind, Place
from domain.identity.people import Person
from domain.ports.clock import Clock
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry

log = logging.getLogger("dogwatch.desk")

ReadToken = Callable[[str, Place], SignedAction]
FetchFile = Callable[[Incoming, FileRef], Awaitable[FileRef]]


class ChatDesk:
    """Implements `Desk`.

    Args:
        book: Verbs and buttons.
        tools: What commands use.
        reading: Opens a transaction that reads.
        writing: Opens a transaction that writes.
        keep: Makes an act durable; True when it is new.
        read_token: Checks an action token for a place.
        fetch: Brings a dropped file into our blobs.
        clock: The time.
        wake: Tells delivery and courier that there is something to do.
        floods: How much is done at once.
        is_grouping: Whether acts that wait for the writer commit together.
    """

    def __init__(
        self,
        book: Phrasebook,
        tools: Tools,
        *,
        reading: Opening,
        writing: Opening,
        keep: Callable[[Incoming], Awaitable[bool]],
        read_token: ReadToken,
        fetch: FetchFile,
        clock: Clock,
        wake: Callable[[], None],
        floods: Floods,
        is_grouping: bool = True,
    ) -> None:
        self._book = book
        self._tools = tools
        self._writing = writing
        self._line = Line(writing, self._do, is_grouping=is_grouping)
        self._keep = keep
        self._read_token = read_token
        self._fetch = fetch
        self._clock = clock
        self._wake = wake
        self._floods = floods
        self._reading = reading
        self._prepared: dict[str, object] = {}
        """What was found out before the transaction of an act that is under way, by the act's key."""
        self._wishes = Wishes()
        self._under_way: set[str] = set()
        self._postponed: set[str] = set()
        """Acts whose people know that they wait for another system: they read it once."""

    async def accept(self, incoming: Incoming) -> bool:
        """Make the act durable. False when this act was delivered before."""
        return await self._keep(incoming)

    async def work(self, incoming: Incoming) -> Reply:
        """Do what was asked, once, and return what the one who acted sees at once."""
        self._under_way.add(incoming.key)
        try:
            if incoming.kind is IncomingKind.UPLOAD:
                incoming = incoming.model_copy(update={"files": await self._fetched(incoming)})
            if has_mentions(incoming):
                incoming = await asyncio.to_thread(self._with_names, incoming)
            prepared = await self._prepare(incoming)
            if prepared is not None:
                self._prepared[incoming.key] = prepared
            reply = await self._wishes.done(incoming.key, lambda: self._line.do(incoming))
        except DogwatchError as error:
            if isinstance(error, OutsideTrouble) and not error.is_final:
                return self._postpone(incoming, error)
            try:
                reply = await asyncio.to_thread(self._refuse, incoming, error)
            except DogwatchError:
                raise
            except Exception as fault:  # a border, as below
                return await self._broken(incoming, fault)
        except Exception as fault:  # a border: whoever acted is told, whatever it was
            return await self._broken(incoming, fault)
        finally:
            self._prepared.pop(incoming.key, None)
            self._under_way.discard(incoming.key)
        self._postponed.discard(incoming.key)
        self._wake()
        return reply

    async def _fetched(self, incoming: Incoming) -> tuple[FileRef, ...]:
        """Bring all dropped files into our blobs. They are read together: one that can't be had ends it."""
        try:
            return tuple([await self._fetch(incoming, file) for file in incoming.files])
        except DogwatchError as error:
            comes_later = isinstance(error, OutsideTrouble) and not error.is_final
            if len(incoming.files) > 1 and not comes_later:
                none = f"I took none of the {len(incoming.files)} files, because I read them together."
                error.next_step = f"{none} {error.next_step}".strip()
            raise

    def _with_names(self, incoming: Incoming) -> Incoming:
        with self._reading() as uow:
            return with_names(incoming, uow)

    async def _broken(self, incoming: Incoming, fault: Exception) -> Reply:
        """Answer an act that failed by a fault of ours, and was rolled back.

        It is noted in the trail, where refusals are counted, and not tried again; when even that fails, such
        as when the trail takes nothing, it stays in the inbox for the next round.
        """
        log.error("act failed", exc_info=fault, extra={"press": incoming.key})
        try:
            await asyncio.to_thread(self._note, incoming, "fault of our own")
        except Exception:  # a border: the presser is told all the same
            log.exception("a fault can't be noted", extra={"press": incoming.key})
        return Reply(whispers=(broken(incoming.key),))

    def is_under_way(self, key: str) -> bool:
        """Tell whether an act is being done now."""
        return key in self._under_way

    async def refuse(self, incoming: Incoming, reason: str) -> None:
        """Note that an act which was made durable is not done, so that nobody tries it again."""
        await asyncio.to_thread(self._note, incoming, reason)
        self._postponed.discard(incoming.key)

    def _postpone(self, incoming: Incoming, error: OutsideTrouble) -> Reply:
        """Leave the act in the inbox, where it is done as soon as what it needs is back; say so once."""
        log.warning("act postponed: %s", error, extra={"press": incoming.key})
        is_told = incoming.key in self._postponed
        self._postponed.add(incoming.key)
        return Reply() if is_told else Reply(whispers=(refusal(error),))

    async def _prepare(self, incoming: Incoming) -> object:
        """Run the preparation of what was said or pressed, outside of any transaction; None without one."""
        if incoming.kind is IncomingKind.MESSAGE:
            verb, words = self._book.find(incoming.text) or (self._fallback(incoming), ())
            if verb is None or verb.prepare is None:
                return None
            person = await asyncio.to_thread(self._who_may_ask, incoming)
            asked = Asked(incoming, person, self._tools, words)
            return await verb.prepare(asked)
        if incoming.kind not in (IncomingKind.PRESS, IncomingKind.SUBMIT):
            return None
        signed = self._read_token(incoming.token, incoming.place)
        prepare = self._book.preparations.get(signed.verb)
        if prepare is None:
            return None
        person = await asyncio.to_thread(self._who_may_ask, incoming)
        asked = Asked(incoming, person, self._tools, subject=signed.subject, arguments=dict(signed.arguments))
        return await prepare(asked)

    def _who_may_ask(self, incoming: Incoming) -> Person | None:
        """Return who acts, before others are asked for them; raises `NotNow` in a flood."""
        with self._reading() as uow:
            person = uow.people.find_person(incoming.account)
            self._floods.check(incoming, person, uow, self._clock.now())
        return person

    def _fallback(self, incoming: Incoming) -> Verb | None:
        if incoming.addressed:
            return self._book.fallback
        return self._book.going_on if incoming.place.thread else None

    def _do(self, incoming: Incoming, uow: UnitOfWork) -> Reply:
        now = self._clock.now()
        if uow.inbox.is_done(incoming.key):
            return _read(uow.inbox.answer_to(incoming.key))
        turn = Turn(
            incoming=incoming,
            person=uow.people.find_person(incoming.account),
            uow=uow,
            now=now,
            tools=self._tools,
            prepared=self._prepared.get(incoming.key),
        )
        self._floods.check(incoming, turn.person, uow, now)
        with self._wishes.of(incoming.key):
            command = self._command(turn)
            reply = command(turn) if command else Reply()
        if reply.dialog is not None:
            check_room(reply.dialog, incoming.account.platform)
        uow.inbox.finish(incoming.key, now, _kept(reply))
        return reply

    def _command(self, turn: Turn) -> Command | None:
        incoming = turn.incoming
        if incoming.kind in (IncomingKind.PRESS, IncomingKind.SUBMIT):
            signed = self._read_token(incoming.token, incoming.place)
            turn.verb, turn.subject, turn.subject_hash = signed.verb, signed.subject, signed.subject_hash
            turn.arguments, turn.seen = dict(signed.arguments), signed.seen
            turn.is_shown_whole = signed.is_shown_whole
            found = self._book.buttons.get(signed.verb)
            if found is None:
                raise NotNow(f"no button {signed.verb}", say="That button belongs to an older version of me.")
            return found
        if incoming.kind is IncomingKind.SHORTCUT:
            return self._book.shortcuts.get(incoming.inputs.get("shortcut", ""))
        if incoming.kind is IncomingKind.HOME:
            return show_home
        if incoming.kind is IncomingKind.UPLOAD:
            return take_upload
        return self._said(turn)

    def _said(self, turn: Turn) -> Command | None:
        text = turn.incoming.text
        match = self._book.find(text)
        if match is not None and not turn.incoming.addressed and match[0].unasked is not None:
            turn.words = match[1]
            match = match if match[0].unasked(turn) else None
        if match is None and turn.incoming.place.thread:
            answered = self._book.answer_in_thread(turn)
            if answered is not None:
                return lambda _: answered
        if match is None and not turn.incoming.addressed:
            # People talk among themselves in a thread that we happen to be part of, or go on asking us.
            if self._book.going_on is not None and turn.prepared is not None:
                return self._book.going_on.command
            return self._book.overheard if turn.incoming.place.thread else None
        if match is None and self._book.fallback is not None:
            match = (self._book.fallback, tuple(text.split()))
        if match is None:
            likely = self._book.likely(text, in_thread=bool(turn.incoming.place.thread))
            return lambda heard: guide.not_understood(heard, likely)
        verb, turn.words = match
        turn.verb = verb.words[0]
        return verb.command

    def _refuse(self, incoming: Incoming, error: DogwatchError) -> Reply:
        """Record a refusal in a transaction of its own: the act's was rolled back."""
        self._note(incoming, str(error))
        log.info("act refused: %s", error, extra={"press": incoming.key})
        return Reply(whispers=(refusal(error),))

    def _note(self, incoming: Incoming, reason: str) -> None:
        with self._writing() as uow:
            now = self._clock.now()
            if uow.inbox.is_done(incoming.key):
                return
            person = uow.people.find_person(incoming.account)
            uow.audit.append(
                AuditEntry(
                    at=now,
                    act=AuditAct.REFUSED,
                    actor=person.id if person else "visitor",
                    subject=f"{incoming.kind}",
                    door=incoming.account.platform.value,
                    facts={"press": incoming.key, "reason": reason[:300]},
                )
            )
            uow.inbox.finish(incoming.key, now)


def _kept(reply: Reply) -> str:
    """Return what only the answer says: it may get lost, and then the act comes again, to another front."""
    # Whispers and cards reach people by themselves.
    told = Reply(dialog=reply.dialog, input_errors=reply.input_errors)
    return "" if told == Reply() else told.model_dump_json()


def _read(kept: str) -> Reply:
    try:
        return Reply.model_validate_json(kept) if kept else Reply()
    except ValidationError:  # kept by another release, which knows dialogs of another form
        return Reply()
