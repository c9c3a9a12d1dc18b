"""Message types for OTLP and Prometheus remote write that parse only what we look at, at the speed of C.

The types are wire-compatible with the published ones, but attributes, labels, resources and texts stay raw
bytes: they repeat from record to record, so their bytes are looked up in a cache and decoded once. That, and
not the parsing, is what makes a Python process take tens of megabytes a second.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_F = descriptor_pb2.FieldDescriptorProto
_TYPES = {
    "bytes": _F.TYPE_BYTES,
    "double": _F.TYPE_DOUBLE,
    "fixed64": _F.TYPE_FIXED64,
    "sfixed64": _F.TYPE_SFIXED64,
    "int64": _F.TYPE_INT64,
    "sint32": _F.TYPE_SINT32,
    "uint32": _F.TYPE_UINT32,
    "bool": _F.TYPE_BOOL,
}
_PACKAGE = "dogwatch.lean"
# name: number, type; a star means repeated, a dot means a message of ours. Numbers are those of
# opentelemetry-proto 1.x and of Prometheus' remote.proto (remote write 1.0).
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "Value": {
        "text": (1, "bytes"),
        "flag": (2, "bool"),
        "whole": (3, "int64"),
        "number": (4, "double"),
        "items": (5, ".Values"),
        "pairs": (6, ".Pairs"),
        "raw": (7, "bytes"),
    },
    "Values": {"values": (1, "*.Value")},
    "Pairs": {"values": (1, "*.Pair")},
    "Pair": {"key": (1, "bytes"), "value": (2, ".Value")},
    "Resource": {"attributes": (1, "*bytes")},
    "Status": {"code": (3, "uint32"), "message": (2, "bytes")},
    "Span": {
        "trace_id": (1, "bytes"),
        "span_id": (2, "bytes"),
        "parent_span_id": (4, "bytes"),
        "name": (5, "bytes"),
        "kind": (6, "uint32"),
        "start": (7, "fixed64"),
        "end": (8, "fixed64"),
        "attributes": (9, "*bytes"),
        "status": (15, ".Status"),
    },
    "ScopeSpans": {"records": (2, "*.Span")},
    "ResourceSpans": {"resource": (1, "bytes"), "scopes": (2, "*.ScopeSpans")},
    "Traces": {"resources": (1, "*.ResourceSpans")},
    "Log": {
        "time": (1, "fixed64"),
        "severity_number": (2, "uint32"),
        "severity_text": (3, "bytes"),
        "body": (5, "bytes"),
        "attributes": (6, "*bytes"),
        "trace_id": (9, "bytes"),
        "span_id": (10, "bytes"),
        "observed": (11, "fixed64"),
    },
    "ScopeLogs": {"records": (2, "*.Log")},
    "ResourceLogs": {"resource": (1, "bytes"), "scopes": (2, "*.ScopeLogs")},
    "Logs": {"resources": (1, "*.ResourceLogs")},
    "Point": {
        "time": (3, "fixed64"),
        "number": (4, "double"),
        "whole": (6, "sfixed64"),
        "attributes": (7, "*bytes"),
        "flags": (8, "uint32"),
    },
    "Gauge": {"points": (1, "*.Point")},
    "Sum": {"points": (1, "*.Point"), "temporality": (2, "uint32"), "is_monotonic": (3, "bool")},
    "HistogramPoint": {
        "time": (3, "fixed64"),
        "count": (4, "fixed64"),
        "sum": (5, "double"),
        "buckets": (6, "*fixed64"),
        "bounds": (7, "*double"),
        "attributes": (9, "*bytes"),
    },
    "Histogram": {"points": (1, "*.HistogramPoint"), "temporality": (2, "uint32")},
    "ExponentialPoint": {
        "attributes": (1, "*bytes"),
        "time": (3, "fixed64"),
        "count": (4, "fixed64"),
        "sum": (5, "double"),
    },
    "Exponential": {"points": (1, "*.ExponentialPoint"), "temporality": (2, "uint32")},
    "Quantile": {"quantile": (1, "double"), "value": (2, "double")},
    "SummaryPoint": {
        "time": (3, "fixed64"),
        "count": (4, "fixed64"),
        "sum": (5, "double"),
        "quantiles": (6, "*.Quantile"),
        "attributes": (7, "*bytes"),
    },
    "Summary": {"points": (1, "*.SummaryPoint")},
    "Metric": {
        "name": (1, "bytes"),
        "gauge": (5, ".Gauge"),
        "sum": (7, ".Sum"),
        "histogram": (9, ".Histogram"),
        "exponential": (10, ".Exponential"),
        "summary": (11, ".Summary"),
    },
    "ScopeMetrics": {"records": (2, "*.Metric")},
    "ResourceMetrics": {"resource": (1, "bytes"), "scopes": (2, "*.ScopeMetrics")},
    "Metrics": {"resources": (1, "*.ResourceMetrics")},
    "Label": {"name": (1, "bytes"), "value": (2, "bytes")},
    "Sample": {"value": (1, "double"), "time_ms": (2, "int64")},
    "Series": {"labels": (1, "*bytes"), "samples": (2, "*.Sample"), "histograms": (4, "*bytes")},
    "RemoteWrite": {"series": (1, "*.Series")},
}


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="dogwatch_lean.proto", package=_PACKAGE, syntax="proto2")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, (number, told) in fields.items():
            kind = told.lstrip("*")
            field = message.field.add(name=field_name, number=number)
            field.label = _F.LABEL_REPEATED if told.startswith("*") else _F.LABEL_OPTIONAL
            if kind.startswith("."):
                field.type, field.type_name = _F.TYPE_MESSAGE, f".{_PACKAGE}{kind}"
            else:
                field.type = _TYPES[kind]
    return file


def message_types() -> dict[str, Any]:
    """Return the message classes by name (Any: protobuf builds them when asked)."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    names = {f"{_PACKAGE}.{name}": name for name in _MESSAGES}
    return {
        short: message_factory.GetMessageClass(pool.FindMessageTypeByName(full))
        for full, short in names.items()
    }
