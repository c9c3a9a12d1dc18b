"""What the web room is given by the roof."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from domain.people import Person
from domain.ports.blobs import BlobStore
from domain.ports.clock import Clock
from domain.ports.feed_health import AlertReader, FeedHealthReader
from domain.ports.telemetry_store import SenderHealth
from domain.ports.transactions import Opening
from web.oidc import OidcProvider
from web.visitors import Visitors

BeginSession = Callable[[Response, Person, datetime | None], str]
"""Puts a new session of a person, who proved then who they are, into an answer; returns the session's id."""
EndSession = Callable[[Response], None]
"""Takes the session out of the browser."""


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
    oidc: OidcProvider | None = None
    mail_domains: frozenset[str] = frozenset()
    """Domains whose verified mail addresses join a provider's account to a person."""
