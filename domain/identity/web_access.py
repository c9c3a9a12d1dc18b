"""How people and programs come in through the web: passwords, sessions, API keys; secrets only as hashes."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum
from stringprep import in_table_b1
from typing import Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from domain.errors import BadInput
from domain.identity.chat import Platform
from domain.ids import PersonId

SESSION_IDLE = timedelta(hours=2)
SESSION_AT_MOST = timedelta(hours=12)
SIGN_INS_KEPT = 2 * SESSION_AT_MOST
"""Whoever asks for an older one is signed out, like whoever asks for none; the audit trail knows of it."""
FRESH_SIGN_IN = timedelta(minutes=15)
"""An approval of something of high risk needs a sign-in younger than this."""
LOOKS_ON = "x-looks-on"
"""A header by which our own pages say that nobody did anything: they only bring themselves up to date."""
MOST_WRONG_PASSWORDS = 5
LOCKED_FOR = timedelta(minutes=15)
SHORTEST_PASSWORD = 12
_LONGEST_KEY_LIFE = timedelta(days=366)
_LONGEST_PAGE = 300
_LONGEST_NAME = 256
# No host and no way up: what stands here is put into an address that a browser follows.
_PAGE = re.compile(r"/(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*/?)?")
_QUERY = re.compile(r"[A-Za-z0-9_.~%=&+-]*")
_KEY = re.compile(r"dwk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")


class Scope(StrEnum):
    """What an API key may be used for. A key never decides an approval."""

    READ = "read"
    INTAKE = "intake"


class Guesses(BaseModel):
    """How often a secret was guessed wrong, and until when no guess counts."""

    model_config = ConfigDict(frozen=True)

    wrong: int = 0
    locked_until: datetime | None = None

    def after_wrong(self, now: datetime, most: int = MOST_WRONG_PASSWORDS) -> Self:
        """Return the record after a wrong guess: each time that so many were made locks for 15 minutes."""
        wrong = self.wrong + 1
        locked = now + LOCKED_FOR if wrong % most == 0 else self.locked_until
        return self.model_copy(update={"wrong": wrong, "locked_until": locked})

    def is_locked(self, now: datetime) -> bool:
        """Return whether even the right secret is refused now."""
        return self.locked_until is not None and now < self.locked_until


class Password(BaseModel):
    """A local user's password, as an argon2id hash."""

    model_config = ConfigDict(frozen=True)

    person: PersonId
    hash: str
    changed_at: datetime


class MarkKind(StrEnum):
    """What the sign-in remembers for a while, the intake, and who keeps people out."""

    GUESSES = "guesses"
    """How often a name was guessed at; the key is a hash of the name."""
    ASSERTION = "assertion"
    """An assertion that was used; the key is a hash of its id."""
    SAML_TICKET = "saml_ticket"
    """What an assertion said, until the browser that began comes for it; the key is a hash of the ticket."""
    DIRECTORY_SESSION = "directory_session"
    """A session that a directory vouches for; the key is its id, the text the subject there."""
    SIGNED_REQUEST = "signed_request"
    """A signed request of a sender that was taken; the key is a hash of it."""
    REQUEST_UNDER_WAY = "request_under_way"
    """One that a process is taking now; the key is the same."""
    SHUT_OUT = "shut_out"
    """Somebody whom an operator deactivated, whatever the people file says; the key is their id."""
    TAKEN_OFF = "taken_off"
    """An account that an operator took off somebody, likewise; the key is a hash, the text whose it was."""


class SignInMark(BaseModel):
    """One thing to remember, and until when."""

    model_config = ConfigDict(frozen=True)

    kind: MarkKind
    key: str
    until: datetime
    text: str = ""


class SignIn(BaseModel):
    """One sign-in of one browser."""

    model_config = ConfigDict(frozen=True)

    sid: str
    person: PersonId
    method: str
    """`password`, `oidc`, `ldap` or `saml`."""
    began_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Return whether it still counts: not signed out, not idle too long, not too old.

        One from a time to come was begun by a clock that was wrong, and would outlive every other.
        """
        return (
            self.ended_at is None
            and abs(now - self.seen_at) < SESSION_IDLE
            and abs(now - self.began_at) < SESSION_AT_MOST
        )


class ApiKey(BaseModel):
    """A program's key; it reads as its person and can never do more."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str = Field(min_length=1, max_length=80)
    person: PersonId
    scopes: frozenset[Scope]
    secret_hash: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def lets_in(self, secret: str, scope: Scope, now: datetime) -> bool:
        """Return whether this secret opens that scope now; compared in constant time."""
        is_right = hmac.compare_digest(self.secret_hash, _hash(secret))
        return is_right and self.revoked_at is None and now < self.expires_at and scope in self.scopes


def new_key(
    name: str, person: PersonId, scopes: frozenset[Scope], now: datetime, life: timedelta
) -> tuple[ApiKey, str]:
    """Return a key and its text, which is shown once and kept nowhere.

    Raises:
        BadInput: No scope, or a life that is not between a minute and a year.
    """
    if not scopes:
        raise BadInput("key without scope", say="A key needs at least one scope.")
    if not timedelta(minutes=1) <= life <= _LONGEST_KEY_LIFE:
        raise BadInput("key life", say="A key lives between a minute and a year.")
    identifier = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(12))
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        id=identifier,
        name=name,
        person=person,
        scopes=scopes,
        secret_hash=_hash(secret),
        created_at=now,
        expires_at=now + life,
    )
    return key, f"dwk_{identifier}_{secret}"


def is_fresh(platform: Platform, signed_in_at: datetime | None, now: datetime) -> bool:
    """Return whether an act may approve something of high risk, as far as the sign-in goes.

    Only the web signs people in for hours; a chat platform and a terminal vouch for every act anew.
    """
    if platform is not Platform.WEB:
        return True
    return signed_in_at is not None and abs(now - signed_in_at) <= FRESH_SIGN_IN


def sign_in_for(path: str, query: str = "") -> str:
    """Return the address of the sign-in that leads to a page of ours, with what was chosen there."""
    for page in (f"{path}?{query}" if query else path, path):
        if local_page(page) == page:
            return f"/sign-in/?next={quote(page, safe='/')}"
    return "/sign-in/"


def local_page(asked: object) -> str:
    """Return the page of ours that somebody asked for, or the first page when it is anything else."""
    if not isinstance(asked, str) or len(asked) > _LONGEST_PAGE:
        return "/"
    path, _, query = asked.partition("?")
    return asked if _PAGE.fullmatch(path) and _QUERY.fullmatch(query) else "/"


def plain_name(typed: str) -> str:
    """Return a typed name in the one spelling that is looked up, so that no other spelling buys more guesses.

    Directories compare without case, without invisible signs and with spaces run together (RFC 4518 §2); so
    is it here, but for the case, which is left to them. Empty: no name that anybody has.
    """
    seen = unicodedata.normalize("NFKC", "".join(sign for sign in typed if not in_table_b1(sign)))
    name = " ".join(seen.split())
    is_odd = any(unicodedata.category(sign).startswith("C") for sign in name)
    return "" if is_odd or len(name) > _LONGEST_NAME else name


def parts_of(text: str) -> tuple[str, str] | None:
    """Return id and secret of a key's text, or None when it has not the form of one."""
    found = _KEY.fullmatch(text)
    return (found[1], found[2]) if found else None


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(b"dogwatch/api-key/1" + secret.encode()).hexdigest()
