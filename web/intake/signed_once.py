"""Which signed requests were taken, and which are being taken now: each counts once.

A request that is under way is not yet taken: whoever repeats it meanwhile is asked to come again, for the
first may still fail, and then the repetition is all that is left of it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from domain.ports.telemetry_intake import Crowded
from web.intake.keys import SIGNATURE_HEADER, SLACK_SECONDS

_MOST_REMEMBERED = 50_000

Request = tuple[str, str, str, str]
"""Source, method, path and signature. Not the query: `v1` does not sign it, so anybody could vary it."""


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
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._taken: OrderedDict[Request, float] = OrderedDict()
        self._under_way: set[Request] = set()

    def was_taken(self, request: Request) -> bool:
        """Return whether the very same request was taken before."""
        now = self._clock()
        while self._taken and next(iter(self._taken.values())) < now - 2 * SLACK_SECONDS:
            self._taken.popitem(last=False)
        return request in self._taken

    @contextmanager
    def taking(self, request: Request) -> Iterator[Taking]:
        """Hold a request while it is taken; whatever goes wrong, it may come again.

        Raises:
            Crowded: The very same request is being taken now.
        """
        if request in self._under_way:
            raise Crowded(
                "intake: the same signed request is under way",
                say="The same request came before and is still being taken.",
                next_step="Send it again in a few seconds; it counts once.",
            )
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
