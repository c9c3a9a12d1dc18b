"""Syslog over TCP, UDP and TLS. It has no keys and no answers: who may send is told by network, over TLS by
certificate as well, and what does not fit is counted, noted for people and dropped.
"""

import asyncio
import contextlib
import ipaddress
import logging
import time
from collections import deque
from collections.abc import Sequence

from domain.errors import BadInput, DogwatchError, OutsideTrouble
from domain.ports.telemetry_intake import Delivery, Dialect, TelemetryIntake, TurnedAway
from web.intake.server_certificate import ServerCertificate
from web.intake.syslog_framing import LONGEST, Framing

log = logging.getLogger("dogwatch.intake")

_BATCH_BYTES, _BATCH_MESSAGES = 1 << 20, 100_000
_MOST_WAITING = 16 << 20
_READ_BYTES = 64 << 10
_FLUSH_SECONDS = 0.25
_NOTE_SECONDS = 10.0
_IDLE_SECONDS, _UNFINISHED_SECONDS, _HANDSHAKE_SECONDS = 600.0, 60.0, 15.0
_CERTIFICATE_SECONDS = 60.0
MOST_CONNECTIONS = 1_000
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
        self._open = 0
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._notes: dict[str, tuple[int, str]] = {}
        self._noted = 0.0
        self.dropped = 0
        self._servers: list[asyncio.Server] = []
        self._transport: asyncio.DatagramTransport | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int | None) -> int:
        """Listen on TCP and UDP; return the port, which a free one gets when 0 is asked for.

        Without a port (None) only what is started besides brings messages.
        """
        self._task = asyncio.create_task(self._run(), name="syslog")
        if port is None:
            return 0
        server = await asyncio.start_server(self._stream, host, port, limit=_READ_BYTES)
        self._servers.append(server)
        taken = int(server.sockets[0].getsockname()[1])
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=(host, taken)
        )
        return taken

    async def start_sealed(self, host: str, port: int, certificate: ServerCertificate) -> int:
        """Listen for TLS as well; return the port.

        Raises:
            OutsideTrouble: The certificate can't be used.
        """
        certificate.renew()

        async def sealed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._stream(reader, writer, certificate)

        server = await asyncio.start_server(sealed, host, port, limit=_READ_BYTES)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def keep_sealed(self, host: str, port: int, certificate: ServerCertificate) -> None:
        """Listen for TLS and follow the certificate's renewals; until cancelled."""
        await self.start_sealed(host, port, certificate)
        while True:
            await asyncio.sleep(_CERTIFICATE_SECONDS)
            try:
                certificate.renew()
            except OutsideTrouble as error:
                log.error("syslog over TLS goes on with its former certificate: %s", error.sentence())

    async def stop(self) -> None:
        """Stop listening and hand over what waits."""
        for server in self._servers:
            server.close()
        if self._transport is not None:
            self._transport.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.flush()
        self._tell(0.0)

    def add(self, message: bytes, address: str) -> None:
        """Keep one message for the next delivery."""
        line = message.strip(b"\x00\r\n ").replace(b"\n", b" ")
        if not line:
            return
        if not self._may_send(address):
            self.drop(f"{address} may not send; telemetry.syslog_from names who may", line)
            return
        if self._size + len(line) > _MOST_WAITING:
            self.drop("more came than could be kept", line)
            return
        if len(line) > LONGEST:
            self.drop(_TOO_LONG, line, lost=False)
        self._waiting.append(line[:LONGEST])
        self._size += min(len(line), LONGEST)
        if self._size > _MOST_WAITING // 2:
            self._has_room.clear()

    def drop(self, why: str, begins: bytes, *, lost: bool = True) -> None:
        """Count what was dropped, or cut, to be noted for people."""
        self.dropped += lost
        count, first = self._notes.get(why, (0, repr(begins[:200])[2:-1]))
        self._notes[why] = (count + 1, first)

    async def flush(self) -> None:
        """Hand over what waits; it waits on when there is no room."""
        while self._waiting:
            batch: list[bytes] = []
            size = 0
            while self._waiting and size < _BATCH_BYTES and len(batch) < _BATCH_MESSAGES:
                size += len(self._waiting[0])
                batch.append(self._waiting.popleft())
            try:
                await self._intake.take(Delivery(Dialect.SYSLOG, SOURCE, b"\n".join(batch)))
                self._size -= size
            except BadInput as error:  # it would be refused again, and hold up what comes later for ever
                self._size -= size
                self.drop(error.sentence(), batch[0], lost=False)
                self.dropped += len(batch)
            except DogwatchError as error:
                self._waiting.extendleft(reversed(batch))
                log.warning("syslog can't be taken: %s", error)
                return
            except Exception:  # a border: what comes later must not wait for what can't be taken
                self._size -= size
                self.dropped += len(batch)
                log.exception("%d syslog messages were dropped", len(batch))
        self._has_room.set()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            await self.flush()
            self._tell(_NOTE_SECONDS)

    def _tell(self, after_seconds: float) -> None:
        """Note what was dropped since the last time, if that is so long ago."""
        if self._notes and time.monotonic() - self._noted >= after_seconds:
            self._noted = time.monotonic()
            told, self._notes = self._notes, {}
            for why, (count, begins) in told.items():
                self._intake.note(TurnedAway(SOURCE, Dialect.SYSLOG.value, why, begins, count))

    def _may_send(self, address: str) -> bool:
        try:
            told = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(told, ipaddress.IPv6Address) and told.ipv4_mapped is not None:
            told = told.ipv4_mapped  # a socket for both versions names senders of the older one so
        return any(told in network for network in self._networks if network.version == told.version)

    async def _stream(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        certificate: ServerCertificate | None = None,
    ) -> None:
        address = str((writer.get_extra_info("peername") or ("",))[0])
        self._open += 1
        try:
            if not self._may_send(address):
                self.drop(f"{address} may not send; telemetry.syslog_from names who may", b"")
            elif self._open > MOST_CONNECTIONS:
                self.drop(f"more than {MOST_CONNECTIONS:,} connections are open", b"")
            elif certificate is None or await self._is_sealed(writer, certificate, address):
                await self._read(reader, address)
        finally:
            self._open -= 1
            writer.close()

    async def _is_sealed(
        self, writer: asyncio.StreamWriter, certificate: ServerCertificate, address: str
    ) -> bool:
        """Agree on TLS with a sender that may send; return whether that came about."""
        try:
            await writer.start_tls(certificate.context, ssl_handshake_timeout=_HANDSHAKE_SECONDS)
        except OutsideTrouble as error:
            self.drop(error.sentence(), b"")
        except (OSError, EOFError) as error:  # what TLS objects to, and whoever hangs up or takes too long
            why = getattr(error, "reason", None) or type(error).__name__
            self.drop(f"TLS with {address} failed: {str(why).replace('_', ' ').lower()}", b"")
        else:
            return True
        return False

    async def _read(self, reader: asyncio.StreamReader, address: str) -> None:
        framing = Framing()
        with contextlib.suppress(ConnectionError, TimeoutError):
            while data := await self._more(reader, framing):
                for message in framing.feed(data):
                    self.add(message, address)
                # Who sends by TCP waits when we can't keep up, instead of losing what it sends.
                await self._has_room.wait()
        if framing.cut:
            self.drop(_TOO_LONG, b"", lost=False)
        if rest := framing.end():
            self.add(rest, address)

    @staticmethod
    async def _more(reader: asyncio.StreamReader, framing: Framing) -> bytes:
        patience = _UNFINISHED_SECONDS if framing.is_within else _IDLE_SECONDS
        return await asyncio.wait_for(reader.read(_READ_BYTES), patience)


_TOO_LONG = "longer than 64 KiB; what came before that is kept"


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, listener: SyslogListener) -> None:
        self._listener = listener

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._listener.add(data, addr[0])
