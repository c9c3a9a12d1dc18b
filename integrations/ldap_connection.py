"""One conversation with an LDAP server: never in clear text, never longer than its deadline.

The library's defaults check no certificate, follow referrals with our password and bound single reads only,
so that a server which drips may hold us for ever. None of this is left to it: TLS is Python's own with the
host's name checked, referrals are off, and at the deadline the connection is cut.
"""

import contextlib
import re
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import NotAllowed, OutsideTrouble

with warnings.catch_warnings():
    # ldap3 2.9 takes names that pyasn1 has renamed; drop this once ldap3 2.10 is out.
    warnings.simplefilter("ignore", DeprecationWarning)
    import ldap3
    from ldap3.core.exceptions import LDAPCommunicationError, LDAPException
    from pyasn1.error import PyAsn1Error

_SUCCESS, _TOO_MANY, _REFERRAL, _NO_SUCH_ENTRY, _WRONG = 0, 4, 10, 32, 49
_REFUSED = frozenset({_REFERRAL, _NO_SUCH_ENTRY, 19, 34, 48, _WRONG, 50, 53})
"""Answers to a bind that mean no: 49 a wrong password, 48 none given, 19, 50 and 53 who may not."""
_TO_BE_CHANGED = re.compile(r"\bdata (?:532|773)\b")
"""Active Directory's word, to the right password only, that it has expired or has to be changed first."""
# What the library lets through when a server talks nonsense.
_BROKEN = (LDAPException, PyAsn1Error, OSError, ValueError, LookupError, TypeError, AttributeError)


@dataclass(frozen=True)
class LdapPlace:
    """Where a server is.

    Args:
        host: Its name, as its certificate has it.
        port: Its port.
        starts_tls: Whether TLS is asked for on a plain connection, instead of from the first byte.
        authority_file: Certificates to trust, PEM; empty: those of the system.
        seconds: How long one conversation may take.
    """

    host: str
    port: int
    starts_tls: bool
    authority_file: str = ""
    seconds: int = 8


@dataclass(frozen=True)
class Entry:
    """What a search found: the name as the server spells it, and values as bytes."""

    dn: str
    values: Mapping[str, Sequence[bytes]]


class PasswordExpired(NotAllowed):
    """The password is right, and the directory wants another one first."""


class Conversation:
    """What can be asked of an open connection."""

    def __init__(self, connection: Any) -> None:  # Any: ldap3 has no types
        self._connection = connection

    def bind(self, dn: str, password: str) -> bool:
        """Return whether the password belongs to the entry.

        Raises:
            OutsideTrouble: The server could not say.
            PasswordExpired: It does, and has to be changed first.
        """
        if not dn or not password:
            # With a name and no password a server signs in nobody, and says that it went well.
            return False
        # Bytes: the library rewrites text by rules that drop signs of a password.
        with _translated():
            self._connection.rebind(user=dn, password=password.encode(), read_server_info=False)
            code = self._connection.result["result"]
            told = str(self._connection.result.get("message") or "")
        if code == _WRONG and _TO_BE_CHANGED.search(told):
            raise PasswordExpired(
                "ldap: the password has expired",
                say="Your password in the directory has expired or has to be changed first, so you were not"
                " signed in.",
                next_step="Change it where you change it otherwise, then sign in here.",
            )
        if code not in _REFUSED | {_SUCCESS}:
            raise _trouble(f"bind answered {code}")
        return bool(code == _SUCCESS)

    def search(
        self, base: str, written: str, wanted: Sequence[str] = (), *, most: int = 0, only_base: bool = False
    ) -> list[Entry] | None:
        """Return what fits a filter below a base; None when it is more than `most`. Referrals are left alone.

        Raises:
            OutsideTrouble: The server could not say.
        """
        scope = ldap3.BASE if only_base else ldap3.SUBTREE
        with _translated():
            self._connection.search(
                base, written, scope, ldap3.DEREF_NEVER, attributes=list(wanted), size_limit=most,
                time_limit=int(self._connection.receive_timeout),
            )  # fmt: skip
            code = self._connection.result["result"]
            found = [
                Entry(str(one["dn"]), one["raw_attributes"])
                for one in self._connection.response or ()
                if one["type"] == "searchResEntry"
            ]
        if code == _TOO_MANY or (most and len(found) > most):
            return None
        if code not in (_SUCCESS, _REFERRAL, _NO_SUCH_ENTRY):
            raise _trouble(f"search answered {code}")
        return found


@contextlib.contextmanager
def conversation(place: LdapPlace, until: float, open_until: float = 0.0) -> Iterator[Conversation]:
    """Yield a conversation over TLS that ends at a moment of the monotonic clock.

    Args:
        place: With whom.
        until: When it ends.
        open_until: By when it has to be open; 0: by its end.

    Raises:
        OutsideTrouble: The server can't be reached, shows another's certificate, or takes too long.
    """
    opens_by = open_until or until
    seconds = max(1, int(until - time.monotonic()))
    with _translated():
        tls = _StrictTls(place.authority_file)
        server = ldap3.Server(
            place.host, place.port, use_ssl=not place.starts_tls, tls=tls, get_info=ldap3.NONE,
            connect_timeout=max(1, int(opens_by - time.monotonic())), allowed_referral_hosts=[],
        )  # fmt: skip
        connection = ldap3.Connection(
            server, authentication=ldap3.ANONYMOUS, auto_bind=ldap3.AUTO_BIND_NONE, auto_referrals=False,
            auto_range=False, check_names=False, auto_escape=False, auto_encode=False, read_only=True,
            receive_timeout=seconds,
        )  # fmt: skip
    end = _cut_at(opens_by, connection)
    try:
        with _translated():
            connection.open(read_server_info=False)
            if place.starts_tls and not connection.start_tls(read_server_info=False):
                raise _trouble("StartTLS was refused")
        end.cancel()
        end = _cut_at(until, connection)
        yield Conversation(connection)
    finally:
        end.cancel()
        held = connection.socket
        with contextlib.suppress(*_BROKEN):
            connection.unbind()
        if held is not None:
            held.close()  # the library forgets it when a handshake fails


class _StrictTls(ldap3.Tls):  # type: ignore[misc]  # ldap3 has no types
    """Python's own TLS instead of the library's, whose check of names is its own."""

    def __init__(self, authority_file: str) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        try:
            self._context = ssl.create_default_context(cafile=authority_file or None)
        except OSError as error:
            raise _trouble(f"the certificates in {authority_file} can't be read") from error
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # Any: as above
        """Put TLS on a connection; only with the right certificate does it come back."""
        host = connection.server.host
        # The socket is known before it shakes hands, so that a slow handshake can be cut.
        connection.socket = self._context.wrap_socket(
            connection.socket, server_hostname=host, do_handshake_on_connect=False
        )
        connection.socket.do_handshake()


def _cut_at(moment: float, connection: Any) -> threading.Timer:  # Any: as above
    end = threading.Timer(max(0.0, moment - time.monotonic()), _cut, [connection])
    end.daemon = True
    end.start()
    return end


def _cut(connection: Any) -> None:  # Any: as above
    """End whatever a connection waits for."""
    held = connection.socket
    if held is not None:
        with contextlib.suppress(OSError):
            # The plain shutdown: that of TLS would take the session from under the thread that reads.
            socket.socket.shutdown(held, socket.SHUT_RDWR)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise _trouble(f"{type(error).__name__}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Return what went wrong on the way; what is said of a request could hold what was sent."""
    text = str(error)
    is_about_the_way = isinstance(error, LDAPCommunicationError) or "certificate" in text.lower()
    return text[:200] if is_about_the_way else ""


def _trouble(detail: str) -> OutsideTrouble:
    return OutsideTrouble(
        f"ldap: {detail}",
        say="The directory can't be asked now, so nobody was signed in.",
        next_step="Try again in a minute; an operator finds the reason in the log.",
    )
