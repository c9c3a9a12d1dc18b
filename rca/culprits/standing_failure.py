"""Whether what is asked about fails much, or writes hardly anything but errors, where no older time tells
whether it always does.

What is judged beside itself shows no trouble that is older than all that was read. A share that fails needs
nothing beside it: who fails three in ten is hardly well.
"""

from collections import Counter

import numpy as np

from domain.counting import counted
from domain.investigation.evidence import ENTRY, IncidentCase
from rca.families import Family, family_of, words_of
from rca.findings import clean, quoted
from rca.logs.log_templates import blank, says_error

_MUCH = 0.3
_MOSTLY = 0.5
_FEWEST = 20
FAILS = frozenset({"error", "errors", "fail", "fails", "failed", "failing", "failure", "failures", "5xx"})
_WORKS = frozenset({"success", "successes", "succeeded", "successful", "availability"})
_OF_ONE, _OF_HUNDRED = frozenset({"ratio", "share"}), frozenset({"pct", "percent", "percentage"})


def standing_failure(case: IncidentCase, onset: float) -> str:
    """Return that what is asked about fails much since the onset, as a sentence; empty otherwise.

    Beside a reference it is judged by that: some fail as much as ever.
    """
    if case.reference is not None:
        return ""
    asked = case.alert.service or ENTRY
    share = max(_of_series(case, asked, onset), _of_spans(case, asked, onset))
    if share < _MUCH:
        return _of_lines(case, asked, onset)
    name = clean(asked, 60) if asked != ENTRY else "The system"
    return f"{name} fails {100 * share:.0f}% of what it is asked: look since when it does."


def _of_spans(case: IncidentCase, asked: str, onset: float) -> float:
    spans, since = case.telemetry.spans, (onset - case.anomaly_time) * 1000.0
    failed = [
        failed
        for service, at, failed in zip(spans.service, spans.start_ms, spans.failed, strict=False)
        if service == asked and at >= since
    ]
    return sum(failed) / len(failed) if len(failed) >= _FEWEST else 0.0


def _of_series(case: IncidentCase, asked: str, onset: float) -> float:
    late, worst = np.asarray(case.telemetry.metrics.times, dtype=float) >= onset, 0.0
    for (service, metric), values in case.telemetry.metrics.series.items():
        words = words_of(metric)
        is_known = bool(words & (_WORKS | FAILS)) and family_of(metric) in (Family.ERRORS, Family.SUCCESS)
        whole = 1.0 if words & _OF_ONE else 100.0 if words & _OF_HUNDRED else 0.0
        if service != asked or not is_known or not whole:
            continue
        samples = np.asarray(values, dtype=float)[late]
        samples = samples[np.isfinite(samples)]
        share = float(np.median(samples)) / whole if samples.size else -1.0
        if 0.0 <= share <= 1.0:
            worst = max(worst, share if words & FAILS else 1.0 - share)
    return worst


def _of_lines(case: IncidentCase, asked: str, onset: float) -> str:
    """Return that much of what somebody writes are errors: what is asked about, or anybody of all."""
    logs, since = case.telemetry.logs, (onset - case.anomaly_time) * 1000.0
    lines: Counter[str] = Counter()
    bad: dict[str, Counter[str]] = {}
    for level, service, at, message in zip(logs.level, logs.service, logs.t_ms, logs.message, strict=True):
        if at < since or (asked != ENTRY and service != asked):
            continue
        lines[service] += 1
        if says_error(level, message):
            bad.setdefault(service, Counter())[blank(message)] += 1
    loud = {name: found.total() for name, found in bad.items() if lines[name] >= _FEWEST}
    worst = max(sorted(loud), key=lambda name: loud[name] / lines[name], default="")
    if not worst or loud[worst] < (_MOSTLY if asked == ENTRY else _MUCH) * lines[worst]:
        return ""
    template = bad[worst].most_common(1)[0][0]
    return (
        f"{loud[worst]:,} of {counted(lines[worst], 'line')} of {clean(worst, 60)} are errors, mostly "
        f"{quoted(template, 80)}, as before: look since when they come."
    )
