"""A cache that was emptied, seen by traces alone: who asked it now asks somebody behind it as well.

An empty cache answers as fast as a full one, and no span says what it answered. What tells is that visits
which asked it and were content now ask on, in most cases, and that those who are content became fewer. Traces
are a sample, and who keeps or reads the failed or slow ones first sees more of those that ask on: content
visits are as many as before then, and visits of failed traces are left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from domain.counting import in_series
from domain.investigation.evidence import ENTRY, Change, EvidenceKind
from rca.culprits.untold import MOST, UNTOLD
from rca.families import words_of
from rca.findings import Finding, clean, figure
from rca.logs.stores_named import Stores
from rca.reach import reached
from rca.recent_changes import changed_just_before
from rca.spans.call_visits import Visit

_FEWEST, _FEWEST_NOW = 8, 3
_TIMES, _MOST_BEFORE, _LEAST_NOW = 2.0, 0.6, 0.4
_CHANCE = 4.0
_STILL_CONTENT = 0.8
_PERHAPS = 0.79
"""Who was never asked behind it before may be asked in place of somebody else who is away."""
_FELT = frozenset({"latency", "client_latency", "own_time", "call_gap", "errors", "success", "failed_spans"})
_PLAIN = 3.0
_CACHES = frozenset({"cache", "caches", "caching", "redis", "valkey", "memcached", "memcache"})
_CALLED_SO = frozenset({"varnish", "hazelcast", "infinispan", "ehcache", "dragonfly", "keydb"})


@dataclass(slots=True)
class _Asked:
    """Of visits that asked a cache: how many, and how many of them asked on."""

    visits: int = 0
    asked_on: int = 0

    @property
    def share(self) -> float:
        return self.asked_on / self.visits if self.visits else 0.0


def cache_visit_findings(
    visits: Sequence[Visit],
    findings: Sequence[Finding],
    calls: Sequence[tuple[str, str]],
    stores: Stores,
    changes: Sequence[Change],
    onset: float,
) -> list[Finding]:
    """Return at most one finding for each cache whose callers have to ask on now."""
    accused = {f.service for f in findings if f.family == UNTOLD and f.explains}
    visits = [visit for visit in visits if not visit.failed]
    callees = {callee for visit in visits for callee in visit.calls}
    caches = {name for name in callees if _is_cache(name, stores)} - accused
    found = []
    for cache in sorted(caches):
        asking_on = dict(_asking_on(cache, visits, callees - caches))
        callers = {caller for caller, _ in asking_on}
        if all(changed_just_before(caller, changes, onset) for caller in callers):
            continue  # nobody asks on, or a new version may ask for more, whatever the cache says
        behind = {store for _, store in asking_on}
        above = reached(cache, [(callee, caller) for caller, callee in calls])
        near = {cache, ENTRY, *behind, *above}
        if any(f.service in near and f.bad and f.family in _FELT and f.strength >= _PLAIN for f in findings):
            found.append(_finding(cache, asking_on, behind | above))
    return found


def _is_cache(name: str, stores: Stores) -> bool:
    kinds = stores.of_kind
    is_kind = any(name in kinds.get(kind, ()) for kind in ("redis", "memcached"))
    return is_kind or bool(words_of(name) & (_CACHES | _CALLED_SO))


def _asking_on(
    cache: str, visits: Sequence[Visit], others: Set[str]
) -> Iterator[tuple[tuple[str, str], tuple[float, float]]]:
    """Yield (caller who asks on, who is asked beside the cache) with shares of visits that asked on before
    and now.

    Visits of one kind are compared with their like: another mix of them is no emptied cache.
    """
    told: dict[tuple[str, str], dict[str, tuple[_Asked, _Asked]]] = defaultdict(
        lambda: defaultdict(lambda: (_Asked(), _Asked()))
    )
    asking = [visit for visit in visits if cache in visit.calls]
    beside: dict[str, set[str]] = defaultdict(set)
    for visit in asking:
        beside[visit.service].update(others & visit.calls.keys())
    for visit in asking:
        for store in beside[visit.service]:
            one = told[store, visit.service][visit.operation][visit.is_late]
            one.visits += 1
            one.asked_on += store in visit.calls
    for store in sorted({store for store, _ in told}):
        kinds = {
            caller: [pair for pair in of.values() if _can_be_compared(*pair)]
            for (asked, caller), of in told.items()
            if asked == store
        }
        # Of a cache that is empty all who ask it ask on: few visits of each are many together.
        together = [pair for pairs in kinds.values() for pair in pairs]
        if not _rose(together) or not _are_fewer_content(together, asking):
            continue
        for caller, pairs in sorted(kinds.items()):
            before, now = _shares(pairs) if pairs else (1.0, 0.0)
            if now >= max(_LEAST_NOW, _TIMES * before):
                yield (caller, store), (before, now)


def _are_fewer_content(pairs: Sequence[tuple[_Asked, _Asked]], asking: Sequence[Visit]) -> bool:
    """Return whether visits that do not ask on are fewer by the clock than before the onset."""
    before_ms = -min(visit.since_ms for visit in asking)
    since_ms = max(visit.since_ms for visit in asking)
    before = sum(then.visits - then.asked_on for then, _ in pairs)
    content = sum(now.visits - now.asked_on for _, now in pairs)
    return content * before_ms <= _STILL_CONTENT * before * since_ms


def _can_be_compared(before: _Asked, now: _Asked) -> bool:
    return before.visits >= _FEWEST and now.visits >= _FEWEST_NOW and before.share <= _MOST_BEFORE


def _shares(pairs: Sequence[tuple[_Asked, _Asked]]) -> tuple[float, float]:
    """Return the shares that asked on before and now, as if the mix of visits had stayed as it is now."""
    visits = sum(now.visits for _, now in pairs)
    before = sum(then.share * now.visits for then, now in pairs) / visits
    return before, sum(now.asked_on for _, now in pairs) / visits


def _rose(pairs: Sequence[tuple[_Asked, _Asked]]) -> bool:
    """Return whether far more ask on than chance brings (Mantel and Haenszel 1959), and most do now."""
    if sum(now.visits for _, now in pairs) < _FEWEST_NOW:
        return False
    beyond = spread = 0.0
    for then, now in pairs:
        every = then.visits + now.visits
        share = (then.asked_on + now.asked_on) / every
        beyond += now.asked_on - now.visits * share
        spread += then.visits * now.visits * share * (1.0 - share) / max(every - 1, 1)
    before, after = _shares(pairs)
    return beyond >= _CHANCE * spread**0.5 and after >= max(_LEAST_NOW, _TIMES * before)


def _finding(
    cache: str, asking_on: Mapping[tuple[str, str], tuple[float, float]], explains: set[str]
) -> Finding:
    (caller, store), (before, now) = max(
        asking_on.items(), key=lambda pair: (pair[1][1] - pair[1][0], pair[0])
    )
    also = sorted({name for name, _ in asking_on} - {caller})
    text = (
        f"of {clean(caller, 60)}'s visits that ask it {figure(now * 100)}% have to ask {clean(store, 60)} "
        f"too, before {figure(before * 100)}%"
    )
    text += f"; so have {in_series([clean(name, 60) for name in also], most=2)}" if also else ""
    return Finding(
        cache,
        UNTOLD,
        MOST,
        EvidenceKind.EDGE,
        text,
        f"edge:{caller}>{cache}",
        explains=frozenset(explains),
        most_sure=1.0 if any(then > 0 for then, _ in asking_on.values()) else _PERHAPS,
    )
