"""Small deliveries of every dialect, made with the makers' own libraries where there are any."""

import time

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from telemetry.records import Decoded


def now_ns() -> int:
    """Return the present moment."""
    return time.time_ns()


def decoded() -> Decoded:
    """Return empty columns, as for a delivery that arrives now."""
    return Decoded(now_us=now_ns() // 1000)


def pair(key: str, value: str | int) -> KeyValue:
    """Return an attribute."""
    made = KeyValue(key=key)
    if isinstance(value, int):
        made.value.int_value = value
    else:
        made.value.string_value = value
    return made


def trace_request(
    service: str = "checkout", at_ns: int | None = None, count: int = 1
) -> ExportTraceServiceRequest:
    """Return spans of one service; the second and later ones are children of the first."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.append(pair("service.name", service))
    spans = resource.scope_spans.add().spans
    begin = at_ns or now_ns()
    for number in range(count):
        span = spans.add(trace_id=b"t" * 16, span_id=bytes([number + 1]) * 8, name=f"GET /{number}", kind=2)
        span.parent_span_id = b"" if number == 0 else bytes([1]) * 8
        span.start_time_unix_nano, span.end_time_unix_nano = begin, begin + 2_500_000
        span.attributes.append(pair("http.response.status_code", 200 + number))
        span.attributes.append(pair("http.route", "/pay"))
        span.status.code = 2 if number == 1 else 0
    return request


def log_request(
    service: str, text: str, severity: int = 17, at_ns: int | None = None
) -> ExportLogsServiceRequest:
    """Return one log line of a service."""
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.append(pair("service.name", service))
    record = resource.scope_logs.add().log_records.add(severity_number=severity)
    record.time_unix_nano = at_ns or now_ns()
    record.body.string_value = text
    return request


def metric_request(service: str = "checkout", at_ns: int | None = None) -> ExportMetricsServiceRequest:
    """Return a gauge, a counter and a histogram of one service."""
    request = ExportMetricsServiceRequest()
    resource = request.resource_metrics.add()
    resource.resource.attributes.append(pair("service.name", service))
    metrics = resource.scope_metrics.add().metrics
    when = at_ns or now_ns()
    metrics.add(name="queue.depth").gauge.data_points.add(time_unix_nano=when, as_int=7)
    total = metrics.add(name="requests").sum
    total.is_monotonic = True
    total.aggregation_temporality = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    total.data_points.add(time_unix_nano=when, as_double=41.5).attributes.append(pair("code", "200"))
    histogram = metrics.add(name="duration").histogram
    histogram.aggregation_temporality = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    histogram.data_points.add(
        time_unix_nano=when, count=6, sum=3.0, bucket_counts=[1, 2, 3], explicit_bounds=[0.1, 1.0]
    )
    return request
