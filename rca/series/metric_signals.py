"""Findings from series: which ones left their usual range, by how much, and since when.

Reads the case once into matrices; the split between before and after is the anomaly time, moved earlier when
long history shows that the trouble began before anybody was alerted.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from domain.investigation.evidence import ENTRY, EvidenceKind, IncidentCase
from rca.families import Family, family_of, is_bad_when_low, on_ratio_scale, words_of
from rca.findings import Finding, clean, figure
from rca.series.counters import increments
from rca.series.measures import measures_of
from rca.series.onset import find_onset
from rca.series.rare_events import most_surprise
from rca.series.robust import RELATIVE_FLOOR, Deviation, Floats, deviation
from rca.series.silence import at_work, is_replaced, silence
from rca.series.sum_and_count import stem_of_mean

_MOST_SILENCE = 9.0
_FEWEST_TOGETHER, _SILENCE_TOGETHER = 3, 0.5
"""Where so many stop reporting at once, it is who collects it, or what they all stand on: next to nothing is
said about any of them."""
_WEAKEST = 1.0
# A success share of 99 % is not "4 % of 100" away from usual: one request in three hundred counts.
_SUCCESS_FLOOR = 0.003
_LEAST_IMPACT = 0.2
_IMPACTFUL = frozenset({Family.LATENCY, Family.SUCCESS, Family.ERRORS})
_UTILISED = frozenset({Family.CPU, Family.MEMORY})
_SHARED = frozenset({Family.CPU, Family.NETWORK, Family.DISK, Family.SATURATION, Family.LOAD})
_FEWEST_TO_SHARE = 5
_SHARES = frozenset({"ratio", "rate", "share", "pct", "percent", "percentage"})


@dataclass(frozen=True, slots=True)
class SeriesDeviation:
    """One series of one service with its deviation; `measure` is its name as all services have it."""

    service: str
    metric: str
    family: Family
    deviation: Deviation
    onset: float | None
    measure: str

    @property
    def shown(self) -> str:
        """Return the name as people read it: of a sum by its count it is the mean."""
        stem = stem_of_mean(self.metric)
        is_mean = stem and not stem_of_mean(self.measure)
        return f"mean {clean(stem, 60)}" if is_mean else clean(self.metric, 60)


@dataclass(frozen=True, slots=True)
class MetricView:
    """All series of a case, judged; `onset` is unix seconds at which the trouble began, `silent` the services
    that stopped reporting, with how surprising that is."""

    onset: float
    series: tuple[SeriesDeviation, ...]
    silent: tuple[tuple[str, float], ...]
    looked_at: int

    def silent_together(self) -> tuple[int, int]:
        """Return how many of how many services fell silent at once, where it were too many to be their own
        doing: half of all, and three at least; (0, 0) otherwise."""
        told = {series.service for series in self.series if ">" not in series.service}
        gone = {name for name, _ in self.silent if ">" not in name}
        several = len(gone) >= _FEWEST_TOGETHER and 2 * len(gone) >= len(told | gone)
        return (len(gone), len(told | gone)) if several else (0, 0)


def view_metrics(case: IncidentCase) -> MetricView:
    """Judge every series of the case against the reference and the samples before."""
    times = np.asarray(case.telemetry.metrics.times, dtype=float)
    onset = find_onset(case, times)
    reference = case.reference.metrics.series if case.reference is not None else {}
    judged: list[SeriesDeviation] = []
    last_seen: dict[str, list[float]] = {}
    came: set[str] = set()
    known: set[str] = set()
    measures = measures_of(case.telemetry.metrics.series)
    for (service, metric), values in case.telemetry.metrics.series.items():
        measure = measures.get((service, metric), metric)
        family = family_of(measure)
        windows = (values, reference.get((service, metric), ()))
        now, usual = increments(metric, family, [np.asarray(row, dtype=float) for row in windows])
        after, before = now[times >= onset], now[times < onset]
        (came if np.isnan(now[: max(3, now.size // 10)]).all() else known).add(service)
        if not (family is Family.LOAD and _is_idle(after)):
            last_seen.setdefault(service, []).append(silence(*at_work(family, after, before, usual)))
        found = _deviation(family, after, before, usual)
        if found is not None:
            start = _begin(now, times, onset, found)
            judged.append(SeriesDeviation(service, metric, family, found, start, measure))
    silent = tuple(
        (name, float(np.median(gone)))
        for name, gone in sorted(last_seen.items())
        if np.median(gone) > 0 and not is_replaced(name, came - known)
    )
    return MetricView(
        onset=onset, series=tuple(judged), silent=silent, looked_at=len(case.telemetry.metrics.series)
    )


def _deviation(family: Family, after: Floats, before: Floats, usual: Floats) -> Deviation | None:
    """Return the deviation of a series of this family, no larger than its counts allow."""
    floor = _SUCCESS_FLOOR if family is Family.SUCCESS else RELATIVE_FLOOR
    found = deviation(after, before, usual, ratio_scale=on_ratio_scale(family), floor_share=floor)
    if found is None:
        return None
    limit = most_surprise(after, np.concatenate((usual, before)))
    return found if abs(found.z) <= limit else replace(found, z=math.copysign(limit, found.z))


def _is_idle(after: Floats) -> bool:
    """Return whether a load ended in nothing: others measure it for a service that is gone."""
    late = after[-max(1, after.size // 2) :]
    return late.size > 0 and not np.nan_to_num(late).any()


def _begin(now: Floats, times: Floats, onset: float, found: Deviation) -> float | None:
    """Return the first sample at or after the onset that covers half of the way to the new level."""
    half = (found.before + found.after) / 2.0
    beyond = (now > half) if found.z > 0 else (now < half)
    reached = np.flatnonzero(beyond & (times >= onset))
    return float(times[reached[0]]) if reached.size else None


def metric_findings(view: MetricView) -> list[Finding]:
    """Return one finding for each series that left its usual range, edges left out."""
    impact = _impacts(view)
    utilised = _utilisation(view)
    shared = _shared_shifts(view)
    asked = _asked_more(view)
    findings = []
    for series in view.series:
        if ">" in series.service or abs(series.deviation.z) < _WEAKEST:
            continue
        found = series.deviation
        strength = abs(found.z) * impact.get((series.service, series.measure), 1.0)
        strength *= _beyond_shared(found, shared.get(series.measure, 0.0))
        if series.family is Family.ERRORS and not words_of(series.measure) & _SHARES:
            strength *= _beyond_shared(found, asked.get(series.service, 0.0))
        if found.z > 0:
            strength *= utilised.get((series.service, series.family), 1.0)
        word = "rose" if found.z > 0 else "fell"
        findings.append(
            Finding(
                service=series.service,
                family=str(series.family),
                strength=strength,
                kind=EvidenceKind.METRIC,
                text=f"{series.shown} {word} "
                f"from {figure(found.before)} to {figure(found.after)}, "
                f"{abs(found.z):.1f} times its usual variation",
                reference=f"metric:{series.service}|{series.metric}",
                at=series.onset,
                bad=(found.z < 0) == is_bad_when_low(series.measure),
                measure=series.measure,
                change=abs(found.after - found.before),
                before=found.before,
            )
        )
    return findings + _silences(view)


def _shared_shifts(view: MetricView) -> dict[str, float]:
    """Return by which factor, in logarithms, a series that follows load moved on most services alike.

    When twice as many users come, every processor works more; only what a service shows beyond is its own.
    """
    shifts: dict[str, list[float]] = {}
    for series in view.series:
        if series.family in _SHARED and ">" not in series.service and series.service != ENTRY:
            shifts.setdefault(series.measure, []).append(_shift(series.deviation))
    return {
        metric: float(np.median(found)) for metric, found in shifts.items() if len(found) >= _FEWEST_TO_SHARE
    }


def _asked_more(view: MetricView) -> dict[str, float]:
    """Return by which factor, in logarithms, each service is asked for more: as many more fail at the same
    share."""
    rises: dict[str, float] = {}
    for series in view.series:
        if series.family is Family.LOAD and series.deviation.z > 0 and series.deviation.before > 0:
            rises[series.service] = max(rises.get(series.service, 0.0), _shift(series.deviation))
    return rises


def _shift(found: Deviation) -> float:
    low = 0.01 * max(abs(found.before), abs(found.after), 1e-9)
    return math.log((abs(found.after) + low) / (abs(found.before) + low))


def _beyond_shared(found: Deviation, shared: float) -> float:
    own = _shift(found)
    return max(0.0, 1.0 - shared / own) if own * shared > 0 else 1.0


def _impacts(view: MetricView) -> dict[tuple[str, str], float]:
    """Return how much each bad latency or failure matters to users: its excess times its load, within its
    metric.

    Ten slow calls an hour on a side path are surprising and explain no incident.
    """
    load: dict[str, float] = {}
    for series in view.series:
        if series.family is Family.LOAD:
            load[series.service] = max(
                load.get(series.service, 0.0), series.deviation.after, series.deviation.before
            )
    excess: dict[tuple[str, str], float] = {}
    for series in view.series:
        if series.family in _IMPACTFUL and ">" not in series.service and series.service in load:
            difference = abs(series.deviation.after - series.deviation.before)
            excess[(series.service, series.measure)] = difference * load[series.service]
    most: dict[str, float] = {}
    for (_, metric), value in excess.items():
        most[metric] = max(most.get(metric, 0.0), value)
    return {
        key: max(_LEAST_IMPACT, (value / most[key[1]]) ** 0.5)
        for key, value in excess.items()
        if most[key[1]] > 0
    }


def _utilisation(view: MetricView) -> dict[tuple[str, Family], float]:
    """Return a factor below one where a percentage says that a resource is far from used up."""
    factors: dict[tuple[str, Family], float] = {}
    for series in view.series:
        is_share = series.metric.endswith(("pct", "percent", "utilization", "util", "usage_ratio"))
        if series.family in _UTILISED and is_share:
            after = series.deviation.after
            percent = (
                after * 100.0
                if after <= 1.0 and series.deviation.before <= 1.0 and "ratio" in series.metric
                else after
            )
            key = (series.service, series.family)
            factors[key] = max(factors.get(key, 0.0), min(1.0, 0.15 + max(percent, 0.0) / 45.0))
    return factors


def _silences(view: MetricView) -> list[Finding]:
    most = _SILENCE_TOGETHER if view.silent_together()[0] else _MOST_SILENCE
    return [
        Finding(
            service=name,
            family="silence",
            strength=min(surprise, most),
            kind=EvidenceKind.ABSENCE,
            text="most of its series stopped reporting after the onset",
            reference=f"silence:{name}",
            at=view.onset,
        )
        for name, surprise in view.silent
        if ">" not in name
    ]
