"""Syslog over TCP and UDP. It has no keys and no answers: who may send is told by network, and what does
not fit is counted and dropped, as syslog has it.
"""

import asyncio
import contextlib
import ipaddress
import logging
from collections.abc import Sequence

from domain.errors import DogwatchError
from domain.ports.telemetry_intake import Delivery, Dialect, TelemetryIntake

log = logging.getLogger("dogwatch.intake")

_LONGEST = 64 << 10
_BATCH_BYTES = 1 << 20
_MOST_WAITING = 16 << 20
_FLUSH_SECONDS = 0.25
_IDLE_SECONDS = 600.0
SOURCE = "syslog"
Networks = Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]


class SyslogListener:
    """Collects messages into deliveries, at least every quarter of a second.

    Args:
        intake: Who takes them.
        networks: Who may send, e.g. `("10.0.0.0/8",)`; empty means nobody.
    """

    def __init__(self, intake: TelemetryIntake, networks: Sequence[str]) -> None:
        self._intake = intake
        self._networks: Networks = [ipaddress.ip_network(told) for told in networks]
        self._waiting: list[bytes] = []
        self._size = 0
        self.dropped = 0
        self._server: asyncio.Server | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen on TCP and UDP; return the port, which a free one gets when 0 is asked for."""
        self._server = await asyncio.start_server(self._stream, host, port, limit=_LONGEST)
        taken = int(self._server.sockets[0].getsockname()[1])
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=(host, taken)
        )
        self._task = asyncio.create_task(self._run(), name="syslog")
        return taken

    async def stop(self) -> None:
        """Stop listening and hand over what waits."""
        if self._server is not None:
            self._server.close()
        if self._transport is not None:
            self._transport.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.flush()

    def add(self, message: bytes, address: str) -> None:
        """Keep one message for the next delivery."""
        line = message.strip(b"\x00\r\n ").replace(b"\n", b" ")
        if not line:
            return
        if not self._may_send(address) or self._size + len(line) > _MOST_WAITING:
            self.dropped += 1
            return
        self._waiting.append(line[:_LONGEST])
        self._size += len(line)

    async def flush(self) -> None:
        """Hand over what waits; it waits on when there is no room."""
        while self._waiting:
            batch, size = [], 0
            while self._waiting and size < _BATCH_BYTES:
                size += len(self._waiting[0])
                batch.append(self._waiting.pop(0))
            try:
                await self._intake.take(Delivery(Dialect.SYSLOG, SOURCE, b"\n".join(batch)))
                self._size -= size
            except DogwatchError as error:
                self._waiting[:0] = batch
                log.warning("syslog can't be taken: %s", error)
                return

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            await self.flush()

    def _may_send(self, address: str) -> bool:
        try:
            told = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(told in network for network in self._networks if network.version == told.version)

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = str((writer.get_extra_info("peername") or ("",))[0])
        try:
            while self._may_send(address):
                message = await asyncio.wait_for(_next_message(reader), _IDLE_SECONDS)
                if message is None:
                    return
                self.add(message, address)
        except (TimeoutError, ConnectionError, asyncio.LimitOverrunError, ValueError):
            self.dropped += 1
        finally:
            writer.close()


async def _next_message(reader: asyncio.StreamReader) -> bytes | None:
    """Return the next message in either framing of RFC 6587, or None at the end."""
    first = await reader.read(1)
    if not first:
        return None
    if first.isdigit():
        length = first + await reader.readuntil(b" ")
        size = int(length)
        if size > _LONGEST:
            raise ValueError("a message is too long")
        try:
            return await reader.readexactly(size)
        except asyncio.IncompleteReadError:
            return None
    try:
        return first + await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        return first + error.partial


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, listener: SyslogListener) -> None:
        self._listener = listener

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._listener.add(data, addr[0])
