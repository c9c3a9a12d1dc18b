"""Who brings trouble to others by an errand of its own: a job that locks a table, a function that takes what
all functions share, a consumer that takes nothing any more.

None of them need be slow or fail. What tells is their own work, which nobody asked them for, that it turned
no later than the trouble, and that nobody else's did.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.counting import in_series
from domain.investigation.evidence import ENTRY, EvidenceKind
from rca.culprits.untold import MOST, UNTOLD
from rca.families import Family, is_bad_when_low, words_of
from rca.findings import Finding, clean, figure
from rca.series.metric_signals import MetricView, SeriesDeviation

_PLAIN = 6.0
_TIMES, _AS_EVER = 3.0, 1.4
_MOST_OF_ALL = 0.67
_HALF, _FELL_Z = 0.5, 4.0
_MOST_NAMED = 3
_LONE = 0.9
_FELT = frozenset({"errors", "success", "latency", "failed_spans", "own_time", "call_gap", "new_errors"})
_STORE_SUFFERS = frozenset({"latency", "own_time", "saturation", "call_gap"})
_ITS_OWN = frozenset({"memory", "silence"})
_WORK = frozenset({Family.LOAD, Family.CPU, Family.NETWORK})
_THROTTLED = frozenset({"throttle", "throttles", "throttled", "throttling"})
_WAITING = frozenset({
    "lag", "depth", "backlog", "ready", "visible", "queue", "pending", "undelivered", "age", "messages",
})  # fmt: skip

_PUTS_IN = frozenset({"published", "publish", "sent", "send", "produced", "enqueued", "emitted"})


@dataclass(frozen=True, slots=True)
class _System:
    """What is known of a system: who calls whom, and how each service's series moved."""

    callers: Mapping[str, set[str]]
    callees: Mapping[str, set[str]]
    series: Mapping[str, Sequence[SeriesDeviation]]
    findings: Mapping[str, Sequence[Finding]]
    patience: float

    def times_asked(self, name: str) -> float:
        """Return how many times as much a service is asked for as before; 1 where nothing tells."""
        load = [s for s in self.series.get(name, ()) if s.family is Family.LOAD and s.deviation.before > 0]
        return max((s.deviation.after / s.deviation.before for s in load), default=1.0)

    def suffers(self, name: str, kinds: frozenset[str]) -> list[Finding]:
        """Return what is plainly bad about a service, of these kinds."""
        return [f for f in self.findings.get(name, ()) if f.bad and f.family in kinds and _is_plain(f)]


def errand_findings(
    view: MetricView, findings: Sequence[Finding], calls: Sequence[tuple[str, str]], sample_seconds: float
) -> list[Finding]:
    """Return what speaks against who brings trouble to others by work that nobody asked it for."""
    callers, callees = defaultdict(set), defaultdict(set)
    for caller, callee in calls:
        if caller != callee:
            callers[callee].add(caller)
            callees[caller].add(callee)
    series: dict[str, list[SeriesDeviation]] = defaultdict(list)
    for one in view.series:
        if ">" not in one.service and one.service != ENTRY:
            series[one.service].append(one)
    of: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        of[finding.service].append(finding)
    system = _System(callers, callees, series, of, 1.5 * sample_seconds)
    return [*_jobs(system), *_hogs(system), *_idle_consumers(system)]


def _jobs(system: _System) -> Iterable[Finding]:
    """Yield who works many times as much as before for itself, since when a store that it calls lets all
    others wait."""
    for store in sorted(system.callers):
        bad = system.suffers(store, _STORE_SUFFERS)
        if not bad or system.suffers(store, _ITS_OWN):
            continue
        began = min((f.at for f in bad if f.at is not None), default=None)
        others = {name for name in system.callers[store] if system.suffers(name, _FELT)}
        works = {name: most for name in system.callers[store] if (most := _grew(system, name))}
        if len(works) != 1 or any(f.family == UNTOLD and f.explains for f in system.findings.get(store, ())):
            continue
        job, most = next(iter(works.items()))
        # Who fails is asked again, and so for a little more.
        much = min(_TIMES, max(_AS_EVER, most.deviation.after / most.deviation.before / _TIMES))
        asked = {name for name in system.callers[store] - {job} if system.times_asked(name) >= much}
        late = began is not None and most.onset is not None and most.onset > began + system.patience
        # Who fails is no errand, and a door that passes on what it is asked for is none either.
        by_others = any(system.times_asked(name) >= much for name in system.callers.get(job, ()))
        if late or asked or by_others or not others - {job} or job in others:
            continue
        if len(system.callees.get(job, ())) > 1 and most.family is not Family.CPU and _is_door(system, job):
            continue
        moved, victims = most.deviation, sorted(others - {job})
        named = in_series([clean(name, 60) for name in victims], most=_MOST_NAMED)
        verb = "waits" if len(victims) == 1 else "wait"
        text = (
            f"works {moved.after / moved.before:.0f} times as much as before "
            f"({most.shown} rose from {figure(moved.before)} to {figure(moved.after)}), while "
            f"{named} {verb} for {clean(store, 60)}, which it calls too"
        )
        yield _accused(job, most, text, frozenset({store, *victims}))


def _grew(system: _System, name: str) -> SeriesDeviation | None:
    """Return the series that shows that a service works many times as much as before; None: it does not."""
    grown = [
        s
        for s in system.series.get(name, ())
        if s.family in _WORK
        and not is_bad_when_low(s.measure)
        and s.deviation.z >= _PLAIN
        and 0 < _TIMES * s.deviation.before <= s.deviation.after
    ]
    return max(grown, key=lambda s: (s.deviation.z, s.metric)) if grown else None


def _is_door(system: _System, name: str) -> bool:
    return any(s.family in (Family.LATENCY, Family.SUCCESS) for s in system.series.get(name, ()))


def _hogs(system: _System) -> Iterable[Finding]:
    """Yield the one who takes most of what all share, while others, two at least, are throttled."""
    victims = {
        name
        for name, series in system.series.items()
        if any(_counts_throttles(s) and s.deviation.z >= _PLAIN for s in series)
    }
    gains: dict[str, list[tuple[float, SeriesDeviation]]] = defaultdict(list)
    for series in system.series.values():
        for one in series:
            moved = one.deviation
            if one.family in (Family.LOAD, Family.SATURATION) and moved.z >= _PLAIN:
                gains[one.measure].append((moved.after - moved.before, one))
    found: dict[str, SeriesDeviation] = {}
    for _, gained in sorted(gains.items()):
        most, one = max(gained, key=lambda pair: (pair[0], pair[1].service))
        is_most = most >= _MOST_OF_ALL * sum(gain for gain, _ in gained)
        asked = max((system.times_asked(name) for name in system.callers.get(one.service, ())), default=1.0)
        grew = 0 < _TIMES * max(one.deviation.before, 1e-9) <= one.deviation.after
        if is_most and grew and asked < _AS_EVER and one.service not in found:
            found[one.service] = one
    if len(found) != 1:
        return
    hog, one = next(iter(found.items()))
    alike = {name for name in victims - {hog} if any(s.measure == one.measure for s in system.series[name])}
    if len(alike) < 2:  # who shares a limit is measured alike
        return
    named = in_series([clean(name, 60) for name in sorted(victims - {hog})], most=_MOST_NAMED)
    moved = one.deviation
    text = (
        f"{one.shown} rose from {figure(moved.before)} to {figure(moved.after)}, while {named} are throttled"
    )
    yield _accused(hog, one, text, frozenset(victims - {hog}))


def _counts_throttles(series: SeriesDeviation) -> bool:
    """Return whether a series counts calls that a limit refused; a processor that is held back is no such."""
    return series.family is Family.ERRORS and bool(words_of(series.measure) & _THROTTLED)


def _idle_consumers(system: _System) -> Iterable[Finding]:
    """Yield the one of a queue's callers that takes next to nothing any more of what comes in as ever."""
    for queue in sorted(system.callers):
        told = system.series.get(queue, ())
        waiting = [
            s
            for s in told
            if s.family is Family.SATURATION and words_of(s.measure) & _WAITING and s.deviation.z >= _PLAIN
        ]
        comes = [
            s.deviation.after / s.deviation.before
            for s in told
            if s.family is Family.LOAD and s.deviation.before > 0
        ]
        if not waiting or max(comes, default=0.0) < _MOST_OF_ALL:
            continue
        stopped = {name: s for name in system.callers[queue] if (s := _stopped(system, name))}
        if len(stopped) != 1:
            continue
        name, load = next(iter(stopped.items()))
        most, moved = max(waiting, key=lambda s: (s.deviation.z, s.metric)), load.deviation
        text = (
            f"{load.shown} fell from {figure(moved.before)} to {figure(moved.after)}, while {most.shown} of "
            f"{clean(queue, 60)} rose from {figure(most.deviation.before)} to {figure(most.deviation.after)}"
        )
        yield _accused(name, load, text, frozenset({queue}))


def _stopped(system: _System, name: str) -> SeriesDeviation | None:
    load = [
        s
        for s in system.series.get(name, ())
        if s.family is Family.LOAD and s.deviation.before > 0 and not words_of(s.measure) & _PUTS_IN
    ]
    fell = [
        s
        for s in load
        if s.deviation.z <= -_FELL_Z and 0.0 <= s.deviation.after <= _HALF * s.deviation.before
    ]
    return max(fell, key=lambda s: (-s.deviation.z, s.metric)) if fell and len(fell) == len(load) else None


def _is_plain(finding: Finding) -> bool:
    return finding.strength >= (_PLAIN if finding.measure else _HALF * _PLAIN)


def _accused(name: str, series: SeriesDeviation, text: str, victims: frozenset[str]) -> Finding:
    reference = f"metric:{series.service}|{series.metric}"
    strength = _LONE * MOST
    return Finding(
        name, UNTOLD, strength, EvidenceKind.METRIC, text, reference, series.onset, explains=victims
    )
