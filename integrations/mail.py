"""Mail over SMTP: encrypted and verified, bounded in time, one recipient, headers made by the library alone.

The library bounds each wait by itself, so a server that drips a byte at a time could hold a call for ever:
whoever gives up closes the connection, and with it the thread ends.
"""

import asyncio
import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from typing import TypeVar

from domain.errors import BadInput, OutsideTrouble
from domain.identity.contacts import is_mail_address
from domain.identity.people import Way
from domain.ports.notifier import Letter, Receipt
from domain.telling.notices import Fate

_T = TypeVar("_T")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_STEP_SECONDS = 10.0
_UNFOLDED = SMTP.clone(max_line_length=900)
"""Headers are short and are never folded: folding is where a library can be talked into a line of its own."""
_ALL_SECONDS = 30.0
_SESSIONS = 6
_HANG_UP_SECONDS = 0.1
_LATER = "the mail server asked for it to be sent again later"
"""What it means by an answer of 4xx, such as a server that takes nothing from a stranger at the first try."""
_FOOTER = (
    "This mail only tells. Nothing can be decided or confirmed by answering it: open the page and sign in.",
    "Nobody reads answers to it.",
)


class Security(StrEnum):
    """How the connection is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"
    """Only to a relay on this machine."""


@dataclass(frozen=True)
class MailSettings:
    """The relay that takes our mail."""

    host: str
    port: int
    sender: str
    security: Security = Security.STARTTLS
    user: str = ""
    password: Callable[[], str] = lambda: ""
    ca_file: str = ""
    """Certificates to trust beside the system's, for a relay of your own."""


class SmtpMail:
    """Implements `Notifier` with mail.

    Args:
        settings: The relay.
        seconds: For one message altogether.

    Raises:
        BadInput: The relay would be spoken to in clear over a network, or our own address is none.
    """

    way = Way.MAIL

    def __init__(self, settings: MailSettings, *, seconds: float = _ALL_SECONDS) -> None:
        if settings.security is Security.NONE and settings.host not in _LOOPBACK:
            raise BadInput("mail in clear", say="Mail without encryption only goes to this machine.")
        if not is_mail_address(settings.sender):
            raise BadInput("mail sender", say="notify.mail_from has to be one plain mail address.")
        self._settings = settings
        self._seconds = seconds
        # Threads of its own: a relay that hangs must not take those that the doors work with.
        self._threads = ThreadPoolExecutor(_SESSIONS, thread_name_prefix="mail")

    async def send(self, letter: Letter) -> Receipt:
        """Hand one mail to the relay; raises `OutsideTrouble`."""
        message = message_of(letter, self._settings.sender, datetime.now(UTC))

        def hand_over(session: smtplib.SMTP) -> None:
            session.send_message(message, self._settings.sender, [letter.to])

        await self._in_session(hand_over)
        return Receipt()

    async def follow(self, receipt: str, *, is_over: bool) -> Fate:
        """Return that it arrived: a relay says no more than that it took it."""
        return Fate.ARRIVED

    async def probe(self) -> str:
        """Sign in at the relay and leave again; raises `OutsideTrouble`."""
        await self._in_session(lambda session: session.noop())
        return f"{self._settings.host}:{self._settings.port} takes our mail ({self._settings.security.value})"

    async def _in_session(self, act: Callable[[smtplib.SMTP], _T]) -> _T:
        opened: list[smtplib.SMTP] = []
        work = self._threads.submit(self._session, act, opened)
        waiting = asyncio.wrap_future(work)
        waiting.add_done_callback(_note_end)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(waiting)
        except TimeoutError:
            raise _trouble("no answer in time", "the mail server did not answer in time") from None
        finally:
            work.cancel()  # what still waits for a thread never begins
            _hang_up(work, opened, asyncio.get_running_loop())

    def _session(self, act: Callable[[smtplib.SMTP], _T], opened: list[smtplib.SMTP]) -> _T:
        with _in_our_words(), self._connected(opened) as session:
            return act(session)

    @contextlib.contextmanager
    def _connected(self, opened: list[smtplib.SMTP]) -> Iterator[smtplib.SMTP]:
        chosen = self._settings
        name = chosen.sender.rpartition("@")[2]  # our machine's name is nobody's business
        if chosen.security is Security.TLS:
            session: smtplib.SMTP = _Encrypted(opened, chosen, name, self._trust())
        else:
            session = _Plain(opened, chosen, name)
        try:
            if chosen.security is Security.STARTTLS:
                session.starttls(context=self._trust())
            if chosen.user:
                session.login(chosen.user, chosen.password())
            yield session
            with contextlib.suppress(smtplib.SMTPException, OSError):
                session.quit()  # what was taken is taken, however the goodbye goes
        finally:
            session.close()

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._settings.ca_file:
            context.load_verify_locations(cafile=self._settings.ca_file)
        return context


class _Plain(smtplib.SMTP):
    """A session that is known to `opened` before it connects, so that it can be hung up at any moment."""

    def __init__(self, opened: list[smtplib.SMTP], chosen: MailSettings, name: str) -> None:
        opened.append(self)
        super().__init__(chosen.host, chosen.port, local_hostname=name, timeout=_STEP_SECONDS)


class _Encrypted(smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""

    def __init__(
        self, opened: list[smtplib.SMTP], chosen: MailSettings, name: str, trust: ssl.SSLContext
    ) -> None:
        opened.append(self)
        super().__init__(chosen.host, chosen.port, local_hostname=name, timeout=_STEP_SECONDS, context=trust)


def message_of(letter: Letter, sender: str, sent_at: datetime) -> EmailMessage:
    """Return the mail: plain text, to one address of the roster.

    Args:
        sent_at: What mailboxes sort by: a letter that waited for the morning is not yesterday's mail.

    Raises:
        OutsideTrouble: The address is none; it will never work.
    """
    if not is_mail_address(letter.to):
        raise _trouble("bad address", "the roster's address is none", is_final=True)
    message = EmailMessage(policy=SMTP)
    message.set_content(
        "\n\n".join([*letter.lines, letter.link, "-- \n" + "\n".join(_FOOTER)]) + "\n", cte="base64"
    )
    message.policy = _UNFOLDED
    message["From"] = Address("Dogwatch", addr_spec=sender)
    message["To"] = Address(addr_spec=letter.to)
    # The library reads encoded words in what it is given, and what they hold could begin a header.
    message["Subject"] = f"[Dogwatch] {letter.title.replace('=?', '= ?')}"
    message["Date"] = format_datetime(sent_at)
    # The same on every try: a mail program shows the second copy once.
    message["Message-ID"] = f"<{letter.key}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if letter.is_urgent:
        message["Importance"] = "high"
    return message


@contextlib.contextmanager
def _in_our_words() -> Iterator[None]:
    """Turn what the library raises into our words; the server's own may repeat what we sent."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        final = bool(codes) and all(code >= 500 for code in codes)
        say = "the mail server refused the address" if final else _LATER
        raise _trouble(f"recipient refused {codes}", say, is_final=final) from None
    except smtplib.SMTPAuthenticationError as error:
        raise _trouble(f"sign-in {error.smtp_code}", "the mail server refused our sign-in") from None
    except smtplib.SMTPNotSupportedError:
        raise _trouble("no TLS", "the mail server offers no encryption, so nothing was sent") from None
    except smtplib.SMTPResponseException as error:
        final = isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
        refused = f"the mail server refused the message ({error.smtp_code})"
        say = _LATER if 400 <= error.smtp_code < 500 else refused
        raise _trouble(f"answer {error.smtp_code}", say, is_final=final) from None
    except ssl.SSLError as error:
        raise _trouble(f"TLS {error.reason}", "the mail server's certificate can't be trusted") from None
    except (smtplib.SMTPException, TimeoutError, socket.gaierror) as error:
        raise _trouble(type(error).__name__, "the mail server does not answer as one") from None
    except (OSError, ValueError) as error:  # ValueError: its answer can't be read
        raise _trouble(type(error).__name__, "the mail server can't be reached") from None


def _note_end(waiting: "asyncio.Future[_T]") -> None:
    """Take note of how work ended, also when nobody waits for it any more."""
    if not waiting.cancelled():
        waiting.exception()


def _hang_up(work: "Future[_T]", opened: list[smtplib.SMTP], loop: asyncio.AbstractEventLoop) -> None:
    """Close the connection of work that nobody waits for any more, until its thread has noticed."""
    if work.done():
        return
    for session in opened:
        with contextlib.suppress(OSError, AttributeError):
            if session.sock is not None:
                session.sock.shutdown(socket.SHUT_RDWR)
    loop.call_later(_HANG_UP_SECONDS, _hang_up, work, opened, loop)


def _trouble(detail: str, say: str, *, is_final: bool = False) -> OutsideTrouble:
    error = OutsideTrouble(f"mail: {detail}", say=say)
    error.is_final = is_final
    return error
