"""How often one address may try to sign in: strangers make us work, and every refusal is kept for good.

A bucket for each address refills steadily; a try costs little and a refused one more. Who shares an address,
behind one proxy or in one office, shares its bucket, so it is wide; whoever guesses at one name meets the
limit of that name long before.
"""

import asyncio
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from domain.errors import BadInput, NotAllowed
from web.answers import Handler, TooMany

_FULL, _A_SECOND = 300.0, 1.0
_REFUSAL_COSTS = 5.0
_MOST_REMEMBERED = 10_000
_NOTED_EVERY_SECONDS = 60.0
_SHARED_BITS = 64
"""An owner of IPv6 addresses has a network of them."""


class TryLimit:
    """Counts tries for each address, in this process.

    Args:
        note: Told, once a minute, which address was turned away; may block.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._noted: OrderedDict[str, float] = OrderedDict()

    def around(self, handler: Handler) -> Handler:
        """Return the handler behind the limit."""

        async def endpoint(request: Request) -> Response:
            address = address_of(request)
            if not self._take(address, 1.0):
                await self._turn_away(address)
            try:
                return await handler(request)
            except (NotAllowed, BadInput):
                self._take(address, _REFUSAL_COSTS)
                raise

        return endpoint

    def _take(self, address: str, cost: float) -> bool:
        """Take so much out of an address' bucket; False when it was empty."""
        now = time.monotonic()
        level, at = self._buckets.pop(address, (_FULL, now))
        level = min(_FULL, level + (now - at) * _A_SECOND)
        self._buckets[address] = (max(0.0, level - cost), now)
        if len(self._buckets) > _MOST_REMEMBERED:
            self._buckets.popitem(last=False)
        return level >= 1.0

    async def _turn_away(self, address: str) -> None:
        now = time.monotonic()
        if now - self._noted.get(address, now - 2 * _NOTED_EVERY_SECONDS) > _NOTED_EVERY_SECONDS:
            self._noted[address] = now
            self._noted.move_to_end(address)
            if len(self._noted) > _MOST_REMEMBERED:
                self._noted.popitem(last=False)
            await asyncio.to_thread(self._note, address)
        raise TooMany(
            f"too many tries to sign in from {address}",
            say="Too many tries to sign in came from your address.",
            next_step="Wait a minute, then try again.",
        )


def address_of(request: Request) -> str:
    """Return whom a request comes from, as far as its address tells."""
    told = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(told.partition("%")[0])
    except ValueError:
        return told[:100]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _SHARED_BITS), strict=False))
    return str(address)
