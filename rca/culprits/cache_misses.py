"""A cache that answers less than it did, while whoever is asked instead is asked for much more.

Whoever is behind a cache that was emptied shows the trouble: slow, busy, out of connections. It does more
work than ever because it is asked to; the cache, which looks healthy and even idle, is where it began.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from domain.counting import in_series
from domain.investigation.evidence import ENTRY, EvidenceKind
from rca.culprits.untold import MOST, UNTOLD
from rca.families import Family, is_bad_when_low, words_of
from rca.findings import Finding, clean, figure
from rca.reach import reached
from rca.series.metric_signals import MetricView, SeriesDeviation

_PLAIN, _ASKED_Z = 3.0, 3.0
"""Little by itself; both at once, and twice the misses, are no chance."""
_TIMES_MISSED, _LEAST_MISSED = 2.0, 0.05
_TIMES_ASKED, _BEYOND_OTHERS = 1.5, 1.25
_EARLIER_SAMPLES = 2.5
"""A counter that misses samples turns that much later than it did."""
_MOST_NAMED, _ILL = 2, 6.0
_SLOW = frozenset({Family.LATENCY, Family.CLIENT_LATENCY})
_FELT = _SLOW | {Family.ERRORS, Family.SUCCESS}
_SHORT = frozenset({Family.CPU, Family.DISK, Family.MEMORY, Family.SATURATION})
_HITS, _MISSES = frozenset({"hit", "hits"}), frozenset({"miss", "misses"})
_SHARES = frozenset({"ratio", "rate", "pct", "percent", "percentage", "share"})


def cache_findings(
    view: MetricView, calls: Sequence[tuple[str, str]], sample_seconds: float
) -> list[Finding]:
    """Return at most one finding for each cache whose misses others have to bear."""
    callers: dict[str, set[str]] = defaultdict(set)
    for caller, callee in calls:
        callers[callee].add(caller)
    doors = {caller for caller, _ in calls} - callers.keys()
    asked, ill = _asked(view), _ill_since(view)
    found = []
    for cache, series, is_share in _missing_more(view):
        begin = (series.onset or view.onset) - _EARLIER_SAMPLES * sample_seconds
        bearing = {}
        for name, (times, at) in asked.items():
            # Traces know who calls whom of those that are traced: of others nothing is known.
            is_known = bool(callers[name]) and bool(callers[cache])
            is_behind = not is_known or cache in callers[name] or bool(callers[name] & callers[cache])
            since = min(at, ill.get(name, at))
            if name in {cache, ENTRY, *doors} or since < begin or not is_behind:
                continue
            ordinary = _ordinary(cache, name, asked, callers[cache], is_share=is_share)
            if times >= _TIMES_ASKED and times >= _BEYOND_OTHERS * max(ordinary, 1.0):
                bearing[name] = times
        above = reached(cache, [(callee, caller) for caller, callee in calls])
        if bearing and _is_felt(view, {cache, ENTRY, *bearing, *above} if above else set()):
            found.append(_finding(cache, series, bearing, view, above))
    return found


def _ordinary(
    cache: str, name: str, asked: Mapping[str, tuple[float, float]], callers: set[str], *, is_share: bool
) -> float:
    """Return how many times as often one would be asked if the cache missed no more than ever."""
    if cache in asked:
        return asked[cache][0]
    if told := [asked[caller][0] for caller in callers if caller in asked]:
        return max(told)
    # Where the share that it misses is not known either, so many misses may be what more users bring.
    others = [times for other, (times, _) in asked.items() if other != name or not is_share]
    return min(others, default=1.0)


def _is_felt(view: MetricView, near: set[str]) -> bool:
    """Return whether any of these, all without a map, got slower or fails more, or no one tells how slow."""
    told = [s for s in view.series if s.family in _FELT and (not near or s.service in near)]
    return not any(s.family in _SLOW for s in told) or any(
        abs(s.deviation.z) >= _PLAIN and (s.deviation.z < 0) == is_bad_when_low(s.measure) for s in told
    )


def _ill_since(view: MetricView) -> Mapping[str, float]:
    """Return since when services are plainly slow, failing or short of something: a cause comes before it."""
    found: dict[str, float] = {}
    for s in view.series:
        is_bad = (s.deviation.z < 0) == is_bad_when_low(s.measure)
        if s.family in _FELT | _SHORT and is_bad and abs(s.deviation.z) >= _ILL and s.onset is not None:
            found[s.service] = min(found.get(s.service, s.onset), s.onset)
    return found


def _asked(view: MetricView) -> Mapping[str, tuple[float, float]]:
    """Return of each service how many times as much it is asked for as before, and since when."""
    found: dict[str, tuple[float, float]] = {}
    for series in view.series:
        moved = series.deviation
        if series.family is not Family.LOAD or ">" in series.service or not moved.before > 0:
            continue
        is_plain = abs(moved.z) >= _ASKED_Z
        times = moved.after / moved.before if is_plain else 1.0
        if times > found.get(series.service, (0.0, 0.0))[0]:
            found[series.service] = times, series.onset or view.onset
    return found


def _missing_more(view: MetricView) -> Iterator[tuple[str, SeriesDeviation, bool]]:
    """Yield caches that miss at least twice as much of what they are asked for as before, by the series that
    shows it best, and whether that is known as a share."""
    told: dict[str, list[SeriesDeviation]] = defaultdict(list)
    for series in view.series:
        if series.family is Family.CACHE and ">" not in series.service:
            told[series.service].append(series)
    for cache, found in sorted(told.items()):
        worse = [s for s in found if (s.deviation.z < 0) == is_bad_when_low(s.measure)]
        plain = [s for s in worse if abs(s.deviation.z) >= _PLAIN and _misses_more(s, found)]
        if plain:
            is_share = any(words_of(s.metric) & (_HITS | _SHARES) for s in found)
            yield cache, max(plain, key=lambda s: (abs(s.deviation.z), s.metric)), is_share


def _misses_more(series: SeriesDeviation, beside: Sequence[SeriesDeviation]) -> bool:
    moved, words = series.deviation, words_of(series.measure)
    if words & _SHARES and not words & _MISSES:
        whole = 1.0 if max(moved.before, moved.after) <= 1.0 else 100.0
        before, after = 1.0 - moved.before / whole, 1.0 - moved.after / whole
        return after >= _LEAST_MISSED and after >= _TIMES_MISSED * before
    if not words & _MISSES:
        return False
    hits = next((s.deviation for s in beside if words_of(s.metric) & _HITS), None)
    if hits is None or not hits.before > 0:
        return moved.after >= _TIMES_MISSED * moved.before
    before, after = moved.before / (moved.before + hits.before), moved.after / (moved.after + hits.after)
    return after >= _LEAST_MISSED and after >= _TIMES_MISSED * before


def _finding(
    cache: str, series: SeriesDeviation, bearing: Mapping[str, float], view: MetricView, above: set[str]
) -> Finding:
    moved = series.deviation
    most = sorted(bearing, key=lambda name: (-bearing[name], name))
    named = in_series([f"{clean(n, 60)} is asked {bearing[n]:.1f} times" for n in most[:_MOST_NAMED]])
    word = "rose" if moved.z > 0 else "fell"
    went = f"{clean(series.metric, 60)} {word} from {figure(moved.before)} to {figure(moved.after)}"
    text = f"{went}, and {named} as often as before"
    anybody = frozenset(above) or frozenset(s.service for s in view.series if s.service != ENTRY)
    return Finding(
        cache,
        UNTOLD,
        MOST,
        EvidenceKind.METRIC,
        text,
        f"metric:{cache}|{series.metric}",
        series.onset,
        explains=frozenset(bearing) | anybody,
    )
