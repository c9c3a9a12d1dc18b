"""When the trouble began: at the alert, before somebody asked, or before the window itself.

Whoever asks "why is it slow?" asks of what began before, and the answer is looked for again minutes later,
when samples lie after the question: where the trouble began must not hang on when it is looked for.
"""

import numpy as np
from numpy.typing import NDArray

from domain.investigation.evidence import ENTRY, IncidentCase
from rca.families import Family, family_of, is_bad_when_low
from rca.series.counters import increments
from rca.series.measures import measures_of
from rca.series.robust import Floats

_LONG_HISTORY = 24
_ONSET_Z = 6.0
_ONSET_RUN = 3
_STAYS_AWAY = 0.6
_FEWEST_USUAL = 6
_BY_AND_BY = 0.5
"""What had come more than so far of its way before did not turn at once."""
_LATEST_SAMPLES, _LATEST_SECONDS = 10, 300.0
"""What is judged as now, where nothing was told since the anomaly."""
_SOON_MS = 60_000.0
_FELT = frozenset({Family.LATENCY, Family.CLIENT_LATENCY, Family.SUCCESS, Family.ERRORS})


def find_onset(case: IncidentCase, times: Floats) -> float:
    """Return when the trouble began: the anomaly time, or earlier where what was asked about shows it.

    A series of what was alerted must leave what is usual by six robust deviations for three samples in a row
    and stay away for most of the time until the alert; others are not asked, because among hundreds of noisy
    series one always left early. Where no series tells of it, as of a system as a whole, what users feel of
    its doors is asked, and has to turn worse at once: many get slower by and by as the day gets busier. What
    is usual says its first third, and of what users feel the reference too: a fault may be older than the
    window. Where next to nothing was measured since the anomaly, people ask why it is so now, and the last
    samples are what is judged.
    """
    early = int(np.count_nonzero(times < case.anomaly_time))
    onset = case.anomaly_time
    if early < _LONG_HISTORY:
        return _latest(case, times)
    asked = case.alert.service or ENTRY
    tells = any(service == asked for service, _ in case.telemetry.metrics.series)
    doors = set() if tells else _doors(case)
    measures = measures_of(case.telemetry.metrics.series)
    for (service, metric), values in case.telemetry.metrics.series.items():
        measure = measures.get((service, metric), metric)
        family = family_of(measure)
        if service != asked and not (service in doors and family in _FELT):
            continue
        usual = case.reference.metrics.series.get((service, metric), ()) if case.reference else ()
        now, known = increments(metric, family, [np.asarray(row, dtype=float) for row in (values, usual)])
        # Who is sampled more seldom than the axis has steps leaves holes in it.
        seen = np.flatnonzero(~np.isnan(now[:early]))
        told, at, is_low = now[seen], times[seen], is_bad_when_low(measure)
        if service == asked:
            begins = [_first_departure(told, at)]
            begins += [_left_the_usual(told, at, known, is_low)] if family in _FELT else []
        else:
            begins = [_turned_at_once(told, at, known, is_low)]
        onset = min([onset, *(begin for begin in begins if begin is not None)])
    return _latest(case, times) if onset == case.anomaly_time else onset


def _doors(case: IncidentCase) -> set[str]:
    """Return the services that nobody calls; without a map every service may be one."""
    told = {service for service, _ in case.telemetry.metrics.series if ">" not in service}
    return told - {callee for _, callee in case.calls}


def _latest(case: IncidentCase, times: Floats) -> float:
    """Return the anomaly time, or since when it counts as now where next to nothing lies after it."""
    rows_ms = np.asarray([*case.telemetry.spans.start_ms, *case.telemetry.logs.t_ms], dtype=float)
    if (times >= case.anomaly_time).sum() >= _ONSET_RUN or (rows_ms >= _SOON_MS).any():
        return case.anomaly_time
    if times.size >= _LONG_HISTORY:
        return float(times[-_LATEST_SAMPLES])
    if times.size or rows_ms.size == 0:
        return case.anomaly_time
    return case.anomaly_time - min(_LATEST_SECONDS, max(0.0, -float(np.nanmin(rows_ms))) / 3000.0)


def _first_departure(values: Floats, times: Floats) -> float | None:
    ground = values[: max(8, values.size // 3)]
    present = ground[~np.isnan(ground)]
    if present.size < _FEWEST_USUAL:
        return None
    outside = np.abs(_away(values, present)) > _ONSET_Z
    outside[: present.size] = False
    return _begin_of_stay(outside, times)


def _turned_at_once(values: Floats, times: Floats, usual: Floats, is_bad_low: bool) -> float | None:
    """Return since when a series is worse than in the reference, else than in its first third, if it got so
    from one sample to the next or before all that is known."""
    present = usual[~np.isnan(usual)]
    first = 0
    if present.size < _LONG_HISTORY:
        present = values[: max(8, values.size // 3)]
        first = present.size
    if present.size < _FEWEST_USUAL:
        return None
    worse = _away(values, present) * (-1.0 if is_bad_low else 1.0)
    outside = worse > _ONSET_Z
    for at in range(first, values.size - _ONSET_RUN + 1):
        after, before = worse[at : at + _ONSET_RUN], worse[max(0, at - _ONSET_RUN) : at]
        if not outside[at : at + _ONSET_RUN].all() or outside[at:].mean() < _STAYS_AWAY:
            continue
        if before.size == 0 or np.median(before) < _BY_AND_BY * np.median(after):
            return float(times[at])
    return None


def _left_the_usual(values: Floats, times: Floats, usual: Floats, is_bad_low: bool) -> float | None:
    """Return since when a series is worse than in the reference, from the first sample on if need be."""
    present = usual[~np.isnan(usual)]
    if present.size < _LONG_HISTORY:
        return None
    away = _away(values, present)
    return _begin_of_stay((-away if is_bad_low else away) > _ONSET_Z, times)


def _away(values: Floats, ground: Floats) -> Floats:
    middle = float(np.median(ground))
    scale = max(1.4826 * float(np.median(np.abs(ground - middle))), 0.05 * abs(middle), 1e-9)
    scale = max(scale, float(np.quantile(np.abs(ground - middle), 0.95)) / 1.96)
    return np.asarray(np.nan_to_num((values - middle) / scale), dtype=float)


def _begin_of_stay(outside: NDArray[np.bool_], times: Floats) -> float | None:
    runs = np.convolve(outside, np.ones(_ONSET_RUN), mode="valid") >= _ONSET_RUN
    if not runs.any():
        return None
    first = int(np.argmax(runs))
    return float(times[first]) if outside[first:].mean() >= _STAYS_AWAY else None
