"""One HTTP service, over the socket. The broker adds the credential, so it never enters the sandbox.

A dry run lets reading through and notes changes; what was noted is what later reads of that path show.
"""

import json
import ssl
from functools import cache
from urllib.parse import unquote

import httpx

from remediation.broker.credentials import Credential
from remediation.broker.grants import Grant
from remediation.broker.targets import HttpTarget
from remediation.broker.wire import Request, Response, said

_READING = frozenset({"GET", "HEAD"})
_CHANGING = frozenset({"PUT", "POST", "PATCH", "DELETE"})
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_MOST_BYTES = 8 * 2**20
_UNPACKED_AGAIN = 2


class HttpGate:
    """Answers one script. Paths are taken as they came; a path can not change the host."""

    def __init__(self, grant: Grant, target: HttpTarget, credential: Credential | None) -> None:
        self._grant = grant
        self._base = target.base_url.rstrip("/")
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if credential is not None:
            self._headers[target.header] = f"{target.prefix}{credential.secret}"

    async def handle(self, request: Request) -> Response:
        """Pass one request on, or note it."""
        if leads_elsewhere(request):
            return self._grant.refuse(f"the path {request.path[:100]}")
        if request.method in _READING:
            return await self._read(request)
        if request.method not in _CHANGING:
            return self._grant.refuse(f"the method {request.method[:20]}", status=405)
        if not self._grant.may_write:
            return self._grant.refuse(f"{request.method} {request.path[:100]}, which the plan may only read")
        if self._grant.is_preview:
            return await self._noted(request)
        return await self._sent(request)

    async def _read(self, request: Request) -> Response:
        if request.path in self._grant.overlay.values:
            content = self._grant.overlay.values[request.path]
            return said(404, error="gone") if content is None else Response(200, content)
        return await self._sent(request)

    async def _noted(self, request: Request) -> Response:
        before = await self._read(Request("GET", request.path, request.words, request.query, b""))
        shown = _text(before.body) if before.status == 200 else "nothing"
        after = "nothing" if request.method == "DELETE" else _text(request.body)
        self._grant.note(f"{request.method} {request.path}", before=shown, after=after)
        self._grant.hold(request.path, None if request.method == "DELETE" else request.body)
        return said(200, is_preview=True)

    async def _sent(self, request: Request) -> Response:
        headers = dict(self._headers)
        if request.method in _CHANGING:
            headers["Idempotency-Key"] = self._grant.key
        if request.body:
            headers["Content-Type"] = "application/json"
        try:
            # trust_env is off: a proxy variable would send credentials somewhere else.
            async with (
                httpx.AsyncClient(
                    timeout=_TIMEOUT, trust_env=False, follow_redirects=False, verify=_trust()
                ) as client,
                client.stream(
                    request.method, self._base + request.path, content=request.body or None, headers=headers
                ) as answer,
            ):
                return await _bounded(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return said(502, error=f"{self._grant.target} did not answer: {type(error).__name__}")


async def _bounded(answer: httpx.Response) -> Response:
    """Return an answer that fits into the runner's memory; what comes packed may grow a thousandfold."""
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        return said(502, error="the answer is packed, which was not asked for")
    content = bytearray()
    async for chunk in answer.aiter_raw():
        content += chunk
        if len(content) > _MOST_BYTES:
            return said(502, error="the answer is too large")
    return Response(
        answer.status_code, bytes(content), answer.headers.get("content-type", "application/json")
    )


def leads_elsewhere(request: Request) -> bool:
    """Tell whether a path could end outside of the base address, however the service reads it.

    Some unpack `%2F` first, some unpack twice, and some take `..;x` for `..`.
    """
    words = request.words
    for _ in range(_UNPACKED_AGAIN):
        words = tuple(unquote(word) for word in words)
    parts = [part for word in words for part in word.replace("\\", "/").split("/")]
    climbs = any(part.partition(";")[0].strip() == ".." for part in parts)
    return climbs or "\\" in request.path or "//" in request.path


@cache
def _trust() -> ssl.SSLContext:
    """Return the machine's trusted authorities, read once: reading them takes longer than a request."""
    return ssl.create_default_context()


def _text(body: bytes) -> str:
    """Return JSON with sorted keys, so that equal values read equal; anything else as text."""
    try:
        return json.dumps(json.loads(body), sort_keys=True)
    except ValueError:
        return body.decode("utf-8", "replace")
