"""Sign-in through a SAML identity provider: there by redirect, back by a post of another site.

That post carries no cookie of ours, so it only has its assertion checked and used up; what it says waits for
a minute under a ticket, and the browser that began comes for it by itself, with its cookie.
"""

import asyncio
import base64
import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.errors import BadInput, NotFound
from domain.identity.web_access import MarkKind, SignInMark
from web.answers import Handler
from web.saml.document import MOST_BYTES, refused
from web.services import WebServices
from web.signin.accounts import Vouched, owner_of, recorded, signed_in
from web.signin.attempts import attempt_of, end_attempt, put_attempt
from web.signin.through_provider import goes_on

if TYPE_CHECKING:  # what checks signatures is imported when a provider is set up
    from web.saml.assertion import SamlClaims
    from web.saml.provider import SamlProvider

WAY = "saml"
_MOST_POSTED = 2 * MOST_BYTES
_MOST_FIELDS = 10
_TICKET_LIVES = timedelta(minutes=1)
_LEEWAY_SECONDS = 60
_ONCE = bytes(12)
"""Each ticket makes a key of its own, which seals one text."""


def to_saml(services: WebServices) -> Handler:
    """Return what sends a browser to the identity provider; who is signed in has to prove it anew."""

    async def endpoint(request: Request) -> Response:
        provider = _provider(services)
        asks_anew = await services.visitors.by_session(request) is not None
        asked = f"_{secrets.token_hex(20)}"  # an id may not begin with a digit
        address = provider.address(asked, asks_anew=asks_anew)
        answer = RedirectResponse(await recorded(services, WAY, address), status_code=303)
        since = str(int(services.clock.now().timestamp())) if asks_anew else ""
        put_attempt(services, request, answer, WAY, [asked, since])
        return answer

    return endpoint


def posted_by_saml(services: WebServices) -> Handler:
    """Return what takes the response that the provider has a browser post."""

    async def endpoint(request: Request) -> Response:
        return await recorded(services, WAY, take(request))

    async def take(request: Request) -> Response:
        provider = _provider(services)
        claims = await provider.claims(await _response_in(request))
        ticket = secrets.token_urlsafe(32)
        await asyncio.to_thread(_keep, services, claims, ticket)
        return RedirectResponse(f"/sign-in/saml/finish?ticket={ticket}", status_code=303)

    return endpoint


def finished_saml(services: WebServices) -> Handler:
    """Return what signs in the browser that began, with what was posted for it."""

    async def endpoint(request: Request) -> Response:
        return await recorded(services, WAY, finish(request))

    async def finish(request: Request) -> Response:
        _provider(services)
        ticket = request.query_params.get("ticket", "")
        told = await asyncio.to_thread(_take, services, ticket)
        page = _page_for(services, request, told)
        vouched = Vouched(WAY, told["issuer"], told["subject"], told["email"], True)
        person = await asyncio.to_thread(owner_of, services, vouched)
        proven_at = datetime.fromtimestamp(float(told["proven_at"]), UTC)
        answer = await asyncio.to_thread(signed_in, services, person, WAY, proven_at, goes_on(page))
        end_attempt(answer)
        return answer

    return endpoint


def our_metadata(services: WebServices) -> Handler:
    """Return what shows our metadata."""

    async def endpoint(request: Request) -> Response:
        return Response(_provider(services).metadata(), media_type="application/samlmetadata+xml")

    return endpoint


def _provider(services: WebServices) -> "SamlProvider":
    if services.ways.saml is None:
        raise NotFound("no identity provider", say="No SAML identity provider is set up here.")
    return services.ways.saml


async def _response_in(request: Request) -> str:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_POSTED:
            raise refused("the post is too large")
    try:
        fields = parse_qsl(body.decode("ascii"), max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise BadInput("malformed post", say="I could not read what the identity provider sent.") from error
    found = [value for name, value in fields if name == "SAMLResponse"]
    if len(found) != 1:
        raise BadInput("no single SAMLResponse", say="I could not read what the identity provider sent.")
    return found[0]


def _keep(services: WebServices, claims: "SamlClaims", ticket: str) -> None:
    """Use an assertion up, and keep what it says for the browser that began; both or nothing."""
    now = services.clock.now()
    told = {
        "issuer": claims.issuer,
        "subject": claims.subject,
        "email": claims.email,
        "proven_at": str(claims.proven_at.timestamp()),
        "answers": claims.answers,
    }
    used = _hash(f"{claims.issuer}\0{claims.assertion_id}")
    with services.writing() as uow:
        uow.sign_in_marks.tidy(now)
        if not uow.sign_in_marks.take(SignInMark(kind=MarkKind.ASSERTION, key=used, until=claims.until)):
            raise refused("the assertion was used before")
        uow.sign_in_marks.save(
            SignInMark(
                kind=MarkKind.SAML_TICKET,
                key=_hash(ticket),
                until=now + _TICKET_LIVES,
                text=_sealed(ticket, told),
            )
        )


def _take(services: WebServices, ticket: str) -> dict[str, str]:
    """Return what was kept under a ticket, once."""
    with services.writing() as uow:
        mark = uow.sign_in_marks.find(MarkKind.SAML_TICKET, _hash(ticket), services.clock.now())
        uow.sign_in_marks.drop(MarkKind.SAML_TICKET, _hash(ticket))
    if mark is None:
        raise refused("the ticket is unknown, used or over")
    return _opened(ticket, mark.text)


def _page_for(services: WebServices, request: Request, told: dict[str, str]) -> str:
    """Return the page to go on to; raises `NotAllowed` when this browser did not ask what was answered."""
    if not told["answers"]:
        return "/"  # the provider came by itself, which an operator allowed
    (asked, since), page = attempt_of(services, request, WAY)
    if not compare_digest(asked.encode(), told["answers"].encode()):
        raise refused("the response answers another browser's request")
    if since and float(told["proven_at"]) < float(since) - _LEEWAY_SECONDS:
        raise refused("the provider did not ask anew")
    return page


def _sealed(ticket: str, told: dict[str, str]) -> str:
    """Return what an assertion said so that only the ticket opens it: it holds a mail address."""
    raw = _box(ticket).encrypt(_ONCE, json.dumps(told).encode(), None)
    return base64.b64encode(raw).decode()


def _opened(ticket: str, text: str) -> dict[str, str]:
    told: dict[str, str] = json.loads(_box(ticket).decrypt(_ONCE, base64.b64decode(text), None))
    return told


def _box(ticket: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"dogwatch/saml-ticket/1" + ticket.encode()).digest())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
