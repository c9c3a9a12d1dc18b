"""What a page reads: who it belongs to, messages, and what happens from now on."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from bot.adapters.webchat.door import Endpoint, Visit, WebDoor, answered, read_body, signed_out
from bot.adapters.webchat.live import Page
from bot.adapters.webchat.sessions import COOKIE, Session, put_session
from bot.adapters.webchat.settings import DIRECT
from bot.adapters.webchat.shield import sentence
from domain.errors import NotFound, OutsideTrouble
from domain.ports.web_chat import WebMessage

_PAGE = 60
_BATCH = 200
_STILL_HERE = "event: here\ndata: -\n\n"


class _Enter(BaseModel):
    model_config = ConfigDict(extra="forbid")

    subject: str = Field(default="", max_length=200)


class _Read(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channel: str = Field(max_length=200)
    upto: int = Field(ge=0, lt=2**62)


def me(door: WebDoor) -> Endpoint:
    """Return the endpoint that tells a page whose it is; without a session it offers the demo people."""

    async def endpoint(request: Request) -> Response:
        session = await door.session(request)
        people = door.settings.demo_people if door.offers_demo(request) else ()
        offered = [person.model_dump() for person in people]
        if session is not None:
            return JSONResponse({**await _about(door, session), "people": offered})
        if offered:
            return JSONResponse({"person": None, "people": offered})
        return signed_out(door)

    return answered(endpoint)


def enter(door: WebDoor) -> Endpoint:
    """Return the endpoint that makes this browser a demo person's; only from this machine."""

    async def endpoint(request: Request) -> Response:
        wanted = await read_body(request, _Enter)
        if not door.offers_demo(request):
            return signed_out(door)
        people = door.settings.demo_people
        person = next((p for p in people if p.subject == wanted.subject), None)
        if person is None:
            return sentence(404, "There is no such demo person.")
        if await asyncio.to_thread(door.sign_ins.is_out, person.subject):
            return sentence(403, f"{person.name} has been deactivated. Pick somebody else.")
        now = door.adapter.clock.now()
        session = door.sessions.begin(person.subject, person.name, now, proven_at=now, demo=True)
        answer = JSONResponse(await _about(door, session))
        put_session(answer, session, door.settings)
        return answer

    return answered(endpoint)


async def leave(visit: Visit) -> Response:
    """Sign out, wherever the cookie is; a demo session has nothing to end but its cookie."""
    if not visit.session.demo:
        await asyncio.to_thread(visit.door.sign_ins.end, visit.session.sid)
    answer = JSONResponse({})
    answer.delete_cookie(COOKIE, secure=visit.door.settings.secure_cookies, httponly=True, samesite="strict")
    return answer


async def messages(visit: Visit) -> Response:
    """Answer with a page of a channel or thread."""
    query = visit.request.query_params
    channel, thread = query.get("channel", ""), query.get("thread", "")
    before = query.get("before", "0")
    if not visit.door.adapter.may_read(visit.session.subject, channel):
        raise NotFound("unknown channel", say="There is no such channel here.")
    if not (
        before.isdecimal() and len(before) < 19 and (not thread or (thread.isdecimal() and len(thread) < 19))
    ):
        raise NotFound("malformed id", say="There is no such message here.")
    log = visit.door.adapter.log
    page = await asyncio.to_thread(log.page, channel, thread, visit.session.subject, int(before), _PAGE)
    views = [visit.door.adapter.view(message, visit.session.subject) for message in page]
    return JSONResponse({"messages": views, "has_more": len(page) == _PAGE})


async def read_upto(visit: Visit) -> Response:
    """Remember how far the person has read."""
    read = await read_body(visit.request, _Read)
    if visit.door.adapter.may_read(visit.session.subject, read.channel):
        await asyncio.to_thread(visit.door.marks.mark, visit.session.subject, read.channel, read.upto)
    return JSONResponse({})


async def events(visit: Visit) -> Response:
    """Stream what happens: messages by change number, so that a lost connection resumes without a gap."""
    whose = visit.request.query_params.get("whose", "")
    if whose not in {"", visit.session.subject}:
        # A window of who was signed in before: what somebody else may read must not reach it.
        return sentence(409, "Somebody else is signed in here now.")
    last = visit.request.headers.get("last-event-id") or visit.request.query_params.get("after", "")
    if last.isdecimal() and len(last) < 19:
        after = int(last)
    else:
        after = await asyncio.to_thread(visit.door.adapter.log.latest_change)
    return StreamingResponse(
        _stream(visit, after), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


async def _stream(visit: Visit, after: int) -> AsyncIterator[str]:
    adapter = visit.door.adapter
    reader, heartbeat = _Reader(visit), visit.door.settings.heartbeat.total_seconds()
    yield "retry: 1000\n\n"
    said_at = time.monotonic()
    async with adapter.live.page(visit.session.subject) as page:
        while not page.is_closed:
            page.stirred.clear()
            try:
                if not await reader.still_reads():
                    return
                changed = await asyncio.to_thread(adapter.log.changes, after, _BATCH)
            except OutsideTrouble:
                return
            for message in changed:
                after = message.change
                if _sees(visit, message):
                    view = adapter.view(message, visit.session.subject)
                    yield _event("message", view, number=message.change)
                    said_at = time.monotonic()
            for text in _moments(page):
                yield text
                said_at = time.monotonic()
            if len(changed) < _BATCH and not page.stirred.is_set():
                await _stirs(page, said_at + heartbeat - time.monotonic())
            # What this person may not see stirs the page, too: only what is said tells it that all is well.
            if time.monotonic() - said_at >= heartbeat:
                yield _STILL_HERE
                said_at = time.monotonic()


class _Reader:
    """Whoever was signed out or deactivated meanwhile hears no more; looking on is no use of a sign-in."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._looked_at = time.monotonic()

    async def still_reads(self) -> bool:
        if self._visit.session.expires <= self._visit.door.adapter.clock.now().timestamp():
            return False
        if time.monotonic() - self._looked_at < self._visit.door.settings.look_interval.total_seconds():
            return True
        self._looked_at = time.monotonic()
        return await self._visit.door.still_reads(self._visit.session)


async def _stirs(page: Page, seconds: float) -> None:
    """Wait until something stirs, so long at most."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(page.stirred.wait(), seconds)


def _moments(page: Page) -> list[str]:
    texts = []
    while not page.moments.empty():
        moment = page.moments.get_nowait()
        texts.append(_event(moment.name, moment.about, number=None))
    return texts


def _event(name: str, about: dict[str, object], number: int | None) -> str:
    # JSON has no line breaks of its own here, so no text can end the event early.
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(about)}\n\n"


def _sees(visit: Visit, message: WebMessage) -> bool:
    subject = visit.session.subject
    return message.visible_to in {"", subject} and visit.door.adapter.may_read(subject, message.channel)


async def _about(door: WebDoor, session: Session) -> dict[str, object]:
    mine, direct = door.adapter.channels_of(session.subject), DIRECT + session.subject
    ids = (*(channel.id for channel in mine), direct)
    unread = await asyncio.to_thread(door.marks.unread, session.subject, ids)
    latest = await asyncio.to_thread(door.adapter.log.latest_change)
    channels: list[dict[str, object]] = [
        {"id": c.id, "name": c.id, "purpose": c.purpose, "unread": unread.get(c.id, 0), "direct": False}
        for c in mine
    ]
    name = door.settings.bot_name
    channels.append(
        {
            "id": direct,
            "name": name,
            "purpose": "Just you and the bot",
            "unread": unread.get(direct, 0),
            "direct": True,
        }
    )
    return {
        "person": {"subject": session.subject, "name": session.name, "demo": session.demo},
        "csrf": door.sessions.csrf(session),
        "sign_in": "" if session.demo else door.settings.sign_in_path,
        "channels": channels,
        "bot_name": name,
        "upload_limit_bytes": door.settings.upload_limit_bytes,
        "files_per_message": door.settings.files_per_message,
        "after": latest,
    }
