"""How bytes come from a model's provider: no more than an answer may have, as they are, and from there only.

The provider's library reads a whole answer before anybody sees it, unfolds what is packed, and would follow
a redirect with everything that we asked.

Every call has a connection of its own. The library leaves an answer that was given up to the garbage
collector, which closes it whenever it comes by; in a pool that calls share this may be while the same thread
holds the pool's lock, and then no model is ever reached again.
"""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache

import httpx

from integrations.held_connections import HeldConnections, refuse_packed

_MOST_BYTES = 4 << 20
_CONNECT_SECONDS = 10.0
_LONGEST_SECONDS = 600.0
_OF_THIS_MACHINE = ("all://localhost", "all://127.0.0.1", "all://[::1]")


@dataclass
class _Call:
    is_given_up: threading.Event
    opened: list[Callable[[], None]] = field(default_factory=list)


_CALL: ContextVar[_Call | None] = ContextVar("the call that goes on", default=None)


class _Bounded(httpx.SyncByteStream):
    """An answer's bytes, within their number and their time; closing it closes its connection."""

    def __init__(self, inner: httpx.SyncByteStream, client: httpx.Client, seconds: float) -> None:
        self._inner, self._client, self._call = inner, client, _CALL.get()
        if self._call is not None:
            self._call.opened.append(self.close)
        # A provider that sends a byte a second never trips a socket's timeout.
        self._deadline = time.monotonic() + seconds
        self._is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._inner:
            size += len(piece)
            if size > _MOST_BYTES:
                raise httpx.ReadError("the answer is too large")
            if self._call is not None and self._call.is_given_up.is_set():
                raise httpx.ReadError("nobody waits for the answer any more")
            if time.monotonic() > self._deadline:
                raise httpx.ReadTimeout("the answer does not end in time")
            yield piece

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._inner.close()
        finally:
            self._client.close()


class ModelTransport(httpx.BaseTransport):
    """Carries the calls of every provider; it keeps nothing between them."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return its answer as it comes.

        Raises:
            httpx.TransportError: It was not answered, or with what nobody asked for.
        """
        request.headers["accept-encoding"] = "identity"
        # A client, because it knows the proxy that a company's machines go out by. A model of this machine
        # is asked directly, whatever that says.
        client = httpx.Client(
            verify=_trusted(), mounts=dict.fromkeys(_OF_THIS_MACHINE), follow_redirects=False
        )
        held = HeldConnections()
        request.extensions = {**request.extensions, **held.extensions}
        try:
            with held.within(_seconds(request)):  # until its head is here: its body is counted as it comes
                response = client.send(request, stream=True)
            refuse_packed(response)
            if response.has_redirect_location:
                raise httpx.ReadError("the answer is at another address, which nobody chose")
            if not isinstance(response.stream, httpx.SyncByteStream):
                raise httpx.ReadError("the answer can't be read piece by piece")
        except BaseException:
            client.close()
            raise
        response.stream = _Bounded(response.stream, client, _seconds(request))
        return response


@contextmanager
def one_call(is_given_up: threading.Event) -> Iterator[None]:
    """End every connection that is opened in this block: with the block, or soon after it is given up."""
    call = _Call(is_given_up)
    token = _CALL.set(call)
    try:
        yield
    finally:
        _CALL.reset(token)
        for close in call.opened:
            close()


@cache
def model_transport() -> ModelTransport:
    """Return the way by which every call of a model goes."""
    return ModelTransport()


@cache
def model_session() -> httpx.Client:
    """Return a client that goes that way."""
    return httpx.Client(transport=model_transport(), follow_redirects=False, timeout=_CONNECT_SECONDS)


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _seconds(request: httpx.Request) -> float:
    told = request.extensions.get("timeout", {}).get("read")
    return min(float(told), _LONGEST_SECONDS) if told else _LONGEST_SECONDS
