"""When, within hours that are over, what was asked about turned worse: coarse telemetry in, moments out.

Who asks why it was slow last night knows no minute, and a diagnosis judges half an hour at most: in a night
of samples ten minutes of trouble look like none. So the step is looked for first, from one quarter of an
hour to the next; what gets slower by and by as the day gets busier has none.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from domain.investigation.evidence import Telemetry
from rca.families import Family, family_of, is_bad_when_low
from rca.series.counters import increments
from rca.series.robust import Floats

_FELT = frozenset({Family.LATENCY, Family.CLIENT_LATENCY, Family.SUCCESS, Family.ERRORS})
_BESIDE_SECONDS, _FEWEST_BESIDE = 300.0, 3
_CLEAR_Z, _FLOOR, _OF_LARGEST = 6.0, 0.05, 0.03
_APART_SECONDS = 1800.0
_MOST = 3
_BAD_LEVELS = frozenset({"error", "fatal"})


@dataclass(frozen=True, slots=True)
class Turn:
    """A moment from which on something was worse: unix seconds, of whom, by what, and how plainly."""

    at: float
    service: str
    what: str
    z: float


def turns_within(
    window: Telemetry, asked: str, since: float, until: float, *, anomaly: float, step: float
) -> tuple[Turn, ...]:
    """Return up to three moments half an hour apart, the plainest first; empty where nothing turned.

    Args:
        window: Telemetry of the hours and of some time before, on an axis of `step` seconds.
        asked: Whose; where nothing tells of it, or of the system as a whole, anybody's counts.
        since: First moment that counts, unix seconds.
        until: The last one.
        anomaly: What rows of spans and lines count their time from, unix seconds.
        step: Seconds of a sample.
    """
    lines = _series(window, anomaly, step)
    own = [line for line in lines if line[0] == asked]
    found = [turn for line in own or lines for turn in _turns(*line, since, until, step)]
    kept: list[Turn] = []
    for turn in sorted(found, key=lambda one: (-one.z, one.at, one.service, one.what)):
        if all(abs(turn.at - other.at) >= _APART_SECONDS for other in kept):
            kept.append(turn)
    return tuple(kept[:_MOST])


_Line = tuple[str, str, Floats, Floats]


def _series(window: Telemetry, anomaly: float, step: float) -> list[_Line]:
    """Return what is felt of every service as (service, name, times, values), higher the worse."""
    times = np.asarray(window.metrics.times, dtype=float)
    found: list[_Line] = []
    for (service, metric), values in window.metrics.series.items():
        family = family_of(metric)
        if ">" not in service and family in _FELT:
            (risen,) = increments(metric, family, [np.asarray(values, dtype=float)])
            found.append((service, metric, times, -risen if is_bad_when_low(metric) else risen))
    spans, logs = window.spans, window.logs
    took = np.asarray(spans.duration_us, dtype=float)
    failed = np.asarray(spans.failed, dtype=float)
    begun = anomaly + np.asarray(spans.start_ms, dtype=float) / 1000.0
    whose = np.asarray(spans.service)
    for service in dict.fromkeys(spans.service):
        rows = whose == service
        at, bins = _bins(begun[rows], step)
        found.append((service, "time of calls", at, _each(bins, took[rows], len(at), is_share=False)))
        found.append((service, "failed calls", at, _each(bins, failed[rows], len(at), is_share=True)))
    bad = [row for row, level in enumerate(logs.level) if level in _BAD_LEVELS]
    if not bad:
        return found
    at, bins = _bins(anomaly + np.asarray(logs.t_ms, dtype=float) / 1000.0, step)
    for service in dict.fromkeys(logs.service[row] for row in bad):
        places = bins[[row for row in bad if logs.service[row] == service]].astype(int)
        found.append((service, "error lines", at, np.bincount(places, minlength=len(at)).astype(float)))
    return found


def _bins(moments: Floats, step: float) -> tuple[Floats, Floats]:
    """Return the axis of some moments, and the place of each on it."""
    first = float(np.floor(moments.min() / step) * step)
    places = np.floor((moments - first) / step)
    return np.asarray(first + step * (np.arange(int(places.max()) + 1) + 0.5)), places


def _each(places: Floats, values: Floats, length: int, *, is_share: bool) -> Floats:
    found = np.full(length, np.nan)
    for place in np.unique(places):
        here = values[places == place]
        found[int(place)] = here.mean() if is_share else np.median(here)
    return found


def _turns(
    service: str, what: str, times: Floats, values: Floats, since: float, until: float, step: float
) -> Iterable[Turn]:
    """Return where the samples after are plainly worse than those before, beside how both vary."""
    beside = max(_FEWEST_BESIDE, int(np.ceil(_BESIDE_SECONDS / step)))
    seen = np.flatnonzero(~np.isnan(values))
    values, times = values[seen], times[seen]
    if values.size < 3 * beside:
        return
    rows = np.lib.stride_tricks.sliding_window_view(values, beside)
    middles = np.median(rows, axis=1)
    after, before = middles[beside:], middles[:-beside]
    smooth = np.convolve(values, np.ones(3) / 3.0, mode="same")
    rest = np.abs(values - smooth)[1:-1]
    scale = max(
        1.4826 * float(np.median(rest)),
        float(np.quantile(rest, 0.95)) / 1.96,
        _FLOOR * float(np.median(np.abs(values))),
        _OF_LARGEST * float(np.max(np.abs(values - np.median(values)))),
        1e-12,
    )
    z = (after - before) / scale
    at = times[beside : beside + z.size]
    able = (at >= since - _BESIDE_SECONDS) & (at <= until) & (z >= _CLEAR_Z)
    while able.any():
        best = int(np.argmax(np.where(able, z, -np.inf)))
        half = (after[best] + before[best]) / 2.0
        near = range(max(0, best + beside - beside // 2), min(values.size, best + 2 * beside))
        first = next((row for row in near if values[row] > half), best + beside)
        yield Turn(float(times[first] - step / 2.0), service, what, float(z[best]))
        able &= np.abs(at - at[best]) >= _APART_SECONDS
