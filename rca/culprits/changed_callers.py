"""A caller that was changed just before what it calls got slow: a new question may be what makes it busy.

A database that answers a new version's question for seconds looks sick itself. No series tells whose question
it is; that one of its callers alone was changed minutes before, and waits far longer than the others, while
the database is not asked for more, does, as *perhaps*.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from domain.counting import in_series
from domain.investigation.evidence import ENTRY, Change, EvidenceKind
from rca.culprits.untold import MOST, UNTOLD
from rca.families import Family
from rca.findings import Finding, clean
from rca.reach import reached
from rca.recent_changes import changed_just_before
from rca.series.metric_signals import MetricView

_BUSY = frozenset({"latency", "own_time", "cpu", "call_gap"})
_ILL = frozenset({"memory", "silence", "new_errors", "disk"})
_SLOW = frozenset({"latency", "own_time", "call_gap"})
_FELT = _SLOW | {"errors", "success", "failed_spans"}
_PLAIN, _SUFFERS, _ASKED_Z, _AS_EVER = 6.0, 3.0, 4.0, 1.5
_TIMES_OTHERS, _FEWEST = 2.0, 2
_PERHAPS = 0.79
_MOST_NAMED = 3


def changed_caller_findings(
    view: MetricView,
    findings: Sequence[Finding],
    calls: Sequence[tuple[str, str]],
    changes: Sequence[Change],
) -> list[Finding]:
    """Return at most one finding for each busy service of whose callers one alone was changed."""
    if not changes:
        return []
    callers: dict[str, set[str]] = defaultdict(set)
    for caller, callee in calls:
        if caller != callee:
            callers[callee].add(caller)
    callees = {caller for caller, _ in calls}
    accused = {f.service for f in findings if f.family == UNTOLD and f.explains}
    changed = {c.service for c in changes if changed_just_before(c.service, changes, view.onset)}
    worst, grew = _suffering(findings), _slower_by(view)
    found = []
    for busy, above in sorted(callers.items()):
        plain = {f.family for f in findings if f.service == busy and f.bad and f.strength >= _PLAIN}
        new = above & changed
        if (
            busy in changed | callees
            or not plain & _BUSY
            or plain & _ILL
            or len(new) != 1
            or len(above) < _FEWEST
        ):
            continue
        name = next(iter(new))
        if above & accused or _asked_more(view, busy) or worst.get(name, 0.0) < _SUFFERS:
            continue
        waiting_for_it = reached(name, [(callee, caller) for caller, callee in calls])
        others = _waiting_less(name, above - {name} - waiting_for_it, grew)
        if others:
            explains = frozenset(above - {name} | {busy})
            found.append(_finding(name, busy, others, explains, changes, view.onset))
    return found


def _suffering(findings: Sequence[Finding]) -> Mapping[str, float]:
    worst: dict[str, float] = defaultdict(float)
    for finding in findings:
        if finding.bad and finding.family in _FELT and finding.service != ENTRY:
            worst[finding.service] = max(worst[finding.service], finding.strength)
    return worst


def _slower_by(view: MetricView) -> Mapping[str, Mapping[str, tuple[float, float]]]:
    """Return by measure how many units longer each service takes than before, and how surprising that is."""
    grew: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for series in view.series:
        moved = series.deviation
        if series.family is Family.LATENCY and ">" not in series.service:
            known = grew[series.measure].get(series.service, (0.0, 0.0))
            grew[series.measure][series.service] = max(known, (moved.after - moved.before, moved.z))
    return grew


def _waiting_less(
    name: str, others: set[str], grew: Mapping[str, Mapping[str, tuple[float, float]]]
) -> set[str]:
    """Return those of the others who wait far less than one that waits longer than ever, by a measure that
    both tell; nobody where any does not."""
    told = [of for of in grew.values() if name in of and of[name][1] >= _SUFFERS and others & of.keys()]
    if not told:
        return set()
    by = max(told, key=lambda of: of[name])
    alike = others & by.keys()
    return alike if by[name][0] >= _TIMES_OTHERS * max(by[one][0] for one in alike) else set()


def _asked_more(view: MetricView, name: str) -> bool:
    return any(
        s.service == name
        and s.family is Family.LOAD
        and s.deviation.z >= _ASKED_Z
        and s.deviation.after >= _AS_EVER * s.deviation.before
        for s in view.series
    )


def _finding(
    name: str,
    busy: str,
    others: set[str],
    explains: frozenset[str],
    changes: Sequence[Change],
    onset: float,
) -> Finding:
    change = max(
        (c for c in changes if c.service == name and changed_just_before(name, [c], onset)),
        key=lambda c: (c.at, c.change_id),
    )
    who = in_series([clean(one, 60) for one in sorted(others)], most=_MOST_NAMED)
    text = (
        f"was changed {max(onset - change.at, 0.0) / 60.0:.0f} min before {clean(busy, 60)}, which it calls, "
        f"got slow or busy, and waits far longer than {who}"
    )
    return Finding(
        name,
        UNTOLD,
        MOST,
        EvidenceKind.CHANGE,
        text,
        f"change:{change.change_id}",
        change.at,
        explains=explains,
        most_sure=_PERHAPS,
    )
