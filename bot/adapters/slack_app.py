"""Slack's HTTP requests: size and signature first, over raw bytes, then parsing, then the door.

Bolt alone parses an unsigned body of any size before it looks at the signature, and answers 500 to some
malformed ones; that is why this stands in front of it.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from slack_bolt.response import BoltResponse
from yarl import URL

from bot.adapters.slack_signature import is_genuine, signed_at

log = logging.getLogger("dogwatch.slack")

MOST_BYTES = 1024 * 1024
_BODY_SECONDS = 10.0
_MOST_FIELDS = 100

# Any: the ASGI protocol's own shapes.
_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Dispatch = Callable[[dict[str, Any]], Awaitable[BoltResponse]]


class _Refused(Exception):  # noqa: N818  ends the reading of a request with a status
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class SlackHttp:
    """An ASGI app; mount it where Slack's request address points."""

    def __init__(self, signing_secret: str, dispatch: Dispatch) -> None:
        if not signing_secret.strip():
            raise ValueError("without a signing secret anybody could act for anybody")
        self._secret = signing_secret
        self._dispatch = dispatch

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            raise TypeError(f"not a request: {scope['type']}")
        try:
            payload = await self._payload(scope, receive)
        except _Refused as refused:
            log.info("request refused: %s", refused)
            await _respond(send, refused.status, [], b"")
            return
        response = await self._dispatch(payload)
        body = response.body if isinstance(response.body, str) else json.dumps(response.body)
        headers = [
            (name.encode(), value.encode()) for name, values in response.headers.items() for value in values
        ]
        await _respond(send, response.status, headers, body.encode())

    async def _payload(self, scope: _Scope, receive: _Receive) -> dict[str, Any]:
        if scope["method"] != "POST":
            raise _Refused(405, "not a POST")
        headers: list[tuple[bytes, bytes]] = list(scope["headers"])
        signed = signed_at(headers, time.time())
        if signed is None:
            raise _Refused(401, "no timely signature")
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _body(headers, receive)
        except TimeoutError:
            raise _Refused(408, "the body did not arrive") from None
        if not is_genuine(self._secret, *signed, body):
            raise _Refused(401, "wrong signature")
        payload = _parsed(body, dict(headers).get(b"content-type", b""))
        if payload is None:
            raise _Refused(400, "signed, but no payload")
        return payload


async def _body(headers: list[tuple[bytes, bytes]], receive: _Receive) -> bytes:
    for name, value in headers:
        if name.lower() == b"content-length" and (
            not value.isdigit() or len(value) > 12 or int(value) > MOST_BYTES
        ):
            raise _Refused(413, "announced more than 1 MiB")
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Refused(400, "hung up")
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            raise _Refused(413, "more than 1 MiB")
        if not message.get("more_body"):
            return bytes(body)


def _parsed(body: bytes, content_type: bytes) -> dict[str, Any] | None:
    """Return the payload: JSON, a form, or JSON in a form's `payload`."""
    try:
        text = body.decode()
        if content_type.split(b";")[0].strip().lower() == b"application/json":
            found = json.loads(text)
        else:
            form = _form(text)
            found = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found else None


def _form(text: str) -> dict[str, str]:
    """Return the fields of a form. Written in C: the standard library takes most of a request's time for it.

    Raises:
        ValueError: More fields than any request of Slack's has.
    """
    if text.count("&") >= _MOST_FIELDS:
        raise ValueError("too many fields")
    return dict(URL.build(query_string=text, encoded=True).query.items())


async def _respond(send: _Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*kept, length]})
    await send({"type": "http.response.body", "body": body})


async def _live(receive: _Receive, send: _Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
