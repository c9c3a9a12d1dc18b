"""Read OTLP in protobuf: traces, logs and metrics as OpenTelemetry's collector and SDKs send them."""

from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf.message import DecodeError

from telemetry.lean_proto import message_types
from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from telemetry.receivers.severity import LEVELS, level_of
from telemetry.records import Decoded, Refusal

_TYPES = message_types()
_TRACES, _LOGS, _METRICS = _TYPES["Traces"], _TYPES["Logs"], _TYPES["Metrics"]
_Take = Callable[[Any, str, Decoded, AttributeCache], Refusal | None]
_TakeAll = Callable[[Sequence[Any], str, Decoded, AttributeCache], Refusal | None]
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
            _together(scope.records, _spans, service, out, cache)


def read_logs(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the lines of a log request; raises `Unreadable` when it is none."""
    for resource in _message(_LOGS, body).resources:
        service = cache.service(resource.resource)
        for scope in resource.scopes:
            _together(scope.records, _log_lines, service, out, cache)


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


def _together(records: Any, take: _TakeAll, service: str, out: Decoded, cache: AttributeCache) -> None:
    """Take records a column at a time, which halves the cost; one by one where any of them is objected to."""
    whole = list(records)
    try:
        objection = take(whole, service, out, cache) if whole else None
    except Unreadable:
        objection = Refusal.NOT_READABLE
    if objection is not None:
        _each(whole, lambda record, *more: take([record], *more), service, out, cache)


def _objection_to_times(times: list[int], out: Decoded) -> Refusal | None:
    return out.objection_to_time(min(times)) or out.objection_to_time(max(times))


def _spans(spans: Sequence[Any], service: str, out: Decoded, cache: AttributeCache) -> Refusal | None:
    """Add all of these spans, or none of them and return why; so for lines too."""
    times = [span.start // 1000 for span in spans]
    objection = _objection_to_times(times, out)
    if objection is not None:
        return objection
    ids = [span.span_id for span in spans]
    if not all(ids):
        return Refusal.NO_NAME
    attributes = [cache.attributes(span.attributes) for span in spans]
    short, rows = cache.short, out.spans
    rows.t_us += times
    rows.service += [service] * len(times)
    rows.trace += [span.trace_id.hex() for span in spans]
    rows.span += [one.hex() for one in ids]
    rows.parent += [span.parent_span_id.hex() for span in spans]
    rows.operation += [short(span.name) for span in spans]
    rows.span_kind += [span.kind for span in spans]
    # A clock that was set back during a span makes it end before it began: it took no time we know of.
    rows.duration_us += [max(span.end // 1000 - t, 0) for span, t in zip(spans, times, strict=True)]
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
    rows.trace += [log.trace_id.hex() for log in logs]
    rows.span += [log.span_id.hex() for log in logs]
    rows.message += messages
    rows.attributes += attributes
    return None


def _level(log: Any, cache: AttributeCache) -> str:
    number = log.severity_number
    return LEVELS[number] if 0 < number < 25 else level_of(cache.short(log.severity_text))


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
