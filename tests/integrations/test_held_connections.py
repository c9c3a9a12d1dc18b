"""Answers that would never end, or fill the memory: each asker lets go of them."""

import asyncio
import gzip
import resource
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache

import httpx
import pytest

from domain.errors import OutsideTrouble
from integrations.evidence_client import EvidenceClient
from integrations.held_connections import HeldConnections
from integrations.outward_http import OutwardHttp
from integrations.rest_client import RestClient
from web.fetching import fetched

_SECONDS = 1.0
_PATIENCE_SECONDS = 20.0
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

Send = Callable[[socket.socket, threading.Event], None]


def _dripping_head(far: socket.socket, rest: threading.Event) -> None:
    far.sendall(b"HTTP/1.1 200 OK\r\n")
    while not rest.wait(0.05):
        far.sendall(b"X-One: more\r\n")


def _dripping_body(far: socket.socket, rest: threading.Event) -> None:
    far.sendall(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while not rest.wait(0.05):
        far.sendall(b"1\r\n \r\n")


def _dripping_until_closed(far: socket.socket, rest: threading.Event) -> None:
    """Send a body that ends where the connection does, so that a cut looks like its end."""
    far.sendall(_HEAD + b"\r\n{}")
    while not rest.wait(0.05):
        far.sendall(b" ")


def _endless(far: socket.socket, rest: threading.Event) -> None:
    far.sendall(_HEAD + b"\r\n")
    piece = b" " * (1 << 20)
    for _ in range(2 << 10):
        if rest.is_set():
            return
        far.sendall(piece)


def _packed_twice(far: socket.socket, rest: threading.Event) -> None:
    """Send some kilobytes that grow to half a gigabyte before a first piece of them can be counted."""
    body = _half_a_gigabyte()
    far.sendall(_HEAD + b"Content-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    rest.wait(_PATIENCE_SECONDS)


def _in_pieces(far: socket.socket, rest: threading.Event) -> None:
    far.sendall(_HEAD + b"Content-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n")
    for piece in (b'5\r\n{"a":\r\n', b"2\r\n1}\r\n", b"0\r\n\r\n"):
        far.sendall(piece)
        rest.wait(0.1)


def _mislabelled(far: socket.socket, rest: threading.Event) -> None:
    """Send what servers call an encoding that is none: nothing of it grows."""
    far.sendall(_HEAD + b'Content-Encoding: UTF-8, aws-chunked\r\nContent-Length: 7\r\n\r\n{"a":1}')


def _packed_once(body: bytes, word: str) -> Send:
    def send(far: socket.socket, rest: threading.Event) -> None:
        head = f"Content-Encoding: {word}\r\nContent-Length: {len(body)}\r\n\r\n"
        far.sendall(_HEAD + head.encode() + body)
        rest.wait(0.2)

    return send


def _growing_once(far: socket.socket, rest: threading.Event) -> None:
    _packed_once(_grown(), "gzip")(far, rest)


def _empty_packings(far: socket.socket, rest: threading.Event) -> None:
    far.sendall(_HEAD + b"Content-Encoding: gzip\r\n\r\n")
    piece = gzip.compress(b"") * 50_000
    while not rest.is_set():
        far.sendall(piece)


def _deflated(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(text) + packer.flush()


@cache
def _grown() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([*(packer.compress(b" " * (1 << 20)) for _ in range(512)), packer.flush()])


@cache
def _half_a_gigabyte() -> bytes:
    inner = zlib.compressobj(1, wbits=31)
    once = b"".join([*(inner.compress(b" " * (1 << 20)) for _ in range(512)), inner.flush()])
    return gzip.compress(once, 9)


@contextmanager
def _answering(send: Send) -> Iterator[str]:
    rest = threading.Event()
    opened: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    far, _ = door.accept()
                    opened.append(far)
                    with far, suppress(OSError):
                        far.recv(65536)
                        send(far, rest)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            rest.set()
            # Whoever sends to an asker that was cut while its buffer was full is told nothing of its going.
            for one in (door, *opened):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            thread.join(_PATIENCE_SECONDS)


def _ask_git_host(address: str) -> object:
    client = RestClient(address, authorization=lambda: ("A", "b"), host="the host", all_seconds=_SECONDS)
    with closing(client):
        return client.call("GET", "one")


def _ask_evidence(address: str) -> object:
    with EvidenceClient("it", address, all_seconds=_SECONDS) as client:
        return client.get("one")


def _ask_messenger(address: str) -> object:
    return asyncio.run(OutwardHttp("it", address, seconds=_SECONDS).call("GET"))


def _ask_sign_in(address: str) -> object:
    return asyncio.run(fetched("GET", address, most_bytes=1 << 20, all_seconds=_SECONDS))


_ASKERS = [_ask_git_host, _ask_evidence, _ask_messenger, _ask_sign_in]


@pytest.mark.proves("D7")
@pytest.mark.parametrize("ask", _ASKERS)
@pytest.mark.parametrize("send", [_dripping_head, _dripping_body, _dripping_until_closed])
def test_an_answer_that_comes_byte_by_byte_is_not_waited_for_without_end(
    ask: Callable[[str], object], send: Send
) -> None:
    began = time.monotonic()

    with _answering(send) as address, pytest.raises(OutsideTrouble):
        ask(address)

    assert time.monotonic() - began < _PATIENCE_SECONDS


@pytest.mark.proves("D7")
@pytest.mark.parametrize("ask", _ASKERS)
@pytest.mark.parametrize("send", [_endless, _packed_twice, _growing_once, _empty_packings])
def test_an_answer_of_any_size_costs_little_memory(ask: Callable[[str], object], send: Send) -> None:
    _half_a_gigabyte(), _grown()  # packed before, because what the counterpart needs counts here, too

    with _answering(send) as address, _at_most(400 << 20), pytest.raises(OutsideTrouble):
        ask(address)


@pytest.mark.parametrize("ask", _ASKERS)
def test_an_answer_that_takes_its_time_is_read_whole(ask: Callable[[str], object]) -> None:
    with _answering(_in_pieces) as address:
        assert "1" in str(ask(address))


@pytest.mark.parametrize("ask", [_ask_git_host, _ask_evidence, _ask_messenger])
def test_an_answer_whose_encoding_is_none_is_not_taken_for_packed(ask: Callable[[str], object]) -> None:
    with _answering(_mislabelled) as address:
        assert "1" in str(ask(address))


@pytest.mark.parametrize("ask", [_ask_git_host, _ask_evidence])
@pytest.mark.parametrize(
    "send",
    [
        _packed_once(gzip.compress(b'{"a":1}'), "gzip"),
        _packed_once(gzip.compress(b'{"a"') + gzip.compress(b":1}"), "x-gzip"),
        _packed_once(zlib.compress(b'{"a":1}'), "deflate"),
        _packed_once(_deflated(b'{"a":1}'), "Deflate, utf-8"),
    ],
)
def test_a_server_that_gives_nothing_but_packed_answers_is_read(
    ask: Callable[[str], object], send: Send
) -> None:
    with _answering(send) as address:
        assert ask(address) == {"a": 1}


def test_an_empty_answer_that_is_called_packed_is_empty() -> None:
    with _answering(_packed_once(b"", "gzip")) as address:
        assert _ask_git_host(address) is None


@pytest.mark.parametrize("ask", [_ask_git_host, _ask_evidence])
@pytest.mark.parametrize(
    "send",
    [
        _packed_once(gzip.compress(b'{"a":1}')[:-9], "gzip"),
        _packed_once(b'{"a":1}', "gzip"),
        _packed_once(gzip.compress(b'{"a":1}') + b"rest", "gzip"),
        _packed_once(b"\x28\xb5\x2f\xfd", "zstd"),
    ],
)
def test_what_is_packed_wrongly_or_in_another_way_is_let_go_of(
    ask: Callable[[str], object], send: Send
) -> None:
    with _answering(send) as address, pytest.raises(OutsideTrouble):
        ask(address)


def test_a_connection_that_was_opened_by_hand_is_cut_as_well() -> None:
    near, far = socket.socketpair()
    held = HeldConnections()
    held.hold(near)

    with near, far, pytest.raises(httpx.ReadTimeout), held.within(0.1):
        near.recv(1)


@pytest.mark.parametrize(
    "came", [ValueError("Read on closed or unwrapped SSL socket."), AttributeError("read")]
)
def test_whatever_a_sealed_connection_says_of_its_cut_is_told_as_too_slow(came: Exception) -> None:
    near, far = socket.socketpair()
    held = HeldConnections()
    held.hold(near)

    with near, far, pytest.raises(httpx.ReadTimeout), held.within(0.1):
        _raise_once_cut(near, came)
    with pytest.raises(type(came)), HeldConnections().within(60.0):
        raise came


def _raise_once_cut(near: socket.socket, came: Exception) -> None:
    near.recv(1)
    raise came


@contextmanager
def _at_most(more_bytes: int) -> Iterator[None]:
    """Let this process grow by so much and no further."""
    with open("/proc/self/statm", encoding="ascii") as told:
        now = int(told.read().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + more_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
