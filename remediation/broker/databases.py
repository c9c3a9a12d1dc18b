"""A database, over the socket: bytes pass through, only to the one configured address.

The role does the rest: dry runs and checks get the read credential, whose role cannot write.
"""

import asyncio
import contextlib
import ssl
import struct

from remediation.broker.targets import PostgresTarget
from remediation.broker.wire import Visit

_ASK_FOR_TLS = struct.pack("!II", 8, 80877103)
_CHUNK = 65_536

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def passing_on(target: PostgresTarget) -> Visit:
    """Return a visit that joins a connection to the database."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await _dialled(target)
        except OSError:
            return
        await joined((reader, writer), (far_reader, far_writer))

    return visit


async def joined(near: Ends, far: Ends) -> None:
    """Pass bytes both ways until both sides have ended."""
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_pump(near[0], far[1]))
            both.create_task(_pump(far[0], near[1]))
    finally:
        far[1].close()


async def _dialled(target: PostgresTarget) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(target.host, target.port)
        if target.is_encrypted:
            writer.write(_ASK_FOR_TLS)
            if await reader.readexactly(1) != b"S":
                writer.close()
                raise ConnectionError("the database refuses an encrypted connection")
            await writer.start_tls(ssl.create_default_context(), server_hostname=target.host)
    return reader, writer


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(ConnectionError, OSError, RuntimeError):
        if writer.can_write_eof():
            writer.write_eof()
