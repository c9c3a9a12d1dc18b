"""Connections of a store that are used up: the store is where it shows, who holds them did it.

Whoever leaks makes all others fail at the store, which is well. The lines tell that it is full, or nothing
is odd about it but the number of its connections; neither says whose they are. `leaks` names who holds them
where anything tells; here is said that it is to be looked for.
"""

from collections.abc import Sequence

from rca.collect import Collected
from rca.culprits.leaks import USED_UP, is_held
from rca.findings import clean
from rca.verdict.ranking import Ranked

_PLAIN, _ILL = 6.0, 3.0
_FROM_INSIDE = frozenset({
    "cpu", "memory", "disk", "latency", "own_time", "silence", "errors", "success", "new_errors",
    "failed_spans",
})  # fmt: skip


def used_up(seen: Collected, ranked: Sequence[Ranked]) -> str:
    """Return that the first has no connection left, or that nothing is odd about it but how many are held;
    else empty."""
    if not ranked:
        return ""
    first = clean(ranked[0].service, 60)
    found = [f for _, f in ranked[0].findings]
    callers = {caller for caller, callee in seen.calls if callee == ranked[0].service}
    lookup = "see who holds them, and what was changed in those who call it."
    if any(f.reference.startswith("log:") and f.strength > 0 and USED_UP.search(f.text) for f in found):
        return f"{first} has no connection left: {lookup}"
    held = next((f for f in found if f.bad and f.strength >= _PLAIN and is_held(f.measure)), None)
    is_ill = any(f.bad and f.family in _FROM_INSIDE and f.strength >= _ILL for f in found)
    calls_nobody = all(caller != ranked[0].service for caller, _ in seen.calls)
    if held is None or is_ill or not calls_nobody or (seen.calls and not callers):
        return ""
    return f"Of {first} nothing is odd but that {held.text}: {lookup}"
