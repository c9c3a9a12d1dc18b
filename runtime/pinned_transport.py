"""How httpx reaches an address that others name: https, a public address, and the one that was checked.

A name is resolved once and that address is dialled, so that a resolver that answers differently the second
time changes nothing. Redirects are the caller's matter, and each comes through here again. Where a company's
machines go out by a proxy, that one resolves names and says what may be reached.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from domain.reach import all_public, is_public
from runtime.private_hosts import is_listed

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class PinnedTransport(httpx.AsyncBaseTransport):
    """Reaches public addresses over https, and the hosts that an operator named wherever they are.

    Args:
        listed: Those hosts, as `private_hosts` may list them.
        resolve: Returns the addresses of a host and port.
        by_proxy: Whether the proxy of the environment is used, where there is one.
    """

    def __init__(
        self, listed: frozenset[str] = frozenset(), resolve: Resolve | None = None, *, by_proxy: bool = False
    ) -> None:
        self._listed = frozenset(one if "*" in one or "/" in one else _spelled(one) for one in listed)
        self._resolve = resolve or _resolved
        self._by_proxy = by_proxy
        self._inner = httpx.AsyncHTTPTransport(verify=_trust(), trust_env=False)
        self._proxied: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises `httpx.ConnectError` for an address that may not be reached."""
        url = request.url
        host, port = _spelled(url.host), url.port or (443 if url.scheme == "https" else 80)
        is_named = is_listed(host, self._listed)
        if url.scheme != "https" and not is_named:
            raise httpx.ConnectError("not https", request=request)
        if self._by_proxy and (proxy := _proxy_for(url.scheme, host)):
            if not is_named and _is_address(host) and not is_public(host):
                raise httpx.ConnectError("a private address", request=request)
            return await self._through(proxy).handle_async_request(request)
        try:
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("connect")):
                addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:  # a name of an impossible form is no `OSError`
            raise httpx.ConnectError("the name leads nowhere", request=request) from error
        if not is_named and not all_public(addresses):
            raise httpx.ConnectError("the name leads to a private address", request=request)
        return await self._dialled(request, host, addresses)

    async def _dialled(self, request: httpx.Request, host: str, addresses: Sequence[str]) -> httpx.Response:
        told = {**request.extensions, "sni_hostname": host}
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
        for one in (self._inner, *self._proxied.values()):
            await one.aclose()

    def _through(self, proxy: str) -> httpx.AsyncHTTPTransport:
        if proxy not in self._proxied:
            self._proxied[proxy] = httpx.AsyncHTTPTransport(verify=_trust(), trust_env=False, proxy=proxy)
        return self._proxied[proxy]


def pinned_to(
    addresses: Iterable[str], private: Iterable[str] = (), *, by_proxy: bool = False
) -> Callable[[], PinnedTransport]:
    """Return what makes transports that reach the hosts of an operator's addresses, and public ones."""
    listed = frozenset([*(urlsplit(one).hostname or "" for one in addresses), *private]) - {""}
    return lambda: PinnedTransport(listed, by_proxy=by_proxy)


def _spelled(host: str) -> str:
    """Return a host as resolvers and certificates spell it."""
    try:
        return httpx.URL(scheme="https", host=host).raw_host.decode("ascii")
    except httpx.InvalidURL:
        return host


def _proxy_for(scheme: str, host: str) -> str:
    told = getproxies()
    proxy = told.get(scheme) or told.get("all") or ""
    if not proxy or proxy_bypass(host):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def _resolved(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@cache
def _trust() -> ssl.SSLContext:
    """Return the trusted authorities, read once: reading them takes longer than a request."""
    return httpx.create_ssl_context()
