"""What speaks for somebody else than a store that comes first: it is asked for more by nobody who is known,
or somebody who waits for it was changed just before.

Neither names anybody. A store that does as it is asked is no more than *perhaps* where that is so.
"""

from collections.abc import Sequence

from domain.counting import in_series
from domain.investigation.evidence import Change
from rca.collect import Collected
from rca.families import Family
from rca.findings import clean
from rca.recent_changes import changed_just_before
from rca.verdict.ranking import Ranked

_BUSY = frozenset({"latency", "own_time", "cpu", "call_gap"})
_ILL = frozenset({"memory", "silence", "new_errors", "disk"})
_FELT = frozenset({"latency", "own_time", "call_gap", "errors", "success", "failed_spans"})
_PLAIN, _SUFFERS, _ASKED_Z = 6.0, 3.0, 4.0
_MORE, _AS_EVER = 1.5, 1.2
_MOST_NAMED = 2


def who_asks(seen: Collected, ranked: Sequence[Ranked], changes: Sequence[Change]) -> str:
    """Return who else may be behind a busy store that comes first, as a sentence; else empty."""
    if not ranked or ranked[0].score <= 0:
        return ""
    store = ranked[0].service
    plain = {f.family for _, f in ranked[0].findings if f.bad and f.strength >= _PLAIN}
    if (
        not (plain & _BUSY or "untold" in plain)
        or plain & _ILL
        or any(caller == store for caller, _ in seen.calls)
    ):
        return ""
    callers = {caller for caller, callee in seen.calls if callee == store}
    if len(callers) == 1 or (seen.calls and not callers):
        return ""
    asked_more = _asked_by_nobody_known(seen, store, callers) or _asked_by_the_silent(seen, store, callers)
    if asked_more or "untold" in plain:
        return asked_more
    return _changed_beside(seen, store, callers, changes)


def _asked_by_nobody_known(seen: Collected, store: str, callers: set[str]) -> str:
    asked: dict[str, float] = {}
    for series in seen.metrics.series:
        moved = series.deviation
        if series.family is Family.LOAD and moved.before > 0:
            times = moved.after / moved.before if abs(moved.z) >= _ASKED_Z else 1.0
            asked[series.service] = max(asked.get(series.service, 0.0), times)
    told = callers & asked.keys() or asked.keys() - {store}
    if (
        not callers
        or asked.get(store, 1.0) < _MORE
        or not told
        or max(asked[name] for name in told) >= _AS_EVER
    ):
        return ""
    silent = sorted(callers - asked.keys())
    more = (
        f"{clean(store, 60)} is asked for {asked[store]:.1f} times as much as before, by none of those who "
    )
    if silent:
        named = in_series([clean(name, 60) for name in silent], most=_MOST_NAMED)
        return (
            f"{more}tell how much they are asked: see what {named} asks of it, which tells nothing of that."
        )
    return f"{more}are known to call it: see who asks, or how much each asks at once."


def _asked_by_the_silent(seen: Collected, store: str, callers: set[str]) -> str:
    """Return whose questions of a store are told of neither by them, who tell nothing, nor by the store."""
    silent = sorted(callers.difference(seen.services))
    if not silent or any(s.service == store and s.family is Family.LOAD for s in seen.metrics.series):
        return ""
    named = in_series([clean(name, 60) for name in silent], most=_MOST_NAMED)
    verb = "calls" if len(silent) == 1 else "call"
    it = "tells" if len(silent) == 1 else "tell"
    return f"{named} {verb} {clean(store, 60)} too and {it} nothing, nor does it tell its load: look there."


def _changed_beside(seen: Collected, store: str, callers: set[str], changes: Sequence[Change]) -> str:
    suffer = {f.service for f in seen.findings if f.bad and f.family in _FELT and f.strength >= _SUFFERS}
    changed = {c.service for c in changes if changed_just_before(c.service, changes, seen.onset)}
    if store in changed:
        return ""
    waiting = sorted(changed & suffer & (callers or suffer) - {store})
    if not waiting:
        return ""
    named = in_series([clean(name, 60) for name in waiting], most=_MOST_NAMED)
    verb = "was" if len(waiting) == 1 else "were"
    it = "it asks" if len(waiting) == 1 else "they ask"
    return f"{named} {verb} changed just before: see what {it} of {clean(store, 60)} since."
