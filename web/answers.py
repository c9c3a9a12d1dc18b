"""The one shape of a refusal, as a page and for programs, and which status each kind of error has."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from html import escape

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from domain.errors import BadInput, DogwatchError, NotAllowed, NotFound, NotNow

log = logging.getLogger("dogwatch.web")


class TooMany(NotNow):
    """Somebody asks more often than is taken."""


_STATUS: tuple[tuple[type[DogwatchError], int], ...] = (
    (NotAllowed, 403),
    (NotFound, 404),
    (BadInput, 422),
    (TooMany, 429),
    (NotNow, 409),
)

Handler = Callable[[Request], Awaitable[Response]]
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark"><title>{heading} · Dogwatch</title>'
    '<link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
    '<link rel="stylesheet" href="/dashboard/static/dashboard.css"></head>'
    '<body><main class="sign-in card" id="main"><h1>{heading}</h1><p>{text}</p>'
    '<p><a href="/sign-in/">Sign in</a> · <a href="/">Chat</a> · <a href="/dashboard/">Feeds</a></p>'
    "</main></body></html>"
)
_MISTYPED = "The address may be mistyped, or belong to something that is gone."
_SENTENCES = {404: "There is nothing at this address.", 405: "This address cannot be asked in that way."}


def status_of(error: DogwatchError) -> int:
    """Return the status of a foreseen error: 503 when another system failed."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 503)


def refusal(status: int, sentence: str) -> JSONResponse:
    """Return a refusal: one sentence."""
    return JSONResponse({"error": sentence}, status_code=status)


async def nowhere(request: Request, error: Exception) -> Response:
    """Answer what no app took: a page for who looks at one, a sentence for a program.

    A line break in a path leads past every mount.
    """
    assert isinstance(error, HTTPException)  # noqa: S101  the handler is registered for nothing else
    answer = _shown(request, error.status_code, sentence_of(error), _MISTYPED)
    answer.headers.update(error.headers or {})
    return answer


def _shown(request: Request, status: int, sentence: str, more: str = "") -> Response:
    """Return a refusal: a page for who looks at one, such as whoever comes back from a provider."""
    if "text/html" not in request.headers.get("accept", ""):
        return refusal(status, sentence)
    heading, text = (sentence, more) if more else ("This did not go through", sentence)
    return HTMLResponse(_PAGE.format(heading=escape(heading), text=escape(text)), status)


def sentence_of(error: HTTPException) -> str:
    """Return what a refusal of a router says in words."""
    return _SENTENCES.get(error.status_code, str(error.detail))


def answered(handler: Handler) -> Handler:
    """Return the handler with every error turned into a sentence."""

    async def endpoint(request: Request) -> Response:
        try:
            return await handler(request)
        except DogwatchError as error:
            log.info("request refused: %s", error)
            return _shown(request, status_of(error), error.sentence())
        except Exception:
            # A border: the person gets a reference, the log gets the rest.
            reference = secrets.token_hex(4)
            log.exception("request failed", extra={"reference": reference})
            said = f"A fault of mine stopped this. An operator finds it in the log under {reference}."
            return _shown(request, 500, said)

    return endpoint
