"""What a person does: write, press, submit. Made durable first, then worked on, then answered."""

import asyncio
import re
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from bot.adapters.webchat.door import Visit, read_body
from bot.adapters.webchat.rendering import card_view, dialog_view
from bot.adapters.webchat.settings import DIRECT
from bot.cards.model import Card, Reply
from domain.errors import BadInput, NotFound
from domain.identity.chat import FileRef, Incoming, IncomingKind, Place
from domain.ports.web_chat import NewWebMessage, WebFile, WebMessage


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    nonce: str = Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")
    """Made by the page, one for each act, repeated when the page sends the act again."""
    channel: str = Field(default="", max_length=200)
    thread: str = Field(default="", pattern=r"^[0-9]{0,18}$")


class WriteAct(_Act):
    """A message, maybe with files."""

    text: str = ""
    files: tuple[str, ...] = ()
    """Receipts of uploads."""


class PressAct(_Act):
    """A pressed button, or a submitted dialog."""

    message: str = Field(default="", pattern=r"^[0-9]{0,18}$")
    token: str = Field(max_length=2_000)
    inputs: dict[str, str] = Field(default={}, max_length=200)


class MenuAct(_Act):
    """An entry of a message's menu."""

    message: str = Field(pattern=r"^[0-9]{1,18}$")
    shortcut: str = Field(pattern=r"^[a-z_]{1,60}$")


async def write(visit: Visit) -> Response:
    """Keep a person's message and let the desk answer it."""
    act = await read_body(visit.request, WriteAct)
    message = await _kept(visit, act, _files(visit, act))
    door = visit.door
    text, is_mention = _without_mention(message.text, door.settings.bot_name)
    incoming = Incoming(
        key=_key(visit, act),
        kind=IncomingKind.UPLOAD if message.files else IncomingKind.MESSAGE,
        account=door.account(visit.session),
        place=door.adapter.place(message.channel, message.thread),
        at=message.at,
        text=text,
        files=tuple(FileRef(name=f.name, size_bytes=f.size_bytes, blob=f.blob) for f in message.files),
        message=message.id,
        # A message that begins a thread is for the bot: a person with this page open came to ask it.
        addressed=is_mention or not message.thread or message.channel.startswith(DIRECT),
        display_name=visit.session.name,
        signed_in_at=visit.session.signed_in_at,
    )
    answer = await _worked(visit, incoming)
    view = door.adapter.view(message, visit.session.subject)
    return JSONResponse({"message": view, **answer})


async def press(visit: Visit) -> Response:
    """Let the desk act on a pressed button."""
    return await _pressed(visit, IncomingKind.PRESS)


async def submit(visit: Visit) -> Response:
    """Let the desk act on a filled-in dialog."""
    return await _pressed(visit, IncomingKind.SUBMIT)


async def menu(visit: Visit) -> Response:
    """Let the desk act on an entry of a message's menu."""
    act = await read_body(visit.request, MenuAct)
    door = visit.door
    found = await asyncio.to_thread(door.adapter.log.find, act.message)
    message = door.readable(visit.session, found)
    said = message.text or (Card.model_validate_json(message.card).plain if message.card else "")
    incoming = Incoming(
        key=_key(visit, act),
        kind=IncomingKind.SHORTCUT,
        account=door.account(visit.session),
        place=door.adapter.place(message.channel, message.thread or message.id),
        at=_now(visit),
        said_at=message.at,
        text=said[:40_000],
        inputs={"shortcut": act.shortcut, "author": message.author_name[:100]},
        message=message.id,
        display_name=visit.session.name,
        signed_in_at=visit.session.signed_in_at,
    )
    return JSONResponse(await _worked(visit, incoming))


async def _pressed(visit: Visit, kind: IncomingKind) -> Response:
    act = await read_body(visit.request, PressAct)
    if sum(len(value) for value in act.inputs.values()) > 200_000:
        raise BadInput(
            "inputs too long", say="That is more text than I take in one answer.", next_step="Shorten it."
        )
    incoming = Incoming(
        key=_key(visit, act),
        kind=kind,
        account=visit.door.account(visit.session),
        place=await _place(visit, act),
        at=visit.door.adapter.clock.now(),
        token=act.token,
        inputs=act.inputs,
        message=act.message,
        display_name=visit.session.name,
        signed_in_at=visit.session.signed_in_at,
    )
    return JSONResponse(await _worked(visit, incoming))


async def _place(visit: Visit, act: PressAct) -> Place:
    """Return where the press happened: where the message stands, whatever the page claims."""
    door = visit.door
    if act.message:
        found = await asyncio.to_thread(door.adapter.log.find, act.message)
        message = door.readable(visit.session, found)
        return door.adapter.place(message.channel, message.thread)
    if not door.adapter.may_read(visit.session.subject, act.channel):
        raise NotFound("unknown channel", say="There is no such channel here.")
    return door.adapter.place(act.channel, act.thread)


async def _worked(visit: Visit, incoming: Incoming) -> dict[str, object]:
    door = visit.door
    await door.desk.accept(incoming)
    door.adapter.show_typing(incoming.place, is_typing=True)
    try:
        reply = await door.desk.work(incoming)
    finally:
        door.adapter.show_typing(incoming.place, is_typing=False)
    return await _answer(visit, incoming, reply)


async def _answer(visit: Visit, incoming: Incoming, reply: Reply) -> dict[str, object]:
    door = visit.door
    subject = visit.session.subject
    whispers = [
        await door.adapter.keep_whisper(incoming.place, subject, card, key=f"{incoming.key}:{position}")
        for position, card in enumerate(reply.whispers)
    ]
    answer: dict[str, object] = {
        "whispers": [door.adapter.view(message, subject) for message in whispers],
        "input_errors": reply.input_errors,
    }
    if reply.dialog is not None:
        answer["dialog"] = {
            **dialog_view(reply.dialog, door.adapter.ink(incoming.place)),
            "message": incoming.message if incoming.kind is not IncomingKind.MESSAGE else "",
            "channel": incoming.place.channel,
            "thread": incoming.place.thread,
        }
    if reply.updated is not None:
        answer["updated"] = card_view(reply.updated, door.adapter.ink(incoming.place))
    return answer


async def _kept(visit: Visit, act: WriteAct, files: tuple[WebFile, ...]) -> WebMessage:
    door = visit.door
    text = act.text.strip()
    if not text and not files:
        raise BadInput(
            "empty message",
            say="There is nothing in that message.",
            next_step="Write something or drop a file.",
        )
    if len(text) > 40_000:
        raise BadInput(
            "message too long", say="That is more than 40,000 characters.", next_step="Send it as a file."
        )
    if not door.adapter.may_read(visit.session.subject, act.channel):
        raise NotFound("unknown channel", say="There is no such channel here.")
    if act.thread:
        first = await asyncio.to_thread(door.adapter.log.find, act.thread)
        if door.readable(visit.session, first).channel != act.channel:
            raise NotFound("thread of another channel", say="There is no such thread here.")
    draft = NewWebMessage(
        key=_key(visit, act),
        channel=act.channel,
        thread=act.thread,
        author=visit.session.subject,
        author_name=visit.session.name,
        text=text,
        files=files,
        at=_now(visit),
    )
    message = await asyncio.to_thread(door.adapter.log.append, draft)
    door.adapter.live.stir()
    return message


def _files(visit: Visit, act: WriteAct) -> tuple[WebFile, ...]:
    limit = visit.door.settings.files_per_message
    if len(act.files) > limit:
        raise BadInput(
            "too many files", say=f"A message takes {limit} files at most.", next_step="Send them in two."
        )
    files = tuple(visit.door.sessions.file_of(visit.session, receipt) for receipt in act.files)
    known = tuple(file for file in files if file is not None)
    if len(known) != len(files):
        raise BadInput("forged receipt", say="I don't have one of these files.", next_step="Drop it again.")
    return known


def _without_mention(text: str, bot_name: str) -> tuple[str, bool]:
    """Return the text without the bot's mention, and whether it was mentioned."""
    mention = re.compile(rf"(?<!\S)[@/]{re.escape(bot_name)}\b[:,]?\s*", re.IGNORECASE)
    stripped, mentions = mention.subn("", text)
    return stripped.strip(), mentions > 0


def _key(visit: Visit, act: _Act) -> str:
    return f"web:{visit.session.sid}:{act.nonce}"


def _now(visit: Visit) -> datetime:
    return visit.door.adapter.clock.now()
