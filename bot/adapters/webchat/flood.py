"""How many acts one person may do in a minute, counted in this process."""

import time
from collections import OrderedDict

_PEOPLE_REMEMBERED = 10_000


class FloodGate:
    """A bucket for each person that refills steadily; nobody else's acts drain it."""

    def __init__(self, acts_per_minute: int) -> None:
        self._full = float(acts_per_minute)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def lets(self, person: str) -> bool:
        """Take one act out of the person's bucket; False when it is empty."""
        now = time.monotonic()
        level, at = self._buckets.pop(person, (self._full, now))
        level = min(self._full, level + (now - at) * self._full / 60)
        allowed = level >= 1
        self._buckets[person] = (level - 1 if allowed else level, now)
        while len(self._buckets) > _PEOPLE_REMEMBERED:
            self._buckets.popitem(last=False)
        return allowed
