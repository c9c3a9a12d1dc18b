"""What a front serves over HTTP: the doors, its own pages and answers, and how it is."""

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.adapters.webchat.shield import HEADERS
from runtime.processes.health import UP, Health
from runtime.settings.house import Settings
from runtime.wiring.intake import front_routes
from runtime.wiring.pictures import picture_route
from runtime.wiring.stores import Stores
from web.answers import nowhere

_AS_TYPED = ("/about", "/dashboard", "/sign-in")
"""Pages as people type them, without the slash that they end in."""
_PRESSED_PATHS = frozenset({"/slack"})


def front_app(
    health: Health,
    settings: Settings,
    stores: Stores,
    wake: Callable[[], None],
    mounts: Sequence[tuple[str, ASGIApp]],
) -> ASGIApp:
    """Return everything that is served; `mounts` are the paths and apps of the doors."""

    async def told(request: Request) -> Response:
        parts = await health.parts()
        is_well = all(state == UP for state in parts.values())
        # Without a database no act can be kept: whoever leads people here should lead them elsewhere.
        status = 503 if parts["database"] != UP else 200
        return JSONResponse({"status": "ok" if is_well else "degraded", "parts": parts}, status, HEADERS)

    routes: list[BaseRoute] = [Route("/healthz", told), picture_route(settings)]
    routes += [Route(path, _with_slash) for path in _AS_TYPED]
    routes += front_routes(settings, stores, wake)
    routes += [Mount(path, app=app) for path, app in mounts]
    house = Starlette(routes=routes, exception_handlers={HTTPException: nowhere})
    return _Shortcut(house, mounts)


async def _with_slash(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{request.url.path}/{query}")


class _Shortcut:
    """Leads presses straight to their door: a fifth of what acknowledging one takes is finding the way there.

    Args:
        house: Takes every other request.
        mounts: Paths and doors; those of chat platforms are taken from here.
    """

    def __init__(self, house: ASGIApp, mounts: Sequence[tuple[str, ASGIApp]]) -> None:
        self._house = house
        self._doors = [(f"{path}/", app) for path, app in mounts if path in _PRESSED_PATHS]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            for path, app in self._doors:
                if scope["path"].startswith(path):
                    return await app(scope, receive, send)
        return await self._house(scope, receive, send)
