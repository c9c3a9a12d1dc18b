"""A mail relay, aiosmtpd, with certificates of its own and whatever manners a test wants."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.counterparts.processes import free_ports

USER, PASSWORD = "dogwatch", "relay-password"
SENDER = "dogwatch@example.org"


@dataclass(frozen=True)
class Taken:
    """One mail as the relay took it."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """Return the mail as a mail program reads it."""
        return cast("EmailMessage", message_from_bytes(self.content, policy=SMTP_POLICY))


@dataclass
class Relay:
    """Keeps what it takes; its answers can be set."""

    taken: list[Taken] = field(default_factory=list)
    to_recipient: str = ""
    """Answered to RCPT instead of taking the recipient."""
    to_data: str = ""
    port: int = 0
    ca_file: str = ""

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        if self.to_recipient:
            return self.to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail."""
        if self.to_data:
            return self.to_data
        content = cast("bytes", envelope.content)
        self.taken.append(Taken(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return "250 OK"


def _authenticate(
    server: object, session: object, envelope: object, mechanism: str, data: LoginPassword
) -> AuthResult:
    fits = data.login == USER.encode() and data.password == PASSWORD.encode()
    return AuthResult(success=fits, handled=fits)


@contextlib.contextmanager
def relay(folder: Path, *, name: str = "127.0.0.1", offers_tls: bool = True) -> Iterator[Relay]:
    """Run a relay that wants TLS and a sign-in; `name` is whom its certificate is for."""
    kept = Relay(port=free_ports())
    context, kept.ca_file = certificate(folder, name)
    controller = Controller(
        kept,
        hostname="127.0.0.1",
        port=kept.port,
        tls_context=context if offers_tls else None,
        require_starttls=offers_tls,
        auth_required=offers_tls,
        auth_require_tls=offers_tls,
        authenticator=_authenticate,
    )
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, str]:
    """Return a server's context and the file of the authority that a client has to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a relay")])
    is_address = name.replace(".", "").isdigit()
    shown: x509.GeneralName = x509.IPAddress(IPv4Address(name)) if is_address else x509.DNSName(name)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([shown]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "relay.pem", folder / "relay.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return context, str(public)


@contextlib.asynccontextmanager
async def rude_server(speak: Callable[[Any, Any], Any]) -> AsyncIterator[int]:
    """Serve what only breaks manners: `speak` gets reader and writer of each connection."""
    import asyncio

    port = free_ports()
    writers: list[asyncio.StreamWriter] = []
    tasks: list[asyncio.Task[None]] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await speak(reader, writer)
        writer.close()

    def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        tasks.append(asyncio.create_task(converse(reader, writer)))

    server = await asyncio.start_server(take, "127.0.0.1", port)
    try:
        yield port
    finally:
        server.close()
        for _ in range(20):  # whoever was let in last is noted, too
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
