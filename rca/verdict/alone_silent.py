"""A service that stopped reporting: whether it is gone, or only who told of it.

Who is gone is missed by those who call it, and writes nothing any more. Where it still writes, or where all
who call it tell how they are and are as well as ever, it is likelier its exporter, or its new name. Several
that stop in one moment and do not call each other have what they stand on in common.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from domain.counting import counted, in_series
from domain.investigation.evidence import ENTRY, IncidentCase
from rca.collect import Collected
from rca.families import Family
from rca.findings import Finding, clean
from rca.reach import reached
from rca.verdict.confidence import felt
from rca.verdict.ranking import Ranked, Weights

SILENCE = "silence"
_PLAIN, _UNFELT = 0.45, 0.34
_FEWEST_ROWS, _AS_MANY = 5, 0.5
_FEWEST_TOGETHER, _STEPS_APART, _MOST_NAMED = 2, 1.5, 3
_FEWEST_UNPLACED = 3
"""Where no map tells who calls whom, two may be one and who needs it."""
_TELLS = frozenset({Family.LATENCY, Family.SUCCESS, Family.ERRORS})
_BESIDE = frozenset({SILENCE, "alerted", "entrance", "first", "load"})


def only_unreported(case: IncidentCase, seen: Collected, ranked: Sequence[Ranked], weights: Weights) -> str:
    """Return that the first stopped reporting and seems to be there all the same; empty otherwise."""
    if not ranked or not any(f.family == SILENCE for _, f in ranked[0].findings):
        return ""
    first = ranked[0]
    plain = {f.family for _, f in first.findings if f.bad and weights.plainness(f) >= _PLAIN}
    if not plain <= _BESIDE:
        return ""
    name = clean(first.service, 60)
    if rows := _rows_since(case, seen.onset, first.service):
        return f"{name} stopped reporting series, but sends {rows} as before: see who collects its series."
    if _would_be_missed(seen, first.service, weights):
        return (
            f"{name} stopped reporting, but nobody who would miss it shows any trouble: see whether it runs, "
            "and who collects its series."
        )
    return ""


def silent_at_once(case: IncidentCase, seen: Collected) -> str:
    """Return that several stopped reporting in one moment that do not call each other, as far as is known;
    empty otherwise."""
    gone = sorted({f.service for f in seen.findings if f.family == SILENCE} - {ENTRY})
    if len(gone) < (_FEWEST_TOGETHER if seen.calls else _FEWEST_UNPLACED):
        return ""
    last = _last_seen(case, frozenset(gone))
    below = {name: reached(name, seen.calls) for name in gone}
    apart = _STEPS_APART * (case.sample_seconds or 60.0)
    together = {
        name
        for one, other in combinations(gone, 2)
        if one not in below[other] and other not in below[one] and abs(last[one] - last[other]) <= apart
        for name in (one, other)
    }
    # Who is idle because its only caller is gone stops, too: whoever calls somebody of them is asked first.
    first = sorted(name for name in together if not any(name in below[other] for other in gone))
    if len(first) < (_FEWEST_TOGETHER if seen.calls else _FEWEST_UNPLACED):
        return ""
    who = in_series([clean(name, 60) for name in first], most=_MOST_NAMED)
    apart_too = " and do not call each other" if seen.calls else ""
    return (
        f"{who} stopped reporting in the same moment{apart_too}: look at what they stand "
        "on, such as a node, and at who collects their series."
    )


def _rows_since(case: IncidentCase, onset: float, service: str) -> str:
    """Return which rows of a service still come at least half as often as before, with how many."""
    onset_ms = (onset - case.anomaly_time) * 1000.0
    told = case.telemetry
    for one, many, owners, times in (
        ("span", "spans", told.spans.service, told.spans.start_ms),
        ("log line", "log lines", told.logs.service, told.logs.t_ms),
    ):
        at = np.asarray([t for who, t in zip(owners, times, strict=True) if who == service], dtype=float)
        whole = np.asarray(times, dtype=float)
        if at.size == 0:
            continue
        early, late = onset_ms - float(np.nanmin(whole)), float(np.nanmax(whole)) - onset_ms
        before, after = int((at < onset_ms).sum()), int((at >= onset_ms).sum())
        if early <= 0 or late <= 0 or min(before, after) < _FEWEST_ROWS:
            continue
        second_half = int((at >= onset_ms + late / 2.0).sum())  # the last ones of who is gone come early
        if second_half >= _AS_MANY * before * (late / 2.0) / early and second_half:
            return counted(after, one, many)
    return ""


def _would_be_missed(seen: Collected, service: str, weights: Weights) -> bool:
    """Return whether all who call a service, or its system's users, tell how they are, and nobody suffers."""
    told = {one.service for one in seen.metrics.series if one.family in _TELLS}
    callers = {caller for caller, callee in seen.calls if callee == service and caller != service}
    if not callers and ENTRY not in told:
        return False
    if not callers <= told:
        return False
    above = reached(service, [(callee, caller) for caller, callee in seen.calls])
    near: list[Finding] = [
        f for f in seen.findings if f.service != service and (not callers or f.service in {ENTRY, *above})
    ]
    speaks_of_it = Counter(f.family for f in seen.findings if f.service == service and f.family == "blamed")
    return not speaks_of_it and felt(near, weights) < _UNFELT


def _last_seen(case: IncidentCase, names: frozenset[str]) -> dict[str, float]:
    last: dict[str, float] = defaultdict(float)
    times = np.asarray(case.telemetry.metrics.times, dtype=float)
    for (service, _), values in case.telemetry.metrics.series.items():
        if service in names:
            present = np.flatnonzero(~np.isnan(np.asarray(values, dtype=float)))
            last[service] = max(last[service], float(times[present[-1]]) if present.size else 0.0)
    return last
