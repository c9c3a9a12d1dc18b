"""Say first what built up before anything failed: memory that grew for an hour is the trouble, and the errors
at its end are how it was noticed.

This orders what is said of a candidate. It changes neither who comes first nor how sure that is.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from domain.counting import lasting
from domain.investigation.evidence import IncidentCase
from rca.culprits.leaks import is_held
from rca.families import Family, is_bad_when_low
from rca.findings import Finding, figure
from rca.series.counters import increments
from rca.series.growth import FEWEST, growth
from rca.series.metric_signals import MetricView, SeriesDeviation
from rca.series.robust import Floats
from rca.verdict.ranking import Ranked

_FILLS_UP = frozenset({"memory", "disk"})
_SUFFERED = frozenset({
    "errors", "success", "latency", "failed_spans", "own_time", "call_gap", "new_errors", "silence",
})  # fmt: skip
_AS_EVER = 1.4
_PATIENCE = 3.0
"""Samples that a growth is longer at least: what grew with the trouble is no more than another sign of it."""
_HARDLY = 0.02
_BY_HALF_TIME = 0.85
"""Of all that something grew by, so much at most at half time: what stands still since is a step, as after a
start or a deployment, and nothing that builds up."""


def led_by_what_built_up(ranked: Sequence[Ranked], case: IncidentCase, view: MetricView) -> list[Ranked]:
    """Return the candidates, of each what had grown before it suffered first, with since when."""
    series = {f"metric:{one.service}|{one.metric}": one for one in view.series}
    told = []
    for candidate in ranked:
        found = _built_up(candidate, case, view, series)
        led = (*found, *(pair for pair in candidate.findings if pair[1].reference not in _references(found)))
        told.append(replace(candidate, findings=led))
    return told


def _references(found: Sequence[tuple[float, Finding]]) -> set[str]:
    return {finding.reference for _, finding in found}


def _built_up(
    candidate: Ranked, case: IncidentCase, view: MetricView, series: dict[str, SeriesDeviation]
) -> list[tuple[float, Finding]]:
    suffered = [f.at for _, f in candidate.findings if f.bad and f.at and f.family in _SUFFERED]
    if not suffered or _is_asked_more(candidate.service, view):
        return []
    since = min(suffered)
    longest = since - _PATIENCE * (case.sample_seconds or 60.0)
    found = []
    for points, finding in candidate.findings:
        one = series.get(finding.reference)
        if one is None or not finding.bad or one.service != candidate.service or not _fills_up(finding):
            continue
        usual, began = _grew(one, case, since)
        if began is not None and began < longest:
            moved = "fell" if one.deviation.after < usual else "grew"
            text = (
                f"{one.shown} {moved} for {lasting((since - began) / 60.0)} before it failed or got slow, "
                f"from {figure(usual)} to {figure(one.deviation.after)}"
            )
            found.append((points, replace(finding, text=text, at=began)))
    return found


def _fills_up(finding: Finding) -> bool:
    return finding.family in _FILLS_UP or is_held(finding.measure)


def _grew(one: SeriesDeviation, case: IncidentCase, until: float) -> tuple[float, float | None]:
    """Return what was usual of a series, and since when it had grown until then, or fallen where that is
    bad."""
    times = np.asarray(case.telemetry.metrics.times, dtype=float)
    row = np.asarray(case.telemetry.metrics.series[one.service, one.metric], dtype=float)
    values = increments(one.metric, one.family, [row])[0]
    is_early = ~np.isnan(values) & (times < until)
    early: Floats = values[is_early]
    if early.size < FEWEST or early.min() <= 0.0:
        return 0.0, None
    if not is_bad_when_low(one.measure):
        return _grown(early, times[is_early])
    usual, began = _grown(1.0 / early, times[is_early])
    return 1.0 / usual, began


def _grown(early: Floats, at: Floats) -> tuple[float, float | None]:
    usual, _, began = growth(early, at, _HARDLY * float(np.median(early)))
    if began is None:
        return usual, None
    since = early[at >= began]
    middle, lately = (float(np.median(part)) for part in (since[since.size // 2 - 1 :][:3], since[-3:]))
    return usual, began if middle - usual <= _BY_HALF_TIME * (lately - usual) else None


def _is_asked_more(service: str, view: MetricView) -> bool:
    """Return whether a service is asked for more: then what it holds grows by that."""
    return any(
        one.family is Family.LOAD
        and one.service == service
        and one.deviation.after >= _AS_EVER * one.deviation.before > 0
        for one in view.series
    )
