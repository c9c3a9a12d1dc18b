"""One name for what several services spell with their own name in it, as Graphite and StatsD do.

`stats.timers.cart.request.upper_90` and `stats.timers.stock.request.upper_90` are one measure of two.
Under one name their changes can be compared, and a service's name says nothing of what is measured: the timer
of `queue-worker` is no queue. What a database's own machine tells, `node_filesystem_avail_bytes`, is the
database's.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from domain.investigation.evidence import ENTRY
from rca.families import Family, family_of
from rca.series.sum_and_count import count_beside, stem_of_mean

_OWNER = "*"
_SHORTEST = 2
_BETWEEN = r"[-_./ ]?"
_PARTS = re.compile(r"[^A-Za-z0-9]+")
_OF_MACHINE = re.compile(r"(?i)(?<![a-z0-9])(?:node|host|machine)[-_.]")
_RESOURCES = frozenset({Family.CPU, Family.MEMORY, Family.DISK})
_FEW = 3
"""Where no more than one in so many tell of machines, these are machines of their own."""


def measures_of(series: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """Return what each series measures, by (service, metric): its name, with `*` for its service's own name
    where others measure the same under theirs or where it begins with it."""
    keys = [key for key in series if ">" not in key[0]]
    spoken_by = Counter(metric for _, metric in keys)
    without = {
        key: _without_owner(*key) for key in keys if spoken_by[key[1]] == 1 and key[0] not in ("", ENTRY)
    }
    shared = Counter(measure for key, measure in without.items() if measure != key[1])
    measures = {
        key: measure for key, measure in without.items() if shared[measure] > 1 or _is_name(key[0], measure)
    }
    known = set(keys)
    means = {
        key: stem_of_mean(measures.get(key, key[1])) or stem_of_mean(key[1])
        for key in keys
        if count_beside(key, known)
    }
    return {**_of_own_machines(keys, measures), **measures, **means}


def _is_name(service: str, measure: str) -> bool:
    """Return whether what was taken away is a name of several words, at the beginning: `orders_db.queries` is
    no other measure where there is no second database."""
    return measure.startswith(_OWNER) and len([part for part in _PARTS.split(service) if part]) > 1


def _of_own_machines(
    keys: Sequence[tuple[str, str]], measures: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], str]:
    """Return as whose own they are the resources of a machine that few tell of, and who has no other: a
    database beside services that share nodes."""
    families: dict[str, set[Family]] = defaultdict(set)
    tell: Counter[str] = Counter()
    for service, metric in keys:
        families[service].add(family_of(measures.get((service, metric), metric)))
        tell[metric] += 1
    found = {}
    for service, metric in keys:
        own, measure = families[service] - {Family.NODE}, _OF_MACHINE.sub("", metric, count=1)
        if not own or measure == metric or service == ENTRY or _FEW * tell[metric] > len(families):
            continue
        if family_of(metric) is Family.NODE and family_of(measure) in _RESOURCES - own:
            found[service, metric] = measure
    return found


@lru_cache(maxsize=8192)
def _without_owner(service: str, metric: str) -> str:
    """Return a metric's name with `*` for the service's, however the parts of that are joined in it."""
    parts = [part for part in _PARTS.split(service) if part]
    if sum(map(len, parts)) < _SHORTEST:
        return metric
    name = _BETWEEN.join(map(re.escape, parts))
    return re.sub(rf"(?i)(?<![a-z0-9]){name}(?![a-z0-9])", _OWNER, metric, count=1)
