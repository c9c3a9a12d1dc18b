"""A callee that nothing at all is told of, found by who suffers: all who call it do, and nobody else.

Two callers or more that do not call each other, that have no other callee in trouble and are short of nothing
themselves, have in common what they need, unless all of them are asked for more. Where only one is known to
call it, either may be slow, and nobody can tell from outside which.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.counting import in_series
from domain.investigation.evidence import ENTRY
from rca.culprits.untold import MOST, UNTOLD
from rca.findings import Finding, clean
from rca.reach import reached

_PLAIN = 6.0
_FEWEST, _MOST_NAMED = 2, 3
_KINDS = (frozenset({"latency", "own_time", "call_gap"}), frozenset({"errors", "success", "failed_spans"}))
_OWN = frozenset({"disk", "cpu", "memory", "silence"})


def dark_callee_findings(
    findings: Sequence[Finding], calls: Sequence[tuple[str, str]], reporting: Iterable[str]
) -> list[Finding]:
    """Return at most one finding: about the only callee, of which nothing is told, that all who suffer need.

    `reporting` are the services that tell anything of themselves.
    """
    told = set(reporting)
    callers: dict[str, set[str]] = defaultdict(set)
    for caller, callee in calls:
        if caller != callee:
            callers[callee].add(caller)
    dark = {callee: above for callee, above in callers.items() if callee not in told | {ENTRY}}
    if not dark or any(f.family == UNTOLD for f in findings):
        return []
    own = {f.service for f in findings if f.bad and f.family in _OWN and f.strength >= _PLAIN}
    asked_more = {f.service for f in findings if f.bad and f.family == "load" and f.strength >= _PLAIN}
    for kind in _KINDS:
        plain = [f for f in findings if f.bad and f.family in kind and f.strength >= _PLAIN]
        hurt = {f.service for f in plain} - {ENTRY}
        first = {name for name in hurt if not hurt & reached(name, calls) - {name}}  # nobody below suffers
        fits = [callee for callee, above in dark.items() if above & told == first]
        if len(first) < _FEWEST or len(fits) != 1 or first & own or first <= asked_more:
            continue
        who = in_series([clean(name, 60) for name in sorted(first)], most=_MOST_NAMED)
        text = f"all who call it suffer, {who}, they need nobody else in trouble, and nothing is told of it"
        most = max((f for f in plain if f.service in first), key=lambda f: (f.strength, f.reference))
        found = replace(most, service=fits[0], family=UNTOLD, strength=MOST, text=text, measure="", own=1.0)
        return [replace(found, explains=frozenset(first))]
    return []
