"""Signed sessions: who sits in front of the browser, without a table.

A cookie, a CSRF token and a file receipt are all HMAC-SHA256 under one key with different purposes,
so that one can never pass for another.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from bot.adapters.webchat.settings import WebChatSettings
from domain.ids import BlobId
from domain.ports.web_chat import WebFile

COOKIE = "dogwatch_session"


class Session(BaseModel):
    """A signed-in person."""

    model_config = ConfigDict(frozen=True)

    subject: str
    name: str
    sid: str
    """Random, one for each sign-in; the CSRF token belongs to it."""
    expires: int
    """Seconds since 1970."""
    since: int = 0
    """When the person last proved who they are, likewise; 0 in cookies that do not say."""
    demo: bool = False

    @property
    def signed_in_at(self) -> datetime:
        """When the person last proved who they are."""
        return datetime.fromtimestamp(self.since, UTC)


class WebSessions:
    """Makes and checks what a browser carries for us."""

    def __init__(self, key: bytes, lifetime: timedelta) -> None:
        self._key = key
        self._lifetime = lifetime

    def begin(
        self, subject: str, name: str, now: datetime, *, proven_at: datetime | None, demo: bool = False
    ) -> Session:
        """Return a new session of a person who proved at `proven_at` who they are; None: nobody knows."""
        return Session(
            subject=subject,
            name=name,
            sid=secrets.token_hex(16),
            expires=int((now + self._lifetime).timestamp()),
            since=int(proven_at.timestamp()) if proven_at is not None else 0,
            demo=demo,
        )

    def cookie(self, session: Session) -> str:
        """Return the session as a cookie value."""
        return self._seal("session", session.model_dump_json())

    def read(self, cookie: str, now: datetime) -> Session | None:
        """Return the session of a cookie, or None when it is forged, malformed or over."""
        text = self._open("session", cookie)
        if text is None:
            return None
        try:
            session = Session.model_validate_json(text)
        except ValidationError:
            return None
        return session if session.expires > now.timestamp() else None

    def csrf(self, session: Session) -> str:
        """Return the token that every POST of this session must carry."""
        return self._mac("csrf", session.sid.encode()).hex()

    def has_csrf(self, session: Session, token: str) -> bool:
        """Return whether the token belongs to this session."""
        return hmac.compare_digest(self.csrf(session).encode(), token.encode("utf-8", "replace"))

    def receipt(self, session: Session, file: WebFile) -> str:
        """Return a proof that this person uploaded this file."""
        return self._seal("file", json.dumps([session.subject, file.blob, file.name, file.size_bytes]))

    def file_of(self, session: Session, receipt: str) -> WebFile | None:
        """Return the file of a receipt, or None when it is not this person's."""
        text = self._open("file", receipt)
        if text is None:
            return None
        subject, blob, name, size_bytes = json.loads(text)
        if subject != session.subject:
            return None
        return WebFile(name=name, size_bytes=size_bytes, blob=BlobId(blob))

    def _seal(self, purpose: str, text: str) -> str:
        body = base64.urlsafe_b64encode(text.encode()).rstrip(b"=")
        mac = base64.urlsafe_b64encode(self._mac(purpose, body)).rstrip(b"=")
        return f"{body.decode()}.{mac.decode()}"

    def _open(self, purpose: str, sealed: str) -> str | None:
        body, _, mac = sealed.encode("utf-8", "replace").partition(b".")
        expected = base64.urlsafe_b64encode(self._mac(purpose, body)).rstrip(b"=")
        if not hmac.compare_digest(expected, mac):
            return None
        try:
            return base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None

    def _mac(self, purpose: str, body: bytes) -> bytes:
        return hmac.new(self._key, f"dogwatch/web/{purpose}\0".encode() + body, hashlib.sha256).digest()


def sessions_of(settings: WebChatSettings) -> WebSessions:
    """Return what makes and checks sessions for these settings; a sign-in page begins them with it."""
    return WebSessions(settings.session_key.get_secret_value(), settings.session_lifetime)


def put_session(answer: Response, session: Session, settings: WebChatSettings) -> None:
    """Put a session into the browser: out of reach of scripts and of other sites."""
    answer.set_cookie(
        COOKIE,
        sessions_of(settings).cookie(session),
        max_age=int(settings.session_lifetime.total_seconds()),
        secure=settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )
