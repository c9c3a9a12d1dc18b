"""A neighbour that takes the processor, where nothing is told of the node that all stand on.

Two services or more get slow in one moment, by their own work or without anybody in trouble whom they need:
something that they share is short. Who works many times as much since then, asked for as ever, and is
needed by none of them, is the likeliest taker; that they stand on one node is not known.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from domain.counting import in_series
from domain.investigation.evidence import ENTRY, EvidenceKind
from rca.culprits.untold import MOST, UNTOLD
from rca.families import Family, is_bad_when_low, words_of
from rca.findings import Finding, clean, figure
from rca.reach import reached
from rca.series.metric_signals import MetricView, SeriesDeviation

_SLOW = frozenset({"latency", "own_time"})
_TROUBLE = _SLOW | {"errors", "success", "failed_spans", "silence", "new_errors", "blamed", "disk", "memory"}
_OWN = frozenset({"memory", "disk", "silence", "new_errors"})
_PLAIN, _SUFFERS = 6.0, 3.0
_TIMES, _BEYOND_NEXT, _AS_EVER, _ASKED_Z = 1.8, 2.0, 1.4, 4.0
_FEWEST = 2
_WAITS = frozenset({"pressure", "steal", "throttled", "throttling", "throttles", "runqueue"})
_SEEN_WAITING, _GUESSED = 0.79, 0.69
_MOST_NAMED = 3


def neighbour_findings(
    view: MetricView, findings: Sequence[Finding], calls: Sequence[tuple[str, str]], sample_seconds: float
) -> list[Finding]:
    """Return at most one finding, about who works more since others who do not need it are slow."""
    if not calls or any(f.family == UNTOLD and f.explains for f in findings):
        return []
    plain = _plain(findings)
    took = _took_more(view)
    if took is None:
        return []
    needs = _needs(calls)
    mates = _slow_for_no_reason(plain, needs, view, took.service)
    began = [s.onset for s in view.series if s.service in mates and s.family is Family.LATENCY and s.onset]
    is_late = took.onset is not None and began and took.onset > min(began) + 1.5 * sample_seconds
    if len(mates) < _FEWEST or is_late or plain[took.service] & (_TROUBLE - _SLOW):
        return []
    waiting = [s for s in view.series if s.service in mates and s.deviation.z >= _PLAIN and _tells_waiting(s)]
    moved = took.deviation
    named = in_series([clean(name, 60) for name in sorted(mates)], most=_MOST_NAMED)
    text = (
        f"{took.shown} rose from {figure(moved.before)} to {figure(moved.after)}, asked for as ever, while "
    )
    text += f"{named} wait for a processor" if waiting else f"{named} got slow, which do not need it"
    reference = f"metric:{took.service}|{took.metric}"
    explains, sure = frozenset(mates), _SEEN_WAITING if waiting else _GUESSED
    kind = EvidenceKind.METRIC
    return [
        Finding(
            took.service, UNTOLD, MOST, kind, text, reference, took.onset, explains=explains, most_sure=sure
        )
    ]


def slow_apart(
    view: MetricView, findings: Sequence[Finding], calls: Sequence[tuple[str, str]], first: str
) -> list[str]:
    """Return who got slow as the first did, each for itself: both wait for a processor, both take longer by
    their own work, or for no reason of theirs, and neither needs the other.

    Nobody where the first shows more than that it is slow.
    """
    plain, needs = _plain(findings), _needs(calls)
    if plain.get(first, set()) & (_TROUBLE - _SLOW):
        return []
    wait = {s.service for s in view.series if s.deviation.z >= _PLAIN and _tells_waiting(s)}
    own = {name for name, kinds in plain.items() if "own_time" in kinds and not kinds & (_TROUBLE - _SLOW)}
    alike = (wait if first in wait else set()) | (own if first in own else set())
    mates = _slow_for_no_reason(plain, needs, view, "") if first in needs else set()
    if first in mates:
        alike |= {one for one in mates if first not in needs.get(one, ()) and one not in needs[first]}
    return sorted(alike - {first, ENTRY})


def _plain(findings: Sequence[Finding]) -> dict[str, set[str]]:
    """Return by which families each is plainly slow, or in other trouble."""
    plain: dict[str, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.bad and finding.strength >= (_PLAIN if finding.family in _SLOW else _SUFFERS):
            plain[finding.service].add(finding.family)
    return plain


def _needs(calls: Sequence[tuple[str, str]]) -> dict[str, set[str]]:
    return {name: reached(name, calls) for name in {of for call in calls for of in call}}


def _tells_waiting(series: SeriesDeviation) -> bool:
    return bool(words_of(series.measure) & _WAITS)


def _took_more(view: MetricView) -> SeriesDeviation | None:
    """Return the series of the only one whose processor works many times as much, beyond what it is asked."""
    asked: dict[str, float] = {}
    for series in view.series:
        if series.family is Family.LOAD and series.deviation.before > 0 and series.deviation.z >= _ASKED_Z:
            times = series.deviation.after / series.deviation.before
            asked[series.service] = max(asked.get(series.service, 1.0), times)
    grown: dict[str, SeriesDeviation] = {}
    for series in view.series:
        moved = series.deviation
        is_cpu = (
            series.family is Family.CPU and not is_bad_when_low(series.measure) and not _tells_waiting(series)
        )
        if not is_cpu or series.service == ENTRY or ">" in series.service or moved.z < _PLAIN:
            continue
        if moved.before > 0 and moved.after >= _TIMES * moved.before:
            known = grown.get(series.service)
            if known is None or moved.z > known.deviation.z:
                grown[series.service] = series
    if len(grown) != 1 or asked.get(next(iter(grown)), 1.0) >= _AS_EVER:
        return None
    return next(iter(grown.values()))


def _slow_for_no_reason(
    plain: Mapping[str, set[str]], needs: Mapping[str, set[str]], view: MetricView, taker: str
) -> set[str]:
    """Return who is slow though nobody whom they need is in trouble, and who do not need the taker;
    nobody where all who need somebody in common, of whom no latency is told, are slow."""
    slow = {name for name, kinds in plain.items() if kinds & _SLOW and name not in {ENTRY, taker}}
    told = {s.service for s in view.series if s.family is Family.LATENCY}
    slow_itself = {name for name in slow if "own_time" in plain[name]}
    slow_itself |= {s.service for s in view.series if s.deviation.z >= _PLAIN and _tells_waiting(s)} & slow
    mates = set()
    for name in slow:
        below = needs.get(name, set()) - {name}
        if taker in below or plain[name] & _OWN:
            continue
        if name in slow_itself or not any(plain.get(one, set()) & _TROUBLE for one in below):
            mates.add(name)
    shared = set.intersection(*(needs.get(name, set()) for name in mates)) if mates else set()
    for one in (
        shared - told if len(mates & slow_itself) < _FEWEST else ()
    ):  # it would be felt by all who need it
        if all(name in slow for name, below in needs.items() if one in below and name in told):
            return set()
    return mates
