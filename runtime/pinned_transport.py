"""How httpx reaches an address that others name: https, a public address, and the one that was checked.

A name is resolved once and that address is dialled, so that a resolver that answers differently the second
time changes nothing. Redirects are the caller's matter, and each comes through here again.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cache
from urllib.parse import urlsplit

import httpx

from domain.reach import all_public

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class PinnedTransport(httpx.AsyncBaseTransport):
    """Reaches public addresses over https, and the hosts that an operator named wherever they are.

    Args:
        listed: Those hosts.
        resolve: Returns the addresses of a host and port.
    """

    def __init__(self, listed: frozenset[str] = frozenset(), resolve: Resolve | None = None) -> None:
        self._listed = listed
        self._resolve = resolve or _resolved
        self._inner = httpx.AsyncHTTPTransport(verify=_trust(), trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises `httpx.ConnectError` for an address that may not be reached."""
        url = request.url
        host, port = url.host, url.port or (443 if url.scheme == "https" else 80)
        if url.scheme != "https" and host not in self._listed:
            raise httpx.ConnectError("not https", request=request)
        try:
            addresses = await self._resolve(host, port)
        except OSError as error:
            raise httpx.ConnectError("the name leads nowhere", request=request) from error
        if host not in self._listed and not all_public(addresses):
            raise httpx.ConnectError("the name leads to a private address", request=request)
        return await self._dialled(request, addresses)

    async def _dialled(self, request: httpx.Request, addresses: Sequence[str]) -> httpx.Response:
        told = {**request.extensions, "sni_hostname": request.url.host}
        for place, address in enumerate(addresses, 1):
            pinned = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,  # the name stays in Host, and the certificate is the name's
                stream=request.stream,
                extensions=told,
            )
            try:
                return await self._inner.handle_async_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if place == len(addresses):
                    raise
        raise httpx.ConnectError("the name leads nowhere", request=request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def pinned_to(addresses: Iterable[str], private: Iterable[str] = ()) -> Callable[[], PinnedTransport]:
    """Return what makes transports that reach the hosts of an operator's addresses, and public ones."""
    listed = frozenset([*(urlsplit(one).hostname or "" for one in addresses), *private]) - {""}
    return lambda: PinnedTransport(listed)


async def _resolved(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@cache
def _trust() -> ssl.SSLContext:
    """Return the trusted authorities, read once: reading them takes longer than a request."""
    return httpx.create_ssl_context()
