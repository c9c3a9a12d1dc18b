"""Sign-in through an OpenID Connect provider: there, and back."""

import asyncio

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from domain.errors import NotFound
from web.answers import Handler
from web.oidc import Attempt, Claims, OidcProvider
from web.services import WebServices
from web.signin.accounts import Vouched, owner_of, recorded, signed_in
from web.signin.attempts import attempt_of, end_attempt, put_attempt

WAY = "oidc"


def to_provider(services: WebServices) -> Handler:
    """Return what sends a browser to the provider."""

    async def endpoint(request: Request) -> Response:
        attempt = Attempt.new()
        asked = recorded(services, WAY, _provider(services).address(attempt))
        answer = RedirectResponse(await asked, status_code=303)
        put_attempt(services, request, answer, WAY, [attempt.state, attempt.nonce, attempt.verifier])
        return answer

    return endpoint


def from_provider(services: WebServices) -> Handler:
    """Return what takes a browser back from the provider."""

    async def endpoint(request: Request) -> Response:
        return await recorded(services, WAY, come_back(request))

    async def come_back(request: Request) -> Response:
        provider = _provider(services)
        secrets, page = attempt_of(services, request, WAY)
        claims = await provider.claims(Attempt(*secrets), dict(request.query_params))
        person = await asyncio.to_thread(owner_of, services, _vouched(claims))
        answer = await asyncio.to_thread(signed_in, services, person, WAY, claims.proven_at, goes_on(page))
        end_attempt(answer)
        return answer

    return endpoint


def goes_on(page: str) -> HTMLResponse:
    """Return a page of our own that leads on: a redirect that another site began carries no strict cookie."""
    return HTMLResponse(
        f'<!doctype html><meta http-equiv="refresh" content="0; url={page}"><a href="{page}">Go on</a>'
    )


def _provider(services: WebServices) -> OidcProvider:
    if services.ways.oidc is None:
        raise NotFound("no provider", say="No sign-in provider is set up here.")
    return services.ways.oidc


def _vouched(claims: Claims) -> Vouched:
    return Vouched(WAY, claims.issuer, claims.subject, claims.email, claims.is_email_verified)
