"""Syslog over TLS from a real sender and from those with nothing to show; and what no syslog may stop."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import OutsideTrouble
from domain.ports.evidence_source import EvidenceQuery
from domain.ports.telemetry_intake import TurnedAway
from telemetry.columnar_store import ColumnarStore
from telemetry.intake import DurableIntake
from telemetry.receivers.attribute_cache import AttributeCache
from telemetry.segments import store_segment
from tests.counterparts.debian_senders import sealed_syslog_ng_command
from tests.counterparts.mail import certificate
from tests.waiting import until
from tests.web.intake.test_debian_senders import WORDS, running, write_lines
from web.intake.keys import IntakeKeys
from web.intake.otlp_grpc import otlp_server
from web.intake.requests import Gate
from web.intake.server_certificate import ServerCertificate
from web.intake.syslog_listener import SyslogListener


class _Notes(DurableIntake):
    """The real intake, which also remembers what it was told of refusals."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.told: list[str] = []

    def note(self, refused: TurnedAway) -> None:
        self.told.append(refused.why)
        super().note(refused)


@contextlib.asynccontextmanager
async def _listening(folder: Path) -> AsyncIterator[tuple[_Notes, SyslogListener]]:
    intake = _Notes(folder)
    listener = SyslogListener(intake, ["127.0.0.0/8"])
    await listener.start("127.0.0.1", None)
    try:
        yield intake, listener
    finally:
        await listener.stop()
        await asyncio.to_thread(intake.close)


def _certified(folder: Path) -> tuple[Path, Path, str]:
    """Return certificate, key, and the authority that others have to believe."""
    folder.mkdir()
    _, authority = certificate(folder, "127.0.0.1")
    return folder / "relay.pem", folder / "relay.key", authority


def _messages(folder: Path) -> set[str]:
    for segment in sorted((folder / "wal").glob("*.wal")):
        store_segment(segment, folder, AttributeCache())
    now = datetime.now(UTC)
    table = ColumnarStore(folder).fetch(_window(now)).telemetry.logs
    return {message.strip() for message in table.message}


def _window(now: datetime) -> EvidenceQuery:
    return EvidenceQuery(now - timedelta(minutes=5), now + timedelta(seconds=5), now, step_seconds=1)


async def test_syslog_ng_sends_over_tls_with_a_certificate_and_nobody_without_one(tmp_path: Path) -> None:
    server, key, authority = _certified(tmp_path / "server")
    client, client_key, clients = _certified(tmp_path / "client")
    async with _listening(tmp_path / "store") as (intake, listener):
        shown = ServerCertificate(server, key, Path(clients))
        port = await listener.start_sealed("127.0.0.1", 0, shown)
        command = sealed_syslog_ng_command(
            tmp_path,
            lines=write_lines(tmp_path),
            port=port,
            authority=authority,
            certificate=client,
            key=client_key,
        )
        words = {text for _, text in WORDS}
        with running(command, tmp_path / "syslog-ng.out"):
            await until(lambda: _messages(tmp_path / "store") >= words)

        await asyncio.to_thread(_speak, port, authority)
        await asyncio.to_thread(_speak, port, "")
        await until(lambda: listener.dropped >= 2)
        await listener.stop()
    assert any("certificate" in why for why in intake.told), intake.told
    assert not any("forged" in text for text in _messages(tmp_path / "store"))


def _speak(port: int, authority: str) -> None:
    """Send a line without showing a certificate, in clear text where no authority is believed."""
    line = b"<11>1 - host pay - - - forged\n"
    with socket.create_connection(("127.0.0.1", port)) as plain:
        plain.settimeout(20)
        if not authority:
            plain.sendall(line)
            plain.recv(1)
            return
        believing = ssl.create_default_context(cafile=authority)
        # Whether it is told by an alert or by hanging up depends on who is quicker.
        with (
            contextlib.suppress(OSError),
            believing.wrap_socket(plain, server_hostname="127.0.0.1") as sealed,
        ):
            sealed.sendall(line)
            assert sealed.recv(1) == b""


async def test_a_renewed_certificate_is_shown_and_one_that_is_half_written_is_not(tmp_path: Path) -> None:
    server, key, _ = _certified(tmp_path / "server")
    other, other_key, authority = _certified(tmp_path / "other")
    shown = ServerCertificate(server, key)
    async with _listening(tmp_path / "store") as (_, listener):
        port = await listener.start_sealed("127.0.0.1", 0, shown)
        server.write_bytes(b"half of it")
        with pytest.raises(OutsideTrouble, match="certificate"):
            shown.renew()
        first = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))
        server.write_bytes(other.read_bytes())
        key.write_bytes(other_key.read_bytes())
        shown.renew()
        second = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port), ca_certs=authority)
    assert first != second
    assert second.strip() == other.read_text().strip()


async def test_a_million_short_lines_hold_up_nothing_that_comes_later(tmp_path: Path) -> None:
    async with _listening(tmp_path / "store") as (_, listener):
        for _ in range(1_100_000):
            listener.add(b"x", "127.0.0.1")
        listener.add(b"<11>1 - host pay - - - later", "::ffff:127.0.0.1")
        await listener.flush()
        assert listener.dropped == 0
    assert "later" in _messages(tmp_path / "store")


async def test_more_grpc_connections_than_there_is_room_for_are_closed(tmp_path: Path) -> None:
    intake = _Notes(tmp_path / "store")
    server, port = otlp_server(intake, Gate(IntakeKeys({"a": "b"})), "127.0.0.1:0", most_connections=2)
    await server.start()
    senders = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    greetings = [await asyncio.wait_for(reader.read(9), 20) for reader, _ in senders]
    late, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await asyncio.wait_for(late.read(9), 20) == b""
    assert all(greetings), "those that came first are served"
    for each in (writer, *(one for _, one in senders)):
        each.close()
    await server.stop(0)
    await asyncio.to_thread(intake.close)
