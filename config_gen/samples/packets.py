"""How a child and whoever asked it speak: packets of one socket, each whole or not there at all.

The first byte tells what a packet is. A piece may take several packets; one that broke off in the middle is
told from a whole one, because only its last packet says that it is the last.
"""

import socket
from collections.abc import Iterator

MORE, LAST, END, REFUSED, DIED = b"m", b"l", b"e", b"r", b"d"
PIECE = (MORE, LAST)
_PACKET = 128 * 1024
"""Well below what a socket buffers unless it is told otherwise."""


def packets(piece: bytes) -> Iterator[bytes]:
    """Yield a piece as packets."""
    view = memoryview(piece)
    for at in range(0, max(len(piece), 1), _PACKET):
        kind = MORE if at + _PACKET < len(piece) else LAST
        yield kind + view[at : at + _PACKET]


def received(channel: socket.socket) -> bytes:
    """Return the next packet; empty when the other side is gone."""
    try:
        return channel.recv(_PACKET + 1)
    except ConnectionResetError:
        # It left something unread, which is told once, before what it said.
        return channel.recv(_PACKET + 1)


def last_of(kind: bytes) -> bool:
    """Return whether a packet of this kind ends its piece."""
    return kind == LAST


def whole_piece(channel: socket.socket) -> bytes:
    """Return one piece from a channel; empty when the other side left before its end."""
    parts: list[bytes] = []
    while packet := received(channel):
        parts.append(packet[1:])
        if last_of(packet[:1]):
            return b"".join(parts)
    return b""
