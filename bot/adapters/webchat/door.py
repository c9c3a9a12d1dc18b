"""Who may do what at the web chat, asked once for every route.

A handler gets a `Visit` only after session, CSRF token, flood limit and body size have passed.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.adapters.webchat.adapter import WebChatAdapter
from bot.adapters.webchat.flood import FloodGate
from bot.adapters.webchat.sessions import COOKIE, Session, sessions_of
from bot.adapters.webchat.settings import WebChatSettings
from bot.adapters.webchat.shield import is_from_this_machine, sentence
from bot.door import Desk
from domain.errors import BadInput, DogwatchError, NotAllowed, NotFound, NotNow, OutsideTrouble
from domain.identity.chat import Account, Platform
from domain.identity.web_access import LOOKS_ON
from domain.ports.web_chat import ReadMarks, WebMessage

log = logging.getLogger("dogwatch.web_chat")

Model = TypeVar("Model", bound=BaseModel)

_BODY_LIMIT = 1024 * 1024
_NOT_KEPT = (
    "I could not keep what you did, so do it again in a minute, and tell whoever runs me if it stays so."
)
_STATUS: tuple[tuple[type[DogwatchError], int], ...] = (
    (NotAllowed, 403),
    (NotFound, 404),
    (BadInput, 422),
    (NotNow, 409),
)


class SignIns(Protocol):
    """What the chat asks about sign-ins and those behind them; it may block."""

    def is_live(self, sid: str, *, is_used: bool = True) -> bool:
        """Return whether a sign-in still counts; `is_used`: whether its person does something now."""
        ...

    def is_out(self, subject: str) -> bool:
        """Return whether an account is of somebody who was deactivated; demo people have no other sign-in."""
        ...

    def end(self, sid: str) -> None:
        """Sign out, everywhere that the sign-in's cookie is."""
        ...

    def note_refusal(self, subject: str, reason: str) -> None:
        """Record that somebody who is signed in was turned away before the desk."""
        ...


class NoSignIns:
    """Only demo people exist: whatever cookie of ours is not over counts."""

    def is_live(self, sid: str, *, is_used: bool = True) -> bool:
        """Return True."""
        return True

    def is_out(self, subject: str) -> bool:
        """Return False."""
        return False

    def end(self, sid: str) -> None:
        """Do nothing."""

    def note_refusal(self, subject: str, reason: str) -> None:
        """Do nothing."""


class WebDoor:
    """Everything the routes share."""

    def __init__(
        self,
        desk: Desk,
        adapter: WebChatAdapter,
        marks: ReadMarks,
        settings: WebChatSettings,
        sign_ins: SignIns | None = None,
    ) -> None:
        self.desk = desk
        self.adapter = adapter
        self.marks = marks
        self.settings = settings
        self.sign_ins: SignIns = sign_ins or NoSignIns()
        self.sessions = sessions_of(settings)
        self.flood = FloodGate(settings.acts_per_minute)

    async def session(self, request: Request, *, is_used: bool = True) -> Session | None:
        """Return who is signed in; a demo session counts only while the demo is on, from this machine.

        Args:
            request: What the browser asks.
            is_used: Whether a person asks; what a page does by itself keeps no sign-in alive.
        """
        session = self.sessions.read(request.cookies.get(COOKIE, ""), self.adapter.clock.now())
        if session is None:
            return None
        if session.demo:
            is_known = any(person.subject == session.subject for person in self.settings.demo_people)
            if not is_known or not self.offers_demo(request):
                return None
            return session if await self.still_reads(session) else None
        # A signed cookie outlives a sign-out; the table of sign-ins does not.
        is_used = is_used and LOOKS_ON not in request.headers
        is_live = await asyncio.to_thread(self.sign_ins.is_live, session.sid, is_used=is_used)
        return session if is_live else None

    async def still_reads(self, session: Session) -> bool:
        """Return whether somebody who only looks on is still signed in."""
        if session.demo:
            return not await asyncio.to_thread(self.sign_ins.is_out, session.subject)
        return await asyncio.to_thread(lambda: self.sign_ins.is_live(session.sid, is_used=False))

    def offers_demo(self, request: Request) -> bool:
        """Return whether this visitor may pick a demo person."""
        return self.settings.demo and is_from_this_machine(request)

    def account(self, session: Session) -> Account:
        """Return the chat account of a session."""
        return Account(platform=Platform.WEB, workspace=self.settings.issuer, user=session.subject)

    def readable(self, session: Session, message: WebMessage | None) -> WebMessage:
        """Return the message when the person may see it; raises `NotFound` as if it did not exist."""
        if (
            message is None
            or not self.adapter.may_read(session.subject, message.channel)
            or message.visible_to not in {"", session.subject}
        ):
            raise NotFound("web message not readable", say="There is no such message here.")
        return message


@dataclass(frozen=True)
class Visit:
    """A request of a signed-in person that passed every check."""

    request: Request
    session: Session
    door: WebDoor


Handler = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def guarded(door: WebDoor, handler: Handler, *, is_used: bool = True) -> Endpoint:
    """Return an endpoint for a handler that changes nothing; `is_used` as in `WebDoor.session`."""

    async def seen(request: Request) -> Response:
        session = await door.session(request, is_used=is_used)
        return signed_out(door) if session is None else await handler(Visit(request, session, door))

    return answered(seen)


def acting(door: WebDoor, handler: Handler) -> Endpoint:
    """Return an endpoint for a handler that changes something: CSRF token and flood limit come first."""

    async def acted(request: Request) -> Response:
        session = await door.session(request)
        if session is None:
            return signed_out(door)
        if not door.sessions.has_csrf(session, request.headers.get("x-csrf-token", "")):
            await asyncio.to_thread(
                door.sign_ins.note_refusal, session.subject, "no CSRF token of the session"
            )
            said = "This page is out of date, so nothing was done. Reload it and do it again."
            return sentence(403, said, stale=True)
        if not door.flood.lets(session.subject):
            limit = door.settings.acts_per_minute
            await asyncio.to_thread(
                door.sign_ins.note_refusal, session.subject, f"more than {limit} acts in a minute"
            )
            return sentence(
                429, f"That was more than {limit} acts in a minute. Wait a few seconds, then do it again."
            )
        return await handler(Visit(request, session, door))

    return answered(acted)


def signed_out(door: WebDoor) -> JSONResponse:
    """Return the answer to somebody without a session."""
    return sentence(401, "You are signed out. Sign in, then do it again.", sign_in=door.settings.sign_in_path)


def answered(seen: Endpoint) -> Endpoint:
    """Return the endpoint with every error turned into a sentence."""

    async def endpoint(request: Request) -> Response:
        try:
            return await seen(request)
        except DogwatchError as error:
            status = next((code for kind, code in _STATUS if isinstance(error, kind)), 503)
            log.info("request refused", extra={"reason": str(error), "status": status})
            is_lost = isinstance(error, OutsideTrouble) and request.method == "POST"
            return sentence(status, f"{error.say} {_NOT_KEPT}" if is_lost else error.sentence())
        except ClientDisconnect:
            return sentence(400, "The connection ended before everything had arrived.")
        except Exception:
            # A border: the person gets a reference, the log gets the rest.
            reference = secrets.token_hex(4)
            log.exception("request failed", extra={"reference": reference})
            return sentence(
                500,
                "I could not finish this because of a fault of mine. See whether it took effect before you do"
                f" it again; an operator finds it in the log under {reference}.",
            )

    return endpoint


async def read_body(request: Request, model: type[Model]) -> Model:
    """Read a JSON body of at most 1 MiB; the size is checked while it arrives, before it is parsed.

    Raises:
        BadInput: It is too large or not of this shape.
    """
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _BODY_LIMIT:
            raise BadInput(
                "body over the limit", say="That is more than 1 MiB of text.", next_step="Send it as a file."
            )
    try:
        found = json.loads(bytes(raw))
        # Half a character, `\ud800` alone, is JSON and can be neither kept nor sent on.
        json.dumps(found, ensure_ascii=False).encode()
        return model.model_validate(found)
    except (ValueError, RecursionError) as error:
        # pydantic's ValidationError is a ValueError, and so are broken Unicode and broken JSON.
        raise BadInput(
            f"malformed body: {type(error).__name__}",
            say="I could not read what this page sent.",
            next_step="Reload it and do it again.",
        ) from error
