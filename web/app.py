"""The web room as ASGI apps by path; the roof puts its shield in front and mounts them."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from web.answers import nowhere
from web.api.app import api_app
from web.pages import routes as pages
from web.pages.reference import reference_page
from web.services import WebServices
from web.signin import routes as signin

_ABOUT = Path(__file__).parent / "static" / "about.html"


def web_apps(services: WebServices) -> list[tuple[str, ASGIApp]]:
    """Return every app of the room with the path it belongs at."""
    api = api_app(services)
    shown = reference_page(services, api.openapi, pages.Pages(services).page)
    api.router.routes.append(Route("/docs", shown))
    # A board of 400 feeds packs to a twentieth; no secret stands there that its size could give away.
    packed = Middleware(GZipMiddleware, compresslevel=6)
    return [
        ("/api/v1", api),
        ("/about", Starlette(routes=[Route("/", _about)], exception_handlers={HTTPException: nowhere})),
        ("/sign-in", Starlette(routes=signin.routes(services), exception_handlers={HTTPException: nowhere})),
        ("/dashboard", Starlette(routes=pages.routes(services), middleware=[packed])),
    ]


async def _about(request: Request) -> Response:
    """Show privacy and terms: whoever installs the app in a chat reads them before there is an account."""
    return FileResponse(_ABOUT, media_type="text/html; charset=utf-8")
