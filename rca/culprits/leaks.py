"""Connections that are held and not given back: who holds far more than before, since before others suffered.

A client that leaks takes the connections of a store until it has none for anybody. The store is well, and all
who call it fail; the lines tell that it is full, never by whom. Where a store is slow, its clients hold more
as well, but all of them, and no earlier than they wait.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from domain.counting import in_series
from domain.investigation.evidence import ENTRY, Change, EvidenceKind, IncidentCase
from rca.culprits.untold import MOST, UNTOLD
from rca.families import Family, family_of, words_of
from rca.findings import Finding, clean, figure
from rca.recent_changes import GRACE_SECONDS
from rca.series.counters import increments
from rca.series.growth import FEWEST, growth
from rca.series.metric_signals import MetricView, SeriesDeviation
from rca.series.robust import Floats

USED_UP = re.compile(
    r"(?i)too many (?:clients|connections)|remaining connection slots|max(?:imum)?[_ ]connections|"
    r"connection limit|max number of clients reached"
)
NONE_LEFT = re.compile(
    r"(?i)connection is not available|pool limit|pool (?:is )?exhausted|exhausted pool|pool error|"
    r"no (?:free|idle|available) connections?|waiting for (?:a )?(?:free |idle )?connection"
)
_HOLDS = frozenset({
    "connections", "connection", "conns", "conn", "pool", "threads", "thread", "leased", "borrowed",
    "hikaricp", "active", "fds", "sockets", "sessions", "clients",
})  # fmt: skip
_OF_STORES = frozenset({
    "pg", "pgsql", "postgres", "postgresql", "mysql", "mariadb", "mongodb", "database", "numbackends",
})  # fmt: skip
"""Words of what a store tells of all its clients."""
_NOT_HELD = frozenset({
    "pending", "waiting", "waits", "wait", "waiters", "queued", "idle", "max", "timeouts", "opened",
    "created", "closed", "accepted", "acquired", "requests", "time", "seconds", "ms",
})  # fmt: skip
_PLAIN, _TIMES, _OTHERS = 6.0, 2.0, 0.4
_MOST_OF_ALL = 0.5
_AS_EVER, _BUSY = 1.4, 6.0
_FAILS = frozenset({"errors", "success", "latency", "failed_spans", "new_errors", "own_time", "call_gap"})
_ILL = frozenset({"memory", "disk", "silence"})
_SUFFERS = 3.0
_HARDLY, _PATIENCE = 0.05, 1.5
_PERHAPS, _GUESSED = 0.79, 0.69
_MOST_NAMED = 3
_SECONDS_BEFORE = 900.0


@dataclass(frozen=True, slots=True)
class _Held:
    """How many connections somebody holds: what was usual, what it is now, and since when it had grown before
    anybody suffered, if it had.

    What is usual says the beginning of the window, as what grows by and by is its own past.
    """

    series: SeriesDeviation
    before: float
    after: float
    is_plain: bool
    began: float | None

    @property
    def is_of_store(self) -> bool:
        return bool(words_of(self.series.metric) & _OF_STORES)

    @property
    def gain(self) -> float:
        return self.after - self.before

    @property
    def moved(self) -> str:
        return f"from {figure(self.before)} to {figure(self.after)}"


def leak_findings(
    case: IncidentCase,
    view: MetricView,
    findings: Sequence[Finding],
    calls: Sequence[tuple[str, str]],
    stores: Collection[str],
) -> list[Finding]:
    """Return what speaks against the one who holds the connections that others lack; at most one finding."""
    failing = {f.service for f in findings if f.bad and f.family in _FAILS and f.strength >= _SUFFERS}
    suffering = failing - {ENTRY}
    held = _held(case, view)
    slower = _slower_since(case, view, suffering)
    if slower is not None:  # who waits holds more as well
        late = slower - _PATIENCE * (case.sample_seconds or 60.0)
        held = [one if one.began is None or one.began < late else replace(one, began=None) for one in held]
    holders = [one for one in held if _is_leak(one, held, view)]
    if not suffering or not holders:
        return []
    lines = [f for f in findings if f.reference.startswith("log:") and f.strength > 0]
    lacking = {f.service for f in lines if USED_UP.search(f.text) or NONE_LEFT.search(f.text)}
    clients = [one for one in holders if not (one.is_of_store or one.series.service in stores)]
    for one in sorted(clients, key=lambda one: _as_client(one, held)):
        found = _accused(one, held, findings, calls, suffering, lacking)
        if found:
            return [found]
    return _by_change(holders, findings, calls, suffering, case.changes)


def _as_client(one: _Held, held: Sequence[_Held]) -> tuple[bool, float, str]:
    is_alone = all(other is one or other.series.measure != one.series.measure for other in held)
    return is_alone, one.gain, one.series.service


def _held(case: IncidentCase, view: MetricView) -> list[_Held]:
    times = np.asarray(case.telemetry.metrics.times, dtype=float)
    found: dict[str, _Held] = {}
    for series in view.series:
        if not is_held(series.measure, series.metric) or ">" in series.service or series.service == ENTRY:
            continue
        row = np.asarray(case.telemetry.metrics.series[series.service, series.metric], dtype=float)
        values = increments(series.metric, series.family, [row])[0]
        one = _judged(series, values, times, view.onset)
        known = found.get(series.service)
        if one and (known is None or one.gain > known.gain):
            found[series.service] = one
    return list(found.values())


def is_held(measure: str, metric: str = "") -> bool:
    """Return whether a series tells how many connections, or what goes with one, somebody holds."""
    words = words_of(measure) | words_of(metric)
    if words & _NOT_HELD:
        return False
    is_kept = family_of(measure) is Family.SATURATION and bool(words & _HOLDS)
    return is_kept or "numbackends" in words or {"stat", "activity"} <= words


def _judged(series: SeriesDeviation, values: Floats, times: Floats, onset: float) -> _Held | None:
    is_told = ~np.isnan(values)
    early, at = values[is_told & (times < onset)], times[is_told & (times < onset)]
    late = values[is_told & (times >= onset)]
    if early.size < FEWEST or late.size == 0:
        return None
    usual, spread, began = growth(early, at, 1.0)
    now = float(np.median(late))
    return _Held(series, usual, now, now > usual + _PLAIN * spread, began)


def _slower_since(case: IncidentCase, view: MetricView, services: set[str]) -> float | None:
    """Return since when the first of these had become slower before the onset; None where none had."""
    times = np.asarray(case.telemetry.metrics.times, dtype=float)
    found = []
    for series in view.series:
        if series.family is not Family.LATENCY or series.service not in services:
            continue
        row = np.asarray(case.telemetry.metrics.series[series.service, series.metric], dtype=float)
        values = increments(series.metric, series.family, [row])[0]
        is_early = ~np.isnan(values) & (times < view.onset)
        if np.count_nonzero(is_early) < FEWEST:
            continue
        early = values[is_early]
        began = growth(early, times[is_early], _HARDLY * float(np.median(early)))[2]
        found += [began] if began is not None else []
    return min(found, default=None)


def _is_leak(one: _Held, held: Sequence[_Held], view: MetricView) -> bool:
    """Return whether somebody holds many times as much, asked for as ever, while nobody of whom the same is
    told holds nearly as many more."""
    name = one.series.service
    if not one.is_plain or one.after < _TIMES * one.before:
        return False
    asked = [
        s.deviation.after / s.deviation.before
        for s in view.series
        if s.service == name and s.family is Family.LOAD and s.deviation.before > 0
    ]
    if max(asked, default=1.0) >= _AS_EVER:
        return False
    others = [other.gain for other in held if other.series.measure == one.series.measure and other is not one]
    return all(gain <= _OTHERS * one.gain for gain in others) and (bool(others) or one.began is not None)


def _accused(
    one: _Held,
    held: Sequence[_Held],
    findings: Sequence[Finding],
    calls: Sequence[tuple[str, str]],
    suffering: set[str],
    lacking: set[str],
) -> Finding | None:
    """Return what speaks against one; `lacking` are those of whom lines tell that there is no connection."""
    name = one.series.service
    needs = {callee for caller, callee in calls if caller == name}
    is_said = bool(lacking) and (not calls or name in lacking or bool(needs & _stores_of(lacking, calls)))
    on_map = {of for call in calls for of in call}
    stores = [
        other
        for other in held
        if other is not one
        and 0 < _MOST_OF_ALL * other.gain <= one.gain <= other.gain / _MOST_OF_ALL
        and other.is_plain
        and other.series.measure != one.series.measure
        and (other.series.service in needs or other.series.service not in on_map or not needs)
    ]
    store = max(stores, key=lambda other: (other.gain, other.series.service)) if stores else None
    shared = {store.series.service} if store else needs
    if any(_is_ill(f, shared) for f in findings):
        return None
    if not (store or is_said or one.began is not None):
        return None
    victims = (
        {caller for caller, callee in calls if callee in shared} - {name} if needs else suffering - {name}
    )
    if not (store or is_said) and not victims & suffering:
        return None  # who holds more and harms nobody else
    surely = one.began is not None and (store or is_said)
    text = f"holds more and more: {one.series.shown} rose {one.moved}"
    text += ", since before anybody suffered" if one.began is not None else ""
    if store:
        text += f", and {store.series.shown} of {clean(store.series.service, 60)} {store.moved}"
    explains = frozenset(victims | shared)
    return _finding(
        name, one.series, text, explains, 1.0 if surely else _PERHAPS if store or is_said else _GUESSED
    )


def _stores_of(lacking: set[str], calls: Sequence[tuple[str, str]]) -> set[str]:
    """Return the ones who lack connections and call nobody, and whom the others call."""
    callers = {caller for caller, _ in calls}
    return (lacking - callers) | {
        callee for caller, callee in calls if caller in lacking and callee not in callers
    }


def _is_ill(finding: Finding, services: set[str]) -> bool:
    """Return whether a store is short of something itself, or works twice as much."""
    if finding.service not in services or not finding.bad:
        return False
    return (finding.family in _ILL and finding.strength >= _BUSY) or (
        finding.family == "cpu" and finding.strength >= _BUSY and finding.change >= finding.before
    )


def _by_change(
    holders: Sequence[_Held],
    findings: Sequence[Finding],
    calls: Sequence[tuple[str, str]],
    suffering: set[str],
    changes: Sequence[Change],
) -> list[Finding]:
    """Return the only client of a store that was changed shortly before its connections began to grow."""
    for store in holders:
        name = store.series.service
        callers = {caller for caller, callee in calls if callee == name}
        if store.began is None or any(_is_ill(f, {name}) for f in findings):
            continue
        known = callers or suffering - {name}
        changed = {
            change.service
            for change in changes
            if -GRACE_SECONDS <= store.began - change.at <= _SECONDS_BEFORE
            and change.service in known | {name}
        }
        if len(changed) != 1 or name in changed or len(suffering & known) < 1:
            continue
        client = next(iter(changed))
        who = in_series([clean(one, 60) for one in sorted(suffering & known)], most=_MOST_NAMED)
        text = (
            f"was changed shortly before {store.series.shown} of {clean(name, 60)} began to grow, "
            f"{store.moved}, and {who} suffer"
        )
        explains = frozenset(known - {client} | {name})
        return [_finding(client, store.series, text, explains, _PERHAPS if callers else _GUESSED)]
    return []


def _finding(
    name: str, series: SeriesDeviation, text: str, explains: frozenset[str], most_sure: float
) -> Finding:
    reference = f"metric:{series.service}|{series.metric}"
    kind = EvidenceKind.METRIC
    return Finding(
        name, UNTOLD, MOST, kind, text, reference, series.onset, explains=explains, most_sure=most_sure
    )
