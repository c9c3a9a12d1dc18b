"""Who makes a request: a signed-in person, a demo person on this machine, or a program with a key."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request

from domain.identity.chat import Account, Platform
from domain.identity.people import Person
from domain.identity.web_access import LOOKS_ON, Scope, parts_of
from domain.ids import PersonId
from domain.ports.clock import Clock
from domain.ports.transactions import Opening

_BELIEVED_SECONDS = 30.0
_SEEN_AFTER = timedelta(minutes=1)
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class Cookie:
    """What the session cookie says, after its signature was checked."""

    subject: str
    sid: str
    is_demo: bool
    csrf: str


@dataclass(frozen=True)
class Visitor:
    """Somebody who may read; `csrf` is empty for programs, which act by their key alone."""

    person: Person
    csrf: str = ""
    is_demo: bool = False


class Visitors:
    """Tells who makes a request.

    Args:
        cookie_of: Checks the request's session cookie; None without a good one.
        workspace: Of the web accounts.
        reading: Opens a transaction that reads.
        writing: Opens a transaction that writes.
        clock: The time.
    """

    def __init__(
        self,
        cookie_of: Callable[[Request], Cookie | None],
        workspace: str,
        *,
        reading: Opening,
        writing: Opening,
        clock: Clock,
    ) -> None:
        self._cookie_of = cookie_of
        self.workspace = workspace
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._believed: dict[tuple[str, bool], float] = {}
        """Until when a sign-in counts unasked; apart for what is no use of it, which must not hide a use."""

    def cookie(self, request: Request) -> Cookie | None:
        """Return what the request's session cookie says, or None without a good one."""
        return self._cookie_of(request)

    async def by_session(self, request: Request, *, is_used: bool = True) -> Visitor | None:
        """Return who sits in front of the browser, or None.

        Args:
            request: What the browser asks.
            is_used: Whether a person asks; a page that follows what happens by itself keeps no sign-in alive.
        """
        cookie = self._cookie_of(request)
        if cookie is None:
            return None
        # A picture comes with a card that arrived by itself as often as with one that somebody asked for.
        is_fetched = LOOKS_ON in request.headers or request.headers.get("sec-fetch-dest") == "image"
        is_used = is_used and not is_fetched
        if not cookie.is_demo and not await asyncio.to_thread(self.is_live, cookie.sid, is_used=is_used):
            return None
        person = await asyncio.to_thread(self._person, cookie.subject)
        return Visitor(person, cookie.csrf, cookie.is_demo) if person is not None else None

    async def person(self, request: Request) -> Person | None:
        """Return the person in front of the browser, or None."""
        visitor = await self.by_session(request)
        return visitor.person if visitor is not None else None

    async def by_key(self, request: Request, scope: Scope) -> Visitor | None:
        """Return for whom the request's API key stands, or None without a good one."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        parts = parts_of(text.strip()) if kind.lower() == "bearer" else None
        if parts is None:
            return None
        person = await asyncio.to_thread(self._owner, *parts, scope)
        return Visitor(person) if person is not None else None

    def is_live(self, sid: str, *, is_used: bool = True) -> bool:
        """Return whether a sign-in still counts; an answer is believed for half a minute.

        Args:
            sid: Its id.
            is_used: Whether asking means that its person does something, so that it is not idle.
        """
        now = time.monotonic()
        if max(self._believed.get((sid, one), 0.0) for one in {is_used, True}) > now:
            return True
        moment = self._clock.now()
        with self._reading() as uow:
            found = uow.sign_ins.sign_in(sid)
            owner = uow.people.get(found.person) if found is not None else None
        if found is None or owner is None or not owner.is_active or not found.is_live(moment):
            self.forget(sid)
            return False
        if is_used and moment - found.seen_at > _SEEN_AFTER:
            with self._writing() as uow:
                latest = uow.sign_ins.sign_in(sid)
                if latest is not None and latest.is_live(moment):
                    uow.sign_ins.save_sign_in(latest.model_copy(update={"seen_at": moment}))
        if len(self._believed) > _MOST_REMEMBERED:
            self._believed.clear()
        self._believed[sid, is_used] = now + _BELIEVED_SECONDS
        return True

    def forget(self, sid: str) -> None:
        """Believe nothing about a sign-in any more: it was ended."""
        for is_used in (True, False):
            self._believed.pop((sid, is_used), None)

    def _person(self, subject: str) -> Person | None:
        account = Account(platform=Platform.WEB, workspace=self.workspace, user=subject)
        with self._reading() as uow:
            person = uow.people.find_person(account)
        return person if person is not None and person.is_active else None

    def _owner(self, key_id: str, secret: str, scope: Scope) -> Person | None:
        with self._reading() as uow:
            key = uow.api_keys.find(key_id)
            if key is None or not key.lets_in(secret, scope, self._clock.now()):
                return None
            person = uow.people.get(PersonId(key.person))
        return person if person.is_active else None
