"""Stored samples to series on one time axis: counters become rates, buckets become quantiles.

A counter that falls was reset: what it shows afterwards is its growth. A step without a sample is NaN, and a
rate over such a gap is spread over it, never invented.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import orjson
from numpy.typing import NDArray

from domain.investigation.evidence import MetricTable
from domain.investigation.failing_labels import FAILED, counts_failures
from domain.ports.evidence_source import EvidenceQuery

Floats = NDArray[np.float64]
Key = tuple[str, str]
_QUANTILES = (0.5, 0.95)


def metric_table(samples: Mapping[str, Sequence[object]], query: EvidenceQuery) -> MetricTable:
    """Return the series of the columns service, metric, labels, counts, bin and value, sorted by series.

    Series of one metric that differ in labels are added when they count and averaged when they do not;
    `x_bucket` becomes `x_p50` and `x_p95`, `x_sum` over `x_count` becomes `x_mean`; those of a counter whose
    labels say so are its `x_failed` too.
    """
    step = max(query.step_seconds, 1)
    bins = max(math.ceil((query.end.timestamp() - query.begin.timestamp()) / step), 1)
    parts: dict[Key, list[tuple[str, Floats, bool]]] = defaultdict(list)
    for (service, metric, labels), values, counts in _series(samples, bins):
        if counts:
            values = increases(values) / step
        parts[(service, metric)].append((labels, values, counts))
    found: dict[Key, Floats] = {}
    for (service, metric), several in parts.items():
        if metric.endswith("_bucket") and any("le" in labels for labels, _, _ in several):
            found.update(_quantiles(service, metric.removesuffix("_bucket"), several))
        else:
            stacked = np.vstack([values for _, values, _ in several])
            found[(service, metric)] = _joined(stacked, add=several[0][2])
            if several[0][2] and (service, metric + FAILED) not in parts and not metric.endswith("_sum"):
                found.update(_failures(service, metric, several))
    _add_means(found)
    times = [query.begin.timestamp() + step * (number + 0.5) for number in range(bins)]
    return MetricTable(times, {key: values.tolist() for key, values in sorted(found.items())})


def _series(
    samples: Mapping[str, Sequence[object]], bins: int
) -> list[tuple[tuple[str, str, str], Floats, bool]]:
    found: list[tuple[tuple[str, str, str], Floats, bool]] = []
    current: tuple[object, ...] = ()
    names = ("service", "metric", "labels", "counts", "bin", "value")
    for service, metric, labels, counts, place, value in zip(
        *(samples.get(name, ()) for name in names), strict=True
    ):
        if (service, metric, labels) != current:
            current = (service, metric, labels)
            found.append(((str(service), str(metric), str(labels)), np.full(bins, np.nan), bool(counts)))
        if isinstance(place, int) and 0 <= place < bins and isinstance(value, int | float):
            found[-1][1][place] = value
    return found


def increases(values: Floats) -> Floats:
    """Return how much a counter grew in each step; the first sample has no growth that is known."""
    known = np.flatnonzero(np.isfinite(values))
    grown = np.full(len(values), np.nan)
    for before, here in pairwise(known):
        gain = values[here] - values[before]
        gain = values[here] if gain < 0 else gain
        grown[before + 1 : here + 1] = gain / (here - before)
    return grown


def _joined(stacked: Floats, *, add: bool) -> Floats:
    seen = np.isfinite(stacked).any(axis=0)
    total: Floats = np.nansum(stacked, axis=0)
    if not add:
        total = total / np.maximum(np.isfinite(stacked).sum(axis=0), 1)
    total[~seen] = np.nan
    return total


def _failures(service: str, metric: str, several: list[tuple[str, Floats, bool]]) -> dict[Key, Floats]:
    """Return how many of what a counter counts failed, where some of its labels say that any did."""
    failed = [values for labels, values, _ in several if counts_failures(orjson.loads(labels or "{}"))]
    if not failed:
        return {}
    seen = np.isfinite(np.vstack([values for _, values, _ in several])).any(axis=0)
    # A series of failures begins with the first of them: before it there were none.
    return {(service, metric + FAILED): np.where(seen, np.nansum(np.vstack(failed), axis=0), np.nan)}


def _quantiles(service: str, name: str, several: list[tuple[str, Floats, bool]]) -> dict[Key, Floats]:
    """Return quantiles of a histogram by linear interpolation inside the bucket, as Prometheus does it."""
    by_bound: dict[float, list[Floats]] = defaultdict(list)
    for labels, values, _ in several:
        bound = _bound(labels)
        if bound is not None:
            by_bound[bound].append(values)
    bounds = sorted(by_bound)
    if len(bounds) < 2:
        return {}
    reached = np.vstack([_joined(np.vstack(by_bound[bound]), add=True) for bound in bounds])
    found = {}
    for quantile in _QUANTILES:
        line = np.array([_quantile(reached[:, step], bounds, quantile) for step in range(reached.shape[1])])
        found[(service, f"{name}_p{quantile * 100:g}")] = line
    return found


def _bound(labels: str) -> float | None:
    told = orjson.loads(labels).get("le")
    try:
        return float(str(told).replace("+Inf", "inf"))
    except ValueError:
        return None


def _quantile(reached: Floats, bounds: list[float], quantile: float) -> float:
    total = float(reached[-1])
    if not math.isfinite(total) or total <= 0:
        return math.nan
    place = int(np.searchsorted(np.maximum.accumulate(np.nan_to_num(reached)), quantile * total))
    if place >= len(bounds) - 1:
        return bounds[-2]
    low = bounds[place - 1] if place else 0.0
    below = float(reached[place - 1]) if place else 0.0
    inside = float(reached[place]) - below
    return low + (bounds[place] - low) * ((quantile * total - below) / inside if inside > 0 else 1.0)


def _add_means(found: dict[Key, Floats]) -> None:
    for service, metric in list(found):
        count = found.get((service, f"{metric.removesuffix('_sum')}_count"))
        if metric.endswith("_sum") and count is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                mean = found[(service, metric)] / count
            mean[~np.isfinite(mean)] = np.nan
            found[(service, f"{metric.removesuffix('_sum')}_mean")] = mean
