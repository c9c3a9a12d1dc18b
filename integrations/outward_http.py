"""Speak HTTP with a service that carries messages out: verified, bounded, its troubles in our words."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from domain.errors import BadInput, OutsideTrouble
from integrations.held_connections import UNPACKED, refuse_packed

_ALL_SECONDS = 20.0
_MOST_BYTES = 1 << 20
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# What will never work for this message, while others may: the address or the form of it is wrong.
_FINAL = frozenset({400, 404, 410, 413, 422})


@dataclass(frozen=True)
class Answered:
    """An answer: its status and its JSON (Any: it is the service's; None when it is no JSON)."""

    status: int
    body: Any


class OutwardHttp:
    """Calls one service.

    Args:
        name: What people call it, such as “the text message service”.
        base_url: https, or http on this machine only.
        auth: User and password, when it wants them.
        seconds: For one call altogether.

    Raises:
        BadInput: The address would be spoken to in clear, or holds a password.
    """

    def __init__(
        self, name: str, base_url: str, auth: tuple[str, str] | None = None, seconds: float = _ALL_SECONDS
    ) -> None:
        parts = urlsplit(base_url)
        is_clear = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not parts.hostname or not (parts.scheme == "https" or is_clear):
            raise BadInput(f"{name} without https", say=f"The address of {name} must begin with https.")
        if parts.username or parts.password:
            raise BadInput(f"{name} with a password", say=f"The address of {name} must hold no password.")
        self._name = name
        self._base_url = base_url
        self._auth = auth
        self._seconds = seconds

    async def call(
        self,
        method: str,
        path: str = "",
        *,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Return the answer of a call that was taken.

        Raises:
            OutsideTrouble: It was refused, or there was no answer.
        """
        address = f"{self._base_url.rstrip('/')}{path}" if path else self._base_url
        try:
            async with (
                asyncio.timeout(self._seconds),
                httpx.AsyncClient(
                    auth=self._auth, headers=UNPACKED, timeout=self._seconds, follow_redirects=False
                ) as client,
                client.stream(
                    method, address, data=form, params=query, content=content, headers=headers
                ) as response,
            ):
                body = await self._content(response)
        except (TimeoutError, httpx.TimeoutException):
            raise self._trouble("no answer in time", "did not answer in time") from None
        except httpx.HTTPError as error:
            # Named by its kind only: its text may hold the request with what it carries.
            raise self._trouble(type(error).__name__, "can't be reached") from None
        answered = Answered(response.status_code, _json(body))
        if not 200 <= answered.status < 300:
            raise self._refusal(answered)
        return answered

    async def _content(self, response: httpx.Response) -> bytes:
        refuse_packed(response)
        pieces = bytearray()
        async for piece in response.aiter_bytes():
            pieces += piece
            if len(pieces) > _MOST_BYTES:
                raise self._trouble("too large", "answered more than it should")
        return bytes(pieces)

    def _refusal(self, answered: Answered) -> OutsideTrouble:
        # Its own words stay out: they may repeat what we sent.
        code = answered.body.get("code") if isinstance(answered.body, dict) else None
        detail = f"status {answered.status}" + (f" code {code}" if isinstance(code, int) else "")
        if answered.status in (401, 403):
            return self._trouble(detail, "refused our key")
        return self._trouble(detail, f"refused it ({detail})", is_final=answered.status in _FINAL)

    def _trouble(self, detail: str, say: str, *, is_final: bool = False) -> OutsideTrouble:
        error = OutsideTrouble(f"{self._name}: {detail}", say=f"{self._name} {say}")
        error.is_final = is_final
        return error


def _json(body: bytes) -> Any:  # Any: it is the service's
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return None
