"""How bytes come from a model's provider: no more than an answer may have, as they are, and from there only.

The provider's library reads a whole answer before anybody sees it, unfolds what is packed, and would follow
a redirect with everything that we asked.
"""

from collections.abc import Iterator
from functools import cache

import httpx

_MOST_BYTES = 4 << 20
_CONNECT_SECONDS = 10.0
_OF_THIS_MACHINE = ("all://localhost", "all://127.0.0.1", "all://[::1]")


class _Bounded(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._inner:
            size += len(piece)
            if size > _MOST_BYTES:
                raise httpx.ReadError("the answer is too large")
            yield piece

    def close(self) -> None:
        self._inner.close()


class _ModelTransport(httpx.BaseTransport):
    def __init__(self) -> None:
        # A client, because it knows the proxy that a company's machines go out by. A model of this machine
        # is asked directly, whatever that says.
        self._inner = httpx.Client(mounts=dict.fromkeys(_OF_THIS_MACHINE), follow_redirects=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["accept-encoding"] = "identity"
        response = self._inner.send(request, stream=True)
        if response.headers.get("content-encoding", "identity").casefold() != "identity":
            response.close()
            raise httpx.ReadError("the answer is packed, and nobody asked for that")
        if isinstance(response.stream, httpx.SyncByteStream):
            response.stream = _Bounded(response.stream)
        return response

    def close(self) -> None:
        self._inner.close()


@cache
def model_session() -> httpx.Client:
    """Return the client by which every call of a model goes."""
    return httpx.Client(transport=_ModelTransport(), follow_redirects=False, timeout=_CONNECT_SECONDS)
