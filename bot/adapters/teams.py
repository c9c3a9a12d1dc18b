"""The Teams door: checks what arrives, makes it durable, answers within Teams' fifteen seconds.

A message is answered at once and worked on afterwards; a pressed button waits for its answer, because Teams
draws that answer in the card's place.
"""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.adapters.teams_cards import TeamsCards, dialog_key
from bot.adapters.teams_connector import TeamsConnector, not_there_yet
from bot.adapters.teams_files import fetch_download
from bot.adapters.teams_gate import Json, Refused, TeamsGate
from bot.adapters.teams_incoming import (
    conversation_of,
    message_of,
    names_a_posted_file,
    personal_place,
    press_of,
)
from bot.adapters.teams_menu import FETCH, SUBMIT, entry_of, opened, submission_of, told
from bot.adapters.teams_settings import TeamsSettings
from bot.cards.model import Card, Dialog, Reply
from bot.door import Desk, Minter
from domain.chat import Account, FileRef, Incoming, IncomingKind, MessageRef, Place, Platform
from domain.errors import DogwatchError, OutsideTrouble
from domain.ports.conversation_book import Conversation, ConversationBook

log = logging.getLogger("dogwatch.teams")

DIRECT = "@"
"""Begins a place that means a person's chat with us, whichever conversation that is; their id follows."""
_ANSWER_SECONDS = 10.0
_DRAIN_SECONDS = 10.0


class TeamsDoor:
    """Teams, both ways: an ASGI app for what arrives, a `ChatAdapter` for what we post.

    Args:
        settings: Who we are on Teams, and whom we believe.
        desk: Takes every act.
        mint: Makes the tokens of buttons.
        book: Remembers where we may write and which dialogs are open.
    """

    platform = Platform.TEAMS

    def __init__(self, settings: TeamsSettings, desk: Desk, mint: Minter, book: ConversationBook) -> None:
        self._settings = settings
        self._desk = desk
        self._book = book
        self._gate = TeamsGate(settings)
        self._connector = TeamsConnector(settings)
        self._cards = TeamsCards(settings, mint)
        self._work: set[asyncio.Task[None]] = set()

    def asgi(self) -> ASGIApp:
        """Return the app to mount at /teams; Teams posts to /teams/messages."""
        return Starlette(routes=[Route("/messages", self._take, methods=["POST"])])

    async def drain(self) -> None:
        """Wait, within ten seconds, for acts that are being worked on; what remains is durable."""
        if self._work:
            await asyncio.wait(self._work, timeout=_DRAIN_SECONDS)

    async def post(self, place: Place, card: Card, key: str) -> MessageRef:
        """Post a card; Teams cannot look a key up, so the outbox alone keeps a retry from posting twice."""
        conversation = await self._conversation(place)
        if place.channel.startswith(DIRECT):
            place = personal_place(conversation)  # buttons are good only where they are pressed
        sent = await self._connector.send(conversation, place.thread, self._cards.message(card, place))
        return MessageRef(place=place, message=sent)

    async def update(self, message: MessageRef, card: Card) -> None:
        """Replace a card of ours in place."""
        conversation = await self._conversation(message.place)
        drawn = self._cards.message(card, message.place)
        await self._connector.replace(conversation, message.message, drawn)

    async def whisper(self, place: Place, account: Account, card: Card) -> None:
        """Write to the person alone, in their personal chat: Teams has no private message in a channel."""
        if place.is_private:
            await self.post(place, card, key="")
            return
        conversation = await self._personal(place, account.user)
        private = personal_place(conversation)
        await self._connector.send(conversation, "", self._cards.message(card, private))

    async def open_dialog(self, incoming: Incoming, dialog: Dialog) -> None:
        """Ask as a card with inputs, in reply to the act."""
        conversation = await self._conversation(incoming.place)
        card = await self._drawn(dialog, incoming.place, {}, {})
        thread = incoming.place.thread or incoming.message
        await self._connector.send(conversation, thread, self._cards.asked_message(dialog, card))

    async def fetch(self, file: FileRef, into: Path, limit_bytes: int) -> None:
        """Stream a file that somebody sent in the personal chat to disk."""
        await fetch_download(file, into, limit_bytes, allow_loopback=self._settings.allow_loopback)

    async def _take(self, request: Request) -> Response:
        caller = request.client.host if request.client else ""
        try:
            claims = await self._gate.claims(request.headers.get("authorization", ""), caller)
            activity = self._gate.activity(await self._body(request), claims)
            return await self._answer(activity)
        except Refused as refusal:
            log.info("teams request refused", extra={"reason": str(refusal), "status": refusal.status})
            return Response(status_code=refusal.status)
        except ClientDisconnect:
            return Response(status_code=400)
        except OutsideTrouble as trouble:
            # The act could not be made durable; a status of 5xx makes Teams deliver it again.
            log.warning("teams act not taken", extra={"reason": str(trouble)})
            return Response(status_code=503)

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
            await self._message(activity, self._gate.person(activity))
        elif kind in {"conversationUpdate", "installationUpdate"}:
            await self._remember(activity, "")
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
            self._begin(self._explain_files(incoming))
            return
        if (incoming.text or incoming.files) and await self._desk.accept(incoming):
            self._begin(self._work_and_tell(incoming))

    async def _invoke(self, activity: Json) -> Response:
        if activity.get("name") in (FETCH, SUBMIT):
            return JSONResponse(await self._from_menu(activity, activity["name"] == FETCH))
        if activity.get("name") != "adaptiveCard/action":
            return JSONResponse({})  # such as a file consent that we never asked for
        person = self._gate.person(activity)
        await self._remember(activity, person)
        pressed, asked = await self._pressed(activity, person)
        if pressed is None:
            return JSONResponse(self._cards.sentence("This button is not one of mine, so nothing was done."))
        await self._desk.accept(pressed)
        working = asyncio.ensure_future(self._desk.work(pressed))
        try:
            reply = await asyncio.wait_for(asyncio.shield(working), _ANSWER_SECONDS)
        except TimeoutError:
            self._begin(self._tell_later(pressed, working))
            return JSONResponse(self._cards.sentence("I have it and am still working; the card will change."))
        except DogwatchError as error:
            return JSONResponse(self._cards.sentence(error.sentence()))
        return JSONResponse(await self._invoke_answer(pressed, reply, asked))

    async def _from_menu(self, activity: Json, is_entry: bool) -> Json:
        """Answer an entry of a message's menu, or the dialog that it opened."""
        person = self._gate.person(activity)
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
        if reply.updated is not None:
            await self._whisper_all(pressed, reply)
            return self._cards.updated(reply.updated, pressed.place)
        rest = [card for card in reply.whispers if card.actions or card.inputs or card.table]
        if rest:
            await self._whisper_all(pressed, reply)
            return self._cards.sentence("I have written to you in our personal chat.")
        said = " ".join(card.plain for card in reply.whispers)
        return self._cards.sentence(said or "Done.")

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
        await self._whisper_all(incoming, reply)
        if reply.dialog is not None:
            await self.open_dialog(incoming, reply.dialog)
        if reply.input_errors:
            card = self._cards.errors_card(reply.input_errors)
            await self.whisper(incoming.place, incoming.account, card)

    async def _whisper_all(self, incoming: Incoming, reply: Reply) -> None:
        for card in reply.whispers:
            await self.whisper(incoming.place, incoming.account, card)

    async def _explain_files(self, incoming: Incoming) -> None:
        place = incoming.place.model_copy(update={"thread": incoming.place.thread or incoming.message})
        try:
            await self.post(place, self._cards.files_card(), key=incoming.key)
        except OutsideTrouble as trouble:
            log.warning("teams explanation not sent", extra={"reason": str(trouble)})

    async def _remember(self, activity: Json, person: str) -> None:
        await asyncio.to_thread(self._book.remember, conversation_of(activity, person))

    async def _conversation(self, place: Place) -> Conversation:
        find = self._book.personal if place.channel.startswith(DIRECT) else self._book.find
        known = await asyncio.to_thread(find, place.workspace, place.channel.removeprefix(DIRECT))
        if known is None:
            raise not_there_yet(place.channel)
        return known

    async def _personal(self, place: Place, person: str) -> Conversation:
        known = await asyncio.to_thread(self._book.personal, place.workspace, person)
        if known is not None:
            return known
        service_url = (await self._conversation(place)).service_url
        opened = await self._connector.open_personal(place.workspace, person, service_url)
        await asyncio.to_thread(self._book.remember, opened)
        return opened

    async def _drawn(
        self, dialog: Dialog, place: Place, errors: Mapping[str, str], answers: Mapping[str, str]
    ) -> Json:
        """Draw a dialog and keep it, so that it can be drawn again with what was wrong."""
        key, card = self._cards.dialog(dialog, place, errors, answers)
        await asyncio.to_thread(self._book.keep_dialog, key, dialog.model_dump_json())
        return card

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        # One of the five borders of style.md: what nobody awaits would otherwise fail unseen.
        self._work.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("teams act failed", exc_info=error)
