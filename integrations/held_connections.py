"""Outside answers that end: none is larger, longer under way or more packed than its asker allows.

A socket's timeout begins anew with every byte, so whoever sends one a second, of the headers too, would be
waited for without end. And what comes packed may grow a thousandfold, twice packed a millionfold, before
anybody has counted it; so nothing packed is asked for, and none is unpacked.
"""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

import httpx

UNPACKED = {"Accept-Encoding": "identity"}
"""What every question says of the answer that it wants."""
_PACKED = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress"})
"""Servers write other words there as well, such as utf-8 or aws-chunked, of what is not packed at all."""
_OPENED = ("connect_tcp.complete", "connect_unix_socket.complete", "start_tls.complete")


class AnswerTooLarge(httpx.ReadError):
    """An answer is larger than its asker takes."""


class AnswerPacked(httpx.ReadError):
    """An answer came packed, although nobody asked for that."""


class HeldConnections:
    """The connections of one client, so that they can be cut when a call's time is over.

    Others that the client has open at that moment are cut as well: their host is the one that is stuck.
    """

    def __init__(self) -> None:
        self._streams: WeakSet[Any] = WeakSet()  # Any: the streams of httpx's lower half
        self._sockets: WeakSet[socket.socket] = WeakSet()

    @property
    def extensions(self) -> Mapping[str, Any]:
        """What a request of httpx carries to be held; Any: so the library has it."""
        return {"trace": self._note}

    def hold(self, opened: socket.socket) -> None:
        """Hold a connection that was opened without httpx."""
        self._sockets.add(opened)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cut the connections when this block takes longer; what waits on one fails then.

        Raises:
            httpx.ReadTimeout: In place of whatever came of the cut; a body may seem to have ended by it.
        """
        is_over = threading.Event()

        def cut() -> None:
            is_over.set()
            self._cut()

        timer = threading.Timer(max(seconds, 0.0), cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (httpx.HTTPError, OSError, ValueError, AttributeError) as error:
            # The last two say that a sealed connection was cut between two looks of Python's at it.
            if is_over.is_set():
                raise _out_of_time() from error
            raise
        else:
            if is_over.is_set():
                raise _out_of_time()
        finally:
            timer.cancel()

    def _note(self, event: str, told: Mapping[str, Any]) -> None:
        if event.endswith(_OPENED):
            self._streams.add(told["return_value"])

    def _cut(self) -> None:
        # Shut down, not closed: who reads in another thread is woken, and closes it as its own.
        for held in (*(one.get_extra_info("socket") for one in list(self._streams)), *list(self._sockets)):
            with suppress(OSError, ValueError):
                held.shutdown(socket.SHUT_RDWR)


def _out_of_time() -> httpx.ReadTimeout:
    return httpx.ReadTimeout("the answer does not end in time")


def content_of(response: httpx.Response, most_bytes: int) -> bytes:
    """Return the body of an answer that is still being read, as it was sent.

    Raises:
        AnswerTooLarge: It is larger than `most_bytes`.
        AnswerPacked: It is packed, although nobody asked for that.
    """
    refuse_packed(response)
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > most_bytes:
            raise AnswerTooLarge("the answer is too large")
    return bytes(body)


def refuse_packed(response: httpx.Response) -> None:
    """Raise `AnswerPacked` for an answer that came packed."""
    told = response.headers.get("content-encoding", "").casefold().split(",")
    if not _PACKED.isdisjoint(one.strip() for one in told):
        raise AnswerPacked("the answer is packed, and nobody asked for that")
