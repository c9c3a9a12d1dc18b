"""Pictures of the series that claims rest on, as the claims read them: a mean where a sum and a count are
told, and of a counter how much it rose, not the line that only ever climbs."""

import math
from collections.abc import Sequence

import numpy as np

from domain.investigation.diagnosis import Diagnosis
from domain.investigation.diagnosis_report import Chart
from domain.investigation.evidence import IncidentCase
from rca.families import family_of
from rca.findings import clean
from rca.series.counters import counts_up, increments
from rca.series.sum_and_count import count_beside, stem_of_mean, with_means

_MOST_CHARTS = 4
_MOST_POINTS = 600
_MOST_TITLE = 80


def series_charts(diagnosis: Diagnosis, case: IncidentCase) -> tuple[Chart, ...]:
    """Return the series that the first claims rest on, each with the moment it turned."""
    charts: list[Chart] = []
    seen: set[tuple[str, str]] = set()
    told = with_means(case)
    wanted = [item for item in diagnosis.evidence if item.reference.startswith("metric:")]
    for item in wanted:
        service, _, metric = item.reference[7:].rpartition("|")
        key = (service, metric)
        if key not in told.telemetry.metrics.series or key in seen or len(charts) >= _MOST_CHARTS:
            continue
        seen.add(key)
        has_count = bool(count_beside(key, case.telemetry.metrics.series))
        name, values, usual = _as_read(told, key, has_count=has_count)
        times, turned = case.telemetry.metrics.times, item.at or case.anomaly_time
        low, high = _range(usual or [v for t, v in zip(times, values, strict=True) if t < turned])
        step = max(1, len(values) // _MOST_POINTS)
        charts.append(
            Chart(
                title=clean(f"{service}: {name}", _MOST_TITLE),
                times=tuple(float(t) for t in times[::step]),
                values=tuple(float(v) for v in values[::step]),
                moment=item.at or diagnosis.onset or None,
                usual_low=low,
                usual_high=high,
            )
        )
    return tuple(charts)


def _as_read(
    told: IncidentCase, key: tuple[str, str], *, has_count: bool
) -> tuple[str, Sequence[float], Sequence[float]]:
    """Return what a series is called, its values, and those of the reference, as the findings read them."""
    metric = key[1]
    now = np.asarray(told.telemetry.metrics.series[key], dtype=float)
    reference = told.reference.metrics.series.get(key, ()) if told.reference is not None else ()
    windows = [now, np.asarray(reference, dtype=float)]
    family = family_of(metric)
    if has_count:
        return f"mean {stem_of_mean(metric)}", now.tolist(), windows[1].tolist()
    if counts_up(metric, family, windows):
        now, usual = increments(metric, family, windows)
        return f"{metric}, more at each sample", now.tolist(), usual.tolist()
    return metric, now.tolist(), windows[1].tolist()


def _range(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Return the range that nine of ten usual samples lie in."""
    ordered = sorted(v for v in values if math.isfinite(v))
    if len(ordered) < 5:
        return None, None
    return float(ordered[len(ordered) // 20]), float(ordered[-1 - len(ordered) // 20])
