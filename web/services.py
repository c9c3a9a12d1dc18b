"""What the web room is given by the roof."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.responses import Response

from domain.identity.people import Person
from domain.ports.blobs import BlobStore
from domain.ports.clock import Clock
from domain.ports.directory import Directory
from domain.ports.feed_health import AlertReader, FeedHealthReader
from domain.ports.telemetry_store import SenderHealth
from domain.ports.transactions import Opening
from web.oidc import OidcProvider
from web.visitors import Visitors

if TYPE_CHECKING:  # what reads XML is imported when it is set up
    from web.saml.provider import SamlProvider

BeginSession = Callable[[Response, Person, datetime | None], str]
"""Puts a new session of a person, who proved then who they are, into an answer; returns the session's id."""
EndSession = Callable[[Response], None]
"""Takes the session out of the browser."""


@dataclass(frozen=True)
class Ways:
    """The ways to sign in that an operator set up."""

    passwords: bool = True
    """Whether local users sign in with a password."""
    oidc: OidcProvider | None = None
    directory: Directory | None = None
    saml: "SamlProvider | None" = None
    demo: bool = False
    """Whether the chat offers demo people on this machine."""
    mail_domains: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By way: domains whose vouched-for mail addresses join an account to a person."""


@dataclass(frozen=True)
class WebServices:
    """Everything the pages, the REST interface and the sign-in read and call."""

    visitors: Visitors
    health: FeedHealthReader
    alerts: AlertReader
    reading: Opening
    writing: Opening
    clock: Clock
    begin: BeginSession
    end: EndSession
    mac: Callable[[bytes], bytes]
    """Authenticates what a browser carries for us during a sign-in."""
    blobs: BlobStore | None = None
    """What changes hold beside the truth: profiles and proposals."""
    senders: SenderHealth | None = None
    """How good pushed telemetry is; None where none is taken."""
    is_stopping: Callable[[], bool] = lambda: False
    """Whether open connections have to end now."""
    ways: Ways = field(default_factory=Ways)
