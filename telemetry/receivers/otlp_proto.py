"""Read OTLP in protobuf: traces, logs and metrics as OpenTelemetry's collector and SDKs send them."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError

from telemetry.lean_proto import message_types
from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from telemetry.receivers.severity import LEVELS, level_of
from telemetry.receivers.wire import Levels, refuse_dust
from telemetry.records import LONGEST_ID, Decoded, Refusal

_TYPES = message_types()
_TRACES, _LOGS, _METRICS = _TYPES["Traces"], _TYPES["Logs"], _TYPES["Metrics"]
_TakeAll = Callable[[Sequence[Any], str, Decoded, AttributeCache], Refusal | None]
_FAILED = 2
_CUMULATIVE = 2
_NO_VALUE = 1
_AT_ONCE = 4_096
_SPAN_KINDS = range(6)
_RECORDS: Levels = (frozenset({1}), frozenset({2}), frozenset({2}))
_POINTS: Levels = (*_RECORDS, frozenset({5, 7, 9, 10, 11}), frozenset({1}))
"""Where records, and the points of metrics, lie within a request."""


def _message(kind: Any, body: bytes) -> Any:  # Any: protobuf builds its classes when asked
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise Unreadable("this is not OTLP in protobuf") from error


def check_traces(body: bytes) -> int:
    """Return how many resources a trace request holds; raises `Unreadable` when it is none."""
    refuse_dust(body, _RECORDS)
    return len(_message(_TRACES, body).resources)


def check_logs(body: bytes) -> int:
    """Return how many resources a log request holds; raises `Unreadable` when it is none."""
    refuse_dust(body, _RECORDS)
    return len(_message(_LOGS, body).resources)


def check_metrics(body: bytes) -> int:
    """Return how many resources a metric request holds; raises `Unreadable` when it is none."""
    refuse_dust(body, _POINTS)
    return len(_message(_METRICS, body).resources)


def read_traces(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the spans of a trace request; raises `Unreadable` when it is none."""
    _read(_message(_TRACES, body), _spans, out, cache)


def read_logs(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the lines of a log request; raises `Unreadable` when it is none."""
    _read(_message(_LOGS, body), _log_lines, out, cache)


def read_metrics(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the samples of a metric request; raises `Unreadable` when it is none."""
    _read(_message(_METRICS, body), _metrics, out, cache)


def _read(request: Any, take: _TakeAll, out: Decoded, cache: AttributeCache) -> None:
    for resource in request.resources:
        try:
            service = cache.service(resource.resource)
        except Unreadable as error:
            for record in (record for scope in resource.scopes for record in scope.records):
                out.refuse(Refusal.NOT_READABLE, str(error), record)
            continue
        for scope in resource.scopes:
            # In parts: each message that is looked at becomes an object.
            for begin in range(0, len(scope.records), _AT_ONCE):
                _together(scope.records[begin : begin + _AT_ONCE], take, service, out, cache)


def _together(
    records: Sequence[Any], take: _TakeAll, service: str, out: Decoded, cache: AttributeCache
) -> None:
    """Take records a column at a time, which halves the cost; one by one where any of them is objected to."""
    try:
        objection = take(records, service, out, cache)
    except Unreadable:
        objection = Refusal.NOT_READABLE
    if objection is None:
        return
    for record in records:
        try:
            objection = take([record], service, out, cache)
        except Unreadable as error:
            out.refuse(Refusal.NOT_READABLE, str(error), record)
            continue
        if objection is not None:
            out.refuse(objection, "", record)


def _objection_to_times(times: list[int], out: Decoded) -> Refusal | None:
    return out.objection_to_time(min(times)) or out.objection_to_time(max(times))


def _spans(spans: Sequence[Any], service: str, out: Decoded, cache: AttributeCache) -> Refusal | None:
    """Add all of these spans, or none of them and return why; so for lines too."""
    times = [span.start // 1000 for span in spans]
    ends = [span.end // 1000 for span in spans]
    objection = _objection_to_times(times, out) or out.objection_to_end(max(ends))
    if objection is not None:
        return objection
    ids = [span.span_id for span in spans]
    if not all(ids):
        return Refusal.NO_NAME
    attributes = [cache.attributes(span.attributes) for span in spans]
    short, rows = cache.short, out.spans
    rows.t_us += times
    rows.service += [service] * len(times)
    rows.trace += [span.trace_id.hex()[:LONGEST_ID] for span in spans]
    rows.span += [one.hex()[:LONGEST_ID] for one in ids]
    rows.parent += [span.parent_span_id.hex()[:LONGEST_ID] for span in spans]
    rows.operation += [short(span.name) for span in spans]
    rows.span_kind += [span.kind if span.kind in _SPAN_KINDS else 0 for span in spans]
    # A clock that was set back during a span makes it end before it began: it took no time we know of.
    rows.duration_us += [max(end - t, 0) for end, t in zip(ends, times, strict=True)]
    rows.failed += [span.HasField("status") and span.status.code == _FAILED for span in spans]
    rows.attributes += attributes
    return None


def _log_lines(logs: Sequence[Any], service: str, out: Decoded, cache: AttributeCache) -> Refusal | None:
    times = [(log.time or log.observed) // 1000 for log in logs]
    objection = _objection_to_times(times, out)
    if objection is not None:
        return objection
    messages = [cache.body(log.body) for log in logs]
    attributes = [cache.attributes(log.attributes) for log in logs]
    rows = out.logs
    rows.t_us += times
    rows.service += [service] * len(times)
    rows.level += [_level(log, cache) for log in logs]
    rows.trace += [log.trace_id.hex()[:LONGEST_ID] for log in logs]
    rows.span += [log.span_id.hex()[:LONGEST_ID] for log in logs]
    rows.message += messages
    rows.attributes += attributes
    return None


def _level(log: Any, cache: AttributeCache) -> str:
    number = log.severity_number
    return LEVELS[number] if 0 < number < 25 else level_of(cache.short(log.severity_text))


def _metrics(metrics: Sequence[Any], service: str, out: Decoded, cache: AttributeCache) -> None:
    """Add these metrics point by point, and refuse what can't be used of them."""
    for metric in metrics:
        name, kind = cache.short(metric.name), _kind_of(metric)
        if not name or not kind:
            out.refuse(Refusal.BAD_VALUE if name else Refusal.NO_NAME, "", metric)
            continue
        data = getattr(metric, kind)
        grows = kind != "gauge" and (kind == "summary" or data.temporality == _CUMULATIVE)
        series = _Series(name, service, grows and (kind != "sum" or data.is_monotonic))
        if kind in ("gauge", "sum"):
            _numbers(data.points, series, out, cache)
            continue
        take = _POINTS_OF[kind]
        for point in data.points:
            try:
                t_us = point.time // 1000
                objection = out.objection_to_time(t_us) or take(point, t_us, series, out, cache)
            except Unreadable as error:
                out.refuse(Refusal.NOT_READABLE, f"{name}: {error}", point)
                continue
            if objection is not None:
                out.refuse(objection, name, point)


def _kind_of(metric: Any) -> str:
    for kind in _KINDS:
        if metric.HasField(kind):
            return kind
    return ""


class _Series(NamedTuple):
    name: str
    service: str
    counts: bool

    def add(self, out: Decoded, t_us: int, labels: str, value: float, suffix: str) -> None:
        rows = out.metrics
        rows.t_us.append(t_us)
        rows.service.append(self.service)
        rows.metric.append(self.name + suffix)
        rows.labels.append(labels)
        rows.value.append(value)
        rows.counter.append(self.counts)


def _numbers(points: Any, series: _Series, out: Decoded, cache: AttributeCache) -> None:
    """Add gauges and sums, which are most of all points: without a call for each."""
    name, service, counts = series
    rows, attributes, objection_to = out.metrics, cache.attributes, out.objection_to_time
    for point in points:
        t_us = point.time // 1000
        objection = objection_to(t_us)
        if objection is not None or point.flags & _NO_VALUE:
            out.refuse(objection or Refusal.BAD_VALUE, name, point)
            continue
        try:
            labels = attributes(point.attributes)
        except Unreadable as error:
            out.refuse(Refusal.NOT_READABLE, f"{name}: {error}", point)
            continue
        rows.t_us.append(t_us)
        rows.service.append(service)
        rows.metric.append(name)
        rows.labels.append(labels)
        rows.value.append(float(point.whole) if point.HasField("whole") else point.number)
        rows.counter.append(counts)


def _count_and_sum(
    point: Any, t_us: int, series: _Series, out: Decoded, cache: AttributeCache
) -> Refusal | None:
    labels = cache.attributes(point.attributes)
    series.add(out, t_us, labels, float(point.count), "_count")
    series.add(out, t_us, labels, point.sum, "_sum")
    return None


def _summary(point: Any, t_us: int, series: _Series, out: Decoded, cache: AttributeCache) -> Refusal | None:
    _count_and_sum(point, t_us, series, out, cache)
    labels, quantiles = cache.attributes(point.attributes), series._replace(counts=False)
    for part in point.quantiles:
        quantiles.add(out, t_us, labels, part.value, f"_p{part.quantile * 100:g}")
    return None


def _histogram(point: Any, t_us: int, series: _Series, out: Decoded, cache: AttributeCache) -> Refusal | None:
    labels = cache.attributes(point.attributes)
    if not out.has_room_for(len(labels) * len(point.buckets)):
        return Refusal.TOO_MUCH
    series.add(out, t_us, labels, float(point.count), "_count")
    if point.HasField("sum"):
        series.add(out, t_us, labels, point.sum, "_sum")
    head = labels[:-1] + ("," if len(labels) > 2 else "")
    shown = ["+Inf" if bound == float("inf") else f"{bound:g}" for bound in (*point.bounds, float("inf"))]
    totals = list(accumulate(map(float, point.buckets)))[: len(shown)]
    count, rows = len(totals), out.metrics
    rows.t_us += [t_us] * count
    rows.service += [series.service] * count
    rows.metric += [series.name + "_bucket"] * count
    rows.labels += [f'{head}"le":"{bound}"}}' for bound in shown[:count]]
    rows.value += totals
    rows.counter += [series.counts] * count
    return None


_AddPoint = Callable[[Any, int, _Series, Decoded, AttributeCache], Refusal | None]
_POINTS_OF: Mapping[str, _AddPoint] = {
    "histogram": _histogram,
    "exponential": _count_and_sum,
    "summary": _summary,
}
_KINDS = ("gauge", "sum", *_POINTS_OF)
