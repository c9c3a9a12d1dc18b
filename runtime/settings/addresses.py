"""Addresses of servers, as people write them and as they are wanted; what can't be one stops the start."""

from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
_BARE = frozenset({"postgres", "postgresql"})
_OURS = "postgresql+psycopg"
_FORM = f"write {_OURS}://NAME:PASSWORD@HOST/DATABASE, signs such as / and @ of a password as %2F and %40"


def database_address(text: str) -> str:
    """Return an address with our own driver where it names none.

    Raises:
        ValueError: It is of another database or none at all; what is said holds no part of it but its kind.
    """
    if not text:
        return text
    kind, parts, rest = text.strip().partition("://")
    kind = kind.lower()
    if not parts:
        raise ValueError(f"it is no address of a database; {_FORM}")
    if kind in _BARE:
        kind = _OURS
    if kind != _OURS and not kind.startswith("sqlite"):
        raise ValueError(f"{kind[:40]} is no kind of database that I use; {_FORM}")
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        make_url(f"{kind}://{rest}")
    except (ArgumentError, ValueError):
        raise ValueError(f"it can't be read as an address; {_FORM}") from None
    return f"{kind}://{rest}"


def own_address(text: str) -> str:
    """Return an address of this machine to listen on: of an empty one the loopback, as where none is set.

    To a socket an empty one is every address of the machine, which nobody means who left a variable empty.
    """
    return text.strip() or LOOPBACK


def server_address(text: str) -> str:
    """Return an address of host and port.

    Raises:
        ValueError: It is a web address, or names no port; it says what to write instead.
    """
    kind, has_kind, rest = text.strip().rpartition("://")
    host, _, port = rest.split("/", 1)[0].rpartition("@")[2].rpartition(":")
    is_whole = bool(host) and port.isascii() and port.isdecimal()
    if not text or (text == rest and is_whole and text == f"{host}:{port}"):
        return text
    meant = f"{host}:{port}" if is_whole else "host and port, such as temporal.internal:7233"
    said = f"it is no host:port; write {meant}"
    if kind.lower() in ("https", "grpcs"):
        said += " and set temporal.tls to true, for it is to speak TLS"
    elif has_kind:
        said += f", without {kind[:20]}://"
    raise ValueError(said)


def web_address(text: str) -> str:
    """Return an address with http:// or https:// and a host.

    Raises:
        ValueError: It is none, such as a bare host:port.
    """
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if text and not is_one:
        raise ValueError("it needs http:// or https:// and a host, such as http://chroma.internal:8000")
    return text
