"""What a browser carries, sealed, while its person is at a provider: ten minutes, for one way only."""

import base64
import binascii
import hmac
import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from domain.errors import NotAllowed
from domain.identity.web_access import local_page
from web.services import WebServices

_ATTEMPT = "dogwatch_sign_in"
_ATTEMPT_SECONDS = 600


def put_attempt(
    services: WebServices, request: Request, answer: Response, way: str, secrets: Sequence[str]
) -> None:
    """Put the secrets of an attempt into the browser, with the page that was asked for."""
    page = local_page(request.query_params.get("next"))
    answer.set_cookie(
        _ATTEMPT,
        sealed(services, [way, *secrets, page], _ATTEMPT_SECONDS),
        max_age=_ATTEMPT_SECONDS,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",  # the provider sends the browser back from its own site
        path="/sign-in",
    )


def attempt_of(services: WebServices, request: Request, way: str) -> tuple[list[str], str]:
    """Return the secrets of the attempt that this browser began, and the page to go on to.

    Raises:
        NotAllowed: It began none, another way, or too long ago.
    """
    told = unsealed(services, request.cookies.get(_ATTEMPT, ""))
    if told is None or told[0] != way:
        raise NotAllowed(
            "no attempt",
            say="This sign-in was not begun in this browser, or too long ago.",
            next_step="Begin again from the sign-in page.",
        )
    return told[1:-1], local_page(told[-1])


def end_attempt(answer: Response) -> None:
    """Take the attempt out of the browser."""
    answer.delete_cookie(_ATTEMPT, path="/sign-in")


def sealed(services: WebServices, words: Sequence[str], seconds: int) -> str:
    """Return words that only we can have written, for so many seconds."""
    until = int(services.clock.now().timestamp()) + seconds
    body = json.dumps([until, *words]).encode()
    return base64.urlsafe_b64encode(services.mac(body) + body).decode()


def unsealed(services: WebServices, text: str) -> list[str] | None:
    """Return the words that we sealed, or None when we did not or it was too long ago."""
    try:
        raw = base64.urlsafe_b64decode(text)
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(raw[:32], services.mac(raw[32:])):
        return None
    until, *words = json.loads(raw[32:])
    return words if until > services.clock.now().timestamp() else None
