"""Answers given a moment ago, for the next who asks the same with the same rights of the same index.

When something breaks, many people ask one thing at once: the first question is searched, the others wait for
its answer. An entry is of use as long as the index, the votes and what the reader may see are what they were,
and for half a minute at most, because people on call change without the index noticing.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future

from domain.knowledge.articles import Answer

_SECONDS = 30.0
_MOST = 500


class AnswerMemory:
    """Remembers a few hundred answers.

    Args:
        seconds: How long each is of use.
        most: How many are kept; the oldest go first.
        clock: Seconds that only grow.
    """

    def __init__(
        self, seconds: float = _SECONDS, most: int = _MOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._most, self._clock = seconds, most, clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[float, Future[Answer]]] = OrderedDict()

    def answer(self, key: Hashable, search: Callable[[], Answer]) -> Answer:
        """Return what is remembered under the key, or search; an error is never remembered."""
        with self._lock:
            at, known = self._kept.get(key, (0.0, None))
            is_ours = known is None or self._clock() - at > self._seconds
            if known is None or is_ours:
                known = Future()
                self._kept[key] = (self._clock(), known)
                self._kept.move_to_end(key)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        if is_ours:
            self._fill(key, known, search)
        return known.result()

    def _fill(self, key: Hashable, promised: "Future[Answer]", search: Callable[[], Answer]) -> None:
        try:
            promised.set_result(search())
        except BaseException as error:
            with self._lock:
                self._kept.pop(key, None)
            promised.set_exception(error)
