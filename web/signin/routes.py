"""Sign in with a password or through a provider; sign out."""

import asyncio
import base64
import binascii
import hmac
import json
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from domain.audit import AuditAct, AuditEntry
from domain.chat import Account, Platform
from domain.errors import BadInput, NotAllowed, NotFound
from domain.people import ChatIdentity, Person
from domain.ports.transactions import UnitOfWork
from domain.web_access import SignIn, local_page
from web.answers import Handler, answered
from web.oidc import Attempt, Claims
from web.services import WebServices
from web.signin.passwords import check_password, does_not_fit

_STATIC = Path(__file__).parent.parent / "static"
_ATTEMPT = "dogwatch_sign_in"
_MOST_BYTES = 8192
_ATTEMPT_SECONDS = 600


def routes(services: WebServices) -> list[Route]:
    """Return the routes below `/sign-in`."""
    made: list[tuple[str, Handler, str]] = [
        ("/", _page, "GET"),
        ("/ways", _ways(services), "GET"),
        ("/password", _password(services), "POST"),
        ("/out", _out(services), "POST"),
        ("/oidc", _to_provider(services), "GET"),
        ("/oidc/back", _from_provider(services), "GET"),
    ]
    return [Route(path, answered(handler), methods=[method]) for path, handler, method in made]


async def _page(request: Request) -> Response:
    return FileResponse(_STATIC / "sign-in.html", media_type="text/html; charset=utf-8")


def _ways(services: WebServices) -> Handler:
    async def endpoint(request: Request) -> Response:
        visitor = await services.visitors.by_session(request)
        name = visitor.person.name if visitor is not None else ""
        token = visitor.csrf if visitor is not None else ""
        return JSONResponse({"oidc": services.oidc is not None, "signed_in_as": name, "csrf": token})

    return endpoint


def _password(services: WebServices) -> Handler:
    async def endpoint(request: Request) -> Response:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > _MOST_BYTES:
                raise BadInput("sign-in body", say="That is too long for a name and a password.")
        name, password, page = _name_and_password(bytes(body))
        person = await asyncio.to_thread(_check, services, name, password)
        if person is None:
            raise does_not_fit()
        return await asyncio.to_thread(
            _signed_in, services, person, "password", services.clock.now(), JSONResponse({"to": page})
        )

    return endpoint


def _out(services: WebServices) -> Handler:
    async def endpoint(request: Request) -> Response:
        cookie = services.visitors.cookie(request)
        if cookie is None:
            return JSONResponse({"to": "/sign-in/"})
        if not hmac.compare_digest(cookie.csrf, request.headers.get("x-csrf-token", "")):
            raise NotAllowed(
                "csrf", say="This page is out of date, so nothing was done.", next_step="Reload it."
            )

        def end() -> None:
            with services.writing() as uow:
                found = uow.sign_ins.sign_in(cookie.sid)
                if found is not None:
                    ended = found.model_copy(update={"ended_at": services.clock.now()})
                    uow.sign_ins.save_sign_in(ended)

        await asyncio.to_thread(end)
        services.visitors.forget(cookie.sid)
        answer = JSONResponse({"to": "/sign-in/"})
        services.end(answer)
        return answer

    return endpoint


def _to_provider(services: WebServices) -> Handler:
    async def endpoint(request: Request) -> Response:
        if services.oidc is None:
            raise NotFound("no provider", say="No sign-in provider is set up here.")
        attempt = Attempt.new()
        answer = RedirectResponse(await services.oidc.address(attempt), status_code=303)
        answer.set_cookie(
            _ATTEMPT,
            _seal(services, attempt, local_page(request.query_params.get("next"))),
            max_age=_ATTEMPT_SECONDS,
            httponly=True,
            secure=request.url.scheme == "https",
            samesite="lax",  # the provider sends the browser back from its own site
            path="/sign-in",
        )
        return answer

    return endpoint


def _from_provider(services: WebServices) -> Handler:
    async def endpoint(request: Request) -> Response:
        attempt, to = _open(services, request.cookies.get(_ATTEMPT, ""))
        if services.oidc is None or attempt is None:
            raise NotAllowed(
                "no attempt",
                say="This sign-in was not begun in this browser, or too long ago.",
                next_step="Begin again from the sign-in page.",
            )
        claims = await services.oidc.claims(attempt, dict(request.query_params))
        person = await asyncio.to_thread(_owner, services, claims)
        # A page of our own goes on: a redirect that another site began carries no strict cookie.
        page = f'<!doctype html><meta http-equiv="refresh" content="0; url={to}"><a href="{to}">Go on</a>'
        answer = await asyncio.to_thread(
            _signed_in, services, person, "oidc", claims.proven_at, HTMLResponse(page)
        )
        answer.delete_cookie(_ATTEMPT, path="/sign-in")
        return answer

    return endpoint


def _check(services: WebServices, name: str, password: str) -> Person | None:
    now = services.clock.now()
    with services.writing() as uow:
        person = check_password(uow, name, password, now)
        if person is None:
            _record(uow, services, AuditAct.REFUSED, "visitor", {"reason": "password did not fit"})
    return person


def _owner(services: WebServices, claims: Claims) -> Person:
    """Return whose the provider's account is; a verified address of an allowed domain joins it once."""
    account = Account(platform=Platform.WEB, workspace=claims.issuer[:200], user=claims.subject[:200])
    with services.writing() as uow:
        person = uow.people.find_person(account)
        domain = claims.email.rpartition("@")[2].lower()
        if person is None and claims.is_email_verified and domain in services.mail_domains:
            same = [p for p in uow.people.everybody() if p.email.lower() == claims.email.lower()]
            if len(same) == 1:
                person = same[0]
                now = services.clock.now()
                uow.people.link(ChatIdentity(account=account, person=person.id, linked_at=now))
                _record(uow, services, AuditAct.ACCOUNT_LINKED, person.id, {"by": "verified address"})
        if person is None or not person.is_active:
            _record(uow, services, AuditAct.REFUSED, "visitor", {"reason": "unknown account"})
    if person is None or not person.is_active:
        raise NotAllowed(
            f"oidc account without person: {claims.subject}",
            say="The provider knows you, but I have no active person for that account.",
            next_step="Ask an administrator to add you or to link the account.",
        )
    return person


def _signed_in(
    services: WebServices, person: Person, method: str, proven_at: datetime | None, answer: Response
) -> Response:
    now = services.clock.now()
    sid = services.begin(answer, person, proven_at)
    with services.writing() as uow:
        uow.sign_ins.save_sign_in(SignIn(sid=sid, person=person.id, method=method, began_at=now, seen_at=now))
        own = Account(platform=Platform.WEB, workspace=services.visitors.workspace, user=person.id)
        if uow.people.find_person(own) is None:
            uow.people.link(ChatIdentity(account=own, person=person.id, linked_at=now))
        _record(uow, services, AuditAct.SIGNED_IN, person.id, {"method": method})
    return answer


def _record(uow: UnitOfWork, services: WebServices, act: AuditAct, actor: str, facts: dict[str, str]) -> None:
    uow.audit.append(
        AuditEntry(at=services.clock.now(), act=act, actor=actor, subject="sign-in", door="web", facts=facts)
    )


def _name_and_password(body: bytes) -> tuple[str, str, str]:
    """Return name, password, and the page to go on to."""
    try:
        told = json.loads(body)
        name, password = told["name"], told["password"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadInput("malformed sign-in", say="I could not read what this page sent.") from error
    if not isinstance(name, str) or not isinstance(password, str):
        raise BadInput("malformed sign-in", say="I could not read what this page sent.")
    return name, password, local_page(told.get("next"))


def _seal(services: WebServices, attempt: Attempt, page: str) -> str:
    until = int(services.clock.now().timestamp()) + _ATTEMPT_SECONDS
    body = json.dumps([attempt.state, attempt.nonce, attempt.verifier, until, page]).encode()
    return base64.urlsafe_b64encode(services.mac(body) + body).decode()


def _open(services: WebServices, sealed: str) -> tuple[Attempt | None, str]:
    try:
        raw = base64.urlsafe_b64decode(sealed)
    except (binascii.Error, ValueError):
        return None, "/"
    if not hmac.compare_digest(raw[:32], services.mac(raw[32:])):
        return None, "/"
    state, nonce, verifier, until, page = json.loads(raw[32:])
    is_live = until > services.clock.now().timestamp()
    return (Attempt(state, nonce, verifier) if is_live else None), local_page(page)
