"""Sign in, each way that is set up; sign out."""

import asyncio
import hmac
import time
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from domain.errors import NotAllowed, NotFound
from domain.proof.audit import AuditAct
from web.answers import Handler, answered
from web.services import WebServices
from web.signin.accounts import record, recorded, signed_in
from web.signin.ending import end_sign_in
from web.signin.guesses import Tries
from web.signin.limit import TryLimit
from web.signin.passwords import PasswordDesk, does_not_fit, patiently
from web.signin.through_directory import with_directory
from web.signin.through_provider import from_provider, to_provider
from web.signin.through_saml import finished_saml, our_metadata, posted_by_saml, to_saml
from web.signin.typed import typed_in

_STATIC = Path(__file__).parent.parent / "static"


def routes(services: WebServices) -> list[Route]:
    """Return the routes below `/sign-in`."""
    limit = TryLimit(lambda address: _note_crowd(services, address))
    tries: list[tuple[str, Handler, str]] = [
        ("/password", _password(services), "POST"),
        ("/directory", with_directory(services), "POST"),
        ("/saml", to_saml(services), "GET"),
        ("/saml/back", posted_by_saml(services), "POST"),
        ("/saml/finish", finished_saml(services), "GET"),
        ("/oidc", to_provider(services), "GET"),
        ("/oidc/back", from_provider(services), "GET"),
    ]
    others: list[tuple[str, Handler, str]] = [
        ("/", _page, "GET"),
        ("/ways", _ways(services), "GET"),
        ("/out", _out(services), "POST"),
        ("/saml/metadata", our_metadata(services), "GET"),
    ]
    made = [*others, *((path, limit.around(handler), method) for path, handler, method in tries)]
    return [Route(path, answered(handler), methods=[method]) for path, handler, method in made]


async def _page(request: Request) -> Response:
    return FileResponse(_STATIC / "sign-in.html", media_type="text/html; charset=utf-8")


def _ways(services: WebServices) -> Handler:
    async def endpoint(request: Request) -> Response:
        visitor = await services.visitors.by_session(request)
        name = visitor.person.name if visitor is not None else ""
        token = visitor.csrf if visitor is not None else ""
        ways = services.ways
        offered = {
            "passwords": ways.passwords,
            "oidc": ways.oidc is not None,
            "saml": ways.saml is not None,
            "ldap": ways.directory is not None,
            "demo": ways.demo,
        }
        return JSONResponse({**offered, "signed_in_as": name, "csrf": token})

    return endpoint


def _password(services: WebServices) -> Handler:
    desk = PasswordDesk(services.reading)

    async def endpoint(request: Request) -> Response:
        if not services.ways.passwords:
            raise NotFound("passwords are off", say="Nobody signs in with a password of Dogwatch here.")
        began = time.monotonic()
        try:
            return await recorded(services, "password", sign_in(request))
        except NotAllowed:
            await patiently(began)
            raise

    async def sign_in(request: Request) -> Response:
        typed = await typed_in(request)
        tries = Tries(services, request, by_address=True)
        person = await desk.check(typed.name, typed.password, tries)
        if person is None:
            raise does_not_fit()
        now, answer = services.clock.now(), JSONResponse({"to": typed.page})
        tries.remember_browser(answer)
        return await asyncio.to_thread(signed_in, services, person, "password", now, answer)

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
                end_sign_in(uow, cookie.sid, services.clock.now(), {"reason": "signed out"}, door="web")

        await asyncio.to_thread(end)
        services.visitors.forget(cookie.sid)
        answer = JSONResponse({"to": "/sign-in/"})
        services.end(answer)
        return answer

    return endpoint


def _note_crowd(services: WebServices, address: str) -> None:
    facts = {"reason": "too many tries to sign in came from one address", "address": address}
    with services.writing() as uow:
        record(uow, services, AuditAct.REFUSED, "visitor", facts)
