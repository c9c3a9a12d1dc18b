"""Whom a service reaches, directly or through others."""

from collections import defaultdict
from collections.abc import Iterable


def reached(name: str, calls: Iterable[tuple[str, str]]) -> set[str]:
    """Return whom the calls (caller, callee) lead to from a service; itself only where they lead back."""
    direct: dict[str, set[str]] = defaultdict(set)
    for caller, callee in calls:
        direct[caller].add(callee)
    found: set[str] = set()
    waiting = [*direct.get(name, ())]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += direct.get(one, ())
    return found
