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
DIAL_SECONDS = 10

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def passing_on(target: PostgresTarget) -> Visit:
    """Return a visit that joins a connection to the database."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far = await _dialled(target)
        except (OSError, asyncio.IncompleteReadError) as error:
            await reader.read(_CHUNK)  # what psql begins with; closed unread, it would not read our answer
            writer.write(_refusal(f"{target.name} can't be reached: {why_not(error)}"))
            await writer.drain()
            return
        await joined((reader, writer), far)

    return visit


def why_not(error: OSError | EOFError) -> str:
    """Return in words why a target was not reached."""
    if isinstance(error, TimeoutError):
        return f"no answer within {DIAL_SECONDS} s"
    if isinstance(error, ssl.SSLError):
        return f"its encryption can't be trusted ({error.reason or 'TLS'})"
    if isinstance(error, EOFError):
        return "it hung up"
    return (error.strerror or str(error) or type(error).__name__).lower()


def _refusal(sentence: str) -> bytes:
    """Return PostgreSQL's message of an error at the start, which its programs print for people."""
    fields = ("SFATAL", "VFATAL", "C08001", f"M{sentence}", "")
    body = b"".join(field.encode() + b"\0" for field in fields)
    return b"E" + struct.pack("!I", len(body) + 4) + body


async def joined(near: Ends, far: Ends) -> None:
    """Pass bytes both ways until both sides have ended."""
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_pump(near[0], far[1]))
            both.create_task(_pump(far[0], near[1]))
    finally:
        far[1].close()


async def _dialled(target: PostgresTarget) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(DIAL_SECONDS):
        reader, writer = await asyncio.open_connection(target.host, target.port)
        try:
            if target.is_encrypted:
                writer.write(_ASK_FOR_TLS)
                if await reader.readexactly(1) != b"S":
                    raise ConnectionError("the database refuses an encrypted connection")
                await writer.start_tls(ssl.create_default_context(), server_hostname=target.host)
        except BaseException:
            writer.close()
            raise
    return reader, writer


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(ConnectionError, OSError, RuntimeError):
        if writer.can_write_eof():
            writer.write_eof()
