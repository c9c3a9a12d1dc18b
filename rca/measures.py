"""One name for what several services spell with their own name in it, as Graphite and StatsD do.

`stats.timers.cart.request.upper_90` and `stats.timers.stock.request.upper_90` are one measure of two.
Under one name their changes can be compared, and a service's name says nothing of what is measured: the timer
of `queue-worker` is no queue.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from domain.investigation.evidence import ENTRY

_OWNER = "*"
_SHORTEST = 2
_BETWEEN = r"[-_./ ]?"
_PARTS = re.compile(r"[^A-Za-z0-9]+")


def measures_of(series: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """Return what each series measures, by (service, metric): its name, with `*` for its service's own name
    where others measure the same under theirs."""
    keys = [key for key in series if ">" not in key[0]]
    spoken_by = Counter(metric for _, metric in keys)
    without = {
        key: _without_owner(*key) for key in keys if spoken_by[key[1]] == 1 and key[0] not in ("", ENTRY)
    }
    shared = Counter(measure for key, measure in without.items() if measure != key[1])
    return {key: measure for key, measure in without.items() if shared[measure] > 1}


@lru_cache(maxsize=8192)
def _without_owner(service: str, metric: str) -> str:
    """Return a metric's name with `*` for the service's, however the parts of that are joined in it."""
    parts = [part for part in _PARTS.split(service) if part]
    if sum(map(len, parts)) < _SHORTEST:
        return metric
    name = _BETWEEN.join(map(re.escape, parts))
    return re.sub(rf"(?i)(?<![a-z0-9]){name}(?![a-z0-9])", _OWNER, metric, count=1)
