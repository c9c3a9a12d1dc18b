"""Outside answers that end: none is larger, longer under way or more packed than its asker allows.

A socket's timeout begins anew with every byte, so whoever sends one a second, of the headers too, would be
waited for without end. And what comes packed may grow a thousandfold, twice packed a millionfold, before
anybody has counted it; so nothing packed is asked for, and none is unpacked.
"""

import socket
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

import httpx

UNPACKED = {"Accept-Encoding": "identity"}
"""What every question says of the answer that it wants."""
_PACKED = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress"})
"""Servers write other words there as well, such as utf-8 or aws-chunked, of what is not packed at all."""
_UNPACKABLE = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
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
    """Return the body of an answer that is still being read.

    Some servers keep their answers packed and give nothing else: what is packed once is unpacked, and counted
    while it grows.

    Raises:
        AnswerTooLarge: It is larger than `most_bytes`, or grows beyond.
        AnswerPacked: It is packed twice, or in a way that can't be bounded.
        httpx.DecodingError: It says that it is packed and is not, or was cut off.
    """
    packed = _packings_of(response)
    if not packed:
        return _joined(response.iter_bytes(), most_bytes)
    if len(packed) > 1 or packed[0] not in _UNPACKABLE:
        raise AnswerPacked("the answer is packed, and nobody asked for that")
    return _joined(_unpacked(response.iter_raw(), most_bytes), most_bytes)


def _joined(pieces: Iterable[bytes], most_bytes: int) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > most_bytes:
            raise AnswerTooLarge("the answer is too large")
    return bytes(body)


def _unpacked(pieces: Iterable[bytes], most_bytes: int) -> Iterator[bytes]:
    """Yield what the pieces hold, never more at once than is taken altogether."""
    decoder, is_begun, came = zlib.decompressobj(_GZIP_OR_ZLIB), False, 0
    for piece in pieces:
        came += len(piece)
        if came > most_bytes:  # packings of nothing, one after the other, grow to nothing and never end
            raise AnswerTooLarge("the answer is too large")
        left = piece
        while left:
            if decoder.eof:
                decoder, is_begun = zlib.decompressobj(_GZIP_OR_ZLIB), False
            try:
                grown = decoder.decompress(left, most_bytes + 1)
            except zlib.error as error:
                if is_begun:
                    raise httpx.DecodingError("the answer is packed wrongly") from error
                # What is called deflate comes with a head and without one.
                decoder = zlib.decompressobj(-zlib.MAX_WBITS)
                grown = _raw(decoder, left, most_bytes)
            is_begun = True
            yield grown
            left = decoder.unconsumed_tail or decoder.unused_data
    if came and not decoder.eof:  # nothing is nothing, however it is called
        raise httpx.DecodingError("the packed answer is cut off")


def _raw(decoder: "zlib._Decompress", piece: bytes, most_bytes: int) -> bytes:
    try:
        return decoder.decompress(piece, most_bytes + 1)
    except zlib.error as error:
        raise httpx.DecodingError("the answer is not packed as it says") from error


def _packings_of(response: httpx.Response) -> list[str]:
    told = response.headers.get("content-encoding", "").casefold().split(",")
    return [one.strip() for one in told if one.strip() in _PACKED]


def refuse_packed(response: httpx.Response) -> None:
    """Raise `AnswerPacked` for an answer that came packed."""
    if _packings_of(response):
        raise AnswerPacked("the answer is packed, and nobody asked for that")
