"""Which signed requests were taken, and which are being taken now: each counts once.

A request that is under way is not yet taken: whoever repeats it meanwhile is asked to come again, for the
first may still fail, and then the repetition is all that is left of it. What is taken is written down before
and after, so that neither a restart nor the process beside this one takes it again, nor at the same moment.
"""

import asyncio
import hashlib
import json
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.errors import OutsideTrouble
from domain.ports.telemetry_intake import Crowded
from web.intake.keys import SIGNATURE_HEADER, SLACK_SECONDS

log = logging.getLogger("dogwatch.intake")

_MOST_REMEMBERED = 50_000
_VALID_SECONDS = 2 * SLACK_SECONDS
"""Signed by a clock that is five minutes ahead, a request is valid for ten."""
UNDER_WAY_SECONDS = 120.0
"""How long a process that died while it took a request keeps others from taking it; one that lives says so
every third of that, however long it takes."""

Request = tuple[str, str, str, str]
"""Source, method, path and signature. Not the query: `v1` does not sign it, so anybody could vary it."""


class Claim(StrEnum):
    """How a request stands that a process wants to take."""

    OURS = "ours"
    TAKEN = "taken"
    UNDER_WAY = "under_way"


class UsedRequests(Protocol):
    """What all processes of the house know of signed requests; calls may wait for a database."""

    def claim(self, key: str, seconds: float) -> Claim:
        """Keep others from taking the request of that key for so long, unless one of them does or did."""
        ...

    def renew(self, key: str, seconds: float) -> None:
        """Keep others from it for so long from now on, where it is this process that holds it."""
        ...

    def note(self, key: str, seconds: float) -> None:
        """Remember for so long that it was taken."""
        ...

    def release(self, key: str) -> None:
        """Let others take it: it was not."""
        ...


def request_of(source: str, method: str, path: str, headers: Mapping[str, str]) -> Request:
    """Return what tells a signed request from others: a signature alone may be that of several addresses."""
    return (source, method, path, headers.get(SIGNATURE_HEADER, ""))


@dataclass
class Taking:
    """A request that is being taken; it counts as taken only where its act says so."""

    is_taken: bool = False


class SignedOnce:
    """Remembers signed requests as long as their signatures are valid; for one event loop.

    Args:
        clock: Unix seconds.
        used: What other processes took, and this one before it was started; None remembers here alone.
        under_way_seconds: How long others wait for a process that may have died while it took a request.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        used: UsedRequests | None = None,
        *,
        under_way_seconds: float = UNDER_WAY_SECONDS,
    ) -> None:
        self._clock, self._used = clock, used
        self._under_way_seconds = under_way_seconds
        self._taken: OrderedDict[Request, float] = OrderedDict()
        self._under_way: set[Request] = set()

    def was_taken(self, request: Request) -> bool:
        """Return whether the very same request was taken here before."""
        now = self._clock()
        while self._taken and next(iter(self._taken.values())) < now - _VALID_SECONDS:
            self._taken.popitem(last=False)
        return request in self._taken

    async def claim(self, request: Request) -> Claim:
        """Return whether it is this process that takes the request, for all processes of the house.

        Raises:
            OutsideTrouble: Nobody can tell at the moment.
        """
        if self._used is None:
            return Claim.OURS
        return await asyncio.to_thread(self._used.claim, _key_of(request), self._under_way_seconds)

    @asynccontextmanager
    async def held(self, request: Request) -> AsyncIterator[None]:
        """Keep others from a claimed request for as long as this block takes."""
        renewing = asyncio.create_task(self._renew(request))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def release(self, request: Request) -> None:
        """Let whoever repeats it be heard at once: it was not taken."""
        if self._used is None:
            return
        try:
            await asyncio.to_thread(self._used.release, _key_of(request))
        except OutsideTrouble as error:
            log.warning("a signed request is held back for a while: %s", error)

    async def _renew(self, request: Request) -> None:
        """Say again and again that it is still being taken, until cancelled."""
        while self._used is not None:
            await asyncio.sleep(self._under_way_seconds / 3)
            try:
                await asyncio.to_thread(self._used.renew, _key_of(request), self._under_way_seconds)
            except OutsideTrouble as error:
                log.warning("that a signed request is still being taken can't be written down: %s", error)

    async def note(self, request: Request) -> None:
        """Write down that it was taken, which can't be taken back any more."""
        if self._used is None:
            return
        try:
            await asyncio.to_thread(self._used.note, _key_of(request), _VALID_SECONDS)
        except OutsideTrouble as error:
            log.warning("a signed request was taken and could not be written down: %s", error)

    @contextmanager
    def taking(self, request: Request) -> Iterator[Taking]:
        """Hold a request while it is taken; whatever goes wrong, it may come again.

        Raises:
            Crowded: The very same request is being taken now.
        """
        if request in self._under_way:
            raise under_way()
        self._under_way.add(request)
        taking = Taking()
        try:
            yield taking
        finally:
            self._under_way.discard(request)
            if taking.is_taken:
                self._taken[request] = self._clock()
                if len(self._taken) > _MOST_REMEMBERED:
                    self._taken.popitem(last=False)


def under_way() -> Crowded:
    """Return what a repetition is told while the first is being taken."""
    return Crowded(
        "intake: the same signed request is under way",
        say="The same request came before and is still being taken.",
        next_step="Send it again in a few seconds; it counts once.",
    )


def _key_of(request: Request) -> str:
    return hashlib.sha256(json.dumps(request).encode()).hexdigest()
