"""A service that says it takes far longer than those who wait for it: another unit, or calls nobody awaits.

Who waits for a slow callee is slow. Where all callers measure themselves in the same way, call it often, and
take a fraction of what it says as they always did, its figure changed its meaning, as after an exporter's
upgrade from milliseconds to microseconds.
"""

from collections.abc import Sequence

from domain.counting import in_series
from domain.investigation.evidence import IncidentCase
from rca.collect import Collected
from rca.families import Family
from rca.findings import Finding, clean, figure
from rca.series.metric_signals import SeriesDeviation
from rca.verdict.ranking import Ranked, Weights

_PLAIN, _STILL = 0.45, 3.0
_TIMES_LONGER, _OFTEN = 3.0, 0.3
_MOST_NAMED = 3
_NO_MORE = frozenset({"latency", "client_latency", "saturation", "load", "alerted", "entrance", "first"})


def takes_longer_than_its_callers(
    case: IncidentCase, seen: Collected, ranked: Sequence[Ranked], weights: Weights
) -> str:
    """Return that the first says it takes longer than its callers wait, as a sentence; empty otherwise."""
    if case.alert.metric or not ranked:  # what an alert names is felt for sure
        return ""
    first = ranked[0]
    plain = [f for _, f in first.findings if f.bad and weights.plainness(f) >= _PLAIN]
    slow = next((f for f in plain if f.family == "latency" and f.measure), None)
    callers = {caller for caller, callee in seen.calls if callee == first.service and caller != callee}
    if slow is None or not callers or any(f.family not in _NO_MORE for f in plain):
        return ""
    told = {one.service: one for one in seen.metrics.series if one.measure == slow.measure}
    if not callers <= told.keys() or not all(_is_still(told[name], slow) for name in callers):
        return ""
    if not _is_called_often(seen.metrics.series, first.service, callers):
        return ""
    who = in_series([clean(name, 60) for name in sorted(callers)], most=_MOST_NAMED)
    longest = max(told[name].deviation.after for name in callers)
    return (
        f"{clean(first.service, 60)} says that it takes {figure(slow.before + slow.change)}, but {who}, who "
        f"wait for it, take at most {figure(longest)} by the same measure, as ever: it may count in another "
        "unit, or answer calls that nobody waits for."
    )


def _is_still(caller: SeriesDeviation, slow: Finding) -> bool:
    moved = caller.deviation
    return abs(moved.z) < _STILL and _TIMES_LONGER * moved.after <= slow.before + slow.change


def _is_called_often(series: Sequence[SeriesDeviation], service: str, callers: set[str]) -> bool:
    """Return whether a service is known to be called in three of ten of its callers' requests at least."""
    loads = [one for one in series if one.family is Family.LOAD and one.deviation.before > 0]
    for own in (one for one in loads if one.service == service):
        above = [one for one in loads if one.measure == own.measure and one.service in callers]
        if len(above) == len(callers):
            return own.deviation.before >= _OFTEN * sum(one.deviation.before for one in above)
    return False
