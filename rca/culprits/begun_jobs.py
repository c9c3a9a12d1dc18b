"""A job that began with the trouble: idle or not there before, busy since, while others got slow or fail.

It may report as little as how much it reads. Nobody calls it, and where no map says so, nothing shows that
anybody does: nobody else is asked for more.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from domain.counting import in_series
from domain.investigation.evidence import ENTRY, EvidenceKind, IncidentCase
from rca.culprits.untold import MOST, UNTOLD
from rca.families import Family, family_of, words_of
from rca.findings import Finding, clean, figure
from rca.series.counters import increments
from rca.series.metric_signals import MetricView
from rca.series.robust import Floats

_WORK = frozenset({Family.LOAD, Family.CPU, Family.NETWORK, Family.DISK})
_MUCH = frozenset({"read", "reads", "written", "rows", "records", "queries"})
_AFTERWARDS = frozenset({
    "dlq", "deadletter", "deadletters", "dead", "retry", "retries", "retrier", "fallback", "failover",
    "standby",
})  # fmt: skip
"""Words of who works because of trouble that was there before."""
_IDLE, _FEWEST = 0.05, 3
_MOSTLY = 0.6
_AS_EVER, _ASKED_Z, _SEVERAL = 1.4, 4.0, 0.3
_SURE = 0.8 * MOST
_LATE_SAMPLES = 3.5
"""An alert follows what it is about."""
_FELT = frozenset({"latency", "errors", "success", "failed_spans", "own_time", "call_gap"})
_SHORT = frozenset({"memory", "disk", "silence"})
_PLAIN = 6.0
_MAPPED, _UNMAPPED = 0.79, 0.69
_MOST_NAMED = 3
_REPLICA = re.compile(r"[-_.]?(?:[a-f0-9]{6,10}-[a-z0-9]{5}|[a-f0-9]{0,12}\d[a-f0-9]{0,12}|[a-z])$")


def begun_job_findings(
    case: IncidentCase, view: MetricView, findings: Sequence[Finding], calls: Sequence[tuple[str, str]]
) -> list[Finding]:
    """Return what speaks against the one who began to work when the trouble did; none where several did."""
    plain = {f.service for f in findings if f.bad and f.family in _FELT and f.strength >= _PLAIN}
    if not plain - {ENTRY} or view.silent:
        return []
    begun = _begun(case, view)
    called = {callee for _, callee in calls}
    if len(begun) != 1 or set(begun) & (called | plain - _only_work(findings)):
        return []
    name, (metric, before, after, at) = next(iter(begun.items()))
    suffering = plain - {ENTRY, name}
    if not suffering:
        return []
    if (words_of(name) | words_of(metric)) & _AFTERWARDS:
        return []
    others = {service for service, _ in case.telemetry.metrics.series} - {name}
    needs = {callee for caller, callee in calls if caller == name}
    if calls and not needs and not words_of(metric) & _MUCH:
        return []  # whom it calls is not known where that of others is: only what it reads or writes tells
    if _is_replica(name, others) or (needs and not needs & _ill_or_untold(suffering, view, calls)):
        return []
    short = {f.service for f in findings if f.family in _SHORT and f.strength >= _PLAIN} - {name}
    if short & needs or (short and not needs):
        return []
    accused = {f.service for f in findings if f.family == UNTOLD and f.explains and f.strength >= _SURE}
    if accused - needs or _many_are_asked_for_more(view, {name, *needs}):
        return []
    who = in_series([clean(one, 60) for one in sorted(suffering)], most=_MOST_NAMED)
    verb = "suffers" if len(suffering) == 1 else "suffer"
    began = "began" if np.isnan(before) else f"rose from {figure(before)}"
    text = f"{clean(metric, 60)} {began}, to {figure(after)}, when the trouble did, and {who} {verb}"
    explains = frozenset(suffering | needs | (set() if needs else others))
    sure = _MAPPED if needs else _UNMAPPED
    reference = f"metric:{name}|{metric}"
    kind = EvidenceKind.METRIC
    return [Finding(name, UNTOLD, MOST, kind, text, reference, at, explains=explains, most_sure=sure)]


def _only_work(findings: Sequence[Finding]) -> set[str]:
    """Return who shows nothing of what is felt but time of their own work, which is what a job does."""
    felt = [f for f in findings if f.bad and f.family in _FELT and f.strength >= _PLAIN]
    return {f.service for f in felt} - {f.service for f in felt if f.family != "own_time"}


def _many_are_asked_for_more(view: MetricView, besides: set[str]) -> bool:
    """Return whether several beside these are asked for more: whoever begins to write with them is no job."""
    told = {s.service for s in view.series if s.family is Family.LOAD} - besides
    more = {
        s.service
        for s in view.series
        if s.family is Family.LOAD
        and s.deviation.z >= _ASKED_Z
        and s.deviation.after >= _AS_EVER * s.deviation.before
    }
    return ENTRY in more or len(more & told) > max(1.0, _SEVERAL * len(told))


def _ill_or_untold(suffering: set[str], view: MetricView, calls: Sequence[tuple[str, str]]) -> set[str]:
    """Return who suffers, and whom they call of whom no latency is told."""
    told = {s.service for s in view.series if s.family is Family.LATENCY}
    return suffering | {callee for caller, callee in calls if caller in suffering and callee not in told}


def _begun(case: IncidentCase, view: MetricView) -> dict[str, tuple[str, float, float, float]]:
    """Return who did next to nothing before the onset and works since: by which series, how much before (no
    number where nothing was told), how much now and since when."""
    times = np.asarray(case.telemetry.metrics.times, dtype=float)
    usual = case.reference.metrics.series if case.reference is not None else {}
    since = view.onset - _LATE_SAMPLES * (case.sample_seconds or 60.0)
    told: dict[str, list[tuple[str, float, float, float] | None]] = defaultdict(list)
    for (service, metric), values in case.telemetry.metrics.series.items():
        family = family_of(metric)
        is_work = family in _WORK or bool(words_of(metric) & _MUCH)
        if service == ENTRY or ">" in service or not is_work:
            continue
        rows = [np.asarray(row, dtype=float) for row in (values, usual.get((service, metric), ()))]
        now, known = increments(metric, family, rows)
        told[service].append(_beginning(metric, now, times, known, since))
    return {
        service: max((one for one in of if one), key=lambda one: (one[2], one[0]))
        for service, of in told.items()
        if all(of)
    }


def _beginning(
    metric: str, now: Floats, times: Floats, known: Floats, since: float
) -> tuple[str, float, float, float] | None:
    after, before = now[times >= since], np.concatenate((known, now[times < since]))
    present = after[~np.isnan(after)]
    if present.size < _FEWEST or np.count_nonzero(times < since) < _FEWEST:
        return None
    level = float(np.median(present[-max(_FEWEST, present.size // 2) :]))
    if level <= 0 or present.size < _MOSTLY * (after.size - _LATE_SAMPLES) or np.nanmax(now) <= 0:
        return None
    earlier = before[~np.isnan(before)]
    if earlier.size and float(np.quantile(earlier, 0.95)) > _IDLE * level:
        return None
    busy = np.flatnonzero((now > 0.5 * level) & (times >= since))
    middle = float(np.median(earlier)) if earlier.size else float("nan")
    return (metric, middle, level, float(times[busy[0]])) if busy.size else None


def _is_replica(name: str, others: set[str]) -> bool:
    """Return whether somebody else bears the same name but for a number or the like at its end."""
    stem = _REPLICA.sub("", name)
    return bool(stem) and any(other == stem or _REPLICA.sub("", other) == stem for other in others)
