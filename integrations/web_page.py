"""Fetch one page for the library: allow-listed host, https, no private address, bounded in size and time.

The name is resolved once and that address is dialled, so that a resolver which answers differently the
second time changes nothing; a redirect is an answer like any other and is refused.
"""

import http.client
import socket
import ssl
from contextlib import closing
from urllib.parse import quote, urlsplit

import httpx

from domain.errors import BadInput, OutsideTrouble
from domain.reach import all_public
from integrations.held_connections import HeldConnections

_SECONDS = 15.0
_ALL_SECONDS = 120.0
_BLOCK = 64 * 1024
_OF_ADDRESSES = "/%:@!$&'()*+,;=?-._~[]"
"""What stands in an address as it is; a letter of another alphabet is spelt for the way."""
_SUFFIXES = {"text/html": ".html", "text/markdown": ".md", "text/plain": ".txt", "application/pdf": ".pdf"}


def fetch_page(address: str, hosts: frozenset[str], limit_bytes: int) -> tuple[bytes, str]:
    """Return a page's bytes and the file ending of its kind.

    Raises:
        BadInput: The address is not allowed, or what lies there is no document.
        OutsideTrouble: It did not answer, or not in time.
    """
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port or 443
    except ValueError as error:  # `https://[::1`, a port of six digits
        raise BadInput("web source of an impossible form", say="That is no address of a page.") from error
    if parts.scheme != "https" or host not in hosts or parts.username or parts.password:
        raise BadInput(
            "web source is not allowed",
            say="That host is not on the list of hosts that I may fetch from.",
            next_step="An operator can add it to knowledge.web_hosts.",
        )
    held = HeldConnections()
    path = quote(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", safe=_OF_ADDRESSES)
    try:
        connection = _Pinned(host, port, _public_address(host, port), held)
        with held.within(_ALL_SECONDS), closing(connection):
            asked = {"accept": ", ".join(_SUFFIXES), "user-agent": "dogwatch"}
            connection.request("GET", path, headers=asked)
            return _read(connection.getresponse(), limit_bytes)
    except (OSError, UnicodeError, http.client.HTTPException, httpx.ReadTimeout) as error:
        raise OutsideTrouble(
            f"web source: {type(error).__name__}",
            say="The page did not answer.",
            next_step="Sync it again later.",
        ) from error


def _read(reply: http.client.HTTPResponse, limit_bytes: int) -> tuple[bytes, str]:
    if reply.status != http.client.OK:
        raise BadInput(
            f"web source answered {reply.status}",
            say=f"The page answered {reply.status}, so there is nothing to read.",
            next_step="Give the address that it ends at; I follow no redirects.",
        )
    kind = (reply.getheader("content-type") or "").partition(";")[0].strip().lower()
    if kind not in _SUFFIXES:
        raise BadInput("web source kind", say="That address holds no page, text or PDF.")
    found = bytearray()
    while block := reply.read1(_BLOCK):  # what is there: a larger block would be waited for
        found += block
        if len(found) > limit_bytes:
            raise BadInput("web source size", say=f"That page is larger than {limit_bytes >> 20} MiB.")
    return bytes(found), _SUFFIXES[kind]


def _public_address(host: str, port: int) -> str:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not all_public(addresses):
        raise BadInput(
            "web source is private", say="That name leads to a private address, so I don't fetch it."
        )
    return addresses[0]


class _Pinned(http.client.HTTPSConnection):
    """Dials the address that was checked, and still asks for the certificate of the name."""

    def __init__(self, host: str, port: int, address: str, held: HeldConnections) -> None:
        self._checked = ssl.create_default_context()
        super().__init__(host, port, timeout=_SECONDS, context=self._checked)
        self._address, self._held = address, held

    def connect(self) -> None:
        """Open the connection to the checked address."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self._held.hold(plain)
        self.sock = self._checked.wrap_socket(plain, server_hostname=self.host)
        self._held.hold(self.sock)
