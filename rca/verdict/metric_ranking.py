"""Which series shows the cause best: the suspected services' own, in the families the evidence is about."""

from collections.abc import Sequence

from rca.families import Family, is_bad_when_low
from rca.series.metric_signals import MetricView, SeriesDeviation
from rca.verdict.ranking import Ranked, Weights

_MOST = 30
_SHOWN_BY: dict[str, frozenset[Family]] = {
    "call_gap": frozenset({Family.LATENCY, Family.CLIENT_LATENCY}),
    "own_time": frozenset({Family.LATENCY, Family.CPU}),
}
# A resource that is used up makes its service slow, not the other way round.
_RESOURCES = (Family.CPU, Family.MEMORY, Family.DISK, Family.SATURATION)
_SLOW = frozenset({Family.LATENCY, Family.CLIENT_LATENCY})
_PLAIN, _FOLLOWS = 0.25, 0.4
_NOTHING: frozenset[Family] = frozenset()


def rank_metrics(ranked: Sequence[Ranked], view: MetricView, weights: Weights) -> tuple[str, ...]:
    """Return `service|metric` names, best first.

    A series scores its own weight and deviation, more when it is of the family that condemned its service,
    times the score of the service.
    """
    own: dict[str, list[SeriesDeviation]] = {}
    for series in view.series:
        own.setdefault(series.service, []).append(series)
    scored: list[tuple[float, str]] = []
    top = ranked[0].score if ranked and ranked[0].score > 0 else 1.0
    for candidate in ranked[:10]:
        families = {finding.family: points for points, finding in candidate.findings}
        lead = max(candidate.findings, default=None, key=lambda pair: pair[0])
        used_up = any(families.get(str(resource), 0.0) >= _PLAIN for resource in _RESOURCES)
        shown = _SHOWN_BY.get(lead[1].family, _NOTHING) if lead is not None else _NOTHING
        for series in own.get(candidate.service, []):
            points = _points(series, weights)
            points += families.get(str(series.family), 0.0) + (0.5 if series.family in shown else 0.0)
            points *= _FOLLOWS if used_up and series.family in _SLOW else 1.0
            scored.append(
                ((candidate.score / top) ** 2 * (0.2 + points), f"{series.service}|{series.metric}")
            )
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    return tuple(name for _, name in scored[:_MOST])


def _points(series: SeriesDeviation, weights: Weights) -> float:
    strength = abs(series.deviation.z)
    half = weights.half_strength["default"]
    bad = (series.deviation.z < 0) == is_bad_when_low(series.measure)
    weight = weights.weights.get(str(series.family), weights.weights["other"])
    return weight * (1.0 if bad else weights.good_direction) * strength / (strength + half)
