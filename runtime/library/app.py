"""The library's port: authenticated JSON over loopback HTTP, computed in a few threads."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.errors import DogwatchError
from runtime.library.desk import LibraryDesk
from runtime.library_access import wire

_THREADS = 3
_REPORT_THREADS = 1
"""Reports take up to a minute, and nobody's question waits for them."""
_LARGEST_BODY = 4 << 20
Asked = TypeVar("Asked", bound=BaseModel)


def library_app(desk: LibraryDesk, secret: bytes) -> Starlette:
    """Return the ASGI app; every call but none carries the shared secret.

    Args:
        desk: Does what is asked.
        secret: From the keys folder that front and library share.
    """
    answers = ThreadPoolExecutor(_THREADS, thread_name_prefix="library")
    reports = ThreadPoolExecutor(_REPORT_THREADS, thread_name_prefix="reports")
    expected = f"Bearer {secret.hex()}".encode()

    def taking(
        kind: type[Asked], do: Callable[[Asked], BaseModel], pool: ThreadPoolExecutor = answers
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode()
            if not hmac.compare_digest(given, expected):
                return Response(status_code=401)
            if int(request.headers.get("content-length") or 0) > _LARGEST_BODY:
                return Response(status_code=413)
            try:
                asked = kind.model_validate_json(await request.body())
            except ValidationError:
                return Response(status_code=400)
            if not desk.is_ready and kind is not Nothing:
                return Response(status_code=503)
            try:
                said = await asyncio.get_running_loop().run_in_executor(pool, do, asked)
            except DogwatchError as error:
                return JSONResponse({"say": error.say, "next_step": error.next_step}, status_code=409)
            return Response(said.model_dump_json(), media_type="application/json")

        return endpoint

    return Starlette(
        routes=[
            Route("/answer", taking(wire.AnswerAsked, desk.answer), methods=["POST"]),
            Route("/search", taking(wire.SearchAsked, desk.search), methods=["POST"]),
            Route("/related", taking(wire.RelatedAsked, desk.related), methods=["POST"]),
            Route("/draft", taking(wire.DraftAsked, desk.draft), methods=["POST"]),
            Route("/gaps", taking(wire.GapsAsked, desk.gaps, reports), methods=["POST"]),
            Route("/findings", taking(wire.FindingsAsked, desk.findings, reports), methods=["POST"]),
            Route("/health", taking(Nothing, desk.health), methods=["POST"]),
        ]
    )


class Nothing(BaseModel):
    """A call that is answered also before the library is ready."""
