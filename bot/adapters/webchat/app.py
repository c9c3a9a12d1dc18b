"""Assemble the web chat's ASGI app; the roof mounts it, with a trailing slash, wherever it likes."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bot.adapters.webchat import acts, reading, uploads
from bot.adapters.webchat.adapter import WebChatAdapter
from bot.adapters.webchat.door import SignIns, WebDoor, acting, guarded
from bot.adapters.webchat.page_frame import nowhere
from bot.adapters.webchat.settings import WebChatSettings
from bot.adapters.webchat.shield import Shield
from bot.door import Desk
from domain.ports.web_chat import ReadMarks

_STATIC = Path(__file__).parent / "static"


def webchat_app(
    desk: Desk,
    adapter: WebChatAdapter,
    marks: ReadMarks,
    settings: WebChatSettings,
    sign_ins: SignIns | None = None,
) -> ASGIApp:
    """Return the web chat; `sign_ins` knows the sign-ins of real people.

    Connections to `/api/events` stay open: call `adapter.live.close()` when the server is asked to stop.
    """
    door = WebDoor(desk, adapter, marks, settings, sign_ins)
    routes = [
        Route("/", _page),
        Route("/api/me", reading.me(door)),
        Route("/api/enter", reading.enter(door), methods=["POST"]),
        Route("/api/leave", acting(door, reading.leave), methods=["POST"]),
        Route("/api/messages", guarded(door, reading.messages)),
        Route("/api/messages", acting(door, acts.write), methods=["POST"]),
        Route("/api/press", acting(door, acts.press), methods=["POST"]),
        Route("/api/submit", acting(door, acts.submit), methods=["POST"]),
        Route("/api/menu", acting(door, acts.menu), methods=["POST"]),
        Route("/api/uploads", acting(door, uploads.upload), methods=["POST"]),
        Route("/api/read", acting(door, reading.read_upto), methods=["POST"]),
        Route("/api/events", guarded(door, reading.events, is_used=False)),
        Route("/api/files/{message}/{position:int}", guarded(door, uploads.download)),
        # Scripts and styles alone: the size of a packed answer could give its CSRF token away.
        Mount("/static", GZipMiddleware(StaticFiles(directory=_STATIC), compresslevel=6)),
    ]
    return Shield(Starlette(routes=routes, exception_handlers={HTTPException: nowhere}))


async def _page(request: Request) -> Response:
    return FileResponse(_STATIC / "index.html", media_type="text/html; charset=utf-8")
