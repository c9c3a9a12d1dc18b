"""The web room: dashboard, REST interface and sign-in, built when somebody first asks for them."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Coroutine
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.adapters.webchat.sessions import COOKIE, put_session, sessions_of
from bot.adapters.webchat.settings import WebChatSettings
from bot.adapters.webchat.shield import Shield, is_from_this_machine
from domain.identity.people import Person
from domain.ports.clock import Clock
from runtime.freshness import Freshness
from runtime.settings.house import Settings
from runtime.wiring.sender_health import telemetry_senders
from runtime.wiring.signin import directory_of, ways_of
from runtime.wiring.stores import Stores
from storage.unit_of_work import SqlTransactions
from web.visitors import Cookie, Visitors

PATHS = ("/about", "/api/v1", "/sign-in", "/dashboard")
FOREIGN_POSTS = frozenset({"/sign-in/saml/back"})
"""Where an identity provider has browsers post to; who is signed in is decided afterwards, by cookie."""


def visitors_of(chat: WebChatSettings, transactions: SqlTransactions, clock: Clock) -> Visitors:
    """Return what tells who makes a request; the same cookies as the web chat's."""
    sessions = sessions_of(chat)

    def cookie_of(request: Request) -> Cookie | None:
        session = sessions.read(request.cookies.get(COOKIE, ""), clock.now())
        if session is None or (session.demo and not (chat.demo and is_from_this_machine(request))):
            return None
        return Cookie(session.subject, session.sid, session.demo, sessions.csrf(session))

    return Visitors(
        cookie_of,
        chat.issuer,
        reading=transactions.reading,
        writing=transactions.writing,
        clock=clock,
    )


def web_mounts(
    settings: Settings,
    stores: Stores,
    chat: WebChatSettings,
    visitors: Visitors,
    *,
    is_stopping: Callable[[], bool],
) -> list[tuple[str, ASGIApp]]:
    """Return the room's apps by path, behind the shield; they are imported and built at the first request."""

    def build() -> dict[str, ASGIApp]:
        from storage.feed_health import SqlFeedHealth
        from web.app import web_apps
        from web.services import WebServices

        sessions = sessions_of(chat)
        key = stores.keys.secret("web-session")

        def begin(answer: Response, person: Person, proven_at: datetime | None) -> str:
            session = sessions.begin(person.id, person.name, stores.clock.now(), proven_at=proven_at)
            put_session(answer, session, chat)
            return session.sid

        def end(answer: Response) -> None:
            answer.delete_cookie(COOKIE, secure=chat.secure_cookies, httponly=True, samesite="strict")

        watched = SqlFeedHealth(stores.database)
        services = WebServices(
            visitors=visitors,
            health=watched,
            alerts=watched,
            reading=stores.transactions.reading,
            writing=stores.transactions.writing,
            clock=stores.clock,
            begin=begin,
            end=end,
            mac=lambda body: hmac.new(key, b"dogwatch/sign-in\0" + body, hashlib.sha256).digest(),
            blobs=stores.blobs,
            senders=telemetry_senders(settings),
            is_stopping=is_stopping,
            ways=ways_of(settings, chat.public_url, stores.clock),
        )
        return dict(web_apps(services))

    room = _Once(build)
    return [(path, Shield(_Part(room, path), FOREIGN_POSTS)) for path in PATHS]


def leavers_watch(
    settings: Settings, stores: Stores, visitors: Visitors
) -> tuple[Callable[[], Coroutine[None, None, None]], Callable[[], bool]] | None:
    """Return what ends the sessions of people who left their directory, and whether it was asked lately.

    None where there is no directory.
    """
    if not settings.signin.ldap.url:
        return None
    freshness = Freshness()

    async def watch() -> None:
        from web.signin.leavers import end_for_leavers, watch_for_leavers

        directory = await asyncio.to_thread(directory_of, settings)
        assert directory is not None  # noqa: S101  its address is set
        opened = stores.transactions
        await watch_for_leavers(
            lambda: end_for_leavers(directory, opened.reading, opened.writing, stores.clock, visitors.forget),
            freshness.note,
        )

    return watch, freshness.is_fresh


class _Once:
    """Builds the apps at the first request, away from the event loop: importing them takes a second."""

    def __init__(self, build: Callable[[], dict[str, ASGIApp]]) -> None:
        self._build = build
        self._apps: dict[str, ASGIApp] | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> dict[str, ASGIApp]:
        async with self._lock:
            if self._apps is None:
                self._apps = await asyncio.to_thread(self._build)
            return self._apps


class _Part:
    def __init__(self, room: _Once, path: str) -> None:
        self._room = room
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await self._room.get())[self._path](scope, receive, send)
