"""Which addresses of the network an address from outside may lead to: public ones, whatever their spelling.

An IPv6 address may hold an IPv4 one (mapped, compatible, 6to4, NAT64) that a gateway then dials.
"""

import ipaddress
from collections.abc import Sequence

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.ip_network("::/96")
_ASSIGNED = ipaddress.ip_network("2000::/3")
"""All that is given out to the public network so far."""
_OF_PLATFORMS = tuple(
    ipaddress.ip_network(one)
    for one in (
        "192.0.0.0/24",  # special purposes; a cloud's metadata service answers on one of them
        "168.63.129.16/32",  # a cloud's own services, for the machines in it alone
        "192.88.99.0/24",  # once the nearest gateway to IPv6
    )
)
"""What the library takes for public, and is another machine wherever one asks from."""
_LAST_32_BITS = 0xFFFFFFFF


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public network, and of one machine there."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found in _LOCAL_NAT64:
            return False
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and (found in _NAT64 or found in _COMPATIBLE):
            inner = ipaddress.IPv4Address(int(found) & _LAST_32_BITS)
        if inner is not None:
            return is_public(str(inner))
        if found not in _ASSIGNED:  # site-local and translated addresses are "global" to the library
            return False
    elif any(found in network for network in _OF_PLATFORMS):
        return False
    return found.is_global and not found.is_multicast


def all_public(addresses: Sequence[str]) -> bool:
    """Return whether a name leads to public addresses only; one that leads nowhere does not."""
    return bool(addresses) and all(is_public(one) for one in addresses)
