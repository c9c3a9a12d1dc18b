"""Fetch one page for the library: allow-listed host, https, no private address, bounded in size and time.

The name is resolved once and that address is dialled, so that a resolver which answers differently the
second time changes nothing; a redirect is an answer like any other and is refused.
"""

import http.client
import socket
import ssl
from urllib.parse import urlsplit

from domain.errors import BadInput, OutsideTrouble
from domain.reach import all_public

_SECONDS = 15.0
_BLOCK = 64 * 1024
_SUFFIXES = {"text/html": ".html", "text/markdown": ".md", "text/plain": ".txt", "application/pdf": ".pdf"}


def fetch_page(address: str, hosts: frozenset[str], limit_bytes: int) -> tuple[bytes, str]:
    """Return a page's bytes and the file ending of its kind.

    Raises:
        BadInput: The address is not allowed, or what lies there is no document.
        OutsideTrouble: It did not answer, or not in time.
    """
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or host not in hosts or parts.username or parts.password:
        raise BadInput(
            "web source is not allowed",
            say="That host is not on the list of hosts that I may fetch from.",
            next_step="An operator can add it to knowledge.web_hosts.",
        )
    try:
        answer_to = _public_address(host, parts.port or 443)
        connection = _Pinned(host, parts.port or 443, answer_to)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"accept": ", ".join(_SUFFIXES), "user-agent": "dogwatch"})
        reply = connection.getresponse()
        return _read(reply, limit_bytes)
    except (OSError, http.client.HTTPException) as error:
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
    while block := reply.read(_BLOCK):
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

    def __init__(self, host: str, port: int, address: str) -> None:
        self._checked = ssl.create_default_context()
        super().__init__(host, port, timeout=_SECONDS, context=self._checked)
        self._address = address

    def connect(self) -> None:
        """Open the connection to the checked address."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._checked.wrap_socket(plain, server_hostname=self.host)
