"""Read OTLP in protobuf: traces, logs and metrics as OpenTelemetry's collector and SDKs send them."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError

from telemetry.lean_proto import message_types
from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from telemetry.receivers.severity import LEVELS, level_of
from telemetry.records import Decoded, Refusal

_TYPES = message_types()
_TRACES, _LOGS, _METRICS = _TYPES["Traces"], _TYPES["Logs"], _TYPES["Metrics"]
_Take = Callable[[Any, str, Decoded, AttributeCache], Refusal | None]
_FAILED = 2
_CUMULATIVE = 2
_NO_VALUE = 1


def _message(kind: Any, body: bytes) -> Any:  # Any: protobuf builds its classes when asked
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise Unreadable("this is not OTLP in protobuf") from error


def check_traces(body: bytes) -> int:
    """Return how many resources a trace request holds; raises `Unreadable` when it is none."""
    return len(_message(_TRACES, body).resources)


def check_logs(body: bytes) -> int:
    """Return how many resources a log request holds; raises `Unreadable` when it is none."""
    return len(_message(_LOGS, body).resources)


def check_metrics(body: bytes) -> int:
    """Return how many resources a metric request holds; raises `Unreadable` when it is none."""
    return len(_message(_METRICS, body).resources)


def read_traces(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the spans of a trace request; raises `Unreadable` when it is none."""
    for resource in _message(_TRACES, body).resources:
        service = cache.service(resource.resource)
        for scope in resource.scopes:
            _each(scope.records, _span, service, out, cache)


def read_logs(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the lines of a log request; raises `Unreadable` when it is none."""
    for resource in _message(_LOGS, body).resources:
        service = cache.service(resource.resource)
        for scope in resource.scopes:
            _each(scope.records, _log, service, out, cache)


def read_metrics(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the samples of a metric request; raises `Unreadable` when it is none."""
    for resource in _message(_METRICS, body).resources:
        service = cache.service(resource.resource)
        for scope in resource.scopes:
            _each(scope.records, _metric, service, out, cache)


def _each(records: Any, take: _Take, service: str, out: Decoded, cache: AttributeCache) -> None:
    for record in records:
        try:
            objection = take(record, service, out, cache)
        except Unreadable as error:
            out.refuse(Refusal.NOT_READABLE, str(error), record)
            continue
        if objection is not None:
            out.refuse(objection, "", record)


def _span(span: Any, service: str, out: Decoded, cache: AttributeCache) -> Refusal | None:
    t_us = span.start // 1000
    objection = out.objection_to_time(t_us)
    if objection is not None:
        return objection
    span_id = span.span_id
    if not span_id:
        return Refusal.NO_NAME
    attributes = cache.attributes(span.attributes)
    rows = out.spans
    rows.t_us.append(t_us)
    rows.service.append(service)
    rows.trace.append(span.trace_id.hex())
    rows.span.append(span_id.hex())
    rows.parent.append(span.parent_span_id.hex())
    rows.operation.append(cache.short(span.name))
    rows.span_kind.append(span.kind)
    # A clock that was set back during a span makes it end before it began: it took no time we know of.
    rows.duration_us.append(max(span.end // 1000 - t_us, 0))
    rows.failed.append(span.status.code == _FAILED)
    rows.attributes.append(attributes)
    return None


def _log(log: Any, service: str, out: Decoded, cache: AttributeCache) -> Refusal | None:
    t_us = (log.time or log.observed) // 1000
    objection = out.objection_to_time(t_us)
    if objection is not None:
        return objection
    message, attributes = cache.body(log.body), cache.attributes(log.attributes)
    number = log.severity_number
    rows = out.logs
    rows.t_us.append(t_us)
    rows.service.append(service)
    rows.level.append(LEVELS[number] if 0 < number < 25 else level_of(cache.short(log.severity_text)))
    rows.trace.append(log.trace_id.hex())
    rows.span.append(log.span_id.hex())
    rows.message.append(message)
    rows.attributes.append(attributes)
    return None


def _metric(metric: Any, service: str, out: Decoded, cache: AttributeCache) -> Refusal | None:
    name = cache.short(metric.name)
    if not name:
        return Refusal.NO_NAME
    if metric.HasField("gauge"):
        _points(metric.gauge.points, name, service, False, out, cache)
    elif metric.HasField("sum"):
        counter = metric.sum.is_monotonic and metric.sum.temporality == _CUMULATIVE
        _points(metric.sum.points, name, service, counter, out, cache)
    elif metric.HasField("histogram"):
        counter = metric.histogram.temporality == _CUMULATIVE
        for point in metric.histogram.points:
            _histogram(point, name, service, counter, out, cache)
    elif metric.HasField("exponential"):
        counter = metric.exponential.temporality == _CUMULATIVE
        for point in metric.exponential.points:
            labels = cache.attributes(point.attributes)
            _add(out, point.time, service, f"{name}_count", labels, float(point.count), counter)
            _add(out, point.time, service, f"{name}_sum", labels, point.sum, counter)
    elif metric.HasField("summary"):
        for point in metric.summary.points:
            labels = cache.attributes(point.attributes)
            _add(out, point.time, service, f"{name}_count", labels, float(point.count), True)
            _add(out, point.time, service, f"{name}_sum", labels, point.sum, True)
            for part in point.quantiles:
                _add(out, point.time, service, f"{name}_p{part.quantile * 100:g}", labels, part.value, False)
    else:
        return Refusal.BAD_VALUE
    return None


def _points(points: Any, name: str, service: str, counter: bool, out: Decoded, cache: AttributeCache) -> None:
    rows = out.metrics
    for point in points:
        t_us = point.time // 1000
        objection = out.objection_to_time(t_us)
        if objection is not None or point.flags & _NO_VALUE:
            out.refuse(objection or Refusal.BAD_VALUE, name, point)
            continue
        labels = cache.attributes(point.attributes)
        rows.t_us.append(t_us)
        rows.service.append(service)
        rows.metric.append(name)
        rows.labels.append(labels)
        rows.value.append(float(point.whole) if point.HasField("whole") else point.number)
        rows.counter.append(counter)


def _histogram(
    point: Any, name: str, service: str, counter: bool, out: Decoded, cache: AttributeCache
) -> None:
    labels = cache.attributes(point.attributes)
    if not _add(out, point.time, service, f"{name}_count", labels, float(point.count), counter):
        return
    if point.HasField("sum"):
        _add(out, point.time, service, f"{name}_sum", labels, point.sum, counter)
    total = 0
    bounds = [*point.bounds, float("inf")]
    head = labels[:-1] + ("," if len(labels) > 2 else "")
    for bound, count in zip(bounds, point.buckets, strict=False):
        total += count
        shown = "+Inf" if bound == float("inf") else f"{bound:g}"
        _add(out, point.time, service, f"{name}_bucket", f'{head}"le":"{shown}"}}', float(total), counter)


def _add(
    out: Decoded, time_ns: int, service: str, name: str, labels: str, value: float, counter: bool
) -> bool:
    t_us = time_ns // 1000
    objection = out.objection_to_time(t_us)
    if objection is not None:
        out.refuse(objection, name, labels)
        return False
    rows = out.metrics
    rows.t_us.append(t_us)
    rows.service.append(service)
    rows.metric.append(name)
    rows.labels.append(labels)
    rows.value.append(value)
    rows.counter.append(counter)
    return True
