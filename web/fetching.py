"""Fetch from a sign-in provider: bounded in time and size, over https, and no redirect is followed."""

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

import httpx

from domain.errors import OutsideTrouble

_SECONDS = 10.0
_ALL_SECONDS = 20.0
"""For an answer as a whole: one that comes byte by byte would be waited for without end."""
_UNPACKED = {"accept-encoding": "identity"}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
Transport = Callable[[], httpx.AsyncBaseTransport | None]


def is_safe(address: str) -> bool:
    """Return whether an address is https, or on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


async def fetched(
    method: str,
    address: str,
    *,
    most_bytes: int,
    data: Mapping[str, str] | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
    transport: Transport = lambda: None,
    all_seconds: float = _ALL_SECONDS,
) -> tuple[int, bytes]:
    """Return status and body of an answer.

    The transport decides which machines may be reached; without one any.

    Raises:
        OutsideTrouble: There was none, or it is too large.
    """
    try:
        async with (
            asyncio.timeout(all_seconds),
            httpx.AsyncClient(
                timeout=_SECONDS, follow_redirects=False, trust_env=False, transport=transport()
            ) as client,
            client.stream(method, address, data=data, headers={**headers, **_UNPACKED}) as answer,
        ):
            if answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
                raise _away("its answer is packed, so that nobody knows how large it is")
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > most_bytes:
                    raise _away("its answer is too large")
    except (httpx.HTTPError, TimeoutError) as error:
        raise _away(type(error).__name__) from error
    return answer.status_code, bytes(body)


def _away(why: str) -> OutsideTrouble:
    return OutsideTrouble(
        f"sign-in provider: {why}",
        say="The sign-in provider does not answer.",
        next_step="Try again in a minute.",
    )
