"""Metrics from Prometheus, or from what speaks its HTTP API (Thanos, Mimir, VictoriaMetrics).

Which metrics matter is not known beforehand: names that speak of requests, errors, time and resources go
first, and each is asked for as one line per service. What was not asked for lack of time is said.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping

from domain.investigation.evidence import MetricTable, Telemetry
from domain.investigation.failing_labels import FAILED, FAILING_LABELS, counts_failures
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from integrations.evidence_client import EvidenceClient, HttpSource, TooMuch, listed, text_at

_LABELS = ("service", "service_name", "app", "deployment", "container", "job")
_TELLING = (
    re.compile(r"error|fail|exception|5xx|timeout|dropped|retries"),
    re.compile(r"duration|latency|response_time|seconds_bucket"),
    re.compile(r"request|call|rpc|http|query|queries|message"),
    re.compile(r"cpu|memory|heap|gc_|disk|network|connection|pool|queue|lag|saturation|threads"),
)
_OWN = re.compile(r"^(?:prometheus_|scrape_|go_|process_|promhttp_|net_conntrack)|_created$")
_APART = f", {', '.join(FAILING_LABELS)}"
_MOST_METRICS = 60
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_Row = tuple[str, Mapping[str, object], list[tuple[int, float]]]


class PrometheusSource(HttpSource):
    """Implements `EvidenceSource`."""

    name = "Prometheus"

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return one series per service and telling metric."""
        step = max(query.step_seconds, 1)
        begin = math.floor(query.begin.timestamp() / step) * step
        bins = max(math.ceil((query.end.timestamp() - begin) / step), 1)
        series: dict[tuple[str, str], list[float]] = {}
        missing: list[str] = []
        with self.client() as client:
            window = {"start": str(begin), "end": str(query.end.timestamp())}
            names = [
                n
                for n in listed(client.get("api/v1/label/__name__/values", window), "data")
                if isinstance(n, str)
            ]
            chosen = telling(names)
            kinds = _kinds(client)
            asked = 0
            for metric in chosen:
                if not client.has_time():
                    break
                asked += 1
                kind = kinds.get(_family(metric), "")
                for shown, expression in expressions(metric, kind, 4 * step):
                    answer = _asked(client, {**window, "step": f"{step}s"}, expression)
                    rows = _samples(answer, begin, step, bins, query.services)
                    put = _add_up if _counts(metric, kind) and not metric.endswith("_bucket") else _add
                    put(series, rows, shown, bins)
            left = len(chosen) - asked
            if left:
                missing.append(f"{left} metrics were not asked for: no time left")
            if not series:
                missing.append("no metrics for this window")
            missing += client.notes()
        times = [begin + step * (place + 0.5) for place in range(bins)]
        telemetry = Telemetry(metrics=MetricTable(times, series) if series else MetricTable())
        return EvidenceAnswer(self.name, telemetry, missing=tuple(missing))


def telling(names: list[str]) -> list[str]:
    """Return the metrics worth asking for, the most telling first; of a histogram only its buckets."""
    plain = [name for name in names if _NAME.fullmatch(name) and not _OWN.search(name)]
    histograms = {name.removesuffix("_bucket") for name in plain if name.endswith("_bucket")}
    kept = [n for n in plain if not (n.endswith("_sum") and n.removesuffix("_sum") in histograms)]

    def rank(name: str) -> tuple[int, str]:
        places = [place for place, pattern in enumerate(_TELLING) if pattern.search(name.lower())]
        return (min(places, default=len(_TELLING)), name)

    return sorted(kept, key=rank)[:_MOST_METRICS]


def expressions(metric: str, kind: str, window_seconds: int) -> list[tuple[str, str]]:
    """Return (name of the series, PromQL) for a metric: rates of counters, quantiles of histograms."""
    by = ", ".join(_LABELS)
    rate = f"rate({metric}[{window_seconds}s])"
    if metric.endswith("_bucket"):
        base = metric.removesuffix("_bucket")
        return [
            (f"{base}_p{share * 100:g}", f"histogram_quantile({share}, sum by (le, {by}) ({rate}))")
            for share in (0.5, 0.95)
        ]
    if _counts(metric, kind):
        return [(metric, f"sum by ({by}{_APART}) ({rate})")]
    return [(metric, f"avg by ({by}) ({metric})")]


def _asked(client: EvidenceClient, window: Mapping[str, str], expression: str) -> object:
    """Return the answer; a counter whose labels make too many series of it is asked for added up."""
    try:
        return client.get("api/v1/query_range", {**window, "query": expression})
    except TooMuch:
        added_up = expression.replace(_APART, "")
        if added_up == expression:
            raise
        return client.get("api/v1/query_range", {**window, "query": added_up})


def _counts(metric: str, kind: str) -> bool:
    return kind == "counter" or metric.endswith(("_total", "_count", "_sum"))


def _kinds(client: EvidenceClient) -> dict[str, str]:
    data = (client.find("api/v1/metadata", {"limit": "5000"}) or {}).get("data")
    pairs = data.items() if isinstance(data, dict) else ()
    return {str(name): text_at(told[0], "type") for name, told in pairs if isinstance(told, list) and told}


def _family(metric: str) -> str:
    for suffix in ("_bucket", "_count", "_sum"):
        if metric.endswith(suffix):
            return metric.removesuffix(suffix)
    return metric


def _samples(answer: object, begin: float, step: int, bins: int, services: tuple[str, ...]) -> Iterator[_Row]:
    """Yield the service, the labels and the samples, (place, value), of each series of an answer."""
    for result in listed(answer, "data", "result"):
        labels = result.get("metric", {}) if isinstance(result, dict) else {}
        service = next((labels[name] for name in _LABELS if labels.get(name)), "")
        if not isinstance(service, str) or not service or (services and service not in services):
            continue
        told = ((int((float(at) - begin) // step), float(value)) for at, value in listed(result, "values"))
        yield (
            service,
            labels,
            [(place, value) for place, value in told if 0 <= place < bins and math.isfinite(value)],
        )


def _add(series: dict[tuple[str, str], list[float]], answer: Iterable[_Row], metric: str, bins: int) -> None:
    for service, _, samples in answer:
        line = series.setdefault((service, metric), [math.nan] * bins)
        for place, value in samples:
            line[place] = value


def _add_up(
    series: dict[tuple[str, str], list[float]], answer: Iterable[_Row], metric: str, bins: int
) -> None:
    """Add up a counter over its labels, and apart what they say to be failures, where any are."""
    rows = list(answer)
    failing = {service for service, labels, _ in rows if counts_failures(labels)}
    for service, labels, samples in rows:
        names = [metric]
        if service in failing and not metric.endswith("_sum"):
            names.append(metric + FAILED)
        for name in names:
            line = series.setdefault((service, name), [math.nan] * bins)
            counted = name == metric or bool(counts_failures(labels))
            for place, value in samples:  # where others were counted and no failure was, there was none
                line[place] = (0.0 if math.isnan(line[place]) else line[place]) + value * counted
