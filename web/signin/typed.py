"""A name and a password as the sign-in page sends them: bounded, and of the right form."""

import json
from dataclasses import dataclass, field

from starlette.requests import Request

from domain.errors import BadInput
from domain.identity.web_access import local_page

_MOST_BYTES = 8192


@dataclass(frozen=True)
class Typed:
    """What somebody typed, and the page of ours to go on to."""

    name: str
    password: str = field(repr=False)
    page: str


async def typed_in(request: Request) -> Typed:
    """Return what was typed.

    Raises:
        BadInput: It is too long, or not what our page sends.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            raise BadInput("sign-in body", say="That is too long for a name and a password.")
    try:
        told = json.loads(bytes(body))
        name, password, page = told["name"], told["password"], told.get("next")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _malformed() from error
    if not isinstance(name, str) or not isinstance(password, str):
        raise _malformed()
    return Typed(name, password, local_page(page))


def _malformed() -> BadInput:
    return BadInput("malformed sign-in", say="I could not read what this page sent.")
