"""One CONNECT proxy for exact hosts and ports: resolved once, dialled by address, no private addresses."""

import asyncio
import socket

from domain.reach import is_public
from remediation.broker.databases import DIAL_SECONDS, joined, why_not
from remediation.broker.grants import Grant
from remediation.broker.targets import EgressTarget
from remediation.broker.wire import Visit


def connecting(grant: Grant, target: EgressTarget) -> Visit:
    """Return a visit that understands CONNECT and nothing else."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(30):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.LimitOverrunError:  # longer than a request may be, so it asks for nothing
            head = ""
        words = head.split("\r\n")[0].split(" ")
        place = words[1].lower() if len(words) == 3 and words[0] == "CONNECT" else ""
        address = await _allowed_address(grant, target, place)
        if address is None:
            writer.write(b"HTTP/1.1 403 Refused\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        try:
            async with asyncio.timeout(DIAL_SECONDS):
                far = await asyncio.open_connection(*address)
        except OSError as error:
            writer.write(f"HTTP/1.1 504 {why_not(error)}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        await joined((reader, writer), far)

    return visit


async def _allowed_address(grant: Grant, target: EgressTarget, place: str) -> tuple[str, int] | None:
    if place not in {allowed.lower() for allowed in target.allowed}:
        grant.refuse(f"connecting to {place[:100] or 'nothing I understand'}, which is not listed")
        return None
    host, _, port = place.rpartition(":")
    try:
        addresses = await _resolved(host.strip("[]"), int(port))
    except OSError:
        addresses = []
    for address in addresses:
        if is_public(address) or place in target.private_allowed:
            return address, int(port)
    grant.refuse(f"connecting to {place[:100]}, whose addresses are private or unknown")
    return None


async def _resolved(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
