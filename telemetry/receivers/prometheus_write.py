"""Read Prometheus remote write 1.0: protobuf, already unpacked from snappy."""

from typing import Any

from google.protobuf.message import DecodeError

from telemetry.lean_proto import message_types
from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from telemetry.receivers.wire import Levels, refuse_dust
from telemetry.records import Decoded, Refusal

_WRITE = message_types()["RemoteWrite"]
_PARTS: Levels = (frozenset({1}), frozenset({1, 2}))
"""Where series, and their labels and samples, lie within a request."""


def _message(body: bytes) -> Any:  # Any: protobuf builds its classes when asked
    try:
        return _WRITE.FromString(body)
    except DecodeError as error:
        raise Unreadable("this is not remote write 1.0") from error


def check_write(body: bytes) -> int:
    """Return how many series a body holds; raises `Unreadable` when it is no write request."""
    refuse_dust(body, _PARTS)
    return len(_message(body).series)


def read_write(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the samples of a write request; NaN, by which Prometheus marks a series' end, is passed over."""
    rows = out.metrics
    for series in _message(body).series:
        try:
            service, metric, labels, counts = cache.series(series.labels)
        except Unreadable as error:
            out.refuse(Refusal.NOT_READABLE, str(error), series)
            continue
        if not metric:
            out.refuse(Refusal.NO_NAME, "no __name__", labels)
            continue
        if series.histograms:
            out.unknown_fields["native histogram"] = out.unknown_fields.get("native histogram", 0) + 1
        for sample in series.samples:
            value, t_us = sample.value, sample.time_ms * 1000
            if value != value:
                continue
            objection = out.objection_to_time(t_us)
            if objection is not None:
                out.refuse(objection, metric, labels)
                continue
            rows.t_us.append(t_us)
            rows.service.append(service)
            rows.metric.append(metric)
            rows.labels.append(labels)
            rows.value.append(value)
            rows.counter.append(counts)
