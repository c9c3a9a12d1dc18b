"""Read OTLP in JSON: the same three requests, identifiers in hexadecimal, 64-bit numbers as text."""

from collections.abc import Callable, Iterator, Mapping

import orjson

from telemetry.receivers.attribute_cache import AttributeCache, Unreadable, service_of
from telemetry.receivers.json_bodies import Json, at, loads, packed, text
from telemetry.receivers.severity import LEVELS, level_of
from telemetry.records import LONGEST_ID, LONGEST_TEXT, Decoded, Refusal

_CUMULATIVE = (2, "AGGREGATION_TEMPORALITY_CUMULATIVE")
_FAILED = (2, "STATUS_CODE_ERROR")
_DEEPEST = 8
_LONGEST_NUMBER = 40
Take = Callable[[Json, str, Decoded], None]


def check_traces(body: bytes) -> int:
    """Return how many resources a trace request holds; raises `Unreadable` when it is none."""
    return len(_resources(body, "resourceSpans"))


def check_logs(body: bytes) -> int:
    """Return how many resources a log request holds; raises `Unreadable` when it is none."""
    return len(_resources(body, "resourceLogs"))


def check_metrics(body: bytes) -> int:
    """Return how many resources a metric request holds; raises `Unreadable` when it is none."""
    return len(_resources(body, "resourceMetrics"))


def read_traces(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the spans of a trace request."""
    _read(body, "resourceSpans", "scopeSpans", "spans", _span, out)


def read_logs(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the lines of a log request."""
    _read(body, "resourceLogs", "scopeLogs", "logRecords", _log, out)


def read_metrics(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the samples of a metric request."""
    _read(body, "resourceMetrics", "scopeMetrics", "metrics", _metric, out)


def _resources(body: bytes, name: str) -> list[object]:
    value = loads(body)
    found = at(value, name) if isinstance(value, Mapping) else None
    if found is None and value == {}:
        return []
    if not isinstance(found, list):
        raise Unreadable(f"there is no list {name}")
    return found


def _read(body: bytes, outer: str, middle: str, inner: str, take: Take, out: Decoded) -> None:
    for resource in _resources(body, outer):
        service = _service(at(resource, "resource", "attributes"))
        for scope in _each(at(resource, middle), middle, out):
            for record in _each(at(scope, inner), inner, out):
                try:
                    take(record, service, out)
                except (Unreadable, ValueError, TypeError, OverflowError) as error:
                    out.refuse(Refusal.NOT_READABLE, str(error), record)


def _each(value: object, name: str, out: Decoded) -> Iterator[Json]:
    """Yield the objects of a list, and refuse what is none."""
    if value is not None and not isinstance(value, list):
        out.refuse(Refusal.NOT_READABLE, f"{name} is no list", value)
        return
    for one in value or ():
        if isinstance(one, Mapping):
            yield one
        else:
            out.refuse(Refusal.NOT_READABLE, f"{name} holds what is no object", one)


def _objects(value: object) -> Iterator[Json]:
    for one in value if isinstance(value, list) else ():
        if isinstance(one, Mapping):
            yield one


def _service(attributes: object) -> str:
    # Only texts can name a service: what else stands there, however odd, costs no record.
    return service_of({text(one.get("key")): at(one, "value", "stringValue") for one in _objects(attributes)})


def _pairs(value: object, depth: int = 0) -> dict[str, object]:
    return {text(one.get("key")): _plain(one.get("value"), depth) for one in _objects(value)}


def _plain(value: object, depth: int = 0) -> object:
    if depth > _DEEPEST:
        raise Unreadable("nested too deeply")
    if not isinstance(value, Mapping):
        return None
    for name in ("stringValue", "boolValue", "doubleValue", "bytesValue"):
        if name in value:
            return value[name]
    if "intValue" in value:
        return _whole(value["intValue"])
    if "arrayValue" in value:
        return [_plain(one, depth + 1) for one in _objects(at(value, "arrayValue", "values"))]
    return _pairs(at(value, "kvlistValue", "values"), depth + 1) if "kvlistValue" in value else None


def _whole(value: object) -> int:
    """Return a whole number of at most 64 bits, which JSON may tell as text; raises `ValueError`."""
    try:
        number = int(str(value)[:_LONGEST_NUMBER])
    except ValueError as error:
        raise ValueError(f"not a whole number: {str(value)[:_LONGEST_NUMBER]!r}") from error
    if not -(1 << 63) <= number < 1 << 64:
        raise ValueError("a number has more than 64 bits")
    return number


def _number(value: object) -> float:
    try:
        return float(str(value)[:_LONGEST_NUMBER])
    except ValueError as error:
        raise ValueError(f"not a number: {str(value)[:_LONGEST_NUMBER]!r}") from error


def _micros(value: object) -> int:
    return _whole(value) // 1000 if value else 0


def _span(span: Json, service: str, out: Decoded) -> None:
    t_us = _micros(span.get("startTimeUnixNano"))
    end_us = _micros(span.get("endTimeUnixNano"))
    objection = out.objection_to_time(t_us) or out.objection_to_end(end_us)
    if objection is not None or not span.get("spanId"):
        out.refuse(objection or Refusal.NO_NAME, "", span)
        return
    attributes = packed(_pairs(span.get("attributes")))
    kind = span.get("kind")
    rows = out.spans
    rows.t_us.append(t_us)
    rows.service.append(service)
    rows.trace.append(text(span.get("traceId"), LONGEST_ID).lower())
    rows.span.append(text(span.get("spanId"), LONGEST_ID).lower())
    rows.parent.append(text(span.get("parentSpanId"), LONGEST_ID).lower())
    rows.operation.append(text(span.get("name")))
    rows.span_kind.append(
        kind if isinstance(kind, int) and not isinstance(kind, bool) and 0 <= kind < 6 else 0
    )
    rows.duration_us.append(max(end_us - t_us, 0))
    rows.failed.append(at(span, "status", "code") in _FAILED)
    rows.attributes.append(attributes)


def _log(log: Json, service: str, out: Decoded) -> None:
    t_us = _micros(log.get("timeUnixNano")) or _micros(log.get("observedTimeUnixNano"))
    objection = out.objection_to_time(t_us)
    if objection is not None:
        out.refuse(objection, "", log)
        return
    body = _plain(log.get("body"))
    message = (
        text(body, LONGEST_TEXT) if isinstance(body, str) else orjson.dumps(body).decode()[:LONGEST_TEXT]
    )
    attributes = packed(_pairs(log.get("attributes")))
    number = log.get("severityNumber")
    named = isinstance(number, int) and 0 < number < 25
    rows = out.logs
    rows.t_us.append(t_us)
    rows.service.append(service)
    rows.level.append(
        LEVELS[number] if named and isinstance(number, int) else level_of(log.get("severityText"))
    )
    rows.trace.append(text(log.get("traceId"), LONGEST_ID).lower())
    rows.span.append(text(log.get("spanId"), LONGEST_ID).lower())
    rows.message.append(message)
    rows.attributes.append(attributes)


def _metric(metric: Json, service: str, out: Decoded) -> None:
    name = text(metric.get("name"))
    if not name:
        out.refuse(Refusal.NO_NAME, "", metric)
        return
    for kind in ("gauge", "sum", "histogram", "exponentialHistogram", "summary"):
        told = metric.get(kind)
        if isinstance(told, Mapping):
            grows = told.get("aggregationTemporality") in _CUMULATIVE
            counts = kind == "summary" or (grows and (kind != "sum" or told.get("isMonotonic") is True))
            for point in _each(told.get("dataPoints"), "dataPoints", out):
                try:
                    _point(point, name, kind, counts, service, out)
                except (Unreadable, ValueError, TypeError, OverflowError) as error:
                    out.refuse(Refusal.NOT_READABLE, f"{name}: {error}", point)
            return
    out.refuse(Refusal.BAD_VALUE, "no data points of a known kind", metric)


def _buckets(point: Json) -> tuple[list[object], list[object]]:
    bounds, counts = point.get("explicitBounds"), point.get("bucketCounts")
    return (bounds, counts) if isinstance(bounds, list) and isinstance(counts, list) else ([], [])


def _point(point: Json, name: str, kind: str, counts: bool, service: str, out: Decoded) -> None:
    t_us = _micros(point.get("timeUnixNano"))
    objection = out.objection_to_time(t_us)
    if objection is not None:
        out.refuse(objection, name, point)
        return
    labels = _pairs(point.get("attributes"))
    bounds, counted = _buckets(point) if kind == "histogram" else ([], [])
    if not out.has_room_for(len(packed(labels)) * len(counted)):
        out.refuse(Refusal.TOO_MUCH, name, point)
        return

    def add(metric: str, value: object, more: Mapping[str, object] = {}) -> None:
        rows = out.metrics
        number, shown = _number(value), packed({**labels, **more})
        rows.t_us.append(t_us)
        rows.service.append(service)
        rows.metric.append(metric)
        rows.labels.append(shown)
        rows.value.append(number)
        rows.counter.append(counts)

    if kind in ("gauge", "sum"):
        add(name, point.get("asDouble", point.get("asInt")))
        return
    add(f"{name}_count", point.get("count", 0))
    if point.get("sum") is not None:
        add(f"{name}_sum", point["sum"])
    total = 0
    for bound, count in zip([*bounds, "+Inf"], counted, strict=False):
        total += _whole(count)
        told = bound if isinstance(bound, str) else f"{_number(bound):g}"
        add(f"{name}_bucket", total, {"le": told[:_LONGEST_NUMBER]})
