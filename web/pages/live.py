"""Tell open pages that something changed: server-sent events that carry a version, never data."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from domain.errors import OutsideTrouble
from web.services import WebServices
from web.visitors import Visitor

_LOOK_SECONDS = 2.0
_STILL_HERE = "event: here\ndata: -\n\n"
"""A comment would not be heard: pages that hear nothing for a while take their connection for dead."""
_AT_MOST_SECONDS = 900.0
"""A connection ends after this long; the browser comes again and is checked again."""


def live(services: WebServices) -> Callable[[Request, Visitor], Awaitable[Response]]:
    """Return the endpoint that pages listen to."""

    async def endpoint(request: Request, visitor: Visitor) -> Response:
        return StreamingResponse(
            _versions(services, request),
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
        )

    return endpoint


async def _versions(services: WebServices, request: Request) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    last = ""
    for _ in range(int(_AT_MOST_SECONDS / _LOOK_SECONDS)):
        if await request.is_disconnected() or services.is_stopping():
            return
        try:
            version = await asyncio.to_thread(services.health.version)
        except OutsideTrouble:
            version = last
        yield f"event: version\ndata: {version}\n\n" if version != last else _STILL_HERE
        last = version
        await asyncio.sleep(_LOOK_SECONDS)
