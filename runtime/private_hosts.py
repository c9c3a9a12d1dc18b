"""Which hosts are this machine, and which are listed as being on a network of our own processes only."""

import ipaddress
import re
from collections.abc import Iterable

_NAME = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?")
_ANY_BELOW = "*."


def checked_hosts(listed: Iterable[str]) -> tuple[str, ...]:
    """Return a list as it is compared; raises ValueError with what is wrong with an entry of it.

    An entry is a name, `*.` and the end of names, an address, or a network such as 10.1.0.0/16.
    """
    return tuple(_checked(entry) for entry in listed)


def is_listed(host: str, listed: Iterable[str]) -> bool:
    """Return whether a host is on a list that was checked.

    A network covers addresses that are written as such. A name is never looked up for it: who answers for
    the name would decide then what is spoken in clear text.
    """
    wanted = _spelled(host)
    address = _address(wanted)
    for entry in listed:
        if entry == wanted or (entry.startswith(_ANY_BELOW) and wanted.endswith(entry[1:])):
            return True
        if address is not None and "/" in entry and address in ipaddress.ip_network(entry):
            return True
    return False


def is_ours_alone(host: str, listed: Iterable[str]) -> bool:
    """Tell whether nobody else is on the way to a host: this machine, or one on a list that was checked."""
    return is_of_this_machine(host) or is_listed(host, listed)


def is_of_this_machine(host: str) -> bool:
    """Tell whether a host name or address means this machine: loopback, or a socket in the file system."""
    if host in ("", "localhost") or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def in_an_address(host: str) -> str:
    """Return a host as it stands in an address: an IPv6 one in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _checked(entry: str) -> str:
    told = _spelled(entry)
    if "/" in told:
        try:
            return str(ipaddress.ip_network(told))
        except ValueError as error:
            raise ValueError(f"{entry[:60]} is no network: {error}") from error
    if _address(told) is None and not _NAME.fullmatch(told):
        wanted = "a host, *.domain, an address or a network such as 10.1.0.0/16"
        raise ValueError(f"{entry[:60]} is no host: write {wanted}")
    return told


def _spelled(host: str) -> str:
    told = host.strip().lower()
    return told[1:-1] if told.startswith("[") and told.endswith("]") else told


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
