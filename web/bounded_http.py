"""HTTP connections within bounds: how many, how large a head, and how long a sender may take.

The server underneath waits for ever for the rest of a request, and takes heads of any size: some thousand
senders that never finish would leave no handle for the others.
"""

import asyncio
import resource
from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 << 10
_ONE_READ = 256 << 10
HEAD_SECONDS = 15.0
BODY_SECONDS = 15.0
"""How long a body may bring less than `LEAST_BODY_BYTES`."""
LEAST_BODY_BYTES = 16 << 10
MOST_CONNECTIONS = 2_000
_MOST_HANDLES = 65_536


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol, which ends what takes too long or grows too large; give it as `Config(http=…)`.

    Args:
        most_connections: How many may be open; more are told to come again.
        head_seconds: How long the head of a request may take.
        body_seconds: How long a body may take for each 16 KiB, while we read it.
    """

    def __init__(
        self,
        *args: object,
        most_connections: int = MOST_CONNECTIONS,
        head_seconds: float = HEAD_SECONDS,
        body_seconds: float = BODY_SECONDS,
        **named: object,
    ) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]  # what uvicorn gives is handed through
        self._most, self._head_seconds, self._body_seconds = most_connections, head_seconds, body_seconds
        self._timer: asyncio.TimerHandle | None = None
        self._head_size = self._came = 0
        self._is_in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Take a connection, or refuse it when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > min(self._most, _handles() // 2):
            self._refuse("503 Service Unavailable", "Too many connections are open; come again in a while.")
            return
        self._wait(self._head_seconds, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head grows too large."""
        if self._is_in_head:
            if self._timer is None:
                self._wait(self._head_seconds, self._head_is_late)
            self._head_size += len(data)
            # A body may come with the end of its head, so one read more than a head is let through.
            if self._head_size > MOST_HEAD_BYTES + _ONE_READ:
                self._refuse("431 Request Header Fields Too Large", "The head is larger than 64 KiB.")
                return
        self._came += len(data)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Begin to look at how the body comes."""
        self._is_in_head, self._head_size = False, 0
        super().on_headers_complete()
        self._came = 0
        self._wait(self._body_seconds, self._look_at_body)

    def on_message_complete(self) -> None:
        """Let the answer take as long as it takes."""
        self._is_in_head = True
        self._stop()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to the other protocol."""
        self._stop()
        super().handle_websocket_upgrade()

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop()
        self._timer = self.loop.call_later(seconds, then)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _head_is_late(self) -> None:
        self._refuse("408 Request Timeout", f"The head took longer than {self._head_seconds:.0f} seconds.")

    def _look_at_body(self) -> None:
        # Where we ourselves do not read on, it is not the sender who is slow.
        if self._came < LEAST_BODY_BYTES and not self.flow.read_paused:
            self._refuse("408 Request Timeout", f"The body stood still for {self._body_seconds:.0f} seconds.")
            return
        self._came = 0
        self._wait(self._body_seconds, self._look_at_body)

    def _refuse(self, status: str, sentence: str) -> None:
        """End the connection, with an answer where none has begun."""
        self._stop()
        if self.transport.is_closing():
            return
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if self._is_in_head and is_answering:
            # The answer to the request before goes on; this one is looked at again.
            self._wait(self._head_seconds, self._head_is_late)
            return
        if self._is_in_head or not self.cycle.response_started:
            body = f'{{"error":"{sentence}"}}'.encode()
            head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
            self.transport.write(f"{head}connection: close\r\n\r\n".encode() + body)
        self.transport.close()


def raise_handles() -> None:
    """Let this process open as many files and connections as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, _MOST_HANDLES), most))


def _handles() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
