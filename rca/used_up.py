"""Connections of a store that are used up: the store is where it shows, who holds them did it.

Whoever leaks makes all others fail at the store, which is well. The lines tell that it is full, never by
whom; a client whose own connections or threads grew far more than the others' is the one to look at.
"""

import re
from collections.abc import Sequence

from domain.investigation.evidence import ENTRY
from rca.collect import Collected
from rca.families import words_of
from rca.findings import Finding, clean
from rca.ranking import Ranked

_USED_UP = re.compile(
    r"(?i)too many (?:clients|connections)|remaining connection slots|max(?:imum)?[_ ]connections|"
    r"connection limit|max number of clients reached"
)
_HOLDS = frozenset({
    "connections", "connection", "conns", "pool", "threads", "thread", "leased", "borrowed", "hikaricp",
    "active",
})  # fmt: skip
_PLAIN, _FAR_MORE = 6.0, 2.0


def used_up(seen: Collected, ranked: Sequence[Ranked]) -> str:
    """Return that the first has no connection left, and who seems to hold them; else empty."""
    if not ranked or not any(
        f.reference.startswith("log:") and f.strength > 0 and _USED_UP.search(f.text)
        for _, f in ranked[0].findings
    ):
        return ""
    first = ranked[0].service
    said = f"{clean(first, 60)} has no connection left: see who holds them"
    holder = _holder(seen, first)
    if holder is None:
        return f"{said}, and what was changed in those who call it."
    return f"{said}; of {clean(holder.service, 60)}, {holder.text}."


def _holder(seen: Collected, store: str) -> Finding | None:
    """Return what grew at the one client that holds far more than before, and than the others."""
    clients = {caller for caller, callee in seen.calls if callee == store}
    most: dict[str, Finding] = {}
    for finding in seen.findings:
        if not finding.bad or finding.family != "saturation" or finding.service in (store, ENTRY):
            continue
        if (clients and finding.service not in clients) or not words_of(finding.measure) & _HOLDS:
            continue
        known = most.get(finding.service)
        if finding.strength >= _PLAIN and (known is None or finding.strength > known.strength):
            most[finding.service] = finding
    ordered = sorted(most.values(), key=lambda f: (-f.strength, f.service))
    if not ordered or (len(ordered) > 1 and ordered[0].strength < _FAR_MORE * ordered[1].strength):
        return None
    return ordered[0]
