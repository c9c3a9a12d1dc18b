"""The web room on a real database, asked through its ASGI apps."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
from pydantic import SecretBytes
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Mount

from bot.adapters.webchat import WebChannel, WebChatSettings
from bot.adapters.webchat.sessions import put_session, sessions_of
from bot.adapters.webchat.shield import Shield
from domain.identity.chat import Account, Platform
from domain.identity.people import ChatIdentity, Person, Role
from domain.ports.telemetry_store import SenderHealth
from runtime.keys import KeyFolder
from runtime.wiring.stores import transactions_of
from runtime.wiring.web import FOREIGN_POSTS, visitors_of
from storage.blobs import DirectoryBlobs
from storage.engine import Database
from storage.feed_health import SqlFeedHealth
from storage.migrate import migrate
from tests.bot.desk_house import FixedClock
from tests.domain.builders import a_person
from web.answers import nowhere
from web.app import web_apps
from web.services import Ways, WebServices
from web.signin.accounts import signed_in

ADDRESS = "http://localhost"
OUR_DOMAIN = frozenset({"example.org"})


@dataclass
class WebHouse:
    """The room and the truth behind it."""

    folder: Path
    ways: Ways = field(default_factory=Ways)
    clock: FixedClock = field(default_factory=FixedClock)
    senders: SenderHealth | None = None

    def __post_init__(self) -> None:
        """Open everything in the folder."""
        self.database = Database(f"sqlite:///{self.folder}/truth.db")
        migrate(self.database)
        self.transactions = transactions_of(self.database, KeyFolder(self.folder / "keys"))
        self.chat = WebChatSettings(
            session_key=SecretBytes(b"k" * 32), channels=(WebChannel(id="data-feeds"),), secure_cookies=False
        )
        self.visitors = visitors_of(self.chat, self.transactions, self.clock)
        self.sessions = sessions_of(self.chat)

        def begin(answer: object, person: Person, proven_at: datetime | None) -> str:
            session = self.sessions.begin(person.id, person.name, self.clock.now(), proven_at=proven_at)
            put_session(answer, session, self.chat)  # type: ignore[arg-type]
            return session.sid

        self.watched = SqlFeedHealth(self.database)
        self.blobs = DirectoryBlobs(self.folder / "blobs")
        self.services = WebServices(
            blobs=self.blobs,
            senders=self.senders,
            visitors=self.visitors,
            health=self.watched,
            alerts=self.watched,
            reading=self.transactions.reading,
            writing=self.transactions.writing,
            clock=self.clock,
            begin=begin,
            end=lambda answer: answer.delete_cookie("dogwatch_session"),
            mac=lambda body: hmac.new(b"m" * 32, body, hashlib.sha256).digest(),
            ways=self.ways,
        )
        routes = [Mount(path, app=app) for path, app in web_apps(self.services)]
        self.app = Shield(
            Starlette(routes=routes, exception_handlers={HTTPException: nowhere}), FOREIGN_POSTS
        )

    def knows(self, name: str, *roles: Role, **changes: object) -> Person:
        """Add a person with a web account."""
        person = a_person(name, *roles).model_copy(update=changes)
        with self.transactions.writing() as uow:
            uow.people.save(person)
            account = Account(platform=Platform.WEB, workspace="web", user=person.id)
            if uow.people.find_person(account) is None:
                uow.people.link(ChatIdentity(account=account, person=person.id, linked_at=self.clock.now()))
        return person

    def browser(self, caller: str = "127.0.0.1") -> httpx.AsyncClient:
        """Return a browser without a session, at an address."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, client=(caller, 4000)),
            base_url=ADDRESS,
            headers={"origin": ADDRESS},
        )

    def browser_of(self, person: Person) -> httpx.AsyncClient:
        """Return the browser of somebody who has signed in; a password would take a quarter of a second."""
        answer = signed_in(self.services, person, "password", self.clock.now(), Response())
        browser = self.browser()
        browser.headers["cookie"] = answer.headers["set-cookie"].partition(";")[0]
        return browser
