"""Sign in, each way that is set up; sign out."""

import asyncio
import hmac
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from domain.audit import AuditAct
from domain.errors import NotAllowed, NotFound
from domain.people import Person
from domain.web_access import MarkKind
from web.answers import Handler, answered
from web.services import WebServices
from web.signin.accounts import record, signed_in
from web.signin.passwords import check_password, does_not_fit
from web.signin.through_directory import with_directory
from web.signin.through_provider import from_provider, to_provider
from web.signin.through_saml import finished_saml, our_metadata, posted_by_saml, to_saml
from web.signin.typed import typed_in

_STATIC = Path(__file__).parent.parent / "static"


def routes(services: WebServices) -> list[Route]:
    """Return the routes below `/sign-in`."""
    made: list[tuple[str, Handler, str]] = [
        ("/", _page, "GET"),
        ("/ways", _ways(services), "GET"),
        ("/password", _password(services), "POST"),
        ("/directory", with_directory(services), "POST"),
        ("/out", _out(services), "POST"),
        ("/saml", to_saml(services), "GET"),
        ("/saml/back", posted_by_saml(services), "POST"),
        ("/saml/finish", finished_saml(services), "GET"),
        ("/saml/metadata", our_metadata(services), "GET"),
        ("/oidc", to_provider(services), "GET"),
        ("/oidc/back", from_provider(services), "GET"),
    ]
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
    async def endpoint(request: Request) -> Response:
        if not services.ways.passwords:
            raise NotFound("passwords are off", say="Nobody signs in with a password of Dogwatch here.")
        typed = await typed_in(request)
        person = await asyncio.to_thread(_check, services, typed.name, typed.password)
        if person is None:
            raise does_not_fit()
        return await asyncio.to_thread(
            signed_in, services, person, "password", services.clock.now(), JSONResponse({"to": typed.page})
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
                    record(uow, services, AuditAct.SESSION_ENDED, found.person, {"reason": "signed out"})
                uow.sign_in_marks.drop(MarkKind.DIRECTORY_SESSION, cookie.sid)

        await asyncio.to_thread(end)
        services.visitors.forget(cookie.sid)
        answer = JSONResponse({"to": "/sign-in/"})
        services.end(answer)
        return answer

    return endpoint


def _check(services: WebServices, name: str, password: str) -> Person | None:
    now = services.clock.now()
    with services.writing() as uow:
        person = check_password(uow, name, password, now)
        if person is None:
            facts = {"method": "password", "reason": "password did not fit"}
            record(uow, services, AuditAct.REFUSED, "visitor", facts)
    return person
