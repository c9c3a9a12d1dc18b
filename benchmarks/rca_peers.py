"""Root-cause peers in the same run: each takes a case and returns services best first.

BARO is the authors' package when it can be imported. The others are written here from their papers and are
named as such: they show what the idea gives on this data, not what its authors' code would.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from domain.investigation.evidence import ENTRY, IncidentCase, MetricTable

Floats = NDArray[np.float64]
Peer = Callable[[IncidentCase], list[str]]


def _series(case: IncidentCase) -> tuple[Floats, dict[tuple[str, str], Floats]]:
    times = np.asarray(case.telemetry.metrics.times, dtype=float)
    rows = {
        key: np.asarray(values, dtype=float)
        for key, values in case.telemetry.metrics.series.items()
        if key[0] != ENTRY and ">" not in key[0]
    }
    return times, rows


def with_reference(case: IncidentCase) -> IncidentCase:
    """Return the case with the fault-free reference put before it: what a peer may take for normal."""
    if case.reference is None or not case.reference.metrics.times:
        return case
    usual, now = case.reference.metrics, case.telemetry.metrics
    step = case.sample_seconds or 60.0
    begin = (now.times[0] if now.times else case.anomaly_time) - step * len(usual.times)
    gap = [math.nan] * len(usual.times)
    series = {key: [*usual.series.get(key, gap), *values] for key, values in now.series.items()}
    times = [*(begin + step * row for row in range(len(usual.times))), *now.times]
    return replace(case, telemetry=replace(case.telemetry, metrics=MetricTable(times, series)))


def _against_reference(peer: Peer) -> Peer:
    return lambda case: peer(with_reference(case))


def _filled(values: Floats) -> Floats:
    present = values[np.isfinite(values)]
    return np.where(np.isfinite(values), values, np.median(present) if present.size else 0.0)


def _services(case: IncidentCase) -> list[str]:
    names = {
        service for service, _ in case.telemetry.metrics.series if service != ENTRY and ">" not in service
    }
    names |= set(case.telemetry.spans.service) | set(case.telemetry.logs.service)
    return sorted(names)


def _ordered(case: IncidentCase, scores: dict[str, float]) -> list[str]:
    return sorted(_services(case), key=lambda service: (-scores.get(service, -math.inf), service))


def random_order(case: IncidentCase) -> list[str]:
    """Return the services in an order drawn from the case's id."""
    return sorted(
        _services(case), key=lambda name: hashlib.sha256(f"{case.case_id}/{name}".encode()).digest()
    )


def largest_robust_z(case: IncidentCase) -> list[str]:
    """Return services by their largest deviation in MADs from the samples before."""
    times, rows = _series(case)
    scores: dict[str, float] = defaultdict(float)
    for (service, _), values in rows.items():
        before, after = values[times < case.anomaly_time], values[times >= case.anomaly_time]
        before, after = before[np.isfinite(before)], after[np.isfinite(after)]
        if before.size and after.size:
            middle = float(np.median(before))
            scale = 1.4826 * float(np.median(np.abs(before - middle))) or max(1e-6, abs(middle) * 0.01)
            scores[service] = max(scores[service], float(np.max(np.abs(after - middle))) / scale)
    return _ordered(case, scores)


def n_sigma(case: IncidentCase) -> list[str]:
    """Return services by their largest deviation in standard deviations from the samples before."""
    times, rows = _series(case)
    scores: dict[str, float] = defaultdict(float)
    for (service, _), values in rows.items():
        values = _filled(values)
        before, after = values[times < case.anomaly_time], values[times >= case.anomaly_time]
        if before.size and after.size:
            spread = float(before.std())
            z = float(np.max(np.abs(after - before.mean()))) / spread if spread > 0 else 0.0
            scores[service] = max(scores[service], z)
    return _ordered(case, scores)


def baro_package() -> Peer | None:
    """Return BARO's RobustScorer from its authors' package, None when it is not importable."""
    try:
        import pandas as pd
        from baro.root_cause_analysis import robust_scorer
    except ImportError as error:
        print(f"BARO's package is skipped: {error}")
        return None

    def baro(case: IncidentCase) -> list[str]:
        times, rows = _series(case)
        columns = {f"{service}|{metric}": _filled(values) for (service, metric), values in rows.items()}
        frame = pd.DataFrame({"time": times, **columns})
        if not columns or not (times < case.anomaly_time).any() or not (times >= case.anomaly_time).any():
            return _services(case)
        answer = robust_scorer(frame, inject_time=case.anomaly_time)
        named = [str(name).rpartition("|")[0] for name in answer["ranks"]]
        return list(dict.fromkeys([*named, *_services(case)]))

    return baro


def _calls(case: IncidentCase) -> set[tuple[str, str]]:
    spans = case.telemetry.spans
    owner = {(t, s): service for t, s, service in zip(spans.trace, spans.span, spans.service, strict=True)}
    found = set(case.calls)
    for trace, parent, service in zip(spans.trace, spans.parent, spans.service, strict=True):
        caller = owner.get((trace, parent))
        if caller is not None and caller != service:
            found.add((caller, service))
    return found


def _anomaly(case: IncidentCase) -> dict[str, float]:
    times, rows = _series(case)
    scores: dict[str, float] = defaultdict(float)
    for (service, _), values in rows.items():
        values = _filled(values)
        before, after = values[times < case.anomaly_time], values[times >= case.anomaly_time]
        if before.size and after.size:
            spread = max(float(before.std()), 0.02 * abs(float(before.mean())), 1e-9)
            scores[service] = max(
                scores[service], min(50.0, float(np.max(np.abs(after - before.mean()))) / spread)
            )
    return scores


def random_walk(case: IncidentCase) -> list[str]:
    """MonitorRank (Kim et al., SIGMETRICS 2013), re-implemented: walk from callers to the odder callees."""
    odd = _anomaly(case)
    names = _services(case)
    place = {name: row for row, name in enumerate(names)}
    moves = np.zeros((len(names), len(names)))
    for caller, callee in _calls(case):
        if caller in place and callee in place:
            moves[place[caller], place[callee]] += odd.get(callee, 0.0) + 1e-3
            moves[place[callee], place[caller]] += 0.1 * odd.get(caller, 0.0) + 1e-4
    moves += np.diag([odd.get(name, 0.0) * 0.5 + 1e-6 for name in names])
    moves /= moves.sum(axis=1, keepdims=True)
    start = np.array([odd.get(name, 0.0) + 1e-6 for name in names])
    start /= start.sum()
    here = start.copy()
    for _ in range(100):
        here = 0.85 * here @ moves + 0.15 * start
    return _ordered(case, dict(zip(names, here.tolist(), strict=True)))


def graph_regression(case: IncidentCase) -> list[str]:
    """CIRCA's regression test (Li et al., KDD 2022), re-implemented: residuals given the callees' like
    series."""
    times, rows = _series(case)
    callees: dict[str, list[str]] = defaultdict(list)
    for caller, callee in sorted(_calls(case)):
        callees[caller].append(callee)
    early = times < case.anomaly_time
    scores: dict[str, float] = defaultdict(float)
    if early.sum() < 2 or early.all():
        return _services(case)
    for (service, metric), values in rows.items():
        target = _filled(values)
        parents = [_filled(rows[(callee, metric)]) for callee in callees[service] if (callee, metric) in rows]
        design = np.column_stack([np.ones(target.size), *parents])
        fit = np.linalg.lstsq(design[early], target[early], rcond=1e-6)[0]
        rest = target - design @ fit
        spread = max(float(rest[early].std()), 0.02 * abs(float(target[early].mean())), 1e-9)
        scores[service] = max(scores[service], min(1e6, float(np.max(np.abs(rest[~early]))) / spread))
    return _ordered(case, scores)


def trace_spectrum(case: IncidentCase) -> list[str]:
    """MicroRank's weighted spectrum (Yu et al., WWW 2021), re-implemented with Ochiai over slow requests."""
    spans = case.telemetry.spans
    length: dict[str, float] = defaultdict(float)
    late: dict[str, bool] = {}
    covers: dict[str, set[str]] = defaultdict(set)
    for trace, service, start, took in zip(
        spans.trace, spans.service, spans.start_ms, spans.duration_us, strict=True
    ):
        length[trace] = max(length[trace], took)
        late[trace] = late.get(trace, False) or start >= 0
        covers[service].add(trace)
    usual = [took for trace, took in length.items() if not late[trace]] or list(length.values())
    limit = float(np.mean(usual) + 3.0 * np.std(usual)) if usual else 0.0
    slow = {trace for trace, took in length.items() if took > limit and late[trace]}
    scores = {}
    for service, traces in covers.items():
        hit = len(traces & slow)
        scores[service] = hit / math.sqrt(max(1, len(slow)) * max(1, len(traces)))
    return _ordered(case, scores)


def peers() -> dict[str, Peer]:
    """Return every peer that can run here, by the name it is reported under."""
    found: dict[str, Peer] = {
        "random order": random_order,
        "largest robust z": largest_robust_z,
        "N-sigma": n_sigma,
        "MonitorRank walk (ours, from the paper)": random_walk,
        "CIRCA regression (ours, from the paper)": graph_regression,
        "MicroRank spectrum (ours, from the paper)": trace_spectrum,
    }
    baro = baro_package()
    if baro is not None:
        found["BARO RobustScorer (authors' package)"] = baro
    for name in ("largest robust z", "N-sigma", "BARO RobustScorer (authors' package)"):
        if name in found:
            found[f"{name}, with reference"] = _against_reference(found[name])
    return found
