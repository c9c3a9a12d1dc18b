"""The Teams door: checks what arrives, makes it durable, answers within Teams' fifteen seconds.

A message is answered at once and worked on afterwards; a pressed button waits for its answer, because Teams
draws that answer in the card's place.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import partial

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.adapters.teams_cards import dialog_key
from bot.adapters.teams_chat import TeamsChat
from bot.adapters.teams_connector import TeamsClosed
from bot.adapters.teams_gate import Json, Refused, TeamsGate
from bot.adapters.teams_incoming import (
    begins_a_chat,
    conversation_of,
    edited_message_of,
    message_of,
    names_a_posted_file,
    place_of,
    press_of,
    says_only_our_name,
)
from bot.adapters.teams_menu import FETCH, SUBMIT, entry_of, opened, submission_of, told
from bot.adapters.teams_roster import TeamsRoster
from bot.adapters.teams_settings import TeamsSettings
from bot.cards.model import Dialog, Reply
from bot.door import Desk, Minter, NoteRefusal
from bot.pace import Patience
from domain.errors import DogwatchError, OutsideTrouble
from domain.identity.chat import Account, Incoming, IncomingKind, Place, Platform
from domain.ports.conversation_book import ConversationBook

log = logging.getLogger("dogwatch.teams")

_ANSWER_SECONDS = 10.0
_DRAIN_SECONDS = 10.0
_HAD_BEFORE = "I had this press before. What came of it stands on the card, or in our personal chat."
_NOTED_EVERY_SECONDS = 60.0
_MOST_NOTED = 10_000


class TeamsDoor(TeamsChat):
    """Teams, both ways: an ASGI app for what arrives, a `ChatAdapter` for what we post.

    Args:
        settings: Who we are on Teams, and whom we believe.
        desk: Takes every act.
        mint: Makes the tokens of buttons.
        book: Remembers where we may write and which dialogs are open.
        note_refusal: Writes into the trail who was turned away.
    """

    def __init__(
        self,
        settings: TeamsSettings,
        desk: Desk,
        mint: Minter,
        book: ConversationBook,
        note_refusal: NoteRefusal | None = None,
    ) -> None:
        super().__init__(settings, mint, book)
        self._note_refusal = note_refusal
        self._noted: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._desk = desk
        self._gate = TeamsGate(settings)
        self._roster = TeamsRoster(settings, self._gate, self._connector.member)
        self._work: set[asyncio.Task[None]] = set()
        self._patience = Patience()

    def asgi(self) -> ASGIApp:
        """Return the app to mount at /teams; Teams posts to /teams/messages."""
        return Starlette(routes=[Route("/messages", self._take, methods=["POST"])])

    async def resume(self, incoming: Incoming) -> None:
        """Work an act that was kept but not done, and tell who acted what became of it."""
        self._begin(self._work_and_tell(incoming))

    async def drain(self) -> None:
        """Wait, within ten seconds, for acts that are being worked on; what remains is durable."""
        self._patience.end()
        if self._work:
            await asyncio.wait(self._work, timeout=_DRAIN_SECONDS)

    async def _take(self, request: Request) -> Response:
        caller = request.client.host if request.client else ""
        try:
            claims = await self._gate.claims(request.headers.get("authorization", ""), caller)
            activity = self._gate.activity(await self._body(request), claims)
            return await self._answer(activity)
        except Refused as refusal:
            log.info("teams request refused", extra={"reason": str(refusal), "status": refusal.status})
            await self._note(refusal)
            return Response(status_code=refusal.status)
        except ClientDisconnect:
            return Response(status_code=400)
        except DogwatchError as trouble:
            # The act could not be made durable; a status of 5xx makes Teams deliver it again.
            log.warning("teams act not taken", extra={"reason": str(trouble)})
            return Response(status_code=503)

    async def _note(self, refusal: Refused) -> None:
        """Keep a refusal of somebody whom Microsoft vouches for, once a minute each."""
        if refusal.who is None or self._note_refusal is None:
            return
        now = time.monotonic()
        if now - self._noted.get(refusal.who, -_NOTED_EVERY_SECONDS) < _NOTED_EVERY_SECONDS:
            return
        self._noted[refusal.who] = now
        while len(self._noted) > _MOST_NOTED:
            self._noted.popitem(last=False)
        tenant, user = refusal.who
        account = Account(platform=Platform.TEAMS, workspace=tenant, user=user)
        try:
            await self._note_refusal(account, str(refusal))
        except DogwatchError as trouble:
            log.warning("teams refusal not noted", extra={"reason": str(trouble)})

    async def _body(self, request: Request) -> bytes:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._settings.body_limit_bytes:
                raise Refused(413, "body over the limit")
        return bytes(body)

    async def _answer(self, activity: Json) -> Response:
        kind = activity.get("type")
        if kind == "invoke":
            return await self._invoke(activity)
        if kind == "message":
            await self._message(activity, await self._roster.person(activity))
        elif kind == "messageUpdate":
            await self._edited(activity, await self._roster.person(activity))
        elif kind in {"conversationUpdate", "installationUpdate"}:
            await self._remember(activity, "")
            if begins_a_chat(activity):
                self._begin(self.tell(place_of(activity), self._cards.welcome_card()))
        return Response(status_code=200)

    async def _message(self, activity: Json, person: str) -> None:
        await self._remember(activity, person)
        if activity.get("value"):
            pressed, _ = await self._pressed(activity, person)
            if pressed is not None and await self._desk.accept(pressed):
                self._begin(self._work_and_tell(pressed))
            return
        incoming = message_of(activity, person, datetime.now(UTC))
        if names_a_posted_file(activity) and incoming.addressed:
            card = self._cards.files_card(has_words=bool(incoming.text))
            self._begin(self.tell(_thread_of(incoming), card))
            return
        is_said = incoming.text or incoming.files or says_only_our_name(activity)
        if is_said and await self._desk.accept(incoming):
            self._begin(self._work_and_tell(incoming))

    async def _edited(self, activity: Json, person: str) -> None:
        """Take a message that an edit made one to us; whoever edited one that was heard before is told so."""
        if (incoming := edited_message_of(activity, person, datetime.now(UTC))) is None:
            return
        await self._remember(activity, person)
        if await self._desk.accept(incoming):
            self._begin(self._work_and_tell(incoming))
        else:
            self._begin(self._tell(incoming, Reply(whispers=(self._cards.read_once_card(),))))

    async def _invoke(self, activity: Json) -> Response:
        if activity.get("name") in (FETCH, SUBMIT):
            return JSONResponse(await self._from_menu(activity, activity["name"] == FETCH))
        if activity.get("name") != "adaptiveCard/action":
            return JSONResponse({})  # such as a file consent that we never asked for
        person = await self._roster.person(activity)
        await self._remember(activity, person)
        pressed, asked = await self._pressed(activity, person)
        if pressed is None:
            return JSONResponse(self._cards.sentence("This button is not one of mine, so nothing was done."))
        is_new = await self._desk.accept(pressed)
        working = asyncio.ensure_future(self._desk.work(pressed))
        try:
            reply = await asyncio.wait_for(asyncio.shield(working), _ANSWER_SECONDS)
        except TimeoutError:
            self._begin(self._tell_later(pressed, working))
            return JSONResponse(self._cards.sentence("I have it and am still working; the card will change."))
        except DogwatchError as error:
            return JSONResponse(self._cards.sentence(error.sentence()))
        if not is_new and reply == Reply():  # it may have been refused: *Done* would be a guess
            return JSONResponse(self._cards.sentence(_HAD_BEFORE))
        return JSONResponse(await self._invoke_answer(pressed, reply, asked))

    async def _from_menu(self, activity: Json, is_entry: bool) -> Json:
        """Answer an entry of a message's menu, or the dialog that it opened."""
        person = await self._roster.person(activity)
        await self._remember(activity, person)
        act = (entry_of if is_entry else submission_of)(activity, person, datetime.now(UTC))
        if act is None:
            return told("I can't see that message, so nothing was done.")
        await self._desk.accept(act)
        reply = await self._desk.work(act)
        dialog = reply.dialog
        if reply.input_errors:
            kept = await asyncio.to_thread(self._book.find_dialog, dialog_key(act.token))
            dialog = Dialog.model_validate_json(kept) if kept is not None else None
        if dialog is not None:
            card = await self._drawn(dialog, act.place, reply.input_errors, act.inputs)
            return opened(dialog.title, card, act.place.thread)
        said = " ".join([*(card.plain for card in reply.whispers), *reply.input_errors.values()])
        return told(said or "Done.")

    async def _pressed(self, activity: Json, person: str) -> tuple[Incoming | None, str | None]:
        """Return a press, and as JSON the dialog that it answers when it answers one."""
        pressed = press_of(activity, person, datetime.now(UTC))
        if pressed is None:
            return None, None
        asked = await asyncio.to_thread(self._book.find_dialog, dialog_key(pressed.token))
        if asked is None:
            return pressed, None
        return pressed.model_copy(update={"kind": IncomingKind.SUBMIT}), asked

    async def _invoke_answer(self, pressed: Incoming, reply: Reply, asked: str | None) -> Json:
        """Return what Teams draws in place of the pressed card, for the one who pressed."""
        if reply.input_errors and asked is not None:
            dialog = Dialog.model_validate_json(asked)
            return self._cards.asked(
                await self._drawn(dialog, pressed.place, reply.input_errors, pressed.inputs)
            )
        if reply.input_errors:
            return self._cards.sentence(" ".join(reply.input_errors.values()))
        if reply.dialog is not None:
            return self._cards.asked(await self._drawn(reply.dialog, pressed.place, {}, {}))
        said = " ".join(card.plain for card in reply.whispers)
        rest = [card for card in reply.whispers if card.actions or card.inputs or card.table]
        if reply.updated is None and not rest:
            return self._cards.sentence(said or "Done.")
        try:
            for card in reply.whispers:
                await self.whisper(pressed.place, pressed.account, card)
        except OutsideTrouble as trouble:
            # It was done; this answer is the one place where the person can still read what came of it.
            log.warning("teams act not answered", extra={"reason": str(trouble), "key": pressed.key})
            return self._cards.sentence(said or "Done.")
        if reply.updated is not None:
            return self._cards.updated(reply.updated, pressed.place)
        return self._cards.sentence("I have written to you in our personal chat.")

    async def _work_and_tell(self, incoming: Incoming) -> None:
        try:
            await self._tell(incoming, await self._desk.work(incoming))
        except DogwatchError as error:
            log.warning("teams act not answered", extra={"reason": str(error), "key": incoming.key})

    async def _tell_later(self, pressed: Incoming, working: "asyncio.Future[Reply]") -> None:
        try:
            await self._tell(pressed, await working)
        except DogwatchError as error:
            log.warning("teams act not answered", extra={"reason": str(error), "key": pressed.key})

    async def _tell(self, incoming: Incoming, reply: Reply) -> None:
        wrong = [self._cards.errors_card(reply.input_errors)] if reply.input_errors else []
        try:
            for card in (*reply.whispers, *wrong):
                await self._patience.said(partial(self.whisper, incoming.place, incoming.account, card))
        except TeamsClosed as closed:
            if incoming.place.is_private:
                raise
            # Nobody else may read it: all that can be said here is that there is something to read.
            log.warning("teams person not reached", extra={"reason": str(closed), "key": incoming.key})
            await self.post(_thread_of(incoming), self._cards.unreachable_card(), key=incoming.key)
        if reply.dialog is not None:
            await self._patience.said(partial(self.open_dialog, incoming, reply.dialog))

    async def _remember(self, activity: Json, person: str) -> None:
        await asyncio.to_thread(self._book.remember, conversation_of(activity, person))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        # One of the five borders of style.md: what nobody awaits would otherwise fail unseen.
        self._work.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("teams act failed", exc_info=error)


def _thread_of(incoming: Incoming) -> Place:
    return incoming.place.model_copy(update={"thread": incoming.place.thread or incoming.message})
