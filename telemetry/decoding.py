"""Each dialect's two readers: a quick check at the door, and the full reading into columns behind it."""

from collections.abc import Callable

from domain.ports.telemetry_intake import Dialect
from telemetry.receivers import (
    elastic_bulk,
    fluent_bit,
    happenings,
    otlp_json,
    otlp_proto,
    prometheus_write,
    syslog,
    turned_away,
)
from telemetry.receivers.attribute_cache import AttributeCache, Unreadable
from telemetry.records import Decoded, Refusal

Check = Callable[[bytes], int]
Read = Callable[[bytes, Decoded, AttributeCache], None]

_READERS: dict[Dialect, tuple[Check, Read]] = {
    Dialect.OTLP_TRACES: (otlp_proto.check_traces, otlp_proto.read_traces),
    Dialect.OTLP_LOGS: (otlp_proto.check_logs, otlp_proto.read_logs),
    Dialect.OTLP_METRICS: (otlp_proto.check_metrics, otlp_proto.read_metrics),
    Dialect.OTLP_TRACES_JSON: (otlp_json.check_traces, otlp_json.read_traces),
    Dialect.OTLP_LOGS_JSON: (otlp_json.check_logs, otlp_json.read_logs),
    Dialect.OTLP_METRICS_JSON: (otlp_json.check_metrics, otlp_json.read_metrics),
    Dialect.PROMETHEUS: (prometheus_write.check_write, prometheus_write.read_write),
    Dialect.ALERTMANAGER: (happenings.check_alerts, happenings.read_alerts),
    Dialect.FLUENT_BIT: (fluent_bit.check_lines, fluent_bit.read_lines),
    Dialect.ELASTIC: (elastic_bulk.check_bulk, elastic_bulk.read_bulk),
    Dialect.SYSLOG: (syslog.check_syslog, syslog.read_syslog),
    Dialect.EVENTS: (happenings.check_events, happenings.read_events),
    Dialect.REFUSED: (turned_away.check_note, turned_away.read_note),
}


def check(dialect: Dialect, body: bytes) -> int:
    """Return how many records, or groups of them, a body holds as far as a quick look tells.

    Raises:
        Unreadable: It is not; the text says why.
    """
    return _READERS[dialect][0](body)


def decode(dialect: Dialect, body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add a body's records to `out`; what cannot be used is refused there, never raised."""
    try:
        _READERS[dialect][1](body, out, cache)
    except Unreadable as error:
        out.refuse(Refusal.NOT_READABLE, str(error), body[:400])
