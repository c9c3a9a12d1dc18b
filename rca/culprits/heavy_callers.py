"""Who of its callers brings a service its trouble, by what each caller's own calls of it became.

A database that is slow because somebody floods it, or asks it one slow question, looks sick itself, and all
who call it suffer. What tells are the calls: who asks it since the trouble and never did before, or whose
calls alone take many times as long while the others' hardly do.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from statistics import median

from domain.investigation.evidence import Change, EvidenceKind
from rca.culprits.untold import MOST, UNTOLD
from rca.findings import Finding, clean, figure
from rca.recent_changes import changed_just_before
from rca.series.silence import is_replaced
from rca.spans.call_visits import Visit

_FEWEST, _FEWEST_BEFORE = 5, 20
_SHARE = 0.08
_SLOWER, _BEYOND_OTHERS = 3.0, 2.5
_SUFFERS = frozenset({"latency", "own_time", "call_gap", "cpu", "saturation", "errors", "success"})
_ITS_OWN = frozenset({"memory", "silence"})
_PLAIN = 3.0
_PERHAPS = 0.79
Calls = Mapping[str, tuple[Sequence[float], Sequence[float]]]
"""Milliseconds of a service's calls before and since the onset, by caller."""


def heavy_caller_findings(
    visits: Sequence[Visit],
    findings: Sequence[Finding],
    traced: frozenset[str],
    stores: Collection[str],
    changes: Sequence[Change],
    onset: float,
) -> list[Finding]:
    """Return at most one finding about a caller for each service that suffers by its calls."""
    calls: dict[str, dict[str, tuple[list[float], list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: ([], []))
    )
    for visit in visits:
        for callee, took in visit.calls.items():
            calls[callee][visit.service][visit.is_late].extend(took)
    known = {visit.service for visit in visits if not visit.is_late}
    accused = {f.service for f in findings if f.family == UNTOLD and f.explains}
    found = []
    for callee, by_caller in sorted(calls.items()):
        plain = {f.family for f in findings if f.service == callee and f.bad and f.strength >= _PLAIN}
        if callee in accused or not plain & _SUFFERS or plain & _ITS_OWN or len(by_caller) < 2:
            continue
        one = _newcomer(callee, by_caller, known, traced) or _slow_question(
            callee, by_caller, traced & frozenset(stores), changes, onset
        )
        found += [one] if one else []
    return found


def _newcomer(callee: str, calls: Calls, known: set[str], traced: frozenset[str]) -> Finding | None:
    """Return who calls since the onset alone, and calls much; a pod that replaces another is none."""
    before = sum(len(then) for then, _ in calls.values())
    now = sum(len(late) for _, late in calls.values())
    new = [name for name, (then, late) in calls.items() if not then and len(late) >= _FEWEST]
    new = [name for name in new if name not in known and not is_replaced(name, traced - {name})]
    if before < _FEWEST_BEFORE or len(new) != 1 or len(calls[new[0]][1]) < _SHARE * now:
        return None
    name = new[0]
    text = (
        f"calls {clean(callee, 60)} since the trouble began, {len(calls[name][1])} of {now} calls of it, "
        "and never before"
    )
    return _accused(name, callee, text, calls, _PERHAPS)


def _slow_question(
    callee: str, calls: Calls, traced_stores: frozenset[str], changes: Sequence[Change], onset: float
) -> Finding | None:
    """Return whose calls alone became many times as slow.

    What a service does for one caller alone may be its own slow operation, and of who makes no spans the way
    to it may be slow: there the caller must have been changed just before. A store only does as it is asked,
    unless it was changed itself: an index less is one caller's trouble, too.
    """
    if changed_just_before(callee, changes, onset):
        return None
    times = {
        name: median(late) / max(median(then), 0.01)
        for name, (then, late) in calls.items()
        if min(len(then), len(late)) >= _FEWEST
    }
    if len(times) < 2:
        return None
    name = max(times, key=lambda one: (times[one], one))
    others = median(sorted(value for one, value in times.items() if one != name))
    is_changed = changed_just_before(name, changes, onset)
    if times[name] < _SLOWER or times[name] < _BEYOND_OTHERS * max(others, 1.0):
        return None
    if not (is_changed or callee in traced_stores):
        return None
    then, late = calls[name]
    text = (
        f"its calls of {clean(callee, 60)} take {figure(median(late))} ms, before {figure(median(then))} ms; "
        f"those of others take {figure(others)} times as long as before"
    )
    text += ", and it was changed just before" if is_changed else ""
    return _accused(name, callee, text, calls, 1.0 if is_changed else _PERHAPS)


def _accused(name: str, callee: str, text: str, calls: Calls, most_sure: float) -> Finding:
    return Finding(
        name,
        UNTOLD,
        MOST,
        EvidenceKind.EDGE,
        text,
        f"edge:{name}>{callee}",
        explains=frozenset(calls) - {name} | {callee},
        most_sure=most_sure,
    )
